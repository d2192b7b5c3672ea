/* SPDX-License-Identifier: BSD-2-Clause */
/* Each part of a run knows the others, and follows the options. */
#include "live/run/wiring.h"

#include "fixtures/commandline.h"
#include "harness.h"

#define NOW INT64_C(5000000000)

static struct options options;
static struct output output;
static struct run run;

static void connect_parts(const char *line)
{
    commandline_parse(line, &options);
    wiring_connect(&run, &options, &output, NOW);
}

START_TEST(connections_know_what_they_use)
{
    connect_parts("192.0.2.1 80");
    const struct flights *flights = &run.flights;
    ck_assert_ptr_eq(flights->sender, &run.sender);
    ck_assert_ptr_eq(flights->recorder, &run.recorder);
    ck_assert_ptr_eq(flights->timers, &run.timers);
    ck_assert_ptr_eq(flights->failure, &run.failure);
    ck_assert_ptr_eq(flights->lane, &run.lane);
    ck_assert_ptr_eq(flights->throttle, &run.schedule.throttle);
    ck_assert_ptr_eq(flights->taps, &run.taps);
    ck_assert_ptr_eq(flights->output, &output);
    ck_assert_ptr_eq(run.sender.conntrack, &run.schedule.tracking.table);
}
END_TEST

START_TEST(the_schedule_knows_what_it_fills)
{
    connect_parts("192.0.2.1 80");
    const struct schedule *schedule = &run.schedule;
    ck_assert_ptr_eq(schedule->jobs, &run.jobs);
    ck_assert_ptr_eq(schedule->flights, &run.flights);
    ck_assert_ptr_eq(schedule->taps, &run.taps);
    ck_assert_ptr_eq(schedule->recorder, &run.recorder);
    ck_assert_ptr_eq(schedule->timers, &run.timers);
    ck_assert_ptr_eq(schedule->failure, &run.failure);
    ck_assert_ptr_eq(schedule->output, &output);
    ck_assert_ptr_eq(schedule->seek, &run.seek);
}
END_TEST

START_TEST(what_finds_targets_again_knows_them)
{
    connect_parts("192.0.2.1 80");
    const struct seek *seek = &run.seek;
    const struct relocation *relocation = &run.relocation;
    ck_assert(seek->jobs == &run.jobs && relocation->jobs == &run.jobs);
    ck_assert(seek->options == &options && relocation->options == &options);
    ck_assert(seek->taps == &run.taps && relocation->taps == &run.taps);
    ck_assert(seek->timers == &run.timers && relocation->timers == &run.timers);
    ck_assert(seek->failure == &run.failure && relocation->failure == &run.failure);
    ck_assert_ptr_eq(seek->recorder, &run.recorder);
    ck_assert_ptr_eq(seek->context, &run.schedule);
    ck_assert(seek->found == schedule_found);
    ck_assert_ptr_eq(run.reverse.failure, &run.failure);
    ck_assert_ptr_eq(run.opinions.failure, &run.failure);
    ck_assert_ptr_eq(run.opinions.timers, &run.timers);
}
END_TEST

START_TEST(the_journal_knows_what_it_keeps)
{
    connect_parts("192.0.2.1 80");
    ck_assert_ptr_eq(run.journaling.options, &options);
    ck_assert_ptr_eq(run.journaling.jobs, &run.jobs);
    ck_assert_ptr_eq(run.journaling.output, &output);
    ck_assert(!run.journaling.open && !run.interrupted);
}
END_TEST

static const struct {
    const char *line;
    bool quiet;
} quiet_rows[] = {
    {"192.0.2.1 80", false},    {"-v 192.0.2.1 80", false},  {"-q 192.0.2.1 80", false},
    {"-qq 192.0.2.1 80", true}, {"-qqq 192.0.2.1 80", true},
};

START_TEST(warnings_are_left_out)
{
    connect_parts(quiet_rows[_i].line);
    ck_assert(run.flights.quiet == quiet_rows[_i].quiet);
    ck_assert(run.schedule.quiet == quiet_rows[_i].quiet);
    ck_assert(run.taps.quiet == quiet_rows[_i].quiet);
}
END_TEST

START_TEST(options_reach_the_parts)
{
    connect_parts("--path --max-hops 7 --interval 2 --control-port 9 192.0.2.1 80");
    ck_assert_uint_eq(run.flights.hops_max, 7);
    ck_assert(!run.flights.measures && !run.schedule.compare);
    ck_assert_uint_eq(run.schedule.control_port, 9);
    ck_assert_int_eq(run.schedule.interval_ns, 2 * INT64_C(1000000000));
    connect_parts("--path-mtu 192.0.2.1 80");
    ck_assert(run.flights.measures);
    ck_assert_uint_eq(run.flights.hops_max, 0);
    connect_parts("--offer ecn --compare -c 4 192.0.2.1 80");
    ck_assert(run.schedule.compare);
}
END_TEST

/* Of each SYN beside the connections, too. */
START_TEST(the_rate_holds_beside_the_connections)
{
    connect_parts("--rate 10 192.0.2.1 80");
    ck_assert(pace_take(&run.flights.side_pace, NOW));
    ck_assert(!pace_take(&run.flights.side_pace, NOW + 99999999));
    ck_assert(pace_take(&run.flights.side_pace, NOW + 100000000));
}
END_TEST

START_TEST(the_deadline_begins_now)
{
    connect_parts("192.0.2.1 80");
    ck_assert_int_eq(run.deadline_ns, INT64_MAX);
    connect_parts("--deadline 3 192.0.2.1 80");
    ck_assert_int_eq(run.deadline_ns, NOW + 3 * INT64_C(1000000000));
}
END_TEST

START_TEST(nothing_is_open_yet)
{
    connect_parts("192.0.2.1 80");
    ck_assert_int_eq(run.local_errors.fds[0], -1);
    ck_assert_int_eq(run.local_errors.fds[1], -1);
    ck_assert_int_eq(run.interrupts.signals, -1);
    ck_assert_int_eq(run.interrupts.stops, -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wiring");
    TCase *tests = tcase_create("parts");
    tcase_add_test(tests, connections_know_what_they_use);
    tcase_add_test(tests, the_schedule_knows_what_it_fills);
    tcase_add_test(tests, what_finds_targets_again_knows_them);
    tcase_add_test(tests, the_journal_knows_what_it_keeps);
    tcase_add_loop_test(tests, warnings_are_left_out, 0, sizeof quiet_rows / sizeof quiet_rows[0]);
    tcase_add_test(tests, options_reach_the_parts);
    tcase_add_test(tests, the_rate_holds_beside_the_connections);
    tcase_add_test(tests, the_deadline_begins_now);
    tcase_add_test(tests, nothing_is_open_yet);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
