/* SPDX-License-Identifier: BSD-2-Clause */
/* A run that is ended early: what of it is done, once, and in which order. */
#include "live/run/stop.h"

#include "fixtures/deeds.h"
#include "harness.h"
#include "output/inplace.h"

static struct output output;
static struct run run;
static unsigned over; /* connections */

bool flights_next_landed(struct flights *flights, struct attempt *attempt)
{
    ck_assert_ptr_eq(flights, &run.flights);
    *attempt = (struct attempt){.place = over};
    return over > 0 && over-- > 0;
}

void schedule_landed(struct schedule *schedule, const struct attempt *attempt, int64_t now_ns)
{
    ck_assert_ptr_eq(schedule, &run.schedule);
    ck_assert_int_gt(now_ns, 0);
    deed("landed %u", attempt->place);
}

void schedule_cancel(struct schedule *schedule)
{
    schedule->cancelled = true;
    deed("cancel-schedule");
}

void flights_cancel(struct flights *flights)
{
    ck_assert_ptr_eq(flights, &run.flights);
    deed("cancel-flights");
}

void inplace_freeze(struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    deed("freeze");
}

static void set_up(void)
{
    run = (struct run){.output = &output};
    over = 0;
}

START_TEST(what_is_over_goes_back)
{
    over = 3;
    stop_take_landed(&run, 77);
    ck_assert_str_eq(deeds(), "landed 3 landed 2 landed 1");
    stop_take_landed(&run, 77);
    ck_assert_str_eq(deeds(), "");
}
END_TEST

START_TEST(nothing_begins_after_it)
{
    stop_cancel(&run);
    ck_assert_str_eq(deeds(), "cancel-schedule cancel-flights");
    ck_assert(!run.interrupted);
    stop_cancel(&run);
    ck_assert_str_eq(deeds(), "");
}
END_TEST

/* What is over by then was reported, and is not made again by the run that resumes this one. */
START_TEST(an_interrupt_takes_first_what_is_over)
{
    over = 2;
    stop_interrupt(&run);
    ck_assert_str_eq(deeds(), "landed 2 landed 1 cancel-schedule cancel-flights");
    ck_assert(run.interrupted);
}
END_TEST

START_TEST(with_a_journal_nothing_more_is_reported)
{
    over = 1;
    run.journaling.open = true;
    stop_interrupt(&run);
    ck_assert_str_eq(deeds(), "landed 1 freeze cancel-schedule cancel-flights");
}
END_TEST

START_TEST(a_run_that_ends_already_is_not_interrupted)
{
    run.schedule.cancelled = run.journaling.open = true;
    over = 1;
    stop_interrupt(&run);
    ck_assert_str_eq(deeds(), "");
    ck_assert(!run.interrupted);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stop");
    TCase *tests = tcase_create("early");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, what_is_over_goes_back);
    tcase_add_test(tests, nothing_begins_after_it);
    tcase_add_test(tests, an_interrupt_takes_first_what_is_over);
    tcase_add_test(tests, with_a_journal_nothing_more_is_reported);
    tcase_add_test(tests, a_run_that_ends_already_is_not_interrupted);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
