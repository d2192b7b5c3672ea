/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/records/nagios.h"

#include <stdlib.h>
#include <string.h>

#include "fixtures/printing.h"
#include "fixtures/results.h"
#include "harness.h"
#include "report/report.h"

#define MS      INT64_C(1000000)
#define TARGETS 120

/* What is said of those summaries; freed by the caller. */
static char *said(const struct summary *summaries, size_t count, const struct report_style *style,
                  enum plugin_status *status)
{
    struct printing printing;

    printing_begin(&printing, "nagios", style);
    report_summary(&printing.report, summaries, count);
    char *text = printing_end(&printing);
    *status = printing.report.plugin_status;
    return text;
}

static const struct report_style plain = {.max_loss = PERCENT_NONE};

static void assert_says(const struct summary *summaries, size_t count, enum plugin_status wanted,
                        const char *expected)
{
    enum plugin_status status;
    char *text = said(summaries, count, &plain, &status);

    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(status, wanted);
    free(text);
}

/* Counts a connection and whether all are as expected. */
static void add(struct summary *summary, sample_maker *make, bool warned)
{
    struct sample sample;

    make(&sample);
    sample.result.warned = warned;
    summary_add(summary, &sample.result);
    summary->holds = summary->ok == summary->connections;
}

static const struct {
    sample_maker *make;
    bool warned;
    enum plugin_status status;
    const char *text;
} ones[] = {
    {sample_open, false, PLUGIN_OK,
     "TCPSHAKE OK - h:443 open, handshake 12.346 ms | time=12.346ms;;;0 failed=0%;;;0;100 "
     "retransmissions=0;;;0 duplicates=0;;;0\n"},
    {sample_open, true, PLUGIN_WARNING,
     "TCPSHAKE WARNING - h:443 open, handshake 12.346 ms | time=12.346ms;;;0 failed=0%;;;0;100 "
     "retransmissions=0;;;0 duplicates=0;;;0\n"},
    {sample_refused, false, PLUGIN_CRITICAL,
     "TCPSHAKE CRITICAL - h:443 closed (refused) | time=U;;;0 failed=100%;;;0;100 "
     "retransmissions=0;;;0 duplicates=0;;;0\n"},
    {sample_no_answer, false, PLUGIN_CRITICAL,
     "TCPSHAKE CRITICAL - h:443 filtered (no-response), 2 segments retransmitted, 2 SYNs among them"
     " | time=U;;;0 failed=100%;;;0;100 retransmissions=2;;;0 duplicates=0;;;0\n"},
    {sample_troubled, false, PLUGIN_OK,
     "TCPSHAKE OK - h:443 open, reset by the server, handshake 12.346 ms, 1 segment retransmitted"
     " | time=12.346ms;;;0 failed=0%;;;0;100 retransmissions=1;;;0 duplicates=2;;;0\n"},
    {sample_long, true, PLUGIN_WARNING,
     "TCPSHAKE WARNING - h:443 open, not closed, handshake 12.346 ms"
     " | time=12.346ms;;;0 failed=0%;;;0;100 retransmissions=0;;;0 duplicates=0;;;0\n"},
    {sample_no_route, false, PLUGIN_CRITICAL,
     "TCPSHAKE CRITICAL - h:443 unreachable (no-route) | time=U;;;0 failed=100%;;;0;100 "
     "retransmissions=0;;;0 duplicates=0;;;0\n"},
};

START_TEST(speaks_of_one_connection)
{
    struct summary summary = {.target = "h", .port = 443};

    add(&summary, ones[_i].make, ones[_i].warned);
    assert_says(&summary, 1, ones[_i].status, ones[_i].text);
}
END_TEST

/* Of a reset that cannot be told whose it was. */
START_TEST(names_who_reset_where_that_is_known)
{
    static const struct {
        enum end_id reset_by;
        const char *says;
    } resets[] = {{CLIENT, "h:443 open, reset by the client, handshake"},
                  {SERVER, "h:443 open, reset by the server, handshake"},
                  {NEITHER, "h:443 open, reset, handshake"}};

    for (size_t i = 0; i < sizeof(resets) / sizeof(resets[0]); i++) {
        struct summary summary = {.target = "h", .port = 443};
        enum plugin_status status;

        add(&summary, sample_troubled, false);
        summary.latest.reset_by = resets[i].reset_by;
        char *text = said(&summary, 1, &plain, &status);
        ck_assert_msg(strstr(text, resets[i].says) != NULL, "%s", text);
        free(text);
    }
}
END_TEST

