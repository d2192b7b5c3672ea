/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/share.h"

#include "harness.h"

#define LOOK_NS      (INT64_C(1000000000) / 10)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How many are taken before the next look. */
static uint64_t take_all(struct share *share, uint64_t most)
{
    uint64_t taken = 0;
    while (taken < most && share_has_room(share)) {
        share_take(share);
        taken++;
    }
    return taken;
}

static const struct {
    uint64_t room, used, taken;
} tables[] = {
    {262144, 0, 131072}, {1000, 500, 250}, {1000, 999, 1}, {1000, 1000, 1}, /* it is full */
    {1000, 1200, 1}, /* the limit was lowered */
    {2, 0, 1},
};

START_TEST(half_of_what_is_free_is_taken)
{
    struct share share;
    share_init(&share, tables[_i].room, tables[_i].used, 0);
    ck_assert_uint_eq(take_all(&share, 1000000), tables[_i].taken);
}
END_TEST

/* Where connections are not tracked, the count does not grow. */
START_TEST(what_is_not_counted_is_no_limit)
{
    struct share share;
    share_init(&share, 1000, 0, 0);
    for (unsigned look = 1; look <= 100; look++) {
        ck_assert_uint_eq(take_all(&share, 400), 400);
        ck_assert(!share_is_due(&share, look * LOOK_NS - 1));
        ck_assert(share_is_due(&share, look * LOOK_NS));
        share_counted(&share, 0, look * LOOK_NS);
    }
}
END_TEST

START_TEST(what_is_free_again_is_taken_again)
{
    struct share share;
    share_init(&share, 1000, 0, 0);
    ck_assert_uint_eq(take_all(&share, 1000), 500);
    share_counted(&share, 500, LOOK_NS);
    ck_assert_uint_eq(take_all(&share, 1000), 1); /* one for each look */
    share_counted(&share, 301, 2 * LOOK_NS);
    ck_assert_uint_eq(take_all(&share, 1000), 199);
}
END_TEST

START_TEST(others_that_need_more_slow_it_down)
{
    struct share share;
    share_init(&share, 1000, 0, 0);
    share_counted(&share, 800, LOOK_NS);
    ck_assert_uint_eq(take_all(&share, 1000), 1);
    share_counted(&share, 1000, 2 * LOOK_NS);
    ck_assert_uint_eq(take_all(&share, 1000), 1);
}
END_TEST

START_TEST(without_a_table_there_is_no_limit)
{
    struct share share;
    share_init_unlimited(&share);
    ck_assert_uint_eq(take_all(&share, 100000), 100000);
    ck_assert(!share_is_due(&share, INT64_MAX - 1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("share");
    TCase *tests = tcase_create("share");
    tcase_add_loop_test(tests, half_of_what_is_free_is_taken, 0, COUNT(tables));
    tcase_add_test(tests, what_is_not_counted_is_no_limit);
    tcase_add_test(tests, what_is_free_again_is_taken_again);
    tcase_add_test(tests, others_that_need_more_slow_it_down);
    tcase_add_test(tests, without_a_table_there_is_no_limit);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
