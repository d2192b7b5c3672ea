/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "fixtures/printing.h"
#include "fixtures/results.h"
#include "harness.h"
#include "report/report.h"

/* The exposition of those summaries; freed by the caller. */
static char *exposed(const struct summary *summaries, size_t count, int verbosity)
{
    const struct report_style style = {.verbosity = verbosity};

    return printed_summaries("prometheus", &style, summaries, count);
}

static void add(struct summary *summary, sample_maker *make, int64_t resolve_ns)
{
    struct sample sample;

    make(&sample);
    sample.result.resolve_ns = resolve_ns;
    summary_add(summary, &sample.result);
    summary->holds = summary->ok == summary->connections;
}

static void assert_line(const char *text, const char *line)
{
    const char *at = strstr(text, line);

    ck_assert_msg(at != NULL && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n',
                  "no line '%s' in\n%s", line, text);
}

#define LABELS "{target=\"example.com\",port=\"443\""

static const char *const open_lines[] = {
    "# TYPE probe_success gauge",
    "probe_success" LABELS "} 1",
    "probe_duration_seconds" LABELS "} 0.025142345",
    "probe_dns_lookup_time_seconds" LABELS "} 0.000412345",
    "probe_ip_protocol" LABELS "} 4",
    "probe_tcp_duration_seconds" LABELS ",phase=\"resolve\"} 0.000412345",
    "probe_tcp_duration_seconds" LABELS ",phase=\"connect\"} 0.012345678",
    "probe_tcp_duration_seconds" LABELS ",phase=\"syn\"} 0.012345678",
    "probe_tcp_duration_seconds" LABELS ",phase=\"ack\"} 0.000020123",
    "probe_tcp_duration_seconds" LABELS ",phase=\"fin\"} 0.012001000",
    "probe_tcp_duration_seconds" LABELS ",phase=\"peer_fin\"} 0.000310000",
    "probe_tcp_port_state" LABELS ",state=\"open\"} 1",
    "probe_tcp_port_state" LABELS ",state=\"closed\"} 0",
    "probe_tcp_close" LABELS ",close=\"graceful\"} 1",
    "probe_tcp_close" LABELS ",close=\"reset\"} 0",
    "probe_tcp_connections" LABELS "} 1",
    "probe_tcp_connections_failed" LABELS "} 0",
    "probe_tcp_retransmissions" LABELS ",segment=\"syn\"} 0",
    "probe_tcp_retransmissions" LABELS ",segment=\"peer_data\"} 0",
    "probe_tcp_duplicates" LABELS ",end=\"server\"} 0",
    "probe_tcp_segments" LABELS ",end=\"client\"} 4",
    "# TYPE probe_tcp_connect_seconds summary",
    "probe_tcp_connect_seconds" LABELS ",quantile=\"1\"} 0.012345678",
    "probe_tcp_connect_seconds_sum" LABELS "} 0.012345678",
    "# TYPE probe_tcp_syn_rtt_seconds summary",
    "probe_tcp_syn_rtt_seconds" LABELS ",quantile=\"0\"} 0.012345678",
    "probe_tcp_syn_rtt_seconds" LABELS ",quantile=\"1\"} 0.012345678",
    "probe_tcp_syn_rtt_seconds_sum" LABELS "} 0.012345678",
    "probe_tcp_syn_rtt_seconds_count" LABELS "} 1",
};

START_TEST(exposes_an_open_port)
{
    struct summary summary = {.target = "example.com", .port = 443};
    char *text;

    add(&summary, sample_open, 412345);
    text = exposed(&summary, 1, 0);
    for (size_t i = 0; i < sizeof(open_lines) / sizeof(open_lines[0]); i++)
        assert_line(text, open_lines[i]);
    ck_assert_ptr_null(strstr(text, "probe_tcp_syn_rtt_jitter_seconds{"));
    free(text);
}
END_TEST

