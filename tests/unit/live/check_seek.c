/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets that are sought again; what confine/locator.h declares is here: children that are asked,
 * and answer when the test says so. */
#include "live/seek.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define FIRST 40000
#define LAST  40099
#define FIXED 5555
#define JOBS  6

struct locator {
    struct location_request asked; /* the latest */
    char host[LOCATOR_HOST_MAX];
    unsigned questions;
    bool gone;
    const struct location *answer; /* NULL: none yet */
};

static unsigned running;
static bool all_gone;

struct locator *locator_start(struct error *error)
{
    struct locator *locator = calloc(1, sizeof *locator);
    (void)error;
    running++;
    return locator;
}

void locator_stop(struct locator *locator)
{
    if (locator == NULL)
        return;
    free(locator);
    running--;
}

int locator_fd(const struct locator *locator)
{
    return locator->gone ? -1 : 7;
}

int locator_ask(struct locator *locator, const struct location_request *request,
                struct error *error)
{
    if (locator->gone || all_gone)
        return error_set(error, STATUS_RUN, "the child is gone");
    locator->asked = *request;
    snprintf(locator->host, sizeof locator->host, "%s", request->host);
    locator->questions++;
    return 0;
}

int locator_read(struct locator *locator, struct location *location, struct error *error)
{
    if (locator->gone || all_gone)
        return error_set(error, STATUS_RUN, "the child is gone");
    if (locator->answer == NULL)
        return 0;
    *location = *locator->answer;
    locator->answer = NULL;
    return 1;
}

static struct options options;
static struct jobs jobs;
static struct timers timers;
static struct failure failure;
static struct seek seek;
static struct job list[JOBS];
static struct job *found[2 * JOBS];
static unsigned found_count;
static struct error error;

static void take_back(void *context, struct job *job)
{
    ck_assert_ptr_eq(context, &seek);
    ck_assert_uint_lt(found_count, 2 * JOBS);
    found[found_count++] = job;
}

static void set_up(void)
{
    options = (struct options){.verbosity = -2, .timeout_ns = 1000000000};
    jobs = (struct jobs){.options = &options, .repeats = true, .supply.total = JOBS};
    jobs.ephemeral.first = FIRST;
    jobs.ephemeral.last = LAST;
    timers = (struct timers){0};
    failure = (struct failure){0};
    found_count = running = 0;
    all_gone = false;
    memset(list, 0, sizeof list);
    for (unsigned i = 0; i < JOBS; i++) {
        list[i].host = "name.example";
        list[i].server.port = (uint16_t)(80 + i);
    }
    seek = (struct seek){.jobs = &jobs,
                         .options = &options,
                         .timers = &timers,
                         .failure = &failure,
                         .found = take_back,
                         .context = &seek};
    ck_assert_int_eq(seek_open(&seek, &error), 0);
}

static void tear_down(void)
{
    seek_close(&seek);
    ck_assert_uint_eq(running, 0);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
    ck_assert(!failure.failed);
}

static const struct locator *seeker(unsigned n)
{
    return seek.seekers[n].locator;
}

/* What connect(2) would be asked for: any port that is free, or the one that is fixed. */
START_TEST(asks_for_the_ports_that_connections_come_from)
{
    options.source_port = _i == 0 ? 0 : FIXED;
    ck_assert(seek_begin(&seek, &list[3]));
    const struct location_request *asked = &seeker(0)->asked;
    ck_assert_str_eq(seeker(0)->host, "name.example");
    ck_assert_uint_eq(asked->destination_port, 83);
    ck_assert_uint_eq(asked->source_port_first, _i == 0 ? FIRST : FIXED);
    ck_assert_uint_eq(asked->source_port_last, _i == 0 ? LAST : FIXED);
}
END_TEST

