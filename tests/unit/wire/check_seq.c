/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"
#include "wire/seq.h"

/* Pairs of which a comes before b by that many. */
static const struct {
    uint32_t a, b;
    int32_t distance;
} ordered[] = {
    {0, 1, 1},
    {0xffffffff, 0, 1},
    {0xfffffffe, 1, 3},
    {0xffff0000, 0x0000ffff, 0x1ffff},
    {0x7fffffff, 0x80000000, 1},
    {0, 0x7fffffff, INT32_MAX},
    {0x80000000, 0xffffffff, INT32_MAX},
    {0x80000001, 0, INT32_MAX},
    {0xc0000000, 0x3fffffff, INT32_MAX},
};

START_TEST(orders_across_the_wrap)
{
    uint32_t a = ordered[_i].a, b = ordered[_i].b;
    ck_assert_int_eq(seq_diff(b, a), ordered[_i].distance);
    ck_assert_int_eq(seq_diff(a, b), -ordered[_i].distance);
    ck_assert(seq_lt(a, b) && seq_leq(a, b) && !seq_gt(a, b) && !seq_geq(a, b));
    ck_assert(!seq_lt(b, a) && !seq_leq(b, a) && seq_gt(b, a) && seq_geq(b, a));
    ck_assert_uint_eq(seq_max(a, b), b);
    ck_assert_uint_eq(seq_max(b, a), b);
}
END_TEST

static const uint32_t points[] = {0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

START_TEST(equals_itself)
{
    uint32_t x = points[_i];
    ck_assert_int_eq(seq_diff(x, x), 0);
    ck_assert(!seq_lt(x, x) && seq_leq(x, x) && !seq_gt(x, x) && seq_geq(x, x));
    ck_assert_uint_eq(seq_max(x, x), x);
}
END_TEST

/* Half the circle away there is no order, but the distance must be defined all the same. */
START_TEST(half_the_circle)
{
    uint32_t x = points[_i];
    ck_assert_int_eq(seq_diff(x + 0x80000000u, x), INT32_MIN);
    ck_assert_int_eq(seq_diff(x, x + 0x80000000u), INT32_MIN);
}
END_TEST

static const struct {
    uint32_t x, first, len;
    bool within;
} windows[] = {
    {10, 10, 1, true},
    {11, 10, 1, false},
    {9, 10, 1, false},
    {10, 10, 0, false},
    {0xffffffff, 0xfffffff0, 0x20, true},
    {0, 0xfffffff0, 0x20, true},
    {0x0f, 0xfffffff0, 0x20, true},
    {0x10, 0xfffffff0, 0x20, false},
    {0xffffffef, 0xfffffff0, 0x20, false},
    {5, 6, 0xffffffff, false},
    {4, 6, 0xffffffff, true},
};

START_TEST(stands_in_a_window)
{
    ck_assert_int_eq(seq_within(windows[_i].x, windows[_i].first, windows[_i].len),
                     windows[_i].within);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

int main(void)
{
    Suite *suite = suite_create("seq");
    TCase *tcase = tcase_create("circle");
    tcase_add_loop_test(tcase, orders_across_the_wrap, 0, COUNT(ordered));
    tcase_add_loop_test(tcase, equals_itself, 0, COUNT(points));
    tcase_add_loop_test(tcase, half_the_circle, 0, COUNT(points));
    tcase_add_loop_test(tcase, stands_in_a_window, 0, COUNT(windows));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