/* What was not measured has no sample. */
START_TEST(exposes_silence_without_times)
{
    struct summary summary = {.target = "example.com", .port = 443};
    char *text;

    add(&summary, sample_no_answer, DURATION_UNKNOWN);
    add(&summary, sample_no_answer, DURATION_UNKNOWN);
    text = exposed(&summary, 1, 0);
    assert_line(text, "probe_success" LABELS "} 0");
    assert_line(text, "probe_tcp_port_state" LABELS ",state=\"filtered\"} 1");
    assert_line(text, "probe_tcp_connections_failed" LABELS "} 2");
    assert_line(text, "probe_tcp_retransmissions" LABELS ",segment=\"syn\"} 4");
    assert_line(text, "probe_tcp_syn_rtt_seconds_sum" LABELS "} 0.000000000");
    assert_line(text, "probe_tcp_syn_rtt_seconds_count" LABELS "} 0");
    ck_assert_ptr_null(strstr(text, "probe_duration_seconds{"));
    ck_assert_ptr_null(strstr(text, "phase="));
    ck_assert_ptr_null(strstr(text, "quantile="));
    ck_assert_ptr_null(strstr(text, "lookup_time_seconds{"));
    ck_assert_ptr_null(strcasestr(text, "} nan"));
    free(text);
}
END_TEST

START_TEST(remembers_when_the_name_was_resolved)
{
    struct summary summary = {.target = "example.com", .port = 443};
    char *text;

    add(&summary, sample_open, 412345);
    add(&summary, sample_refused, DURATION_UNKNOWN);
    text = exposed(&summary, 1, 0);
    assert_line(text, "probe_dns_lookup_time_seconds" LABELS "} 0.000412345");
    assert_line(text, "probe_tcp_port_state" LABELS ",state=\"closed\"} 1");
    assert_line(text, "probe_tcp_syn_rtt_jitter_seconds" LABELS "} 0.012300678");
    free(text);
}
END_TEST

/* What was lost on the way, whatever became of the connection. */
START_TEST(exposes_what_was_sent_again)
{
    struct summary summary = {.target = "example.com", .port = 443};
    char *text;

    add(&summary, sample_troubled, DURATION_UNKNOWN);
    text = exposed(&summary, 1, 0);
    assert_line(text, "probe_success" LABELS "} 1");
    assert_line(text, "probe_tcp_retransmissions" LABELS ",segment=\"fin\"} 1");
    assert_line(text, "probe_tcp_retransmissions" LABELS ",segment=\"syn\"} 0");
    assert_line(text, "probe_tcp_duplicates" LABELS ",end=\"server\"} 2");
    assert_line(text, "probe_tcp_close" LABELS ",close=\"reset\"} 1");
    free(text);
}
END_TEST

/* Of connections that nobody named there is no last one. */
START_TEST(exposes_a_capture_of_others)
{
    struct summary summary = {0};
    char *text;

    add(&summary, sample_open, DURATION_UNKNOWN);
    add(&summary, sample_open_ipv6, DURATION_UNKNOWN);
    text = exposed(&summary, 1, 0);
    assert_line(text, "probe_success{target=\"\",port=\"\"} 1");
    assert_line(text, "probe_tcp_connections{target=\"\",port=\"\"} 2");
    ck_assert_ptr_null(strstr(text, "probe_ip_protocol{"));
    ck_assert_ptr_null(strstr(text, "state="));
    free(text);
    summary = (struct summary){0}; /* one alone is the last */
    add(&summary, sample_open_ipv6, DURATION_UNKNOWN);
    text = exposed(&summary, 1, 0);
    assert_line(text, "probe_ip_protocol{target=\"\",port=\"\"} 6");
    assert_line(text, "probe_tcp_port_state{target=\"\",port=\"\",state=\"open\"} 1");
    free(text);
}
END_TEST

/* Each name that a sample has already, and those that are not names of samples. */
START_TEST(renames_what_a_sample_has)
{
    struct summary summary = {.target = "a",
                              .port = 1,
                              .labels =
                                  "phase=1;segment=2;end=3;close=4;finding=5;quantile=6;ends=7"};
    char *text;

    add(&summary, sample_open, DURATION_UNKNOWN);
    text = exposed(&summary, 1, 0);
    assert_line(text, "probe_success{target=\"a\",port=\"1\",exported_phase=\"1\","
                      "exported_segment=\"2\",exported_end=\"3\",exported_close=\"4\","
                      "exported_finding=\"5\",exported_quantile=\"6\",ends=\"7\"} 1");
    free(text);
}
END_TEST

