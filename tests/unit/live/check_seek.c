/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets that were lost, by what the children answer: what is asked, what is said, and what
 * becomes of the job. */
#include "live/seek.h"

#include <stdio.h>
#include <string.h>

#include "fixtures/said.h"
#include "harness.h"
#include "net/clock.h"

#define SECOND INT64_C(1000000000)

/* The children */

struct locator {
    char host[LOCATOR_HOST_MAX];
    struct location_request request;
    unsigned asked;
    int code; /* what is read: 1, 0, or -1 */
    struct location location;
    bool refuses;
};

static struct locator children[SEEKERS_MOST];
static size_t started;

static bool no_memory; /* that is why the child is gone */

static int gone(struct error *error)
{
    return no_memory ? error_set_memory(error, "the child ran out of memory")
                     : error_set(error, STATUS_RUN, "the child is gone");
}

struct locator *locator_start(struct error *error)
{
    (void)error;
    return &children[started++];
}

void locator_stop(struct locator *locator)
{
    (void)locator;
}

int locator_fd(const struct locator *locator)
{
    return (int)(locator - children) + 50;
}

int locator_ask(struct locator *locator, const struct location_request *request,
                struct error *error)
{
    if (locator->refuses)
        return gone(error);
    locator->asked++;
    locator->request = *request;
    strcpy(locator->host, request->host);
    return 0;
}

int locator_read(struct locator *locator, struct location *location, struct error *error)
{
    int code = locator->code;
    locator->code = 0;
    *location = locator->location;
    if (code < 0)
        gone(error);
    return code;
}

/* Captures: eth0 and eth1 can be had. */

static char adopted[64];
static bool no_memory_to_adopt;

int taps_adopt(struct taps *taps, const char *interface, unsigned ifindex,
               struct recorder *recorder, struct error *error)
{
    (void)taps;
    (void)recorder;
    snprintf(adopted, sizeof adopted, "%s %u", interface, ifindex);
    if (no_memory_to_adopt)
        return error_set_memory(error, "out of memory");
    return strncmp(interface, "eth", 3) == 0
               ? 0
               : error_set(error, STATUS_RUN, "interface %s is not captured on", interface);
}

/* The run */

static struct options options;
static struct jobs jobs;
static struct job job;
static struct timers timers;
static struct failure failure;
static struct seek seek;
static struct job *back[8];
static unsigned back_count;

static void take_back(void *context, struct job *found)
{
    ck_assert_ptr_eq(context, &seek);
    back[back_count++] = found;
}

static void begin(uint64_t targets)
{
    static struct error error;
    jobs.supply.total = targets;
    ck_assert_int_eq(seek_open(&seek, &error), 0);
}

static struct address address(uint8_t last)
{
    return (struct address){FAMILY_IPV4, {192, 0, 2, last}};
}

static void set_up(void)
{
    const struct span excluded = {{0, 0xc0000209}, {0, 0xc0000209}, FAMILY_IPV4};
    said_begin();
    memset(children, 0, sizeof children);
    started = 0;
    back_count = 0;
    no_memory = no_memory_to_adopt = false;
    options = (struct options){.timeout_ns = 3 * SECOND};
    timers = (struct timers){0};
    failure = (struct failure){.failed = false};
    jobs = (struct jobs){
        .options = &options, .repeats = true, .ephemeral = {.first = 40000, .last = 50000}};
    ck_assert(space_exclude(&jobs.supply.space, &excluded));
    job = (struct job){.host = "192.0.2.1",
                       .begins_host = true,
                       .found = true,
                       .routed = true,
                       .server = {address(1), 80},
                       .resolve_ns = DURATION_UNKNOWN};
    strcpy(job.route.interface, "eth0");
    job.route.source = address(100);
    seek = (struct seek){.jobs = &jobs,
                         .options = &options,
                         .timers = &timers,
                         .failure = &failure,
                         .found = take_back,
                         .context = &seek};
}

static void tear_down(void)
{
    ck_assert(!failure.failed);
    seek_close(&seek);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
    space_free(&jobs.supply.space);
    said_end();
}

static struct location found_at(uint8_t last)
{
    struct location location = {.address = address(last), .resolve_ns = 7};
    strcpy(location.route.interface, "eth0");
    location.route.ifindex = 2;
    location.route.source = address(100);
    return location;
}

static struct location refused(enum reason reason)
{
    struct location location = found_at(1);
    location.result = 1;
    location.reason = reason;
    return location;
}

