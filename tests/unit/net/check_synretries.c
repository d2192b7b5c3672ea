/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/synretries.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

static const struct {
    const char *text;
    int value;
} texts[] = {
    {"4\n", 4},   {"9\n", 9},  {"1\n", 1}, {"0\n", 0}, {"127\n", 127},
    {"128\n", 0}, {"-1\n", 0}, {"\n", 0},  {"", 0},    {"x", 0},
};

START_TEST(reads_what_the_kernel_says)
{
    ck_assert_int_eq(synretries_parse(texts[_i].text), texts[_i].value);
}
END_TEST

static char *kernel_text; /* NULL: there is no such file, as before Linux 6.5 */

FILE *fopen(const char *path, const char *mode)
{
    ck_assert_str_eq(path, "/proc/sys/net/ipv4/tcp_syn_linear_timeouts");
    return kernel_text != NULL ? fmemopen(kernel_text, strlen(kernel_text), mode) : NULL;
}

START_TEST(asks_the_kernel)
{
    static char four[] = "4\n", more[] = "127\n", line[] = "\n",
                long_line[] = "                                        4\n";
    char *const given[] = {NULL, four, more, line, long_line};
    static const int values[] = {0, 4, 127, 0, 0};
    kernel_text = given[_i];
    ck_assert_int_eq(synretries_linear(), values[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("synretries");
    TCase *parsing = tcase_create("parsing");
    tcase_add_loop_test(parsing, reads_what_the_kernel_says, 0,
                        (int)(sizeof texts / sizeof texts[0]));
    tcase_add_loop_test(parsing, asks_the_kernel, 0, 5);
    suite_add_tcase(suite, parsing);
    return run_suite(suite);
}
