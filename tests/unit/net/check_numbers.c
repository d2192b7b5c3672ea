/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/numbers.h"

#include "harness.h"
#include "wire/seq.h"

#define SECOND INT64_C(1000000000)

static const struct endpoint ours = {{FAMILY_IPV4, {192, 0, 2, 1}}, 40000};
static const struct endpoint theirs = {{FAMILY_IPV4, {192, 0, 2, 2}}, 80};
static struct numbers numbers;
static struct error error;

static void set_up(void)
{
    ck_assert_int_eq(numbers_init(&numbers, &error), 0);
}

/* RFC 6528, 3, and RFC 7323, 5.4: a peer in TIME_WAIT takes the next SYN by one or the other. */
START_TEST(those_of_a_tuple_grow)
{
    int64_t now_ns = 5 * SECOND;
    struct prober_numbers before = numbers_draw(&numbers, &ours, &theirs, now_ns);
    for (int64_t step_ns = 128; step_ns < 100 * SECOND; step_ns *= 3) {
        now_ns += step_ns;
        const struct prober_numbers next = numbers_draw(&numbers, &ours, &theirs, now_ns);
        ck_assert(seq_gt(next.iss, before.iss));
        ck_assert_uint_eq(next.tsval_offset, before.tsval_offset);
        before = next;
    }
}
END_TEST

START_TEST(those_of_others_tell_nothing)
{
    const struct prober_numbers one = numbers_draw(&numbers, &ours, &theirs, SECOND);
    unsigned alike = 0;
    for (uint16_t port = 1; port < 1000; port++) {
        const struct endpoint other = {theirs.address, (uint16_t)(1000 + port)};
        const struct prober_numbers next = numbers_draw(&numbers, &ours, &other, SECOND);
        alike += next.iss == one.iss || next.tsval_offset == one.tsval_offset;
    }
    ck_assert_uint_le(alike, 1);
    numbers_init(&numbers, &error); /* another run */
    ck_assert_uint_ne(numbers_draw(&numbers, &ours, &theirs, SECOND).iss, one.iss);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("numbers");
    TCase *tests = tcase_create("numbers");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, those_of_a_tuple_grow);
    tcase_add_test(tests, those_of_others_tell_nothing);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
