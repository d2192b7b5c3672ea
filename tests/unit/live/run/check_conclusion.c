/* SPDX-License-Identifier: BSD-2-Clause */
/* The status of a run whose loop is over, and what its journal is told. */
#include "live/run/conclusion.h"

#include <string.h>

#include "fixtures/deeds.h"
#include "fixtures/said.h"
#include "harness.h"
#include "output/inplace.h"

static struct options options;
static struct output output;
static struct run run;
static struct error error;
static struct summary whole;
static uint64_t bad_lines;
static bool found_none, is_empty, tells_lines, is_broken, journal_fails, lists_fail;

bool jobs_found_none(const struct jobs *jobs)
{
    ck_assert_ptr_eq(jobs, &run.jobs);
    return found_none;
}

bool supply_is_empty(const struct supply *supply)
{
    ck_assert_ptr_eq(supply, &run.jobs.supply);
    return is_empty;
}

uint64_t supply_bad_lines(const struct supply *supply)
{
    ck_assert_ptr_eq(supply, &run.jobs.supply);
    return bad_lines;
}

int supply_judge(const struct supply *supply, struct error *why)
{
    ck_assert_ptr_eq(supply, &run.jobs.supply);
    deed("judge");
    return lists_fail ? error_set(why, STATUS_USAGE, "no target in the lists") : 0;
}

void output_may_be_empty(struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    deed("may-be-empty");
}

bool output_invalid_lines(struct output *of, uint64_t count)
{
    ck_assert_ptr_eq(of, &output);
    deed("invalid %u", (unsigned)count);
    return tells_lines;
}

bool output_is_broken(const struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    return is_broken;
}

void inplace_freeze(struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    deed("freeze");
}

int journaling_leave(struct journaling *journaling, struct error *why)
{
    ck_assert_ptr_eq(journaling, &run.journaling);
    deed("leave");
    return journal_fails ? error_set(why, STATUS_RUN, "cannot write 'journal'") : 0;
}

int journaling_conclude(struct journaling *journaling, int failure, struct error *why)
{
    ck_assert_ptr_eq(journaling, &run.journaling);
    deed("conclude %d", failure);
    return journal_fails ? error_set(why, STATUS_RUN, "cannot write 'journal'") : 0;
}

const struct summary *tally_whole(const struct tally *tally)
{
    ck_assert_ptr_eq(tally, output.tally);
    return &whole;
}

static void set_up(void)
{
    options = (struct options){.count = 2};
    run = (struct run){
        .options = &options, .output = &output, .jobs = {.options = &options, .supply.total = 10}};
    whole.connections = 0;
    bad_lines = 0;
    found_none = is_empty = tells_lines = is_broken = journal_fails = lists_fail = false;
    error_set(&error, STATUS_UNMET, "as before");
}

/* status, then what was done and said. */
static void conclude(int status, int expected, const char *done, const char *text)
{
    ck_assert_int_eq(conclusion_of(&run, status, &error), expected);
    ck_assert_str_eq(deeds(), done);
    ck_assert_str_eq(error.text, text);
}

START_TEST(a_run_that_went_well)
{
    conclude(0, 0, "judge", "as before");
}
END_TEST

START_TEST(a_run_that_failed_is_not_judged_by_its_lists)
{
    bad_lines = 3;
    conclude(-1, -1, "", "as before");
    ck_assert_int_eq(error.status, STATUS_UNMET);
}
END_TEST

START_TEST(no_target_has_an_address)
{
    found_none = true;
    error_set(&run.jobs.supply.hosts.why_not_found, STATUS_USAGE, "cannot resolve 'nowhere'");
    conclude(0, -1, "", "cannot resolve 'nowhere'");
    error_set(&error, STATUS_RUN, "as before");
    conclude(-1, -1, "", "as before");
}
END_TEST

START_TEST(a_part_without_targets_may_be_empty)
{
    is_empty = true;
    conclude(0, 0, "may-be-empty judge", "as before");
    conclude(-1, -1, "may-be-empty", "as before");
}
END_TEST

static const struct {
    uint64_t bad;
    bool told;
    int status;
    const char *done, *text;
} line_rows[] = {
    {1, false, -1, "invalid 1", "1 line of the lists is invalid"},
    {2, false, -1, "invalid 2", "2 lines of the lists are invalid"},
    {2, true, 0, "invalid 2 judge", "as before"},
};

START_TEST(invalid_lines_fail_it)
{
    bad_lines = line_rows[_i].bad;
    tells_lines = line_rows[_i].told;
    conclude(0, line_rows[_i].status, line_rows[_i].done, line_rows[_i].text);
    ck_assert_int_eq(error.status, _i < 2 ? STATUS_USAGE : STATUS_UNMET);
}
END_TEST

START_TEST(lists_without_a_target_fail_it)
{
    lists_fail = true;
    conclude(0, -1, "judge", "no target in the lists");
}
END_TEST

