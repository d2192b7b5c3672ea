/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/names.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

static struct names names;

START_TEST(each_is_kept_once)
{
    char text[] = "one.test";
    names = (struct names){.max = 10, .rest = "(others)"};
    const char *one = names_keep(&names, text);
    ck_assert_ptr_ne(one, text);
    strcpy(text, "two.test");
    const char *two = names_keep(&names, text);
    ck_assert_str_eq(one, "one.test");
    ck_assert_str_eq(two, "two.test");
    ck_assert_ptr_eq(names_keep(&names, "one.test"), one);
    ck_assert_ptr_eq(names_keep(&names, "two.test"), two);
    ck_assert_ptr_null(names_keep(&names, NULL));
    ck_assert_ptr_null(names_keep(&names, ""));
    ck_assert_uint_eq(names.count, 2);
    ck_assert_uint_eq(names.refused, 0);
    ck_assert(!names.lacks_memory);
    names_free(&names);
}
END_TEST

START_TEST(there_is_room_for_some)
{
    char text[16];
    names = (struct names){.max = 3, .rest = "(others)"};
    for (unsigned i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "%u.test", i);
        const char *kept = names_keep(&names, text);
        ck_assert_str_eq(kept, i < 3 ? text : names.rest);
    }
    ck_assert_uint_eq(names.count, 3);
    ck_assert_uint_eq(names.refused, 2);
    ck_assert_ptr_eq(names_keep(&names, "4.test"), names.rest);
    ck_assert_uint_eq(names.refused, 3);
    ck_assert_str_eq(names_keep(&names, "2.test"), "2.test");
    ck_assert_uint_eq(names.refused, 3);
    names_free(&names);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");
    tcase_add_test(tests, each_is_kept_once);
    tcase_add_test(tests, there_is_room_for_some);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
