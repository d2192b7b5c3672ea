/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel's settings say. Its files are played by the test. */
#include "net/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define PROC "/proc/sys/net/"

/* NULL: there is no such file. */
static char *range_text, *reserved_text, *neighbours4_text, *neighbours6_text;

static int open_files;

struct rest {
    const char *text;
};

static ssize_t read_rest(void *cookie, char *out, size_t size)
{
    struct rest *rest = cookie;
    size_t len = strlen(rest->text) < size ? strlen(rest->text) : size;
    memcpy(out, rest->text, len);
    rest->text += len;
    return (ssize_t)len;
}

static int close_rest(void *cookie)
{
    free(cookie);
    open_files--;
    return 0;
}

static FILE *open_text(const char *text, const char *mode)
{
    static const cookie_io_functions_t functions = {.read = read_rest, .close = close_rest};
    struct rest *rest = malloc(sizeof *rest);
    ck_assert_ptr_nonnull(rest);
    rest->text = text;
    open_files++;
    return fopencookie(rest, mode, functions);
}

FILE *fopen(const char *path, const char *mode)
{
    const struct {
        const char *path;
        char *text;
    } files[] = {
        {PROC "ipv4/ip_local_port_range", range_text},
        {PROC "ipv4/ip_local_reserved_ports", reserved_text},
        {PROC "ipv4/neigh/default/gc_thresh3", neighbours4_text},
        {PROC "ipv6/neigh/default/gc_thresh3", neighbours6_text},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(path, files[i].path) == 0)
            return files[i].text != NULL ? open_text(files[i].text, mode) : NULL;
    ck_abort_msg("%s is none of the settings", path);
}

static void set_up(void)
{
    range_text = reserved_text = neighbours4_text = neighbours6_text = NULL;
}

static char small[] = "128\n", large[] = "1048576\n", least[] = "16\n", below[] = "15\n",
            none[] = "0\n", negative[] = "-1\n", words[] = "many\n", longest[] = "99999999999\n";

static const struct {
    char *text;
    unsigned entries;
} thresholds[] = {
    {NULL, 1024}, /* gc_thresh3 of Linux, if it does not say */
    {small, 128}, {large, 1048576}, {least, 16},          {below, 16},
    {none, 16},   {negative, 16},   {longest, 999999999}, {words, 16},
};

static void tear_down(void)
{
    ck_assert_int_eq(open_files, 0);
}

START_TEST(neighbours_that_the_kernel_keeps)
{
    neighbours4_text = thresholds[_i].text;
    neighbours6_text = thresholds[_i].text == small ? large : small;
    ck_assert_uint_eq(settings_neighbours(FAMILY_IPV4), thresholds[_i].entries);
    neighbours6_text = thresholds[_i].text;
    neighbours4_text = thresholds[_i].text == small ? large : small;
    ck_assert_uint_eq(settings_neighbours(FAMILY_IPV6), thresholds[_i].entries);
}
END_TEST

/* As ephemeral_parse reads them. */
START_TEST(ports_that_the_kernel_takes)
{
    static char range[] = "40000\t40009\n", reserved[] = "40003,40007-40008\n";
    struct ephemeral read, expected;
    memset(&read, 0xff, sizeof read);
    memset(&expected, 0, sizeof expected);
    range_text = _i == 0 || _i == 1 ? range : NULL;
    reserved_text = _i == 0 || _i == 2 ? reserved : NULL;
    ephemeral_parse(range_text != NULL ? range : "", reserved_text != NULL ? reserved : "",
                    &expected);
    settings_ephemeral(&read);
    ck_assert_mem_eq(&read, &expected, sizeof read);
    for (int again = 0; again < 2; again++) { /* what was read before is not there any more */
        range_text = reserved_text = NULL;
        ephemeral_parse("", "", &expected);
        settings_ephemeral(&read);
        ck_assert_mem_eq(&read, &expected, sizeof read);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settings");
    TCase *tests = tcase_create("settings");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, neighbours_that_the_kernel_keeps, 0,
                        sizeof thresholds / sizeof thresholds[0]);
    tcase_add_loop_test(tests, ports_that_the_kernel_takes, 0, 4);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
