/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "net/settings.h"

static struct ephemeral ephemeral;

static const struct {
    const char *range, *reserved;
    uint16_t first, last;
    uint16_t allowed, refused; /* one of each; 0: not looked at */
} settings[] = {
    {"32768\t60999\n", "\n", 32768, 60999, 40000, 61000},
    {"1024 65535", "", 1024, 65535, 65535, 1023},
    {"1 65535", "65535", 1, 65535, 1, 65535},
    {"20000 20000", "", 20000, 20000, 20000, 20001},
    {"20000\t20099\n", "20000-20096,20099\n", 20000, 20099, 20097, 20096},
    {"20000\t20099\n", "20001,20003-20005,20007", 20000, 20099, 20006, 20007},
    {"20000\t20099\n", "20001,20003-20005,20007", 20000, 20099, 20002, 20004},
    {"20000\t20099\n", "20005-20001,x,20002", 20000, 20099, 20002, 0},
    {"20000\t20099\n", "70000,20001", 20000, 20099, 20000, 20001},
    {"20000\t20099\n", "20001-99999", 20000, 20099, 20000, 20050},
    /* What is no range. */
    {"", "", 32768, 60999, 0, 0},
    {"x y", "", 32768, 60999, 0, 0},
    {"5 4", "", 32768, 60999, 0, 0},
    {"0 4", "", 32768, 60999, 0, 0},
    {"5 70000", "", 32768, 60999, 0, 0},
};

START_TEST(reads_what_the_kernel_is_set_to)
{
    ephemeral_parse(settings[_i].range, settings[_i].reserved, &ephemeral);
    ck_assert_uint_eq(ephemeral.first, settings[_i].first);
    ck_assert_uint_eq(ephemeral.last, settings[_i].last);
    if (settings[_i].allowed != 0)
        ck_assert(ephemeral_allows(&ephemeral, settings[_i].allowed));
    if (settings[_i].refused != 0)
        ck_assert(!ephemeral_allows(&ephemeral, settings[_i].refused));
}
END_TEST

/* What is no number ends the list, and nothing behind the text is read. */
START_TEST(reads_to_the_end_and_no_further)
{
    static const char *const lists[] = {"20001,x", "20001-", "20001-x", "20001,", "20001-20002",
                                        "2",       "x",      "",        ",",      "20001,,20002"};
    size_t size = strlen(lists[_i]) + 1;
    char *text = (char *)guarded_copy(lists[_i], size);
    ephemeral_parse("20000 20099", text, &ephemeral);
    ck_assert_int_eq(ephemeral_allows(&ephemeral, 20001), size < 7);
    guarded_free((uint8_t *)text, size);
}
END_TEST

START_TEST(reads_this_machine)
{
    unsigned first = 0, last = 0;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");
    if (file == NULL || fscanf(file, "%u %u", &first, &last) != 2)
        first = 32768, last = 60999;
    if (file != NULL)
        fclose(file);
    memset(&ephemeral, 0x5a, sizeof ephemeral);
    settings_ephemeral(&ephemeral);
    ck_assert_uint_eq(ephemeral.first, first);
    ck_assert_uint_eq(ephemeral.last, last);
}
END_TEST

static const struct {
    const char *reserved;
    uint32_t size, random;
    uint16_t first, last;
} stretches[] = {
    {"", 10, 0, 20000, 20009},
    {"", 10, 5, 20005, 20014},
    {"", 10, 90, 20090, 20099},
    {"", 10, 91, 20000, 20009}, /* comes round again */
    {"", 10, UINT32_MAX, 20073, 20082},
    {"", 1000, 7, 20000, 20099},
    {"", 0, 7, 20000, 20099},
    {"20000-20096,20099", 64, 3, 20097, 20098},
    {"20000-20096,20099", 1, 1, 20098, 20098},
    {"20005", 10, 0, 20000, 20010}, /* has ten allowed ones */
    {"20000-20099", 10, 3, 20000, 20099},
};

START_TEST(a_stretch_has_as_many_ports_as_asked_for)
{
    uint16_t first, last;
    ephemeral_parse("20000 20099", stretches[_i].reserved, &ephemeral);
    ephemeral_stretch(&ephemeral, stretches[_i].size, stretches[_i].random, &first, &last);
    ck_assert_uint_eq(first, stretches[_i].first);
    ck_assert_uint_eq(last, stretches[_i].last);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ephemeral");
    TCase *tests = tcase_create("ephemeral");
    tcase_add_loop_test(tests, reads_what_the_kernel_is_set_to, 0,
                        sizeof settings / sizeof settings[0]);
    tcase_add_loop_test(tests, reads_to_the_end_and_no_further, 0, 10);
    tcase_add_test(tests, reads_this_machine);
    tcase_add_loop_test(tests, a_stretch_has_as_many_ports_as_asked_for, 0,
                        sizeof stretches / sizeof stretches[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
