/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/numbers.h"

#include <string.h>

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

/* The clock of the sequence number ticks every 64 ns; neither it nor the offset of the time stamps
 * tells the other. */
START_TEST(the_sequence_number_alone_follows_the_clock)
{
    for (uint16_t port = 1; port < 1000; port++) {
        const struct endpoint other = {theirs.address, port};
        const struct prober_numbers first = numbers_draw(&numbers, &ours, &other, 0);
        const struct prober_numbers next = numbers_draw(&numbers, &ours, &other, 6400 + port % 64);
        ck_assert_uint_eq(next.iss - first.iss, 100);
        ck_assert_uint_eq(next.tsval_offset, first.tsval_offset);
        ck_assert_uint_ne(first.iss, first.tsval_offset);
    }
}
END_TEST

/* ... nor does the identification, which differs from connection to connection: RFC 7739. */
START_TEST(the_identification_tells_nothing)
{
    unsigned alike = 0, low_bits = 0;
    for (uint16_t port = 1; port < 1000; port++) {
        const struct endpoint other = {theirs.address, port};
        const struct prober_numbers first = numbers_draw(&numbers, &ours, &other, SECOND);
        const struct prober_numbers next = numbers_draw(&numbers, &ours, &other, 2 * SECOND);
        alike += next.ip_id == first.ip_id;
        low_bits +=
            first.ip_id == (uint16_t)first.iss || first.ip_id == (uint16_t)first.tsval_offset;
    }
    ck_assert_uint_le(alike, 2);
    ck_assert_uint_le(low_bits, 4);
}
END_TEST

START_TEST(all_of_the_keys_are_random)
{
    struct numbers again;
    memset(&again, 0, sizeof again);
    memset(&numbers, 0, sizeof numbers);
    ck_assert_int_eq(numbers_init(&again, &error), 0);
    ck_assert_int_eq(numbers_init(&numbers, &error), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_ne(numbers.keys[i / 2][i % 2], again.keys[i / 2][i % 2]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("numbers");
    TCase *tests = tcase_create("numbers");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, those_of_a_tuple_grow);
    tcase_add_test(tests, those_of_others_tell_nothing);
    tcase_add_test(tests, the_sequence_number_alone_follows_the_clock);
    tcase_add_test(tests, the_identification_tells_nothing);
    tcase_add_test(tests, all_of_the_keys_are_random);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
