/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/values.h"

#include "harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS           INT64_C(1000000)

static const struct {
    const char *text;
    struct range range;
} ranges[] = {
    {"10", {0, 10 * MS, false, true}},
    {"0", {0, 0, false, true}},
    {"10:", {10 * MS, INT64_MAX, false, true}},
    {"~:10", {INT64_MIN, 10 * MS, false, true}},
    {"10:20", {10 * MS, 20 * MS, false, true}},
    {"@10:20", {10 * MS, 20 * MS, true, true}},
    {"@10", {0, 10 * MS, true, true}},
    {"~:", {INT64_MIN, INT64_MAX, false, true}},
    {"5:5", {5 * MS, 5 * MS, false, true}},
    {"0.25:1.5s", {MS / 4, 1500 * MS, false, true}},
    {"10ms:20ms", {10 * MS, 20 * MS, false, true}},
    {"0000000000000000000000000000005", {0, 5 * MS, false, true}}, /* 31 digits */
    {"@~:10", {INT64_MIN, 10 * MS, true, true}},
};

START_TEST(reads_ranges)
{
    struct range range;
    ck_assert(value_range(ranges[_i].text, 6, &range));
    ck_assert_int_eq(range.first, ranges[_i].range.first);
    ck_assert_int_eq(range.last, ranges[_i].range.last);
    ck_assert(range.inside == ranges[_i].range.inside);
    ck_assert(range.given);
}
END_TEST

static const char *const no_ranges[] = {
    "",
    "@",
    ":",
    ":10",
    "10:5",
    "x",
    "10:x",
    "x:10",
    "-5",
    "10:-5",
    "~",
    "~10",
    "10:~",
    "@@5",
    "1:2:3",
    "5 ",
    " 5",
    "5:6 ",
    "nan",
    "1e3",
    "0x10",
    "10:20m",
    "~:x",
    "5.0000001",
    "9999999999999",
    "00000000000000000000000000000000000000005",
    "00000000000000000000000000000005", /* 32 digits */
    "~5:10",
    "@~5:10",
};

START_TEST(refuses_other_ranges)
{
    struct range range;
    ck_assert_msg(!value_range(no_ranges[_i], 6, &range), "'%s' was taken", no_ranges[_i]);
}
END_TEST

START_TEST(reads_percentages)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {{"0", 0}, {"100", PERCENT_ALL}, {"12.5", 12500000}, {"0.000001", 1}};
    static const char *const others[] = {"",    "100.000001", "-1", "5%",  ".",
                                         "1,5", "0.0000001",  "5s", "nan", "1."};
    int64_t value;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert(value_percent(cases[i].text, &value));
        ck_assert_int_eq(value, cases[i].value);
    }
    for (size_t i = 0; i < COUNT(others); i++)
        ck_assert_msg(!value_percent(others[i], &value), "'%s' was taken", others[i]);
}
END_TEST

START_TEST(reads_escapes)
{
    static const char *const texts[] = {"\\xaf", "\\xAF", "\\xFA", "\\257", "\\xaf"};
    uint8_t out[16];
    size_t len;
    for (size_t i = 0; i < COUNT(texts); i++) {
        ck_assert_ptr_null(value_unescape(texts[i], out, &len));
        ck_assert_uint_eq(len, 1);
        ck_assert_uint_eq(out[0], texts[i][2] == 'F' ? 0xfa : 0xaf);
    }
    ck_assert_ptr_null(value_unescape("\\x09\\t\\0", out, &len));
    ck_assert_uint_eq(len, 3);
    ck_assert(out[0] == '\t' && out[1] == '\t' && out[2] == 0);
    ck_assert_ptr_nonnull(value_unescape("a\\xg0", out, &len));
    ck_assert_ptr_nonnull(value_unescape("\\x1@", out, &len));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *values = tcase_create("values");
    tcase_add_loop_test(values, reads_ranges, 0, COUNT(ranges));
    tcase_add_loop_test(values, refuses_other_ranges, 0, COUNT(no_ranges));
    tcase_add_test(values, reads_percentages);
    tcase_add_test(values, reads_escapes);
    suite_add_tcase(suite, values);
    return run_suite(suite);
}
