/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that are resolved again; what confine/locator.h declares is here: a child that answers as
 * the test says. */
#include "live/relocate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define SECOND_NS INT64_C(1000000000)
#define EVERY_NS  (30 * SECOND_NS)
#define START_NS  (100 * SECOND_NS)

struct locator {
    struct location_request asked;
    unsigned questions;
};

static struct locator child;
static bool running, gone;
static const struct location *answer; /* NULL: none yet */

struct locator *locator_start(struct error *error)
{
    (void)error;
    child = (struct locator){.questions = 0};
    running = true;
    return &child;
}

void locator_stop(struct locator *locator)
{
    if (locator != NULL)
        running = false;
}

int locator_fd(const struct locator *locator)
{
    ck_assert_ptr_eq(locator, &child);
    return 7;
}

int locator_ask(struct locator *locator, const struct location_request *request,
                struct error *error)
{
    if (gone)
        return error_set(error, STATUS_RUN, "the child is gone");
    locator->asked = *request;
    locator->questions++;
    return 0;
}

int locator_read(struct locator *locator, struct location *location, struct error *error)
{
    (void)locator;
    if (gone)
        return error_set(error, STATUS_RUN, "the child is gone");
    if (answer == NULL)
        return 0;
    *location = *answer;
    return 1;
}

static struct options options;
static struct host_name names[3];
static struct jobs jobs;
static struct timers timers;
static struct failure failure;
static struct taps taps; /* none: whatever interface a route has is not captured on */
static struct relocation relocation;
static struct error error;
static FILE *errors;
static int kept_stderr;

static void set_up(void)
{
    static const char *const texts[] = {"one.example", "192.0.2.9", "two.example"};
    errors = tmpfile();
    kept_stderr = dup(STDERR_FILENO);
    dup2(fileno(errors), STDERR_FILENO);
    gone = false;
    answer = NULL;
    memset(names, 0, sizeof names);
    for (unsigned i = 0; i < 3; i++) {
        names[i].text = texts[i];
        names[i].named = i != 1;
    }
    options = (struct options){.resolve_every_ns = EVERY_NS};
    jobs = (struct jobs){.options = &options, .supply.hosts = {.list = names, .count = 3}};
    timers = (struct timers){0};
    failure = (struct failure){0};
    relocation = (struct relocation){
        .jobs = &jobs, .options = &options, .taps = &taps, .timers = &timers, .failure = &failure};
}

static void tear_down(void)
{
    relocation_close(&relocation);
    ck_assert(!running);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    fclose(errors);
    ck_assert(!failure.failed);
    for (unsigned i = 0; i < 3; i++)
        free(names[i].all);
}

static void begin(void)
{
    ck_assert_int_eq(relocation_open(&relocation, &error), 0);
    ck_assert(relocation_start(&relocation, START_NS));
}

static void expect_said(const char *text)
{
    char said[512] = "";
    ssize_t len = pread(fileno(errors), said, sizeof said - 1, 0);
    ck_assert_int_ge(len, 0);
    ck_assert_str_eq(said, text);
    ck_assert_int_eq(ftruncate(fileno(errors), 0), 0);
    ck_assert_int_eq(lseek(fileno(errors), 0, SEEK_SET), 0);
}

/* Only names are asked for, one after the other, and a round begins so long after the last one. */
START_TEST(each_name_is_asked_for_in_its_turn)
{
    static const struct location unknown = {.result = -1, .error.text = "no answer"};
    begin();
    ck_assert_int_eq(relocation_fd(&relocation), 7);
    ck_assert_int_eq(timers_next_ns(&timers), START_NS + EVERY_NS);
    ck_assert(timers_fire_one(&timers, START_NS + EVERY_NS));
    ck_assert_uint_eq(child.questions, 1);
    ck_assert_str_eq(child.asked.host, "one.example");
    relocation_read(&relocation);
    ck_assert_uint_eq(child.questions, 1); /* there is no answer yet */
    answer = &unknown;
    relocation_read(&relocation);
    ck_assert_uint_eq(child.questions, 2);
    ck_assert_str_eq(child.asked.host, "two.example");
    expect_said("tcpshake: one.example has no usable address: no answer\n");
    relocation_read(&relocation);
    ck_assert_uint_eq(child.questions, 2);
    ck_assert_int_ge(timers_next_ns(&timers), START_NS + 2 * EVERY_NS);
}
END_TEST

/* The run goes on with what it knows, and that is said. */
START_TEST(without_its_child_the_run_goes_on)
{
    begin();
    if (_i == 1)
        ck_assert(timers_fire_one(&timers, START_NS + EVERY_NS));
    gone = true;
    if (_i == 0)
        ck_assert(timers_fire_one(&timers, START_NS + EVERY_NS));
    else
        relocation_read(&relocation);
    ck_assert(!running);
    ck_assert_int_eq(relocation_fd(&relocation), -1);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    relocation_read(&relocation);
    expect_said("tcpshake: the child is gone: continuing with the known addresses\n");
}
END_TEST

/* Where no name is to be asked for, or it was not asked for, there is no child. */
START_TEST(without_names_there_is_no_child)
{
    if (_i == 0)
        options.resolve_every_ns = DURATION_UNKNOWN;
    else
        names[0].named = names[2].named = false;
    begin();
    ck_assert(!running);
    ck_assert_int_eq(relocation_fd(&relocation), -1);
}
END_TEST

#define WHY ": the route to its new address uses an interface that this run does not capture on\n"

static const char *const stays[] = {
    "tcpshake: one.example has no usable address" WHY,
    "tcpshake: one.example stays at 192.0.2.5" WHY,
};

/* A way that is not captured on is not taken, and that is said once. */
START_TEST(a_name_stays_where_it_is)
{
    static const struct location elsewhere = {
        .result = 0,
        .address = {FAMILY_IPV4, {192, 0, 2, 7}},
        .route.interface = "eth9",
    };
    const struct resolved known = {.address = {FAMILY_IPV4, {192, 0, 2, 5}}};
    names[2].named = false;
    ck_assert(_i == 0 || hosts_move(&names[0], &known));
    begin();
    answer = &elsewhere;
    for (unsigned i = 1; i < 3; i++) {
        ck_assert(timers_fire_one(&timers, INT64_MAX - 1));
        ck_assert_uint_eq(child.questions, i);
        relocation_read(&relocation);
        expect_said(i == 1 ? stays[_i] : "");
        ck_assert_uint_eq(names[0].count, (unsigned)_i);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relocate");
    TCase *tests = tcase_create("relocate");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, each_name_is_asked_for_in_its_turn);
    tcase_add_loop_test(tests, without_its_child_the_run_goes_on, 0, 2);
    tcase_add_loop_test(tests, without_names_there_is_no_child, 0, 2);
    tcase_add_loop_test(tests, a_name_stays_where_it_is, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
