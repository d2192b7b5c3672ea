/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "harness.h"

static struct error error;

START_TEST(text_and_status_are_set)
{
    ck_assert_int_eq(error_set(&error, STATUS_USAGE, "port %d", 65536), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_str_eq(error.text, "port 65536");
    ck_assert_int_eq(error_context(&error, "target %s", "a:65536"), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_str_eq(error.text, "target a:65536: port 65536");
}
END_TEST

/* Each way to set an error tells anew whether memory ran out, and what is put in front keeps it. */
START_TEST(memory_that_ran_out_is_told_apart)
{
    ck_assert_int_eq(error_set_memory(&error, "list of %d: out of memory", 7), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "list of 7: out of memory");
    error_context(&error, "here");
    ck_assert(error.out_of_memory);
    error_set(&error, STATUS_RUN, "out of memory");
    ck_assert(!error.out_of_memory);
    error.unresolved = 1;
    ck_assert_int_eq(error_set_code(&error, ENOMEM, "netlink %d", 1), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "netlink 1: Cannot allocate memory");
    ck_assert(error.out_of_memory && !error.unresolved);
    error_set_code(&error, EACCES, "netlink");
    ck_assert_str_eq(error.text, "netlink: Permission denied");
    ck_assert(!error.out_of_memory);
}
END_TEST

/* Whether the code says so or a library's words, and once, whatever is put in front. */
START_TEST(too_few_descriptors_have_a_remedy)
{
    static const char text[] =
        "guard: capture on lo: socket: Too many open files (256 are enough: ulimit -n 256)";
    if (_i == 0)
        error_set_code(&error, EMFILE, "capture on lo: socket");
    else
        error_set(&error, STATUS_RUN, "capture on lo: %s", "socket: Too many open files");
    error_context(&error, "guard");
    ck_assert_str_eq(error.text, text);
    ck_assert(!error.out_of_memory);
    struct error again = error;
    error_set(&again, STATUS_RUN, "%s", error.text);
    ck_assert_str_eq(again.text, text);
    error_set_code(&error, ENFILE, "x");
    ck_assert_str_eq(error.text, "x: Too many open files in system");
}
END_TEST

/* An error of another process. */
START_TEST(no_usage_makes_memory_run_out)
{
    error_set_memory(&error, "out of memory");
    ck_assert(error_is_sound(&error));
    error.status = STATUS_USAGE;
    ck_assert(!error_is_sound(&error));
    error.out_of_memory = 0;
    ck_assert(error_is_sound(&error));
    error.status = STATUS_OK;
    ck_assert(!error_is_sound(&error));
    memset(error.text, 'x', sizeof error.text);
    error.status = STATUS_RUN;
    ck_assert(!error_is_sound(&error));
}
END_TEST

/* At every length around the size of the text, and far beyond: the start and the reason at the end
 * stay. */
START_TEST(long_texts_lose_their_middle)
{
    static const size_t lens[] = {200, 230, 240, 241, 242, 243, 244, 245, 246, 250, 300, 4096};
    char path[5000];
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        memset(path, 'p', lens[i]);
        path[lens[i]] = '\0';
        error_set(&error, STATUS_RUN, "%s: No such file", path);
        size_t whole = lens[i] + strlen(": No such file");
        size_t expected = whole < sizeof error.text ? whole : sizeof error.text - 1;
        ck_assert_uint_eq(strlen(error.text), expected);
        ck_assert_str_eq(error.text + expected - strlen(": No such file"), ": No such file");
        ck_assert_int_eq(strstr(error.text, "...") != NULL, whole >= sizeof error.text);
        error_context(&error, "recording");
        ck_assert_int_eq(strncmp(error.text, "recording: ppp", 14), 0);
        ck_assert_uint_lt(strlen(error.text), sizeof error.text);
    }
}
END_TEST

/* What print writes on stderr. */
static const char *printed(void (*print)(const char *), const char *text)
{
    static char out[2048];
    int ends[2], kept = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    print(text);
    dup2(kept, STDERR_FILENO);
    close(ends[1]);
    ssize_t len = read(ends[0], out, sizeof out - 1);
    close(ends[0]);
    close(kept);
    ck_assert_int_ge(len, 0);
    out[len] = '\0';
    return out;
}

static void print_error(const char *text)
{
    error_set(&error, STATUS_RUN, "%s", text);
    error_print(&error);
}

static void print_warning(const char *text)
{
    warning("%s", text);
}

static const struct {
    const char *text, *line;
} lines[] = {
    {"all is well", "tcpshake: all is well\n"},
    {"two\nlines\t", "tcpshake: two\\nlines\\t\n"},
    {"\033[2J\177", "tcpshake: \\x1b[2J\\x7f\n"},
    {"h\xc3\xb6st \xe2\x96\xb6", "tcpshake: h\xc3\xb6st \xe2\x96\xb6\n"}, /* UTF-8 stays */
    {"\xc2\x9b"
     "2J \x9b"
     "2J",
     "tcpshake: \\u009b"
     "2J \\x9b"
     "2J\n"}, /* C1 does not */
    {"a\xe2\x80\xae"
     "b",
     "tcpshake: a\\u202e"
     "b\n"},                                        /* nor what turns the rest around */
    {"cut \xe2\x96", "tcpshake: cut \\xe2\\x96\n"}, /* nor half a character */
};

START_TEST(control_bytes_are_escaped)
{
    ck_assert_str_eq(printed(print_error, lines[_i].text), lines[_i].line);
    ck_assert_str_eq(printed(print_warning, lines[_i].text), lines[_i].line);
}
END_TEST

START_TEST(a_text_of_controls_fits)
{
    char text[256];
    memset(text, 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *line = printed(print_error, text);
    ck_assert_uint_eq(strlen(line), strlen("tcpshake: ") + 4 * 255 + 1);
}
END_TEST

START_TEST(warnings_can_be_left_out_and_errors_not)
{
    warnings_allow(false);
    ck_assert_str_eq(printed(print_warning, "mind"), "");
    ck_assert_str_eq(printed(print_error, "no"), "tcpshake: no\n");
    warnings_allow(true);
    ck_assert_str_eq(printed(print_warning, "mind"), "tcpshake: mind\n");
}
END_TEST

/* A reader of stderr that has stopped does not stop the program. */
START_TEST(does_not_wait_for_a_reader_that_takes_nothing)
{
    static const char octets[4096];
    int ends[2], kept = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    while (write(ends[1], octets, sizeof octets) > 0)
        continue;
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, 0), 0);
    dup2(ends[1], STDERR_FILENO);
    warning("nobody reads this");
    dup2(kept, STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");
    tcase_add_test(tests, text_and_status_are_set);
    tcase_add_test(tests, memory_that_ran_out_is_told_apart);
    tcase_add_loop_test(tests, too_few_descriptors_have_a_remedy, 0, 2);
    tcase_add_test(tests, no_usage_makes_memory_run_out);
    tcase_add_test(tests, long_texts_lose_their_middle);
    tcase_add_loop_test(tests, control_bytes_are_escaped, 0, sizeof lines / sizeof lines[0]);
    tcase_add_test(tests, a_text_of_controls_fits);
    tcase_add_test(tests, warnings_can_be_left_out_and_errors_not);
    tcase_add_test(tests, does_not_wait_for_a_reader_that_takes_nothing);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