START_TEST(the_journal_is_concluded)
{
    run.journaling.open = true;
    conclude(0, 0, "judge conclude 0", "as before");
}
END_TEST

/* The run that finds the journal complete has its status. */
START_TEST(the_journal_keeps_what_failed)
{
    run.journaling.open = true;
    bad_lines = 1;
    conclude(0, -1, "invalid 1 conclude 2", "1 line of the lists is invalid");
    ck_assert_int_eq(STATUS_USAGE, 2);
}
END_TEST

START_TEST(a_journal_that_cannot_be_concluded_fails_it)
{
    run.journaling.open = journal_fails = true;
    conclude(0, -1, "judge conclude 0", "cannot write 'journal'");
}
END_TEST

static const struct {
    uint64_t total, done;
    const char *text;
} left_rows[] = {
    {10, 0, "interrupted with 20 of 20 connections to go: run the same command again to continue"},
    {10, 5, "interrupted with 15 of 20 connections to go: run the same command again to continue"},
    {10, 20, "interrupted with 0 of 20 connections to go: run the same command again to continue"},
    {10, 21, "interrupted with 0 of 20 connections to go: run the same command again to continue"},
};

START_TEST(an_interrupt_leaves_the_journal)
{
    run.journaling.open = run.interrupted = true;
    bad_lines = 3; /* which the next run tells */
    run.jobs.supply.total = left_rows[_i].total;
    whole.connections = left_rows[_i].done;
    conclude(0, -1, "freeze leave", left_rows[_i].text);
    ck_assert_int_eq(error.status, STATUS_RUN);
}
END_TEST

static const struct {
    bool out_of_time, journal;
    int verbosity;
    uint64_t count, done;
    const char *said;
} deadline_rows[] = {
    {true, false, 0, 2, 5,
     "tcpshake: --deadline has passed with 15 of 20 connections to go: a run with --resume can be "
     "continued\n"},
    {true, false, -1, 2, 19,
     "tcpshake: --deadline has passed with 1 of 20 connections to go: a run with --resume can be "
     "continued\n"},
    {true, false, -2, 2, 5, ""},
    {true, false, 0, 2, 20, ""},
    {true, false, 0, 2, 21, ""},
    {true, false, 0, 0, 5, ""},
    {true, true, 0, 2, 5, ""},
    {false, false, 0, 2, 5, ""},
};

/* A report that is cut short does not look so. */
START_TEST(a_deadline_tells_what_is_left)
{
    said_begin();
    run.interrupted = true;
    run.out_of_time = deadline_rows[_i].out_of_time;
    run.journaling.open = deadline_rows[_i].journal;
    options.verbosity = deadline_rows[_i].verbosity;
    options.count = deadline_rows[_i].count;
    whole.connections = deadline_rows[_i].done;
    ck_assert_int_eq(conclusion_of(&run, 0, &error), run.journaling.open ? -1 : 0);
    ck_assert_str_eq(said(), deadline_rows[_i].said);
    (void)deeds();
    said_end();
}
END_TEST

START_TEST(an_error_leaves_the_journal)
{
    run.journaling.open = true;
    conclude(-1, -1, "freeze leave", "as before");
    journal_fails = true;
    conclude(-1, -1, "freeze leave", "as before");
}
END_TEST

START_TEST(a_journal_that_cannot_be_left_is_told)
{
    run.journaling.open = run.interrupted = journal_fails = true;
    conclude(0, -1, "freeze leave", "cannot write 'journal'");
}
END_TEST

START_TEST(the_record_before_counts_without_a_reader)
{
    run.journaling.open = run.interrupted = is_broken = true;
    conclude(0, 0, "freeze", "as before");
    conclude(-1, -1, "freeze", "as before");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conclusion");
    TCase *tests = tcase_create("status");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_run_that_went_well);
    tcase_add_test(tests, a_run_that_failed_is_not_judged_by_its_lists);
    tcase_add_test(tests, no_target_has_an_address);
    tcase_add_test(tests, a_part_without_targets_may_be_empty);
    tcase_add_loop_test(tests, invalid_lines_fail_it, 0, sizeof line_rows / sizeof line_rows[0]);
    tcase_add_test(tests, lists_without_a_target_fail_it);
    tcase_add_test(tests, the_journal_is_concluded);
    tcase_add_test(tests, the_journal_keeps_what_failed);
    tcase_add_test(tests, a_journal_that_cannot_be_concluded_fails_it);
    tcase_add_loop_test(tests, an_interrupt_leaves_the_journal, 0,
                        sizeof left_rows / sizeof left_rows[0]);
    tcase_add_loop_test(tests, a_deadline_tells_what_is_left, 0,
                        sizeof deadline_rows / sizeof deadline_rows[0]);
    tcase_add_test(tests, an_error_leaves_the_journal);
    tcase_add_test(tests, a_journal_that_cannot_be_left_is_told);
    tcase_add_test(tests, the_record_before_counts_without_a_reader);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
