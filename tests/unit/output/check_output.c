/* SPDX-License-Identifier: BSD-2-Clause */
/* A report on a pseudoterminal, which other lines need now and then; targets that are counted. */
#include "output/output.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/commandline.h"
#include "fixtures/results.h"
#include "fixtures/said.h"
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

/* Whoever waits for records of a file that is read has each as it comes: at a terminal, a pipe or a
 * socket; a file has them in the end. Of a live run all have. */
static const struct {
    enum { TO_FILE, TO_PIPE, TO_SOCKET, TO_TERMINAL } to;
    bool reads, prompt;
} readers[] = {{TO_FILE, true, false},  {TO_PIPE, true, true},     {TO_SOCKET, true, true},
               {TO_FILE, false, true},  {TO_TERMINAL, true, true}, {TO_PIPE, false, true},
               {TO_SOCKET, false, true}};

START_TEST(knows_who_waits)
{
    char program[] = "tcpshake", read[] = "-r", file[] = "x", host[] = "h", port[] = "1";
    char *reading[] = {program, read, file, NULL}, *probing[] = {program, host, port, NULL};
    int ends[2] = {-1, -1};
    FILE *none = tmpfile();
    if (readers[_i].to == TO_PIPE)
        ck_assert_int_eq(pipe(ends), 0);
    else if (readers[_i].to == TO_SOCKET)
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    else if (readers[_i].to == TO_FILE)
        ends[1] = fileno(none);
    if (ends[1] >= 0)
        dup2(ends[1], STDOUT_FILENO);
    ck_assert_int_eq(options_parse(3, readers[_i].reads ? reading : probing, &options, &error), 0);
    ck_assert_int_eq(output_open(&output, &options, &error), 0);
    ck_assert_int_eq(output.style.prompt, readers[_i].prompt);
    output_close(&output, false, &error);
    options_free(&options);
    fclose(none);
    if (ends[0] >= 0) {
        close(ends[0]);
        close(ends[1]);
    }
}
END_TEST

static void report(enum port_state state, enum opinion_result met, uint16_t port)
{
    struct sample sample;
    sample_open(&sample);
    sample.result.port_state = state;
    sample.result.ends[SERVER].port = port;
    sample.host.opinion = (struct opinion){.result = met};
    sample.result.host = &sample.host;
    output_result(&output, &sample.result);
}

/* What connect(2) met is said where it contradicts the verdict, and again for another target, or
 * where it met something else. */
START_TEST(warns_of_each_contradiction_once)
{
    said_begin();
    begin("csv");
    output_begin(&output, LAYOUT_LINES);
    report(PORT_OPEN, OPINION_CONNECTED, 443);
    ck_assert_str_eq(said(), "");
    report(PORT_OPEN, OPINION_REFUSED, 443);
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.80 port 443 is open, but connect() was refused\n");
    report(PORT_OPEN, OPINION_REFUSED, 443);
    ck_assert_str_eq(said(), "");
    report(PORT_OPEN, OPINION_REFUSED, 80);
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.80 port 80 is open, but connect() was refused\n");
    report(PORT_OPEN, OPINION_TIMED_OUT, 80);
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.80 port 80 is open, but connect() timed out\n");
    output_close(&output, true, &error);
    said_end();
}
END_TEST

/* On SIGQUIT: of one connection there is nothing to count. */
START_TEST(counts_where_there_is_more_than_one)
{
    const struct output_outlook one = {.planned = 1, .in_flight = 1};
    const struct output_outlook many = {.planned = 5, .in_flight = 3};
    const struct output_outlook endless = {.planned = UINT64_MAX, .in_flight = 3};
    said_begin();
    begin("csv");
    output_begin(&output, LAYOUT_LINES);
    output_status(&output, &one, output.watch.begun_ns);
    ck_assert_str_eq(said(), "");
    output_status(&output, &many, output.watch.begun_ns);
    ck_assert_str_eq(said(), "connections: 0 done, 5 to go, 3 in flight: 0 open\n");
    report(PORT_CLOSED, OPINION_NONE, 80);
    output_status(&output, &endless, output.watch.begun_ns);
    ck_assert_str_eq(said(), "connections: 1 done, 3 in flight: 0 open, 1 closed\n");
    output_close(&output, true, &error);
    said_end();
}
END_TEST

/* How much of a file was read, on a terminal. */
START_TEST(tells_how_much_was_read)
{
    int kept_stderr = dup(STDERR_FILENO);
    dup2(slave, STDERR_FILENO);
    begin("csv");
    output.watch.begun_ns = output.watch.told_ns = 0;
    output_reading(&output, "trace.pcap", 512300000, _i == 0 ? 2048000000 : 0);
    const char *line = shown();
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    ck_assert_ptr_nonnull(
        strstr(line, _i == 0 ? "trace.pcap: 512.3 of 2048.0 MB, 25.0%" : "trace.pcap: 512.3 MB"));
    output_close(&output, false, &error);
}
END_TEST

/* What would have no effect is refused, and only there. */
static const struct {
    const char *option, *format, *says; /* NULL: it has an effect */
} effects[] = {
    {"--explain", "text", NULL},
    {"--explain", "table", "--explain cannot be combined with --format table: it explains ladders"},
    {"--explain", "json", "--explain cannot be combined with --format json"},
    {"-D", "text", NULL},
    {"-D", "table", NULL},
    {"-D", "json",
     "-D/--timestamps cannot be combined with --format json: it applies to the lines"},
    {"-D", "nagios", "-D/--timestamps cannot be combined with --format nagios"},
    {"-D", "svg", "-D/--timestamps cannot be combined with --format svg"},
    {"--only=open", "json", NULL},
    {"--only=open", "nagios", "--only cannot be combined with --format nagios, which prints"},
    {"--only=open", "prometheus", "--only cannot be combined with --format prometheus"},
    {"-v", "nosuch",
     "--format takes one of text, table, json, csv, nagios, prometheus, svg, not "
     "'nosuch'"},
};

START_TEST(refuses_what_has_no_effect)
{
    char program[] = "tcpshake", option[16], name[] = "--format", format[16], host[] = "h",
         port[] = "1";
    char *arguments[] = {program, option, name, format, host, port, NULL};
    snprintf(option, sizeof option, "%s", effects[_i].option);
    snprintf(format, sizeof format, "%s", effects[_i].format);
    ck_assert_int_eq(options_parse(6, arguments, &options, &error), 0);
    int code = output_open(&output, &options, &error);
    if (effects[_i].says == NULL) {
        ck_assert_int_eq(code, 0);
        output_close(&output, false, &error);
        return;
    }
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_eq(strstr(error.text, effects[_i].says), error.text);
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
    tcase_add_loop_test(tests, knows_who_waits, 0, sizeof readers / sizeof readers[0]);
    tcase_add_loop_test(tests, tells_how_much_was_read, 0, 2);
    tcase_add_test(tests, warns_of_each_contradiction_once);
    tcase_add_test(tests, counts_where_there_is_more_than_one);
    tcase_add_loop_test(tests, refuses_what_has_no_effect, 0, sizeof effects / sizeof effects[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
