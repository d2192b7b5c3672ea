/* SPDX-License-Identifier: BSD-2-Clause */
/* A report on a pseudoterminal, which other lines need now and then; targets that are counted. */
#include "output/output.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commandline.h"
#include "fixtures/results.h"
#include "harness.h"

#define MANY_NS      INT64_C(3600000000000) /* behind any time that was begun at */
#define ENTER_SCREEN "\033[?1049h"
#define LEAVE_SCREEN "\033[?1049l"

static struct output output;
static struct options options;
static struct error error;
static int master = -1, slave = -1, kept_stdout;

static void set_up(void)
{
    setenv("TERM", "xterm", 1);
    fflush(stdout);
    kept_stdout = dup(STDOUT_FILENO);
    master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(slave, 0);
    dup2(slave, STDOUT_FILENO);
}

static void tear_down(void)
{
    fflush(stdout);
    dup2(kept_stdout, STDOUT_FILENO);
    close(kept_stdout);
    close(slave);
    close(master);
}

static void begin(const char *format)
{
    char program[] = "tcpshake", option[] = "--format", name[16], host[] = "example.com",
         port[] = "443";
    char *arguments[] = {program, option, name, host, port, NULL};
    snprintf(name, sizeof name, "%s", format);
    ck_assert_msg(options_parse(5, arguments, &options, &error) == 0, "%s", error.text);
    ck_assert_msg(output_open(&output, &options, &error) == 0, "%s", error.text);
}

static const char *shown(void)
{
    static char text[65536];
    ssize_t len = 0, more;
    fflush(stdout);
    while ((more = read(master, text + len, sizeof text - 1 - (size_t)len)) > 0)
        len += more;
    text[len] = '\0';
    return text;
}

START_TEST(leaves_the_terminal_to_others)
{
    const struct output_outlook outlook = {.planned = 2, .in_flight = 1};
    begin("text");
    output_begin(&output, LAYOUT_LINES);
    ck_assert(output_wants_ticks(&output));
    output_target(&output, "example.com", 443);
    output_tick(&output, &outlook, output.watch.begun_ns + MANY_NS);
    ck_assert_ptr_nonnull(strstr(shown(), ENTER_SCREEN));
    output_hide(&output);
    ck_assert_ptr_nonnull(strstr(shown(), LEAVE_SCREEN));
    output_close(&output, true, &error);
}
END_TEST

/* A format that wants the summary of each target has to keep them; others only count. */
static const struct {
    const char *format;
    bool keeps;
} formats[] = {{"text", false}, {"json", false}, {"prometheus", true}, {"nagios", true}};

START_TEST(keeps_targets_for_the_formats_that_want_each)
{
    struct sample sample;
    sample_open(&sample);
    begin(formats[_i].format);
    output_each_once(&output);
    output_begin(&output, LAYOUT_LINES);
    output_result(&output, &sample.result);
    ck_assert_int_eq(
        tally_knows(output.tally, sample.result.target, sample.result.ends[SERVER].port),
        formats[_i].keeps);
    output_close(&output, true, &error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, leaves_the_terminal_to_others);
    tcase_add_loop_test(tests, keeps_targets_for_the_formats_that_want_each, 0,
                        sizeof formats / sizeof formats[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