static const struct {
    enum port_state state;
    enum criterion unmet;
    const char *said;
} unmet[] = {
    {PORT_OPEN, CRITERION_PORT_STATE,
     "open, not ok: another state is expected, handshake 12.346 ms |"},
    {PORT_OPEN, CRITERION_MAX_RTT,
     "open, not ok: the handshake is slower than --max-rtt, handshake"},
    {PORT_OPEN, CRITERION_CRITICAL,
     "open, not ok: the handshake time is critical, handshake 12.346 ms |"},
    {PORT_OPEN, CRITERION_CLOSE,
     "open, not ok: this close is not in --expect-close, handshake 12.346 ms |"},
    {PORT_CLOSED, CRITERION_PORT_STATE, "closed (refused) |"},
    {PORT_CLOSED, CRITERION_MAX_RTT,
     "closed (refused), not ok: the handshake is slower than --max-rtt |"},
    {PORT_CLOSED, CRITERION_CRITICAL, "closed (refused), not ok: the handshake time is critical |"},
};

START_TEST(says_which_criterion_failed)
{
    struct summary summary = {.target = "h", .port = 443};
    struct sample sample;
    enum plugin_status status;

    (unmet[_i].state == PORT_OPEN ? sample_open : sample_refused)(&sample);
    sample.result.ok = false;
    sample.result.unmet = unmet[_i].unmet;
    summary_add(&summary, &sample.result);
    char *text = said(&summary, 1, &plain, &status);
    ck_assert_msg(strstr(text, unmet[_i].said) != NULL, "%s", text);
    ck_assert_int_eq(status, PLUGIN_CRITICAL);
    free(text);
}
END_TEST

START_TEST(speaks_of_several_connections)
{
    struct summary summary = {.target = "2001:db8::7", .port = 443};

    add(&summary, sample_open, false);
    add(&summary, sample_no_answer, false);
    add(&summary, sample_open, false);
    assert_says(
        &summary, 1, PLUGIN_CRITICAL,
        "TCPSHAKE CRITICAL - [2001:db8::7]:443: 3 connections: 2 open, 1 filtered, 1 "
        "failed, handshake at most 12.346 ms, 2 segments retransmitted, 2 SYNs among them | "
        "time=12.346ms;;;0 "
        "failed=33.3333%;;;0;100 time_avg=12.346ms;;;0 retransmissions=2;;;0 duplicates=0;;;0\n");
    summary.holds = true; /* a loss that was allowed for */
    summary.warned = 1;
    assert_says(
        &summary, 1, PLUGIN_WARNING,
        "TCPSHAKE WARNING - [2001:db8::7]:443: 3 connections: 2 open, 1 filtered, 1 "
        "failed, handshake at most 12.346 ms, 2 segments retransmitted, 2 SYNs among them | "
        "time=12.346ms;;;0 "
        "failed=33.3333%;;;0;100 time_avg=12.346ms;;;0 retransmissions=2;;;0 duplicates=0;;;0\n");
}
END_TEST

static void assert_has(const struct summary *summaries, size_t count, enum plugin_status wanted,
                       const char *part)
{
    enum plugin_status status;
    char *text = said(summaries, count, &plain, &status);

    ck_assert_msg(strstr(text, part) != NULL, "no '%s' in '%s'", part, text);
    ck_assert_int_eq(status, wanted);
    ck_assert_ptr_eq(strchr(text, '|'), strrchr(text, '|'));
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    free(text);
}

