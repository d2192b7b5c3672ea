/* SPDX-License-Identifier: BSD-2-Clause */
/* What begins with the loop, and what its timers do. */
#include "live/run/start.h"

#include "fixtures/deeds.h"
#include "fixtures/stuck.h"
#include "harness.h"
#include "net/clock.h"

#define NOW INT64_C(5000000000)

static struct options options;
static struct output output;
static struct run run;
static struct conversation conversation;
static bool ticks, relocates, talks;
static int64_t journal_ns;

bool relocation_start(struct relocation *relocation, int64_t now_ns)
{
    ck_assert_ptr_eq(relocation, &run.relocation);
    ck_assert_int_eq(now_ns, NOW);
    deed("relocation");
    return relocates;
}

bool output_wants_ticks(const struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    return ticks;
}

int64_t journaling_due_ns(const struct journaling *journaling)
{
    ck_assert_ptr_eq(journaling, &run.journaling);
    return journal_ns;
}

void schedule_start(struct schedule *schedule, uint32_t rate)
{
    ck_assert_ptr_eq(schedule, &run.schedule);
    deed("start %u", rate);
}

void schedule_tell_unfound(struct schedule *schedule, int64_t now_ns)
{
    ck_assert_ptr_eq(schedule, &run.schedule);
    ck_assert_int_eq(now_ns, NOW);
    deed("unfound");
}

uint32_t flights_count(const struct flights *flights)
{
    ck_assert_ptr_eq(flights, &run.flights);
    return 4;
}

const struct conversation *flights_conversation(const struct flights *flights)
{
    (void)flights;
    return talks ? &conversation : NULL;
}

void output_so_far(struct output *of, const struct conversation *only, int64_t now_ns)
{
    ck_assert_ptr_eq(of, &output);
    ck_assert_ptr_eq(only, &conversation);
    deed("so-far %lld", (long long)now_ns);
}

void output_tick(struct output *of, const struct output_outlook *outlook, int64_t now_ns)
{
    ck_assert_ptr_eq(of, &output);
    deed("tick %llu %llu %lld", (unsigned long long)outlook->planned,
         (unsigned long long)outlook->in_flight, (long long)now_ns);
}

void stop_interrupt(struct run *of)
{
    ck_assert_ptr_eq(of, &run);
    deed("interrupt");
}

static void set_up(void)
{
    options = (struct options){.count = 1, .rate = 9};
    run = (struct run){.options = &options,
                       .output = &output,
                       .jobs = {.options = &options, .supply.total = 1},
                       .deadline_ns = INT64_MAX};
    ticks = talks = false;
    relocates = true;
}

static void tear_down(void)
{
    timers_free(&run.timers);
}

static void begin(const char *expected)
{
    struct error error;
    ck_assert_int_eq(start_begin(&run, NOW, &error), 0);
    ck_assert_str_eq(deeds(), expected);
    ck_assert(run.more);
}

START_TEST(targets_begin_at_the_rate)
{
    begin("relocation start 9");
    ck_assert_int_eq(timers_next_ns(&run.timers), INT64_MAX);
}
END_TEST

START_TEST(the_deadline_interrupts)
{
    run.deadline_ns = NOW + 10;
    begin("relocation start 9");
    ck_assert_int_eq(timers_next_ns(&run.timers), NOW + 10);
    ck_assert(!run.out_of_time);
    run.schedule.cancelled = _i == 1; /* by a signal that came before */
    ck_assert(timers_fire_one(&run.timers, NOW + 10));
    ck_assert_str_eq(deeds(), "interrupt");
    ck_assert(run.out_of_time == (_i == 0));
}
END_TEST

/* And a moment longer. */
START_TEST(readers_are_waited_for_until_the_deadline)
{
    begin("relocation start 9");
    int64_t begun_ns = clock_monotonic_ns();
    run.deadline_ns = begun_ns;
    begin("relocation start 9");
    ck_assert_int_lt(stuck_write_ns(), STUCK_MOST_NS / 2);
    ck_assert_int_ge(clock_monotonic_ns(), begun_ns + 100000000);
}
END_TEST

START_TEST(the_terminal_has_ticks)
{
    ticks = true;
    begin("relocation start 9");
    ck_assert_int_eq(timers_next_ns(&run.timers), NOW + WATCH_TICK_NS);
    ck_assert(timers_fire_one(&run.timers, NOW + WATCH_TICK_NS));
    ck_assert_str_eq(deeds(), "tick 1 4 5200000000");
    ck_assert_int_eq(timers_next_ns(&run.timers), NOW + 2 * WATCH_TICK_NS);
}
END_TEST

/* Of several connections, none is the figure. */
START_TEST(the_only_connection_is_shown_so_far)
{
    ticks = talks = true;
    run.jobs.supply.total = _i == 0 ? 1 : 2;
    begin("relocation start 9");
    ck_assert(timers_fire_one(&run.timers, NOW + WATCH_TICK_NS));
    ck_assert_str_eq(deeds(),
                     _i == 0 ? "so-far 5200000000 tick 1 4 5200000000" : "tick 2 4 5200000000");
}
END_TEST

START_TEST(the_journal_is_due)
{
    journal_ns = NOW + 50;
    run.journaling.open = _i == 1;
    begin("relocation start 9");
    ck_assert_int_eq(timers_next_ns(&run.timers), _i == 1 ? NOW + 50 : INT64_MAX);
    ck_assert(timers_fire_one(&run.timers, NOW + 50) == (_i == 1));
}
END_TEST

static const struct {
    bool over, unfound, journal, told;
} late_rows[] = {
    {true, true, false, true},
    {false, true, false, false},
    {true, false, false, false},
    {true, true, true, false},
};

/* Names took all the time there is. A journal leaves them to the next run. */
START_TEST(names_that_were_not_found_in_time_are_reported)
{
    run.deadline_ns = late_rows[_i].over ? NOW : NOW + 1;
    run.journaling.open = late_rows[_i].journal;
    journal_ns = NOW;
    run.jobs.supply.hosts.why_not_found.status = late_rows[_i].unfound ? STATUS_USAGE : STATUS_OK;
    begin(late_rows[_i].told ? "relocation start 9 unfound" : "relocation start 9");
}
END_TEST

START_TEST(memory_may_run_out)
{
    struct error error = {.status = STATUS_OK};
    relocates = false;
    ck_assert_int_eq(start_begin(&run, NOW, &error), -1);
    ck_assert(error.out_of_memory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("start");
    TCase *tests = tcase_create("timers");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, targets_begin_at_the_rate);
    tcase_add_loop_test(tests, the_deadline_interrupts, 0, 2);
    tcase_add_test(tests, readers_are_waited_for_until_the_deadline);
    tcase_add_test(tests, the_terminal_has_ticks);
    tcase_add_loop_test(tests, the_only_connection_is_shown_so_far, 0, 2);
    tcase_add_loop_test(tests, the_journal_is_due, 0, 2);
    tcase_add_loop_test(tests, names_that_were_not_found_in_time_are_reported, 0,
                        sizeof late_rows / sizeof late_rows[0]);
    tcase_add_test(tests, memory_may_run_out);
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite);
}