/* Seeks the job and answers; it is handed back. */
static void seek_job(struct location location)
{
    unsigned before = back_count = 0;
    ck_assert(seek_begin(&seek, &job));
    children[0].location = location;
    children[0].code = 1;
    seek_read(&seek);
    ck_assert_uint_eq(back_count, before + 1);
    ck_assert_ptr_eq(back[before], &job);
}

static void be_unfound(void)
{
    job.host = "late.test";
    job.found = job.routed = false;
    job.server.address = (struct address){.family = FAMILY_NONE};
    job.route = (struct route){.mtu = 0};
}

/* What is asked */

START_TEST(asks_for_the_address_with_its_zone)
{
    begin(1);
    ck_assert(seek_begin(&seek, &job));
    ck_assert_str_eq(children[0].host, "192.0.2.1");
    ck_assert_int_eq(children[0].request.family, FAMILY_IPV4);
    ck_assert_uint_eq(children[0].request.destination_port, 80);
    ck_assert_uint_eq(children[0].request.source_port_first, 40000);
    ck_assert_uint_eq(children[0].request.source_port_last, 50000);
    children[0].location = found_at(1);
    children[0].code = 1;
    seek_read(&seek);
    job.server.address = (struct address){FAMILY_IPV6, {0xfe, 0x80, [15] = 2}};
    job.scope_ifindex = 7;
    options.source_port = 555;
    ck_assert(seek_begin(&seek, &job));
    ck_assert_str_eq(children[0].host, "fe80::2%7");
    ck_assert_int_eq(children[0].request.family, FAMILY_IPV6);
    ck_assert_uint_eq(children[0].request.source_port_first, 555);
    ck_assert_uint_eq(children[0].request.source_port_last, 555);
}
END_TEST

START_TEST(asks_for_a_name_in_the_family_that_is_wanted)
{
    begin(1);
    be_unfound();
    options.source = (struct address){FAMILY_IPV6, {0x20}};
    ck_assert(seek_begin(&seek, &job));
    ck_assert_str_eq(children[0].host, "late.test");
    ck_assert_int_eq(children[0].request.family, FAMILY_IPV6);
}
END_TEST

START_TEST(has_no_more_children_than_targets)
{
    begin(2);
    ck_assert_uint_eq(started, 2);
    ck_assert_int_eq(seek_fd(&seek, 1), 51);
    ck_assert_int_eq(seek_fd(&seek, 2), -1);
    jobs.repeats = false;
    seek.count = started = 0;
    begin(2);
    ck_assert_uint_eq(started, 0);
    ck_assert(!seek_begin(&seek, &job));
}
END_TEST

START_TEST(others_wait_in_their_order)
{
    struct job more[2] = {job, job};
    more[0].host = more[1].host = "x";
    begin(1);
    ck_assert(seek_begin(&seek, &job) && seek_begin(&seek, &more[0]) &&
              seek_begin(&seek, &more[1]));
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(children[0].asked, i + 1);
        children[0].location = found_at(1);
        children[0].code = 1;
        seek_read(&seek);
    }
    ck_assert(back_count == 3 && back[0] == &job && back[1] == &more[0] && back[2] == &more[1]);
    seek_read(&seek);
    ck_assert_uint_eq(back_count, 3);
}
END_TEST

/* Some at a time are asked for, each of a child of its own. */
START_TEST(several_are_sought_at_once)
{
    struct job more[6];
    begin(6);
    ck_assert_uint_eq(started, SEEKERS_MOST);
    for (unsigned i = 0; i < 6; i++) {
        more[i] = job;
        more[i].server.port = (uint16_t)(80 + i);
        ck_assert(seek_begin(&seek, &more[i]));
    }
    for (unsigned i = 0; i < SEEKERS_MOST; i++) {
        ck_assert_uint_eq(children[i].asked, 1);
        ck_assert_uint_eq(children[i].request.destination_port, 80 + i);
    }
    children[2].location = found_at(1);
    children[2].code = 1;
    seek_read(&seek);
    ck_assert(back_count == 1 && back[0] == &more[2]);
    ck_assert_uint_eq(children[2].asked, 2); /* the next one, though others before it wait */
    ck_assert_uint_eq(children[2].request.destination_port, 84);
    ck_assert_ptr_eq(seek.head, &more[5]);
}
END_TEST

/* What is found */

