/* SPDX-License-Identifier: BSD-2-Clause */
/* The error that ends a run: the first one, and of what the run can do without only a want of
 * memory. */
#include "loop/failure.h"

#include "harness.h"

static struct failure failure;
static struct error error;

static void set_up(void)
{
    failure = (struct failure){.failed = false};
}

START_TEST(the_first_error_counts)
{
    error_set(&error, STATUS_USAGE, "the first");
    failure_note(&failure, &error);
    error_set(&error, STATUS_RUN, "the second");
    failure_note(&failure, &error);
    failure_note_memory(&failure);
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "the first");
    ck_assert_int_eq(failure.error.status, STATUS_USAGE);
}
END_TEST

START_TEST(a_want_of_memory_is_an_error)
{
    failure_note_memory(&failure);
    ck_assert(failure.failed && failure.error.out_of_memory);
    ck_assert_int_eq(failure.error.status, STATUS_RUN);
    ck_assert_str_eq(failure.error.text, "out of memory");
}
END_TEST

START_TEST(a_run_goes_on_without_what_it_can_do_without)
{
    error_set(&error, STATUS_RUN, "the child is gone");
    ck_assert(!failure_note_if_memory(&failure, &error));
    ck_assert(!failure.failed);
    error_set_memory(&error, "out of memory for the child");
    ck_assert(failure_note_if_memory(&failure, &error));
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "out of memory for the child");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("failure");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, the_first_error_counts);
    tcase_add_test(tests, a_want_of_memory_is_an_error);
    tcase_add_test(tests, a_run_goes_on_without_what_it_can_do_without);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
