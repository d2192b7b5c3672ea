/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that lead elsewhere, by what the child answers: what is said, and where jobs go. */
#include "live/relocate.h"

#include <string.h>

#include "fixtures/said.h"
#include "harness.h"
#include "net/clock.h"

#define SECOND INT64_C(1000000000)

/* The child */

static struct {
    char host[LOCATOR_HOST_MAX];
    struct location_request request;
    unsigned asked;
    int code; /* what is read: 1, 0, or -1 */
    struct location location;
    bool running, refuses;
} child;

static bool no_memory; /* that is why the child is gone */

static int gone(struct error *error)
{
    return no_memory ? error_set_memory(error, "the child ran out of memory")
                     : error_set(error, STATUS_RUN, "the child is gone");
}

struct locator *locator_start(struct error *error)
{
    (void)error;
    child.running = true;
    return (struct locator *)&child;
}

void locator_stop(struct locator *locator)
{
    if (locator != NULL)
        child.running = false;
}

int locator_fd(const struct locator *locator)
{
    (void)locator;
    return 99;
}

int locator_ask(struct locator *locator, const struct location_request *request,
                struct error *error)
{
    (void)locator;
    if (child.refuses)
        return gone(error);
    child.asked++;
    child.request = *request;
    strcpy(child.host, request->host);
    return 0;
}

int locator_read(struct locator *locator, struct location *location, struct error *error)
{
    int code = child.code;
    (void)locator;
    child.code = 0;
    *location = child.location;
    if (code < 0)
        gone(error);
    return code;
}

/* The run: a name with two ports, and another name, on an interface that is captured on. */

static struct options options;
static struct jobs jobs;
static struct host_name names[3];
static struct resolved addresses[3];
static struct job both[2], other;
static struct tap tap;
static struct taps taps;
static struct timers timers;
static struct failure failure;
static struct relocation relocation;
static int64_t start_ns;

static struct address address(uint8_t last)
{
    return (struct address){FAMILY_IPV4, {192, 0, 2, last}};
}

static void add_job(struct job *job, struct host_name *name, struct job *before)
{
    memset(job, 0, sizeof *job);
    job->host = name->text;
    job->name = name;
    job->found = job->routed = true;
    job->server.address = name->all[0].address;
    job->resolve_ns = DURATION_UNKNOWN;
    job->facts.address_count = 2;
    job->after = before;
    jobs.first = job;
}

static void set_up(void)
{
    static struct error error;
    const struct span excluded = {{0, 0xc0000209}, {0, 0xc0000209}, FAMILY_IPV4};
    said_begin();
    memset(&child, 0, sizeof child);
    no_memory = false;
    options = (struct options){.resolve_every_ns = 10 * SECOND};
    timers = (struct timers){0};
    failure = (struct failure){.failed = false};
    jobs = (struct jobs){.options = &options};
    ck_assert(space_exclude(&jobs.supply.space, &excluded));
    for (uint8_t i = 0; i < 3; i++) {
        addresses[i] = (struct resolved){.address = address((uint8_t)(i + 1))};
        names[i] = (struct host_name){.all = &addresses[i], .count = 1, .named = i != 1};
    }
    names[0].text = "one.test";
    names[1].text = "192.0.2.2";
    names[2].text = "two.test";
    jobs.supply.hosts = (struct hosts){.list = names, .count = 3};
    add_job(&both[0], &names[0], NULL);
    add_job(&both[1], &names[0], &both[0]);
    add_job(&other, &names[2], &both[1]);
    tap = (struct tap){.interface = "eth0"};
    taps = (struct taps){.first = &tap, .last = &tap, .count = 1};
    relocation = (struct relocation){
        .jobs = &jobs, .options = &options, .taps = &taps, .timers = &timers, .failure = &failure};
    ck_assert_int_eq(relocation_open(&relocation, &error), 0);
    start_ns = clock_monotonic_ns();
    ck_assert(relocation_start(&relocation, start_ns));
    ck_assert(!timers_fire_one(&timers, start_ns + 10 * SECOND - 1));
    ck_assert(timers_fire_one(&timers, start_ns + 10 * SECOND));
    ck_assert_str_eq(child.host, "one.test");
    ck_assert_int_eq(child.request.family, FAMILY_IPV4);
}