START_TEST(lets_the_worst_target_win)
{
    struct summary summaries[] = {
        {.target = "a", .port = 1}, {.target = "b", .port = 2}, {.target = "c", .port = 3}};

    for (unsigned i = 0; i < 3; i++)
        add(&summaries[i], sample_open, false);
    assert_has(summaries, 3, PLUGIN_OK,
               "OK - 3 of 3 targets | 'a:1 time'=12.346ms;;;0 'a:1 failed'");
    add(&summaries[0], sample_open, true);
    assert_has(summaries, 3, PLUGIN_WARNING,
               "WARNING - 1 of 3 targets: a:1: 2 connections: 2 open");
    add(&summaries[2], sample_refused, false);
    assert_has(summaries, 3, PLUGIN_CRITICAL,
               "CRITICAL - 1 of 3 targets: c:3: 2 connections: 1 open, 1 closed, 1 failed, ");
    add(&summaries[2], sample_troubled, false);
    assert_has(summaries, 3, PLUGIN_CRITICAL,
               "c:3: 3 connections: 2 open, 1 closed, 1 reset, 1 failed, ");
    assert_has(summaries, 3, PLUGIN_CRITICAL,
               "'c:3 retransmissions'=1;;;0 'c:3 duplicates'=2;;;0\n");
}
END_TEST

static const struct {
    sample_maker *make;
    uint64_t lines;
    bool warned;
    enum plugin_status status;
    const char *text;
} lists[] = {
    {sample_open, 1, false, PLUGIN_UNKNOWN,
     "UNKNOWN - h:1 open, handshake 12.346 ms; 1 line of the lists is invalid |"},
    {sample_open, 2, true, PLUGIN_WARNING,
     "WARNING - h:1 open, handshake 12.346 ms; 2 lines of the lists are invalid |"},
    {sample_refused, 2, false, PLUGIN_CRITICAL,
     "CRITICAL - h:1 closed (refused); 2 lines of the lists are invalid |"},
};

/* Beside the targets that were probed. */
START_TEST(counts_invalid_lines)
{
    struct summary summary = {.target = "h", .port = 1};
    struct printing printing;
    add(&summary, lists[_i].make, lists[_i].warned);
    printing_begin(&printing, "nagios", &plain);
    printing.report.invalid_lines = lists[_i].lines;
    report_summary(&printing.report, &summary, 1);
    char *text = printing_end(&printing);
    ck_assert_msg(strstr(text, lists[_i].text) != NULL, "%s", text);
    ck_assert_int_eq(printing.report.plugin_status, lists[_i].status);
    free(text);
}
END_TEST

START_TEST(counts_invalid_lines_beside_several)
{
    struct summary summaries[2] = {{.target = "h", .port = 1}, {.target = "h", .port = 2}};
    struct printing printing;
    add(&summaries[0], sample_open, false);
    add(&summaries[1], sample_open, false);
    printing_begin(&printing, "nagios", &plain);
    printing.report.invalid_lines = 3;
    report_summary(&printing.report, summaries, 2);
    char *text = printing_end(&printing);
    ck_assert_ptr_nonnull(
        strstr(text, "UNKNOWN - 2 of 2 targets; 3 lines of the lists are invalid | "));
    ck_assert_int_eq(printing.report.plugin_status, PLUGIN_UNKNOWN);
    free(text);
}
END_TEST

START_TEST(stays_short)
{
    static struct summary summaries[TARGETS];
    enum plugin_status status;
    char *text;
    size_t labels = 0;

    for (unsigned i = 0; i < TARGETS; i++) {
        summaries[i] = (struct summary){.target = "h", .port = (uint16_t)(i + 1)};
        add(&summaries[i], sample_refused, false);
    }
    assert_has(summaries, TARGETS, PLUGIN_CRITICAL, "- 120 of 120 targets: h:1 closed (refused); ");
    assert_has(summaries, TARGETS, PLUGIN_CRITICAL, "h:5 closed (refused); and 115 more |");
    text = said(summaries, TARGETS, &plain, &status);
    for (const char *at = text; (at = strstr(at, " time'=")) != NULL; at++)
        labels++;
    ck_assert_uint_eq(labels, 100);
    free(text);
}
END_TEST

START_TEST(knows_nothing_without_a_connection)
{
    struct summary summary = {.holds = true};

    assert_says(&summary, 1, PLUGIN_UNKNOWN,
                "TCPSHAKE UNKNOWN - no connection | time=U;;;0 failed=0%;;;0;100 "
                "retransmissions=0;;;0 duplicates=0;;;0\n");
}
END_TEST

