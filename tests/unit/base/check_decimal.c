/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/decimal.h"

#include <stdio.h>

#include "harness.h"

static void check_one(uint64_t number)
{
    char text[DECIMAL_MAX + 1], expected[DECIMAL_MAX + 1];

    snprintf(expected, sizeof(expected), "%llu", (unsigned long long)number);
    *decimal(text, number) = '\0';
    ck_assert_str_eq(text, expected);
}

/* Every number of digits, and both sides of where it changes. */
START_TEST(writes_every_length)
{
    uint64_t value = 1;

    for (int digits = 1; digits <= 20; digits++, value *= 10) {
        uint64_t random = (uint64_t)digits;

        for (int i = 0; i < 1000; i++)
            check_one(i < 2 ? value - (uint64_t)i : value + next_random(&random) % value);
    }
    check_one(UINT64_MAX);
}
END_TEST

/* Each group of four digits, in both halves of a word. */
START_TEST(writes_each_group)
{
    for (uint32_t group = 0; group < 10000; group++) {
        char text[8 + 1] = "", expected[16];

        check_one(group);
        check_one(group * UINT64_C(10000) + 9999 - group);
        snprintf(expected, sizeof(expected), "%08u", group * 10000 + group);
        ck_assert_ptr_eq(decimal_eight(text, group * 10000 + group), text + 8);
        ck_assert_str_eq(text, expected);
    }
}
END_TEST

START_TEST(writes_signs)
{
    static const int64_t numbers[] = {0,         9,          -1,        -9,       -10,
                                      100000000, -100000000, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[DECIMAL_MAX + 1], expected[DECIMAL_MAX + 1];

        snprintf(expected, sizeof(expected), "%lld", (long long)numbers[i]);
        *decimal_signed(text, numbers[i]) = '\0';
        ck_assert_str_eq(text, expected);
    }
}
END_TEST

/* Nothing is written behind the room that it asks for. */
START_TEST(keeps_to_its_room)
{
    static const char blank[DECIMAL_MAX];
    char *room = (char *)guarded_copy(blank, sizeof(blank));

    for (uint64_t value = 1, i = 0; i < 20; i++, value *= 10)
        ck_assert_ptr_eq(decimal(room, value), room + i + 1);
    ck_assert_ptr_eq(decimal_signed(room, INT64_MIN), room + 20);
    guarded_free((uint8_t *)room, sizeof(blank));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decimal");
    TCase *tcase = tcase_create("digits");
    tcase_add_test(tcase, writes_every_length);
    tcase_add_test(tcase, writes_each_group);
    tcase_add_test(tcase, writes_signs);
    tcase_add_test(tcase, keeps_to_its_room);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