static void tear_down(void)
{
    ck_assert(!failure.failed);
    relocation_close(&relocation);
    ck_assert(!child.running);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
    space_free(&jobs.supply.space);
    said_end();
}

static struct location leads_to(uint8_t last)
{
    struct location location = {.address = address(last), .resolve_ns = 7};
    strcpy(location.route.interface, "eth0");
    return location;
}

static void answer(struct location location)
{
    child.location = location;
    child.code = 1;
    relocation_read(&relocation);
}

/* The second name stays where it is, and the next round begins. */
static void next_round(void)
{
    ck_assert_str_eq(child.host, "two.test");
    answer(leads_to(3));
    ck_assert(timers_fire_one(&timers, timers_next_ns(&timers)));
    ck_assert_str_eq(child.host, "one.test");
}

static bool is_at(const struct job *job, uint8_t last)
{
    const struct address there = address(last);
    return address_equal(&job->server.address, &there);
}

START_TEST(every_port_of_a_name_follows_it)
{
    answer(leads_to(7));
    ck_assert_str_eq(said(), "tcpshake: one.test has moved from 192.0.2.1 to 192.0.2.7\n");
    for (int i = 0; i < 2; i++) {
        ck_assert(is_at(&both[i], 7) && both[i].found && both[i].routed);
        ck_assert_int_eq(both[i].resolve_ns, 7);
        ck_assert_uint_eq(both[i].facts.address_count, 0);
        ck_assert_str_eq(both[i].route.interface, "eth0");
    }
    ck_assert(is_at(&other, 3));
    ck_assert_int_eq(names[0].resolve_ns, 7);
    next_round();
    answer(leads_to(7));
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(a_round_has_every_name_and_a_pause)
{
    ck_assert_uint_eq(child.asked, 1);
    answer(leads_to(1));
    ck_assert_str_eq(child.host, "two.test"); /* the address between them is asked for by nobody */
    ck_assert_uint_eq(child.asked, 2);
    answer(leads_to(3));
    ck_assert_uint_eq(child.asked, 2);
    ck_assert_int_eq(timers_next_ns(&timers), start_ns + 20 * SECOND);
}
END_TEST

/* What keeps a name where it is, and how that is said. */
static const struct {
    int result;
    uint8_t to;
    const char *interface;
    bool by_port, by_protocol;
    const char *why;
} obstacles[] = {
    {-1, 0, "", false, false, "cannot resolve 'one.test': no such name"},
    {0, 9, "eth0", false, false, "its new address is excluded"},
    {1, 9, "", false, false, "its new address is excluded"},
    {0, 7, "eth1", false, false,
     "the route to its new address uses an interface that this run does not capture on"},
    {0, 7, "eth0", true, false, "rules of this host look at ports, which are not asked for again"},
    {0, 7, "eth0", false, true, "the route depends on rules of this host that cannot be followed"},
};

static void answer_obstacle(int i)
{
    struct location location = leads_to(obstacles[i].to);
    location.result = obstacles[i].result;
    strcpy(location.route.interface, obstacles[i].interface);
    location.route.by_port = obstacles[i].by_port;
    location.route.by_protocol = obstacles[i].by_protocol;
    error_set(&location.error, STATUS_USAGE, "cannot resolve 'one.test': no such name");
    answer(location);
}

START_TEST(an_obstacle_is_said_once_until_it_is_gone)
{
    char wanted[256];
    snprintf(wanted, sizeof wanted, "tcpshake: one.test stays at 192.0.2.1: %s\n",
             obstacles[_i].why);
    answer_obstacle(_i);
    ck_assert_str_eq(said(), wanted);
    ck_assert(is_at(&both[0], 1) && is_at(&both[1], 1) && both[0].routed);
    next_round();
    answer_obstacle(_i);
    ck_assert_str_eq(said(), "");
    next_round();
    answer(leads_to(1));
    ck_assert_str_eq(said(), "");
    next_round();
    answer_obstacle(_i);
    ck_assert_str_eq(said(), wanted);
}
END_TEST

START_TEST(memory_that_runs_out_is_a_failure)
{
    struct location location = leads_to(7);
    location.result = -1;
    error_set_memory(&location.error, "out of memory");
    answer(location);
    ck_assert_str_eq(said(), "");
    ck_assert(is_at(&both[0], 1));
    ck_assert(failure.failed && failure.error.out_of_memory);
    ck_assert_str_eq(failure.error.text, "out of memory");
    failure.failed = false;
}
END_TEST

START_TEST(a_way_that_is_missing_keeps_nothing)
{
    struct location location = leads_to(7);
    location.result = 1;
    location.reason = REASON_HOST_UNREACH;
    location.route.error = HOST_EHOSTUNREACH;
    location.route.table = 5;
    answer(location);
    ck_assert(is_at(&both[0], 7) && !both[0].routed);
    ck_assert_int_eq(both[0].no_route_reason, REASON_HOST_UNREACH);
    ck_assert_int_eq(both[0].route.error, HOST_EHOSTUNREACH);
    ck_assert_uint_eq(both[0].route.table, 5);
}
END_TEST

START_TEST(a_name_that_is_found_late_is_found)
{
    both[0].found = both[1].found = false;
    answer(leads_to(7));
    ck_assert_uint_eq(jobs.found, 2);
    ck_assert(both[0].found);
    answer(leads_to(3));
    ck_assert_uint_eq(jobs.found, 2);
}
END_TEST

START_TEST(nothing_is_said_where_nothing_is_wanted)
{
    options.verbosity = -2;
    answer(leads_to(7));
    next_round();
    answer_obstacle(0);
    ck_assert_str_eq(said(), "");
    ck_assert(is_at(&both[0], 7));
}
END_TEST

START_TEST(what_has_no_address_stays_nowhere)
{
    names[0].count = 0;
    answer_obstacle(3);
    ck_assert_str_eq(said(), "tcpshake: one.test has no usable address: the route to its new "
                             "address uses an interface that this run does not capture on\n");
    ck_assert_uint_eq(names[0].count, 0);
}
END_TEST

/* It is found gone when it is asked, or when its answer is read. */
START_TEST(the_run_goes_on_without_the_child)
{
    if (_i == 0) {
        child.refuses = true;
        answer(leads_to(1));
    } else {
        child.code = -1;
        relocation_read(&relocation);
    }
    ck_assert_str_eq(said(), "tcpshake: the child is gone: continuing with the known addresses\n");
    ck_assert_int_eq(relocation_fd(&relocation), -1);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    ck_assert(!child.running);
    relocation_read(&relocation);
    ck_assert_str_eq(said(), "");
}
END_TEST

/* Where no name is to be asked for, or it was not asked for. */
START_TEST(the_run_ends_with_a_child_without_memory)
{
    no_memory = true;
    child.code = -1;
    relocation_read(&relocation);
    ck_assert_str_eq(said(), "");
    ck_assert(failure.failed && !child.running);
    ck_assert_str_eq(failure.error.text, "the child ran out of memory");
    failure.failed = false;
}
END_TEST

START_TEST(without_names_there_is_no_child)
{
    struct error error;
    relocation_close(&relocation);
    if (_i == 0)
        options.resolve_every_ns = DURATION_UNKNOWN;
    else
        names[0].named = names[2].named = false;
    ck_assert_int_eq(relocation_open(&relocation, &error), 0);
    ck_assert(relocation_start(&relocation, SECOND));
    ck_assert(!child.running);
    ck_assert_int_eq(relocation_fd(&relocation), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relocate");
    TCase *tc = tcase_create("rounds");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, every_port_of_a_name_follows_it);
    tcase_add_test(tc, a_round_has_every_name_and_a_pause);
    tcase_add_loop_test(tc, an_obstacle_is_said_once_until_it_is_gone, 0,
                        sizeof obstacles / sizeof obstacles[0]);
    tcase_add_test(tc, memory_that_runs_out_is_a_failure);
    tcase_add_test(tc, a_way_that_is_missing_keeps_nothing);
    tcase_add_test(tc, a_name_that_is_found_late_is_found);
    tcase_add_test(tc, nothing_is_said_where_nothing_is_wanted);
    tcase_add_test(tc, what_has_no_address_stays_nowhere);
    tcase_add_loop_test(tc, the_run_goes_on_without_the_child, 0, 2);
    tcase_add_test(tc, the_run_ends_with_a_child_without_memory);
    tcase_add_loop_test(tc, without_names_there_is_no_child, 0, 2);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