static const struct {
    struct range range;
    const char *text;
} ranges[] = {
    {{0, 50 * MS, false, true}, "50"},    {{MS, 50 * MS, false, true}, "1:50"},
    {{MS, INT64_MAX, false, true}, "1:"}, {{INT64_MIN, MS, false, true}, "~:1"},
    {{0, MS, true, true}, "@1"},          {{MS, 2 * MS, true, true}, "@1:2"},
    {{0, INT64_MAX, false, true}, "0:"},  {{0, 1, false, true}, "0.000001"},
    {{0, 12500000, false, true}, "12.5"}, {{0, 0, false, true}, "0"},
    {{0, 50 * MS, false, false}, ""},
};

START_TEST(repeats_the_thresholds)
{
    struct summary summary = {.target = "h", .port = 443};
    const struct report_style style = {
        .warning = ranges[_i].range, .critical = {0, 60 * MS, false, true}, .max_loss = 12500000};
    enum plugin_status status;
    char *text, expected[160];

    add(&summary, sample_open, false);
    text = said(&summary, 1, &style, &status);
    snprintf(
        expected, sizeof(expected),
        "| time=12.346ms;%s;60;0 failed=0%%;;12.5;0;100 retransmissions=0;;;0 duplicates=0;;;0\n",
        ranges[_i].text);
    ck_assert_str_eq(strchr(text, '|'), expected);
    free(text);
}
END_TEST

/* A bar, an equals sign, a quote, a line feed, an escape sequence: none of them does harm. */
START_TEST(survives_a_hostile_name)
{
    struct summary summaries[] = {{.target = "a|b=c'd\n\033[31m", .port = 1},
                                  {.target = "e", .port = 2}};

    add(&summaries[0], sample_refused, false);
    add(&summaries[1], sample_open, false);
    assert_has(summaries, 2, PLUGIN_CRITICAL, ": a\\x7cb=c'd\\n\\x1b[31m:1 closed (refused) | ");
    assert_has(summaries, 2, PLUGIN_CRITICAL, "| 'a\\x7cb\\x3dc''d\\n\\x1b[31m:1 time'=U;;;0 ");
}
END_TEST

START_TEST(says_nothing_when_told_so)
{
    struct summary summary = {.target = "h", .port = 443};
    const struct report_style style = {.verbosity = -2};
    enum plugin_status status;
    char *text;

    add(&summary, sample_refused, false);
    text = said(&summary, 1, &style, &status);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(status, PLUGIN_CRITICAL);
    free(text);
}
END_TEST

START_TEST(says_why_it_could_not_look)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    nagios_print_error(PLUGIN_UNKNOWN, "cannot resolve 'a|b\033'", out);
    fclose(out);
    ck_assert_str_eq(text, "TCPSHAKE UNKNOWN - cannot resolve 'a\\x7cb\\x1b'\n");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nagios");
    TCase *lines = tcase_create("lines");

    tcase_add_loop_test(lines, speaks_of_one_connection, 0, sizeof(ones) / sizeof(ones[0]));
    tcase_add_test(lines, names_who_reset_where_that_is_known);
    tcase_add_loop_test(lines, says_which_criterion_failed, 0, sizeof unmet / sizeof unmet[0]);
    tcase_add_test(lines, speaks_of_several_connections);
    tcase_add_test(lines, lets_the_worst_target_win);
    tcase_add_test(lines, stays_short);
    tcase_add_loop_test(lines, counts_invalid_lines, 0, sizeof lists / sizeof lists[0]);
    tcase_add_test(lines, counts_invalid_lines_beside_several);
    tcase_add_test(lines, knows_nothing_without_a_connection);
    tcase_add_loop_test(lines, repeats_the_thresholds, 0, sizeof(ranges) / sizeof(ranges[0]));
    tcase_add_test(lines, survives_a_hostile_name);
    tcase_add_test(lines, says_nothing_when_told_so);
    tcase_add_test(lines, says_why_it_could_not_look);
    suite_add_tcase(suite, lines);
    return run_suite(suite);
}