/* Its name is not asked for again. */
START_TEST(asks_for_the_way_to_an_address_that_was_found)
{
    options.family = FAMILY_IPV4;
    ck_assert(seek_begin(&seek, &list[0]));
    ck_assert_int_eq(seeker(0)->asked.family, FAMILY_IPV4);
    list[1].found = list[2].found = true;
    list[1].server.address = (struct address){FAMILY_IPV6, {0xfe, 0x80, [15] = 1}};
    list[1].scope_ifindex = 3;
    list[2].server.address = (struct address){FAMILY_IPV4, {192, 0, 2, 1}};
    ck_assert(seek_begin(&seek, &list[1]));
    ck_assert_str_eq(seeker(1)->host, "fe80::1%3");
    ck_assert_int_eq(seeker(1)->asked.family, FAMILY_IPV6);
    ck_assert(seek_begin(&seek, &list[2]));
    ck_assert_str_eq(seeker(2)->host, "192.0.2.1");
}
END_TEST

/* Some at a time are asked for, each of a child of its own; the others wait their turn. */
START_TEST(several_are_sought_at_once)
{
    static const struct location nowhere = {.result = 1, .reason = REASON_NO_ROUTE};
    ck_assert_uint_eq(running, SEEKERS_MOST);
    for (unsigned i = 0; i < JOBS; i++)
        ck_assert(seek_begin(&seek, &list[i]));
    for (unsigned i = 0; i < SEEKERS_MOST; i++) {
        ck_assert_uint_eq(seeker(i)->questions, 1);
        ck_assert_uint_eq(seeker(i)->asked.destination_port, 80 + i);
        ck_assert_int_ge(seek_fd(&seek, i), 0);
    }
    ck_assert_int_eq(seek_fd(&seek, SEEKERS_MOST), -1);
    seek.seekers[2].locator->answer = &nowhere;
    seek_read(&seek);
    ck_assert_uint_eq(found_count, 1);
    ck_assert_ptr_eq(found[0], &list[2]);
    ck_assert_int_eq(list[2].no_route_reason, REASON_NO_ROUTE);
    ck_assert_uint_eq(seeker(2)->questions, 2); /* the next one, though others before it wait */
    ck_assert_uint_eq(seeker(2)->asked.destination_port, 84);
    ck_assert_ptr_eq(seek.head, &list[5]);
}
END_TEST

/* A child that does not answer in time holds up its job no longer; nor does it get another. */
START_TEST(patience_ends)
{
    static const struct location nowhere = {.result = 1, .reason = REASON_NO_ROUTE};
    ck_assert(seek_begin(&seek, &list[0]));
    int64_t due_ns = timers_next_ns(&timers);
    ck_assert(!timers_fire_one(&timers, due_ns - 1));
    ck_assert(timers_fire_one(&timers, due_ns));
    ck_assert_uint_eq(found_count, 1);
    ck_assert_int_eq(list[0].resolve_ns, options.timeout_ns);
    ck_assert(seek_begin(&seek, &list[1]));
    ck_assert_uint_eq(seeker(0)->questions, 1);
    ck_assert_uint_eq(seeker(1)->questions, 1);
    seek.seekers[0].locator->answer = &nowhere; /* too late for its job */
    seek_read(&seek);
    ck_assert_uint_eq(found_count, 1);
    ck_assert(seek_begin(&seek, &list[2]));
    ck_assert_uint_eq(seeker(0)->questions, 2);
}
END_TEST

/* All jobs are handed back, those that wait too, and nothing is sought any more. */
START_TEST(without_children_the_run_goes_on)
{
    for (unsigned i = 0; i < JOBS - (_i == 1); i++)
        ck_assert(seek_begin(&seek, &list[i]));
    all_gone = true;
    seek_read(&seek);
    ck_assert_uint_eq(found_count, JOBS - (_i == 1));
    ck_assert(!seek_begin(&seek, &list[0]));
    ck_assert_uint_eq(running, 0);
    ck_assert_int_eq(seek_fd(&seek, 0), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seek");
    TCase *tests = tcase_create("seek");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, asks_for_the_ports_that_connections_come_from, 0, 2);
    tcase_add_test(tests, asks_for_the_way_to_an_address_that_was_found);
    tcase_add_test(tests, several_are_sought_at_once);
    tcase_add_test(tests, patience_ends);
    tcase_add_loop_test(tests, without_children_the_run_goes_on, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
