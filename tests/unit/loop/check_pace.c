/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/pace.h"

#include "harness.h"

#define SECOND INT64_C(1000000000)
#define START  (77 * SECOND)

/* How many may begin in [from, to) when somebody tries at every one of step. */
static uint32_t begun(struct pace *pace, int64_t from_ns, int64_t to_ns, int64_t step_ns)
{
    uint32_t count = 0;
    for (int64_t now_ns = from_ns; now_ns < to_ns; now_ns += step_ns)
        while (count < 1000000 && pace_take(pace, now_ns))
            count++;
    return count;
}

START_TEST(no_more_than_the_rate_and_a_tenth)
{
    static const uint32_t rates[] = {1, 2, 9, 10, 1000, 30000};
    static const int64_t steps[] = {100000, 1000000, 50000000};
    uint32_t rate = rates[_i % 6], burst = rate / 10 > 0 ? rate / 10 : 1;
    struct pace pace;
    pace_init(&pace, rate);
    uint32_t count = begun(&pace, START, START + 10 * SECOND, steps[_i / 6]);
    ck_assert_uint_le(count, 10 * rate + burst);
    /* whoever looks often enough gets nearly all of it */
    if (20 * steps[_i / 6] * rate <= burst * SECOND)
        ck_assert_uint_ge(count, 10 * rate - rate / 20);
}
END_TEST

START_TEST(at_first_a_tenth_of_a_second_at_once)
{
    struct pace pace;
    pace_init(&pace, 1000);
    ck_assert_uint_eq(begun(&pace, START, START + 1, 1), 100);
    ck_assert(!pace_take(&pace, START + SECOND / 1000 - 1));
    ck_assert_int_eq(pace_next_ns(&pace), START + SECOND / 1000);
    ck_assert(pace_take(&pace, START + SECOND / 1000));
    ck_assert(!pace_take(&pace, START + SECOND / 1000));
}
END_TEST

START_TEST(none_runs_ahead_of_an_even_pace)
{
    struct pace pace;
    pace_init_even(&pace, 1000);
    ck_assert_uint_eq(begun(&pace, START, START + 1, 1), 1);
    ck_assert_int_eq(pace_next_ns(&pace), START + SECOND / 1000);
    ck_assert_uint_eq(begun(&pace, START + 1, START + SECOND, SECOND / 10000), 999);
    pace_init_even(&pace, 0);
    ck_assert(pace_take(&pace, START) && pace_take(&pace, START));
}
END_TEST

START_TEST(a_pause_is_not_saved_up)
{
    struct pace pace;
    pace_init(&pace, 1000);
    begun(&pace, START, START + 1, 1);
    ck_assert_uint_eq(begun(&pace, START + 3600 * SECOND, START + 3600 * SECOND + 1, 1), 100);
}
END_TEST

START_TEST(none_is_no_limit)
{
    struct pace pace;
    pace_init(&pace, 0);
    for (int i = 0; i < 100000; i++)
        ck_assert(pace_take(&pace, START));
}
END_TEST

START_TEST(changes_the_rate_of_what_follows)
{
    struct pace pace;
    pace_init(&pace, 10);
    ck_assert(pace_take(&pace, START));
    ck_assert(!pace_take(&pace, START));
    pace_change(&pace, 1000);
    ck_assert_uint_eq(begun(&pace, START + SECOND, START + SECOND + 1, 1), 100);
    pace_change(&pace, 0);
    ck_assert_uint_eq(begun(&pace, START + SECOND, START + SECOND + 1, 1), 1000000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pace");
    TCase *tests = tcase_create("pace");
    tcase_add_loop_test(tests, no_more_than_the_rate_and_a_tenth, 0, 18);
    tcase_add_test(tests, changes_the_rate_of_what_follows);
    tcase_add_test(tests, at_first_a_tenth_of_a_second_at_once);
    tcase_add_test(tests, none_runs_ahead_of_an_even_pace);
    tcase_add_test(tests, a_pause_is_not_saved_up);
    tcase_add_test(tests, none_is_no_limit);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
