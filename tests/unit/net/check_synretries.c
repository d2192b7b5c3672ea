/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/synretries.h"

#include "harness.h"

static const struct {
    const char *text;
    int value;
} texts[] = {
    {"4\n", 4}, {"0\n", 0}, {"127\n", 127}, {"128\n", 0}, {"-1\n", 0}, {"\n", 0}, {"", 0}, {"x", 0},
};

START_TEST(reads_what_the_kernel_says)
{
    ck_assert_int_eq(synretries_parse(texts[_i].text), texts[_i].value);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("synretries");
    TCase *parsing = tcase_create("parsing");
    tcase_add_loop_test(parsing, reads_what_the_kernel_says, 0,
                        (int)(sizeof texts / sizeof texts[0]));
    suite_add_tcase(suite, parsing);
    return run_suite(suite);
}
