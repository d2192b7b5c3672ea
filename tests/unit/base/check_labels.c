/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/labels.h"

#include <string.h>

#include "harness.h"

START_TEST(knows_what_a_name_can_be)
{
    static const struct {
        const char *name;
        enum label_name is;
    } names[] = {
        {"team", LABEL_NAME_FINE},   {"_a9", LABEL_NAME_FINE},     {"targets", LABEL_NAME_FINE},
        {"", LABEL_NAME_INVALID},    {"9a", LABEL_NAME_INVALID},   {"a-b", LABEL_NAME_INVALID},
        {"a\"", LABEL_NAME_INVALID}, {"__a", LABEL_NAME_RESERVED}, {"target", LABEL_NAME_TAKEN},
        {"port", LABEL_NAME_TAKEN},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_msg(label_name_judge(names[i].name, strlen(names[i].name)) == names[i].is, "%s",
                      names[i].name);
    ck_assert_int_eq(label_name_judge("port=1", 4), LABEL_NAME_TAKEN);
    ck_assert_int_eq(label_name_judge("a=1", 0), LABEL_NAME_INVALID);
}
END_TEST

START_TEST(finds_a_name)
{
    static const char labels[] = "team=core;a=b=c";
    ck_assert(labels_have(labels, sizeof labels - 1, "team", 4));
    ck_assert(labels_have(labels, sizeof labels - 1, "a", 1));
    ck_assert(!labels_have(labels, sizeof labels - 1, "b", 1));
    ck_assert(!labels_have(labels, sizeof labels - 1, "core", 4));
    ck_assert(!labels_have(labels, sizeof labels - 1, "te", 2));
    ck_assert(!labels_have(labels, sizeof labels - 1, "teams", 5));
    ck_assert(!labels_have(labels, 10, "a", 1));
    ck_assert(!labels_have("", 0, "a", 1));
}
END_TEST

START_TEST(knows_what_a_value_can_be)
{
    ck_assert(label_value_is_valid("b", 1) && label_value_is_valid("b=c d", 5));
    ck_assert(label_value_is_valid("b;c", 1));
    ck_assert(!label_value_is_valid("b;c", 3) && !label_value_is_valid(";", 1));
    ck_assert(!label_value_is_valid("b", 0));
    ck_assert(!label_value_is_valid("\xff", 1) && !label_value_is_valid("\n", 1));
}
END_TEST

START_TEST(takes_what_lists_can_have)
{
    static const char *const valid[] = {"", "a=b", "team=core;a=b c=d", "a=\xc3\xa9;b=\"}"};
    static const char *const invalid[] = {
        ";",     "a",       "a=",       "a;b=c",          "a=b;",         "a=b;;b=c",
        "=b",    "a=b;a=c", "port=1",   "__a=b",          "x\"}=1",       "x y=1",
        "a=b\n", "a=\xff",  "a=\x1b[m", "a=\xe2\x80\xae", "a=b;target=c",
    };
    char longest[LABELS_MAX + 2];
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
        ck_assert_msg(labels_are_valid(valid[i]), "%s", valid[i]);
    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++)
        ck_assert_msg(!labels_are_valid(invalid[i]), "%s", invalid[i]);
    memset(longest, 'a', sizeof longest);
    longest[1] = '=';
    longest[LABELS_MAX] = '\0';
    ck_assert(labels_are_valid(longest));
    longest[LABELS_MAX] = 'a';
    longest[LABELS_MAX + 1] = '\0';
    ck_assert(!labels_are_valid(longest));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("labels");
    TCase *tests = tcase_create("labels");
    tcase_add_test(tests, knows_what_a_name_can_be);
    tcase_add_test(tests, finds_a_name);
    tcase_add_test(tests, knows_what_a_value_can_be);
    tcase_add_test(tests, takes_what_lists_can_have);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