START_TEST(a_loss_is_said_once_and_so_is_its_end)
{
    begin(1);
    seek_job(refused(REASON_NO_ROUTE));
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.1: there is no route any more\n");
    ck_assert(!job.routed);
    ck_assert_int_eq(job.no_route_reason, REASON_NO_ROUTE);
    seek_job(refused(REASON_HOST_UNREACH));
    ck_assert_str_eq(said(), "");
    ck_assert_int_eq(job.no_route_reason, REASON_HOST_UNREACH);
    seek_job(found_at(1));
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.1: there is a route now, through eth0\n");
    ck_assert_str_eq(adopted, "eth0 2");
    ck_assert(job.routed);
    seek_job(found_at(1));
    ck_assert_str_eq(said(), "");
    seek_job(refused(REASON_NO_ROUTE));
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.1: there is no route any more\n");
}
END_TEST

START_TEST(says_by_what_it_goes_now)
{
    struct location location = found_at(1);
    begin(1);
    strcpy(location.route.interface, "eth1");
    seek_job(location);
    ck_assert_str_eq(said(),
                     "tcpshake: 192.0.2.1: the route is now through eth1 instead of eth0\n");
    ck_assert_str_eq(job.route.interface, "eth1");
    location.route.source = address(77);
    seek_job(location);
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.1: the address of this host is now 192.0.2.77\n");
    ck_assert(address_equal(&job.route.source, &location.route.source));
}
END_TEST

