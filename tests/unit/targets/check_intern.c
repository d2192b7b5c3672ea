/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "targets/array.h"
#include "targets/intern.h"

static struct intern intern;

static void check_string(uint32_t number, const char *wanted)
{
    size_t len;
    const char *text = intern_get(&intern, number, &len);
    ck_assert_uint_eq(len, strlen(wanted) + 1);
    ck_assert_str_eq(text, wanted);
}

START_TEST(keeps_each_string_once)
{
    char text[16];
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            size_t len = (size_t)snprintf(text, sizeof text, "%x", i * 7919) + 1;
            ck_assert_uint_eq(intern_add(&intern, text, len), i);
        }
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "%x", i * 7919);
        check_string(i, text);
    }
    intern_free(&intern);
}
END_TEST

/* Each is the beginning of the next; among so many, some meet in the table. */
START_TEST(tells_lengths_apart)
{
    char text[300];
    memset(text, 'a', sizeof text);
    for (int round = 0; round < 2; round++)
        for (uint32_t len = 1; len <= sizeof text; len++)
            ck_assert_uint_eq(intern_add(&intern, text, sizeof text + 1 - len), len - 1);
    intern_free(&intern);
}
END_TEST

/* More than its numbers can count is refused; nothing of such a length is looked at. */
START_TEST(is_bounded)
{
    ck_assert_uint_eq(intern_add(&intern, "ab", 2), 0);
    size_t used = intern.used;
    intern.used = UINT32_MAX - 1;
    ck_assert_uint_eq(intern_add(&intern, "cd", 2), INTERN_NONE);
    intern.used = used;
    ck_assert_uint_eq(intern_add(&intern, "cd", 2), 1);
    intern_free(&intern);
}
END_TEST

/* What would not fit into the address space is not asked for. */
START_TEST(bounds_arrays)
{
    size_t capacity = 0;
    ck_assert_ptr_null(array_room(NULL, 0, SIZE_MAX / 2, &capacity, 8));
    ck_assert_uint_eq(capacity, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("intern");
    TCase *strings = tcase_create("intern");
    tcase_add_test(strings, keeps_each_string_once);
    tcase_add_test(strings, tells_lengths_apart);
    tcase_add_test(strings, is_bounded);
    tcase_add_test(strings, bounds_arrays);
    suite_add_tcase(suite, strings);
    return run_suite(suite);
}