START_TEST(fails_without_a_connection)
{
    struct summary summary = {.holds = true};
    char *text = exposed(&summary, 1, 0);

    assert_line(text, "probe_success{target=\"\",port=\"\"} 0");
    free(text);
}
END_TEST

START_TEST(tells_targets_apart)
{
    struct summary summaries[] = {{.target = "a", .port = 1}, {.target = "a", .port = 2}};
    char *text;
    unsigned heads = 0;

    add(&summaries[0], sample_open, DURATION_UNKNOWN);
    add(&summaries[1], sample_refused, DURATION_UNKNOWN);
    text = exposed(summaries, 2, 0);
    assert_line(text, "probe_success{target=\"a\",port=\"1\"} 1\n"
                      "probe_success{target=\"a\",port=\"2\"} 0");
    for (const char *at = text; (at = strstr(at, "# TYPE probe_success ")) != NULL; at++)
        heads++;
    ck_assert_uint_eq(heads, 1);
    free(text);
}
END_TEST

START_TEST(has_the_labels_of_a_target)
{
    struct summary summary = {
        .target = "a", .port = 1, .labels = "team=core;state=q\"s;exported_state=x;odd"};
    char *text;

    add(&summary, sample_open, DURATION_UNKNOWN);
    text = exposed(&summary, 1, 0);
    assert_line(text,
                "probe_success{target=\"a\",port=\"1\",team=\"core\",exported_state=\"q\\\"s\","
                "exported_exported_state=\"x\",odd=\"\"} 1");
    free(text);
}
END_TEST

START_TEST(escapes_labels)
{
    struct summary summary = {.target = "a\"b\\c\nd\033[31m\xff", .port = 1};
    char *text;

    add(&summary, sample_open, DURATION_UNKNOWN);
    text = exposed(&summary, 1, 0);
    assert_line(text,
                "probe_success{target=\"a\\\"b\\\\\\\\c\\\\nd\\\\x1b[31m\\\\xff\",port=\"1\"} 1");
    free(text);
}
END_TEST

/* A sum that 64 bits do not hold. */
START_TEST(writes_what_a_clock_that_was_set_leaves)
{
    struct summary summary = {.target = "a", .port = 1};
    struct sample sample;
    char *text;

    sample_open(&sample);
    sample.result.end_ns = INT64_MAX;
    sample.result.resolve_ns = INT64_MAX;
    summary_add(&summary, &sample.result);
    text = exposed(&summary, 1, 0);
    ck_assert_ptr_null(strstr(text, "probe_duration_seconds{"));
    free(text);
}
END_TEST

START_TEST(says_nothing_when_told_so)
{
    struct summary summary = {.target = "a", .port = 1};
    char *text;

    add(&summary, sample_open, DURATION_UNKNOWN);
    text = exposed(&summary, 1, -2);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

/* A summary is all that it has: only two -q leave it away. */
START_TEST(is_the_summary)
{
    struct summary summary = {.target = "h", .port = 1};

    add(&summary, sample_open, DURATION_UNKNOWN);
    for (int verbosity = -2; verbosity <= 1; verbosity++) {
        char *text = exposed(&summary, 1, verbosity);

        ck_assert_int_eq(strstr(text, "probe_tcp_connections{") != NULL, verbosity > -2);
        ck_assert_int_eq(*text == '\0', verbosity == -2);
        free(text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("prometheus");
    TCase *metrics = tcase_create("metrics");

    tcase_add_test(metrics, is_the_summary);
    tcase_add_test(metrics, exposes_an_open_port);
    tcase_add_test(metrics, exposes_silence_without_times);
    tcase_add_test(metrics, remembers_when_the_name_was_resolved);
    tcase_add_test(metrics, exposes_what_was_sent_again);
    tcase_add_test(metrics, exposes_a_capture_of_others);
    tcase_add_test(metrics, renames_what_a_sample_has);
    tcase_add_test(metrics, fails_without_a_connection);
    tcase_add_test(metrics, tells_targets_apart);
    tcase_add_test(metrics, escapes_labels);
    tcase_add_test(metrics, has_the_labels_of_a_target);
    tcase_add_test(metrics, writes_what_a_clock_that_was_set_leaves);
    tcase_add_test(metrics, says_nothing_when_told_so);
    suite_add_tcase(suite, metrics);
    return run_suite(suite);
}