START_TEST(of_several_ports_one_tells)
{
    begin(1);
    job.begins_host = false;
    seek_job(refused(REASON_NO_ROUTE));
    seek_job(found_at(1));
    job.begins_host = true;
    options.verbosity = -2;
    seek_job(refused(REASON_NO_ROUTE));
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(a_name_is_found)
{
    begin(1);
    be_unfound();
    seek_job(found_at(4));
    ck_assert_str_eq(said(), "tcpshake: late.test is at 192.0.2.4\n");
    ck_assert(job.found && job.routed);
    ck_assert_int_eq(job.resolve_ns, 7);
    ck_assert_uint_eq(job.server.address.bytes[3], 4);
    ck_assert_uint_eq(jobs.found, 1);
    job.resolve_ns = 7;
    seek_job(found_at(4)); /* its address alone was asked for */
    ck_assert_int_eq(job.resolve_ns, DURATION_UNKNOWN);
    ck_assert_uint_eq(jobs.found, 1);
}
END_TEST

START_TEST(a_name_that_is_not_found_tells_what_it_took)
{
    struct location location = {.result = -1, .resolve_ns = 9};
    begin(1);
    be_unfound();
    seek_job(location);
    ck_assert(!job.found && !job.routed);
    ck_assert_int_eq(job.resolve_ns, 9);
    ck_assert_str_eq(said(), "");
}
END_TEST

/* Why a job cannot go where it leads. */
static const struct {
    int result;
    uint8_t to;
    const char *interface;
    bool by_protocol;
    enum reason reason;
    const char *why;
} obstacles[] = {
    {-1, 1, "", false, REASON_LOCAL_ERROR, "netlink failed"},
    {0, 9, "eth0", false, REASON_LOCAL_ERROR, "its address is excluded"},
    {1, 9, "", false, REASON_LOCAL_ERROR, "its address is excluded"},
    {0, 1, "tun0", false, REASON_LOCAL_ERROR, "interface tun0 is not captured on"},
    {0, 1, "eth0", true, REASON_POLICY_ROUTE,
     "the route depends on rules of this host that cannot be followed"},
};

START_TEST(an_obstacle_is_said)
{
    struct location location = found_at(obstacles[_i].to);
    char wanted[256];
    begin(1);
    location.result = obstacles[_i].result;
    location.route.by_protocol = obstacles[_i].by_protocol;
    location.route.table = 5;
    strcpy(location.route.interface, obstacles[_i].interface);
    error_set(&location.error, STATUS_RUN, "netlink failed");
    snprintf(wanted, sizeof wanted, "tcpshake: 192.0.2.1: %s\n", obstacles[_i].why);
    seek_job(location);
    ck_assert_str_eq(said(), wanted);
    ck_assert(!job.routed);
    ck_assert_int_eq(job.no_route_reason, obstacles[_i].reason);
    ck_assert_uint_eq(job.route.table, obstacles[_i].reason == REASON_POLICY_ROUTE ? 5 : 0);
    seek_job(location);
    ck_assert_str_eq(said(), "");
}
END_TEST

/* The run ends: of a child's memory, for a job that was found or not, and of its own. */
START_TEST(memory_that_runs_out_is_a_failure)
{
    struct location location = found_at(1);
    begin(1);
    no_memory_to_adopt = _i == 2;
    if (_i == 1)
        be_unfound();
    if (_i < 2) {
        location.result = -1;
        error_set_memory(&location.error, "out of memory");
    }
    seek_job(location);
    ck_assert_str_eq(said(), "");
    ck_assert(failure.failed && failure.error.out_of_memory);
    ck_assert_int_eq(failure.error.status, STATUS_RUN);
    ck_assert_str_eq(failure.error.text, "out of memory");
    failure.failed = false;
}
END_TEST

/* Children that are late, or gone */

START_TEST(patience_ends)
{
    bool found = _i == 0;
    begin(1);
    if (!found)
        be_unfound();
    ck_assert(seek_begin(&seek, &job));
    int64_t due_ns = timers_next_ns(&timers), now_ns = clock_monotonic_ns();
    ck_assert(due_ns > now_ns + 2 * SECOND && due_ns <= now_ns + 3 * SECOND);
    ck_assert(timers_fire_one(&timers, due_ns));
    ck_assert(back_count == 1 && back[0] == &job);
    ck_assert_int_eq(job.resolve_ns, found ? DURATION_UNKNOWN : 3 * SECOND);
    ck_assert(seek_begin(&seek, &job));
    ck_assert_uint_eq(children[0].asked, 1); /* it is not asked before it has answered */
    children[0].location = refused(REASON_NO_ROUTE);
    children[0].code = 1;
    seek_read(&seek);
    ck_assert_uint_eq(back_count, 1); /* the late answer is none to what is asked now */
    ck_assert_uint_eq(children[0].asked, 2);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(another_child_serves_while_one_is_late)
{
    begin(2);
    ck_assert(seek_begin(&seek, &job));
    ck_assert(timers_fire_one(&timers, timers_next_ns(&timers)));
    ck_assert(seek_begin(&seek, &job));
    ck_assert_uint_eq(children[0].asked, 1);
    ck_assert_uint_eq(children[1].asked, 1);
}
END_TEST

START_TEST(without_children_what_is_known_serves)
{
    struct job waiting = job;
    begin(1);
    ck_assert(seek_begin(&seek, &job) && seek_begin(&seek, &waiting));
    children[0].code = -1;
    seek_read(&seek);
    ck_assert(back_count == 2 && back[0] == &job && back[1] == &waiting);
    ck_assert_str_eq(said(), "tcpshake: the child is gone: continuing with the known addresses "
                             "and routes\n");
    ck_assert(!seek_begin(&seek, &job));
    seek_read(&seek);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(a_child_that_cannot_be_asked_is_gone)
{
    begin(1);
    children[0].refuses = true;
    ck_assert(seek_begin(&seek, &job));
    ck_assert(back_count == 1 && back[0] == &job);
    ck_assert_str_eq(said(), "tcpshake: the child is gone: continuing with the known addresses "
                             "and routes\n");
}
END_TEST

/* Which says nothing of the targets. */
START_TEST(a_child_without_memory_ends_the_run)
{
    begin(1);
    no_memory = true;
    children[0].refuses = _i == 0;
    ck_assert(seek_begin(&seek, &job));
    children[0].code = -1;
    seek_read(&seek);
    ck_assert(back_count == 1 && back[0] == &job);
    ck_assert_str_eq(said(), "");
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "the child ran out of memory");
    failure.failed = false;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seek");
    TCase *tc = tcase_create("lost");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, asks_for_the_address_with_its_zone);
    tcase_add_test(tc, asks_for_a_name_in_the_family_that_is_wanted);
    tcase_add_test(tc, has_no_more_children_than_targets);
    tcase_add_test(tc, others_wait_in_their_order);
    tcase_add_test(tc, several_are_sought_at_once);
    tcase_add_test(tc, a_loss_is_said_once_and_so_is_its_end);
    tcase_add_test(tc, says_by_what_it_goes_now);
    tcase_add_test(tc, of_several_ports_one_tells);
    tcase_add_test(tc, a_name_is_found);
    tcase_add_test(tc, a_name_that_is_not_found_tells_what_it_took);
    tcase_add_loop_test(tc, an_obstacle_is_said, 0, sizeof obstacles / sizeof obstacles[0]);
    tcase_add_loop_test(tc, memory_that_runs_out_is_a_failure, 0, 3);
    tcase_add_loop_test(tc, patience_ends, 0, 2);
    tcase_add_test(tc, another_child_serves_while_one_is_late);
    tcase_add_test(tc, without_children_what_is_known_serves);
    tcase_add_test(tc, a_child_that_cannot_be_asked_is_gone);
    tcase_add_loop_test(tc, a_child_without_memory_ends_the_run, 0, 2);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
