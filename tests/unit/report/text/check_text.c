/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "fixtures/printing.h"
#include "fixtures/results.h"
#include "harness.h"
#include "output/formats.h"
#include "path/mtu.h"
#include "report/columns.h"
#include "report/landmarks.h"
#include "report/report.h"
#include "report/row.h"

static const struct report_style plain = {.layout = LAYOUT_LADDER, .columns = 80};

/* What a format prints for some samples and, with a summary, for them together; freed by the
 * caller. */
static char *printed(const char *format, const struct report_style *style,
                     sample_maker *const *makers, size_t count, bool with_summary)
{
    struct printing printing;
    struct summary summary = {.target = "example.com", .port = 443};

    printing_begin(&printing, format, style);
    for (size_t i = 0; i < count; i++) {
        struct sample sample;

        makers[i](&sample);
        report_connection(&printing.report, &sample.result);
        summary_add(&summary, &sample.result);
    }
    if (with_summary)
        report_summary(&printing.report, &summary, 1);
    return printing_end(&printing);
}

static char *printed_one(const struct report_style *style, const struct connection_result *result)
{
    return printed_connection("text", style, result);
}

static void assert_text(char *text, const char *expected)
{
    ck_assert_str_eq(text, expected);
    free(text);
}

static const struct {
    sample_maker *make;
    const char *text;
} figures[] = {
    {sample_open,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
     "\n"
     "     ms  client                                     server\n"
     "         CLOSED                                     LISTEN\n"
     "  0.000  SYN_SENT     ── SYN seq 0 ──────────────▶  SYN_RCVD\n"
     " 12.346  ESTABLISHED  ◀─ SYN+ACK seq 0 ack 1 ─────               rtt 12.346 ms\n"
     "         open in 12.346 ms\n"
     " 12.366               ── ACK seq 1 ack 1 ────────▶  ESTABLISHED\n"
     " 12.402  FIN_WAIT_1   ── FIN+ACK seq 1 ack 1 ────▶  CLOSE_WAIT\n"
     " 24.403  FIN_WAIT_2   ◀─ ACK seq 1 ack 2 ─────────               rtt 12.001 ms\n"
     " 24.713  TIME_WAIT    ◀─ FIN+ACK seq 1 ack 2 ─────  LAST_ACK     waited 0.310 ms\n"
     " 24.730               ── ACK seq 2 ack 2 ────────▶  CLOSED\n"
     "         closed in 12.328 ms, four segments\n"
     "   ┆\n"
     "524.913  CLOSED       TIME_WAIT ended after 500.200 ms instead of 2 MSL\n"
     "\n"
     "example.com:443 open\n"},
    {sample_open_ipv6,
     "2001:db8::80 port 443, from [2001:db8::7]:51234\n"
     "\n"
     "     ms  client                                     server\n"
     "         CLOSED                                     LISTEN\n"
     "  0.000  SYN_SENT     ── SYN seq 0 ──────────────▶  SYN_RCVD\n"
     " 12.346  ESTABLISHED  ◀─ SYN+ACK seq 0 ack 1 ─────               rtt 12.346 ms\n"
     "         open in 12.346 ms\n"
     " 12.366               ── ACK seq 1 ack 1 ────────▶  ESTABLISHED\n"
     " 12.402  FIN_WAIT_1   ── FIN+ACK seq 1 ack 1 ────▶  CLOSE_WAIT\n"
     " 24.403  FIN_WAIT_2   ◀─ ACK seq 1 ack 2 ─────────               rtt 12.001 ms\n"
     " 24.713  TIME_WAIT    ◀─ FIN+ACK seq 1 ack 2 ─────  LAST_ACK     waited 0.310 ms\n"
     " 24.730               ── ACK seq 2 ack 2 ────────▶  CLOSED\n"
     "         closed in 12.328 ms, four segments\n"
     "   ┆\n"
     "524.913  CLOSED       TIME_WAIT ended after 500.200 ms instead of 2 MSL\n"
     "\n"
     "[2001:db8::80]:443 open\n"},
    {sample_translated,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
     "sent to 192.0.2.80:443, on the wire 192.0.2.2:80; answered to 192.0.2.7:51234, on the wire "
     "192.0.2.7:7001 (translated by this host)\n"
     "\n"
     "     ms  client                                     server\n"
     "         CLOSED                                     LISTEN\n"
     "  0.000  SYN_SENT     ── SYN seq 0 ──────────────▶  SYN_RCVD\n"
     " 12.346  ESTABLISHED  ◀─ SYN+ACK seq 0 ack 1 ─────               rtt 12.346 ms\n"
     "         open in 12.346 ms\n"
     " 12.366               ── ACK seq 1 ack 1 ────────▶  ESTABLISHED\n"
     " 12.402  FIN_WAIT_1   ── FIN+ACK seq 1 ack 1 ────▶  CLOSE_WAIT\n"
     " 24.403  FIN_WAIT_2   ◀─ ACK seq 1 ack 2 ─────────               rtt 12.001 ms\n"
     " 24.713  TIME_WAIT    ◀─ FIN+ACK seq 1 ack 2 ─────  LAST_ACK     waited 0.310 ms\n"
     " 24.730               ── ACK seq 2 ack 2 ────────▶  CLOSED\n"
     "         closed in 12.328 ms, four segments\n"
     "   ┆\n"
     "524.913  CLOSED       TIME_WAIT ended after 500.200 ms instead of 2 MSL\n"
     "\n"
     "example.com:443 open\n"},
    {sample_dropped,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
     "\n"
     "     ms  client                                     server\n"
     "         CLOSED                                     LISTEN\n"
     "  0.000  SYN_SENT     ── SYN seq 0 ──────────────▶  SYN_RCVD\n"
     " 12.346  ESTABLISHED  ◀─ SYN+ACK seq 0 ack 1 ─────               rtt 12.346 ms\n"
     " 12.366               ── ACK seq 1 ack 1 ────────▶  ESTABLISHED\n"
     " 12.402  FIN_WAIT_1   ── FIN+ACK seq 1 ack 1 ────▶  CLOSE_WAIT\n"
     " 24.403  FIN_WAIT_2   ◀─ ACK seq 1 ack 2 ─────────               rtt 12.001 ms\n"
     " 24.713  TIME_WAIT    ◀─ FIN+ACK seq 1 ack 2 ─────  LAST_ACK     waited 0.310 ms\n"
     " 24.730               ── ACK seq 2 ack 2 ────────▶  CLOSED\n"
     "         no answer: what came was dropped on this host before TCP\n"
     "   ┆\n"
     "524.913  CLOSED       TIME_WAIT ended after 500.200 ms instead of 2 MSL\n"
     "\n"
     "example.com:443 filtered (dropped-on-this-host)\n"},
    {sample_policy_route, "example.com (192.0.2.80) port 443\n"
                          "\n"
                          "         nothing was sent\n"
                          "\n"
                          "example.com:443 unknown (policy-route, table 100)\n"},
    {sample_forbidden, "example.com (192.0.2.80) port 443\n"
                       "\n"
                       "         nothing was sent\n"
                       "\n"
                       "example.com:443 unknown (local-error, EACCES)\n"},
    {sample_passive,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
     "\n"
     "     ms  client                                     server\n"
     "         CLOSED                                     LISTEN\n"
     "  0.000  SYN_SENT     ── SYN seq 0 ──────────────▶  SYN_RCVD\n"
     " 12.346  ESTABLISHED  ◀─ SYN+ACK seq 0 ack 1 ─────               rtt 12.346 ms\n"
     "         open in 12.346 ms\n"
     " 12.366               ── ACK seq 1 ack 1 ────────▶  ESTABLISHED\n"
     " 20.000               ◀─ PSH+ACK seq 1:22 ack 1 ──\n"
     " 20.010               ── ACK seq 1 ack 22 ───────▶\n"
     " 22.402  CLOSE_WAIT   ◀─ FIN+ACK seq 22 ack 1 ────  FIN_WAIT_1\n"
     " 22.422               ── ACK seq 1 ack 23 ───────▶  FIN_WAIT_2   acked 0.020 ms\n"
     " 22.452  LAST_ACK     ── FIN+ACK seq 1 ack 23 ───▶  TIME_WAIT    waited 0.030 ms\n"
     " 34.503  CLOSED       ◀─ ACK seq 23 ack 2 ────────\n"
     "         closed in 12.101 ms, four segments\n"
     "\n"
     "example.com:443 open\n"},
    {sample_download,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
     "\n"
     "     ms  client                                       server\n"
     "         CLOSED                                       LISTEN\n"
     "  0.000  SYN_SENT     ── SYN seq 0 ────────────────▶  SYN_RCVD\n"
     " 12.346  ESTABLISHED  ◀─ SYN+ACK seq 0 ack 1 ───────               rtt 12.346 ms\n"
     "         open in 12.346 ms\n"
     " 12.366               ── ACK seq 1 ack 1 ──────────▶  ESTABLISHED\n"
     " 12.400               ── PSH+ACK seq 1:4 ack 1 ────▶\n"
     " 25.000               ◀─ 8 segments ────────────────\n"
     "         5 from the server with 100000 bytes, 3 from the client\n"
     "203.398  FIN_WAIT_1   ── FIN+ACK seq 4 ack 100001 ─▶  CLOSE_WAIT\n"
     "215.399  TIME_WAIT    ◀─ FIN+ACK seq 100001 ack 5 ──  LAST_ACK     rtt 12.001 ms\n"
     "215.420               ── ACK seq 5 ack 100002 ─────▶  CLOSED\n"
     "         closed in 12.022 ms, three segments\n"
     "\n"
     "example.com:443 open\n"},
    {sample_local_reset,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
     "\n"
     "     ms  client                                     server\n"
     "         CLOSED                                     LISTEN\n"
     "  0.000  SYN_SENT     ── SYN seq 0 ──────────────▶  SYN_RCVD\n"
     " 12.346  ESTABLISHED  ◀─ SYN+ACK seq 0 ack 1 ─────               rtt 12.346 ms\n"
     "         open in 12.346 ms\n"
     " 12.366               ── ACK seq 1 ack 1 ────────▶  ESTABLISHED\n"
     " 12.370  CLOSED       ── RST seq 1 ──────────────▶  CLOSED       ! local-reset\n"
     "         reset by the local kernel\n"
     "\n"
     "example.com:443 open\n"},
    {sample_refused,
     "192.0.2.80 port 81, from 192.0.2.7:51234 on eth0\n"
     "\n"
     "     ms  client                                     server\n"
     "         CLOSED                                     CLOSED\n"
     "  0.000  SYN_SENT     ── SYN seq 0 ──────────────▶\n"
     "  0.045  CLOSED       ◀─ RST+ACK seq 0 ack 1 ─────               rtt 0.045 ms\n"
     "         refused\n"
     "\n"
     "192.0.2.80:81 closed (refused)\n"},
    {sample_no_answer,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
     "\n"
     "      ms  client                                   server\n"
     "          CLOSED\n"
     "   0.000  SYN_SENT     ── SYN seq 0 ────────────▶\n"
     "    ┆\n"
     "    ┆\n"
     "1000.123               ── SYN seq 0 ────────────▶               ! retransmission\n"
     "    ┆\n"
     "    ┆\n"
     "    ┆\n"
     "3000.456               ── SYN seq 0 ────────────▶               ! retransmission\n"
     "    ┆\n"
     "    ┆\n"
     "    ┆\n"
     "    ┆\n"
     "7000.789  CLOSED\n"
     "          no answer to 3 SYNs\n"
     "\n"
     "example.com:443 filtered (no-response)\n"},
    {sample_silent_neighbour,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
     "\n"
     "      ms  client                                   server\n"
     "          CLOSED\n"
     "   0.000  SYN_SENT     ── SYN seq 0 ────────────▶\n"
     "    ┆\n"
     "    ┆\n"
     "1000.123               ── SYN seq 0 ────────────▶               ! retransmission\n"
     "    ┆\n"
     "    ┆\n"
     "    ┆\n"
     "3000.456               ── SYN seq 0 ────────────▶               ! retransmission\n"
     "    ┆\n"
     "    ┆\n"
     "    ┆\n"
     "    ┆\n"
     "7000.789  CLOSED\n"
     "          no answer to 3 SYNs: none has left this host, because the next hop\n"
     "          does not answer\n"
     "\n"
     "example.com:443 filtered (neighbour-silent)\n"},
    {sample_prohibited, "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
                        "\n"
                        "     ms  client                                                   server\n"
                        "         CLOSED\n"
                        "  0.000  SYN_SENT     ── SYN seq 0 ────────────────────────────▶\n"
                        "  0.310               ◀─ ICMP admin prohibited from 192.0.2.1 ──\n"
                        "  0.402  CLOSED\n"
                        "         stopped by an ICMP error\n"
                        "\n"
                        "example.com:443 filtered (admin-prohibited)\n"},
    {sample_no_route, "example.com (192.0.2.80) port 443\n"
                      "\n"
                      "         nothing was sent\n"
                      "\n"
                      "example.com:443 unreachable (no-route)\n"},
    {sample_troubled, "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
                      "\n"
                      "      ms  client                                         server\n"
                      "          CLOSED                                         LISTEN\n"
                      "   0.000  SYN_SENT     ── SYN seq 0 ──────────────────▶  SYN_RCVD\n"
                      "  12.346  ESTABLISHED  ◀─ SYN+ACK seq 0 ack 1 ─────────\n"
                      "          rtt 12.346 ms\n"
                      "          open in 12.346 ms\n"
                      "  12.366               ── ACK seq 1 ack 1 ────────────▶  ESTABLISHED\n"
                      "  12.500               ── PSH+ACK seq 1:513 ack 1 ────▶\n"
                      "  25.000               ◀─ PSH+ACK seq 1:1449 ack 513 ──\n"
                      "  25.010               ◀─ 12 segments ─────────────────\n"
                      "          all from the server with 15928 bytes\n"
                      "  26.000               ◀─ RST seq 900000 ──────────────\n"
                      "          ! out-of-window\n"
                      "  26.100  FIN_WAIT_1   ── FIN+ACK seq 513 ack 17377 ──▶  CLOSE_WAIT\n"
                      "    ┆\n"
                      "    ┆\n"
                      "1026.200               ── FIN+ACK seq 513 ack 17377 ──▶\n"
                      "          ! retransmission\n"
                      "          not captured: the time is that of sending\n"
                      "1038.000  CLOSED       ◀─ RST seq 17377 ───────────────  CLOSED\n"
                      "          reset by the server, 1011.900 ms after the FIN\n"
                      "          retransmitted: 1 FIN by the client; seen twice: 2 of the server\n"
                      "\n"
                      "example.com:443 open\n"},
};

START_TEST(draws_the_figure)
{
    assert_text(printed("text", &plain, &figures[_i].make, 1, true), figures[_i].text);
}
END_TEST

START_TEST(draws_in_ascii)
{
    struct report_style style = {.layout = LAYOUT_LADDER, .columns = 80, .ascii = true};
    sample_maker *makers[] = {sample_refused};

    assert_text(printed("text", &style, makers, 1, true),
                "192.0.2.80 port 81, from 192.0.2.7:51234 on eth0\n"
                "\n"
                "     ms  client                                     server\n"
                "         CLOSED                                     CLOSED\n"
                "  0.000  SYN_SENT     -- SYN seq 0 -------------->\n"
                "  0.045  CLOSED       <- RST+ACK seq 0 ack 1 -----               rtt 0.045 ms\n"
                "         refused\n"
                "\n"
                "192.0.2.80:81 closed (refused)\n");
}
END_TEST

START_TEST(tells_what_the_name_took)
{
    struct report_style style = {.layout = LAYOUT_LADDER, .columns = 80, .ascii = true};
    static const char head[] = "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
                               "name resolved in 0.412 ms\n\n";
    struct sample sample;
    char *text;

    sample_no_answer(&sample);
    sample.result.resolve_ns = 412345;
    text = printed_one(&style, &sample.result);
    text[strlen(head)] = '\0';
    assert_text(text, head);

    sample.result.handshake.reason = REASON_NAME_NOT_FOUND;
    text = printed_one(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "\nname not resolved after 0.412 ms\n\n"));
    free(text);
}
END_TEST

/* What is established is good, at either end, where there is no room for a ladder too. */
START_TEST(draws_in_color_where_there_is_no_room)
{
    struct report_style style = {
        .layout = LAYOUT_LADDER, .columns = 40, .ascii = true, .color = true};
    struct sample sample;

    sample_open(&sample);
    char *text = printed_one(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "\33[36mSYN_SENT\33[0m"));
    ck_assert_ptr_nonnull(strstr(text, "\33[36mSYN_RCVD\33[0m"));
    ck_assert_ptr_nonnull(strstr(text, "\33[32mESTABLISHED\33[0m"));
    ck_assert_ptr_null(strstr(text, "\33[36mESTABLISHED"));
    ck_assert_ptr_nonnull(strstr(text, "\33[36mFIN_WAIT_1\33[0m"));
    free(text);
}
END_TEST

START_TEST(draws_in_color)
{
    struct report_style style = {
        .layout = LAYOUT_LADDER, .columns = 80, .ascii = true, .color = true};
    struct sample sample;

    sample_no_answer(&sample);
    assert_text(printed_one(&style, &sample.result),
                "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
                "\n"
                "      ms  client                                   server\n"
                "          \33[36mCLOSED\33[0m\n"
                "   0.000  \33[36mSYN_SENT\33[0m     -- SYN seq 0 ------------>\n"
                "    :\n"
                "    :\n"
                "1000.123               -- SYN seq 0 ------------>               \33[33m! "
                "retransmission\33[0m\n"
                "    :\n"
                "    :\n"
                "    :\n"
                "3000.456               -- SYN seq 0 ------------>               \33[33m! "
                "retransmission\33[0m\n"
                "    :\n"
                "    :\n"
                "    :\n"
                "    :\n"
                "7000.789  \33[36mCLOSED\33[0m\n"
                "          \33[31mno answer\33[0m to 3 SYNs\n"
                "\n"
                "example.com:443 \33[31mfiltered\33[0m (no-response)\n");
}
END_TEST

START_TEST(tells_every_detail)
{
    struct report_style style = {.layout = LAYOUT_LADDER, .columns = 80, .verbosity = 1};
    sample_maker *makers[] = {sample_open};

    assert_text(printed("text", &style, makers, 1, true),
                "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\n"
                "\n"
                "     ms  client                                        server\n"
                "         CLOSED                                        LISTEN\n"
                "  0.000  SYN_SENT     ── SYN seq 4294967295 ────────▶  SYN_RCVD\n"
                "         win 64240, ttl 64\n"
                " 12.346  ESTABLISHED  ◀─ SYN+ACK seq 1000000 ack 0 ──\n"
                "         rtt 12.346 ms, win 65160, ttl 55\n"
                "         open in 12.346 ms\n"
                " 12.366               ── ACK seq 0 ack 1000001 ─────▶  ESTABLISHED\n"
                "         win 64240, ttl 64\n"
                " 12.402  FIN_WAIT_1   ── FIN+ACK seq 0 ack 1000001 ─▶  CLOSE_WAIT\n"
                "         win 64240, ttl 64\n"
                " 24.403  FIN_WAIT_2   ◀─ ACK seq 1000001 ack 1 ──────\n"
                "         rtt 12.001 ms, win 65160, ttl 55\n"
                " 24.713  TIME_WAIT    ◀─ FIN+ACK seq 1000001 ack 1 ──  LAST_ACK\n"
                "         waited 0.310 ms, win 65160, ttl 55\n"
                " 24.730               ── ACK seq 1 ack 1000002 ─────▶  CLOSED\n"
                "         win 64240, ttl 64\n"
                "         closed in 12.328 ms, four segments\n"
                "   ┆\n"
                "524.913  CLOSED       TIME_WAIT ended after 500.200 ms instead of 2 MSL\n"
                "\n"
                "         client: mss 1460, sack, wscale 7, timestamps; 4 segments, 0 bytes\n"
                "         server: mss 1400; 3 segments, 0 bytes\n"
                "         conn_state SF, history ShAFaf, completeness 31\n"
                "\n"
                "example.com:443 open\n");
}
END_TEST

static const struct {
    enum layout layout;
    int verbosity;
    const char *text;
} quiet[] = {
    {LAYOUT_LADDER, -1, "example.com:443 open\n"},
    {LAYOUT_LADDER, -2, ""},
    {LAYOUT_LINES, -1,
     "--- example.com:443 ---\n"
     "1 connection: 1 open, 1 closed gracefully, 0 failed\n"
     "connect min/avg/max/mdev = 12.346/12.346/12.346/0.000 ms\n"
     "syn rtt min/avg/max/mdev = 12.346/12.346/12.346/0.000 ms\n"},
    {LAYOUT_LINES, -2, ""},
};

START_TEST(keeps_quiet)
{
    struct report_style style = {
        .layout = quiet[_i].layout, .columns = 80, .verbosity = quiet[_i].verbosity};
    sample_maker *makers[] = {sample_open};

    assert_text(printed("text", &style, makers, 1, true), quiet[_i].text);
}
END_TEST

static sample_maker *const everything[] = {sample_open,      sample_open_ipv6,  sample_refused,
                                           sample_no_answer, sample_prohibited, sample_no_route,
                                           sample_troubled,  sample_long};
#define EVERYTHING (sizeof(everything) / sizeof(everything[0]))

#define TABLE                                                                                      \
    "server                port        handshake          conn ms  close       by\n"               \
    "example.com:443       open        completed           12.346  graceful    client\n"           \
    "[2001:db8::80]:443    open        completed           12.346  graceful    client\n"           \
    "192.0.2.80:81         closed      refused              0.045  -           -\n"                \
    "example.com:443       filtered    no-response              -  -           -\n"                \
    "  retransmitted: 2 SYNs by the client\n"                                                      \
    "example.com:443       filtered    admin-prohibited         -  -           -\n"                \
    "example.com:443       unreachable no-route                 -  -           -\n"                \
    "example.com:443       open        completed           12.346  reset       server\n"           \
    "  retransmitted: 1 FIN by the client; seen twice: 2 of the server\n"                          \
    "example.com:443       open        completed           12.346  -           -\n"                \
    "\n"                                                                                           \
    "--- example.com:443 ---\n"                                                                    \
    "8 connections: 4 open, 1 closed, 2 filtered, 1 unreachable, 2 closed gracefully, 1 reset, "   \
    "4 failed (50.0%)\n"                                                                           \
    "3 of 60 segments retransmitted (5.0%): 2 SYN, 1 FIN; 2 seen twice\n"                          \
    "connect min/avg/max/mdev = 12.346/12.346/12.346/0.000 ms\n"                                   \
    "syn rtt min/avg/max/mdev = 0.045/9.886/12.346/4.920 ms, jitter 6.150 ms\n"

START_TEST(lists_many)
{
    struct report_style lines = {.layout = LAYOUT_LINES, .columns = 80};

    assert_text(printed("text", &lines, everything, EVERYTHING, true), TABLE);
    assert_text(printed("table", &lines, everything, EVERYTHING, true), TABLE);
    assert_text(printed("table", &plain, everything, EVERYTHING, true), TABLE);
}
END_TEST

START_TEST(lists_with_time_stamps)
{
    struct report_style style = {.layout = LAYOUT_LINES, .columns = 80, .timestamps = true};
    struct sample sample;

    sample_open(&sample);
    assert_text(
        printed_one(&style, &sample.result),
        "time                server                port        handshake          conn ms\n"
        "[1795324083.502968] example.com:443       open        completed           12.346\n");
    style.columns = 100;
    assert_text(printed_one(&style, &sample.result),
                "time                server                port        handshake          conn ms  "
                "close       by\n"
                "[1795324083.502968] example.com:443       open        completed           12.346  "
                "graceful    client\n");
    sample.result.start_ns = INT64_C(1795324083000042999);
    style.columns = 40;
    assert_text(printed_one(&style, &sample.result),
                "time                server                port        handshake\n"
                "[1795324083.000042] example.com:443       open        completed\n");
    sample.result.start_ns = DURATION_UNKNOWN;
    style.columns = 20;
    assert_text(printed_one(&style, &sample.result),
                "time                server                port        handshake\n"
                "[-]                 example.com:443       open        completed\n");
}
END_TEST

START_TEST(lists_more_where_there_is_room)
{
    struct report_style style = {.layout = LAYOUT_LINES, .columns = 120};
    sample_maker *makers[] = {sample_open, sample_no_route};

    assert_text(printed("text", &style, makers, 2, false),
                "   #  client                server                port        handshake          "
                "conn ms  close       by       total ms\n"
                "   1  192.0.2.7:51234       example.com:443       open        completed           "
                "12.346  graceful    client     24.730\n"
                "   2  -                     example.com:443       unreachable no-route            "
                "     -  -           -           0.000\n");
}
END_TEST

/* Asserts that no line is wider, and frees text. */
static void assert_within(char *text, unsigned columns)
{
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        unsigned width = 0;

        for (const char *at = line; *at != '\0';) {
            uint32_t code;

            at += utf8_decode(at, &code);
            width += utf8_columns(code);
        }
        ck_assert_msg(width <= columns, "%u columns of %u: %s", width, columns, line);
    }
    free(text);
}

/* Connections that nobody named: who with whom, and when, as far as there is room. */
START_TEST(lists_those_of_others)
{
    static const struct {
        unsigned columns;
        const char *text;
    } tables[] = {
        {80, "client                server                port          conn ms  close\n"
             "192.0.2.7:51234       192.0.2.80:443        open           12.346  graceful\n"
             "192.0.2.7:51234       192.0.2.80:81         closed          0.045  -\n"},
        {91,
         "client                server                port          conn ms  close       by\n"
         "192.0.2.7:51234       192.0.2.80:443        open           12.346  graceful    client\n"
         "192.0.2.7:51234       192.0.2.80:81         closed          0.045  -           -\n"},
        {120, "start        client                server                port        handshake      "
              "    conn ms  close       by\n"
              "05:08:03.502 192.0.2.7:51234       192.0.2.80:443        open        completed      "
              "     12.346  graceful    client\n"
              "05:08:03.502 192.0.2.7:51234       192.0.2.80:81         closed      refused        "
              "      0.045  -           -\n"},
        {142, "start        client                server                port        handshake      "
              "    conn ms     rtt ms  close       by       total ms\n"
              "05:08:03.502 192.0.2.7:51234       192.0.2.80:443        open        completed      "
              "     12.346     12.346  graceful    client     24.730\n"
              "05:08:03.502 192.0.2.7:51234       192.0.2.80:81         closed      refused        "
              "      0.045      0.045  -           -           0.045\n"},
    };
    static sample_maker *const makers[] = {sample_open, sample_refused};

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        struct report_style style = {.layout = LAYOUT_LINES, .columns = tables[i].columns};
        struct report report;
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        report_open(&report, report_format_find("text"), &style, out);
        for (size_t k = 0; k < 2; k++) {
            struct sample sample;

            makers[k](&sample);
            sample.result.target = NULL;
            report_connection(&report, &sample.result);
        }
        ck_assert_int_eq(report_finish(&report), 0);
        fclose(out);
        assert_text(text, tables[i].text);
    }
}
END_TEST

/* No line of the table is wider than the terminal. */
START_TEST(fits_the_columns)
{
    struct report_style style = {.layout = LAYOUT_LINES,
                                 .columns = (unsigned)_i,
                                 .terminal = true,
                                 .timestamps = _i % 2 != 0};
    struct sample sample;

    sample_open(&sample);
    memset(sample.result.ends[CLIENT].address.bytes, 222, 4);
    memset(sample.result.ends[SERVER].address.bytes, 222, 4);
    sample.result.ends[CLIENT].port = sample.result.ends[SERVER].port = 65535;
    sample.result.port_state = PORT_UNREACHABLE;
    sample.result.handshake.reason = REASON_ADMIN_PROHIBITED;
    sample.result.handshake.syn_rtt_ns = 99999999999;
    sample.result.teardown.result = TEARDOWN_HALF_CLOSED;
    sample.result.target = NULL;
    assert_within(printed_one(&style, &sample.result), (unsigned)_i);
    sample.result.target = "222.222.222.222";
    assert_within(printed_one(&style, &sample.result), (unsigned)_i);
    sample.result.target = "a-host-with-a-name.of-more-than-eighty.columns.in-a-zone-that."
                           "does-not-exist.example.com";
    assert_within(printed_one(&style, &sample.result), (unsigned)_i);
}
END_TEST

/* A hundred handshakes of 1 to 100 ms, of one target or of a run. */
static char *printed_hundred(const char *target, unsigned count, unsigned columns)
{
    static struct spread spread;
    struct summary summary = {
        .target = target, .port = target != NULL ? 443 : 0, .spread = &spread};
    struct report_style style = {.layout = LAYOUT_LINES, .columns = columns};
    struct report report;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    memset(&spread, 0, sizeof(spread));
    for (unsigned i = 0; i < count; i++) {
        struct sample sample;

        sample_open(&sample);
        sample.result.handshake.syn_rtt_ns = (i * 37 % count + 1) * INT64_C(1000000);
        sample.result.handshake.connect_ns = sample.result.handshake.syn_rtt_ns + 1000;
        sample.result.ok = true;
        summary_add(&summary, &sample.result);
    }
    report_open(&report, report_format_find("text"), &style, out);
    report_summary(&report, &summary, 1);
    ck_assert_int_eq(report_finish(&report), 0);
    fclose(out);
    return text;
}

START_TEST(sums_up_many)
{
    const char *slow = "slowest handshakes:\n"
                       "     100.001 ms  192.0.2.7:51234 to 192.0.2.80:443 "
                       "at 2026-11-22 05:08:03.502\n"
                       "      99.001 ms  ";
    char *text = printed_hundred("example.com", 100, 80), *percentiles;

    percentiles = strstr(text, "connect p50/p90/p95/p99 = ");
    ck_assert_ptr_nonnull(percentiles);
    percentiles = strchr(percentiles, '=');
    for (unsigned i = 0; i < 4; i++) {
        static const double exact[] = {50, 90, 95, 99};
        double value = strtod(percentiles + 1, &percentiles);

        ck_assert_msg(value > exact[i] * 127 / 128 && value < exact[i] * 129 / 128, "%f", value);
    }
    ck_assert_int_eq(strncmp(percentiles, " ms\n", 4), 0);
    ck_assert_ptr_null(strstr(text, "slowest")); /* they are in its table */
    free(text);
    text = printed_hundred(NULL, 100, 80);
    ck_assert_ptr_nonnull(strstr(text, slow));
    free(text);
}
END_TEST

/* Of a few their least and greatest say all. */
START_TEST(sums_up_few)
{
    char *text = printed_hundred(NULL, 19, 80);

    ck_assert_ptr_null(strstr(text, "p50"));
    ck_assert_ptr_null(strstr(text, "slowest"));
    free(text);
    text = printed_hundred(NULL, 20, 80);
    ck_assert_ptr_nonnull(strstr(text, "p50"));
    ck_assert_ptr_nonnull(strstr(text, "slowest"));
    free(text);
}
END_TEST

/* A long name pushes its own line alone, and that only as far as it must. */
START_TEST(realigns_behind_a_long_name)
{
    struct report_style style = {.layout = LAYOUT_LINES, .columns = 80};
    struct sample sample;

    sample_open(&sample);
    sample.result.target = "a-rather-long.example.org";
    assert_text(printed_one(&style, &sample.result),
                "server                        port        handshake          conn ms\n"
                "a-rather-long.example.org:443 open        completed           12.346\n");
}
END_TEST

START_TEST(sums_up_silence_without_round_trips)
{
    struct report_style style = {.layout = LAYOUT_LINES, .columns = 80, .verbosity = -1};
    sample_maker *makers[] = {sample_no_answer, sample_no_answer};

    assert_text(printed("text", &style, makers, 2, true),
                "--- example.com:443 ---\n"
                "2 connections: 2 filtered, 2 failed (100.0%)\n"
                "4 of 6 segments retransmitted (66.7%): 4 SYN\n");
}
END_TEST

START_TEST(sums_up_nothing)
{
    struct report_style style = {.layout = LAYOUT_LINES, .columns = 80};

    assert_text(printed("text", &style, NULL, 0, true), "--- example.com:443 ---\n0 connections\n");
}
END_TEST

START_TEST(sums_up_findings_and_a_comparison)
{
    const struct report_style style = {.layout = LAYOUT_LINES, .columns = 80, .compare = _i == 0};
    struct summary summary = {.target = "example.com", .port = 443, .labels = "team=\033"};

    summary.by_cause[CAUSE_REFUSED] = 3;
    summary.by_cause[CAUSE_RESET_INJECTED] = 1;
    summary.offers.offered = (struct offer_kind){10, 0};
    summary.offers.plain = (struct offer_kind){10, 10};
    assert_text(printed_summaries("text", &style, &summary, 1),
                _i == 0
                    ? "--- example.com:443 (team=\\x1b) ---\n"
                      "0 connections\n"
                      "findings: refused 3, reset-injected 1\n"
                      "offered: 0 of 10 open, plain: 10 of 10 open; the offer makes connections "
                      "fail (p\n    = 1.08e-05)\n"
                    : "--- example.com:443 (team=\\x1b) ---\n"
                      "0 connections\n"
                      "findings: refused 3, reset-injected 1\n");
}
END_TEST

/* None of these lines is wider than it may be, on a pipe either. */
START_TEST(heads_with_labels_and_breaks_what_is_wide)
{
    const struct report_style style = {.layout = LAYOUT_LADDER, .columns = 80};
    const struct target_notes notes = {.labels = "team=core;site=b"};
    struct path_mtu mtu = {.device_bytes = 1500};
    struct sample sample;
    char *text;

    sample_open(&sample);
    mtu.sent[mtu.sent_count++] = (struct mtu_sent){.bytes = 1400, .answer = MTU_ACKNOWLEDGED};
    for (unsigned i = 0; i < 3; i++)
        mtu.sent[mtu.sent_count++] = (struct mtu_sent){.bytes = 1401, .answer = MTU_NO_ANSWER};
    mtu.sent[mtu.sent_count++] = (struct mtu_sent){.bytes = 1400, .answer = MTU_ACKNOWLEDGED};
    sample.result.path_mtu = &mtu;
    sample.result.notes = &notes;
    text = printed_one(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "\nlabels: team=core;site=b\n"));
    ck_assert_ptr_nonnull(strstr(text, "\npath MTU: 1,400 octets: IP packets above 1,400 octets "));
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        ck_assert_msg(strncmp(line, "path", 4) != 0 || strcspn(line, "\n") <= 80, "%s", line);
    free(text);
}
END_TEST

START_TEST(says_what_surprises)
{
    struct report_style style = {.layout = LAYOUT_LADDER, .columns = 80, .verbosity = -1};
    struct sample sample;

    sample_open(&sample);
    sample.result.ok = false;
    assert_text(printed_one(&style, &sample.result), "example.com:443 open, not ok\n");
    sample_refused(&sample);
    sample.result.ok = true;
    assert_text(printed_one(&style, &sample.result),
                "192.0.2.80:81 closed (refused), as expected\n");
}
END_TEST

/* Numbers, addresses and times as long as they get. */
static void make_wide(struct sample *sample)
{
    struct step *step;

    sample_troubled(sample);
    for (uint32_t i = 0; i < sample->result.step_count; i++) {
        step = &sample->steps[i];
        step->verdict = VERDICT_RETRANSMISSION;
        step->note = NOTE_OLD_TIMESTAMP;
        step->time_ns += INT64_C(1000000000) * 86400 * 365;
        step->seq = step->ack = 4294960000u;
        step->len = 7000;
    }
    step = sample_add(sample, 2000000, SERVER, 0, 0, 0, STATE_CLOSED, STATE_CLOSED);
    step->is_icmp = true;
    step->icmp_family = FAMILY_IPV6;
    step->icmp_type = 1;
    step->icmp_code = 5;
    step->icmp_from = (struct address){.family = FAMILY_IPV6};
    memset(step->icmp_from.bytes, 0xfd, sizeof(step->icmp_from.bytes));
    sample_add(sample, 2000001, SERVER, 0x1ff, 4000000000u, 4000000000u, STATE_CLOSED,
               STATE_CLOSED);
}

START_TEST(stays_within_the_columns)
{
    unsigned asked = (unsigned)_i, columns = asked < 20 ? 20 : asked;
    struct sample sample;

    for (size_t i = 0; i <= EVERYTHING; i++) {
        for (int verbosity = 0; verbosity <= 1; verbosity++) {
            struct report_style style = {
                .columns = asked, .verbosity = verbosity, .terminal = true};

            (i < EVERYTHING ? everything[i] : make_wide)(&sample);
            assert_within(printed_one(&style, &sample.result), columns);
        }
    }
}
END_TEST

START_TEST(survives_any_result)
{
    struct report_style style = {.columns = 20 + (unsigned)_i * 20, .terminal = true};
    uint64_t random = (uint64_t)_i;
    struct sample sample;

    for (int i = 0; i < 100; i++) {
        sample_random(&sample, &random);
        style.verbosity = i % 2;
        assert_within(printed_one(&style, &sample.result), style.columns);
    }
}
END_TEST

/* Every column of the figure begins at one place, whatever the labels are. */
START_TEST(keeps_the_columns_straight)
{
    struct report_style style = {.columns = (unsigned)_i, .ascii = true};
    struct sample sample;
    unsigned head = 0, heads = 0;
    char *text;

    make_wide(&sample);
    text = printed_one(&style, &sample.result);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const char *arrow = strstr(line, "-- ");

        if (arrow == NULL || strchr(arrow, '>') == NULL)
            continue;
        if (heads++ == 0)
            head = (unsigned)(strchr(arrow, '>') - line);
        ck_assert_uint_eq((unsigned)(strchr(arrow, '>') - line), head);
        ck_assert_int_eq(line[head - 1], '-');
    }
    ck_assert_uint_eq(heads, 5);
    free(text);
}
END_TEST

/* The acknowledgement from before the FIN has the larger number, but not in the order of the
 * circle. */
START_TEST(finds_the_acknowledgement_behind_the_wrap)
{
    struct sample sample;
    struct landmarks marks;

    sample_open(&sample);
    sample.steps[3].seq = 4;
    sample.steps[4].ack = 4294967291u;
    sample.steps[5].ack = 5;
    marks = landmarks_find(&sample.result);
    ck_assert_uint_eq(marks.syn_answer, 1);
    ck_assert_uint_eq(marks.open, 2);
    ck_assert_uint_eq(marks.fin_ack, 5);
    ck_assert_uint_eq(marks.peer_fin, 5);
}
END_TEST

/* A FIN that contradicts the state closes nothing: what was measured belongs to the one that did.
 */
START_TEST(passes_over_a_fin_that_does_not_count)
{
    struct sample sample;
    struct landmarks marks;

    sample_open(&sample);
    sample.steps[1].flags |= TCP_FIN;
    sample.steps[1].verdict = VERDICT_UNEXPECTED;
    sample.steps[2].flags |= TCP_FIN;
    sample.steps[2].verdict = VERDICT_OUT_OF_WINDOW;
    marks = landmarks_find(&sample.result);
    ck_assert_uint_eq(marks.fin_ack, 4);
    ck_assert_uint_eq(marks.peer_fin, 5);
}
END_TEST

START_TEST(counts_what_is_left_out)
{
    struct sample sample;
    char *text;

    sample_long(&sample);
    text = printed_one(&plain, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "         1234 more segments are not shown\n"
                                       "         not closed: no FIN was seen\n"));
    free(text);
    sample.result.steps_omitted = 1;
    text = printed_one(&plain, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "         1 more segment is not shown\n"));
    free(text);
}
END_TEST

/* Enough of either to fill any buffer, with sequences that would drive a terminal. */
START_TEST(lets_nothing_foreign_through)
{
    static const char hostile[] = "\033]0;owned\007\033[2J\x9b\r\n\xe2\x80\xae\x7f\xff\xc3";
    static char name[20000];
    struct report_style style = {
        .layout = (enum layout)(_i % 2), .columns = 80, .verbosity = _i / 2};
    struct sample sample;
    char *text;

    for (size_t i = 0; i < sizeof(name) - 1; i++)
        name[i] = hostile[i % (sizeof(hostile) - 1)];
    for (size_t len = 1; len < sizeof(name); len = len * 3 + 1) {
        sample_open(&sample);
        sample.result.target = name + sizeof(name) - 1 - len;
        sample.result.interface = name + sizeof(name) - 1 - len;
        text = printed_one(&style, &sample.result);
        for (const char *c = text; *c != '\0'; c++)
            ck_assert_msg(*c == '\n' || (unsigned char)*c >= ' ', "byte %#x", *c);
        ck_assert_ptr_null(strstr(text, "\x7f"));
        ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
        ck_assert_ptr_null(strstr(text, "\xc2\x9b"));
        free(text);
    }
}
END_TEST

static const struct {
    const char *text, *escaped, *in_ascii;
} foreign[] = {
    {"", "", ""},
    {"example.com", "example.com", "example.com"},
    {"a\nb\tc\rd\\e", "a\\nb\\tc\\rd\\\\e", "a\\nb\\tc\\rd\\\\e"},
    {"\033[31m", "\\x1b[31m", "\\x1b[31m"},
    {"\x7f\x01", "\\x7f\\x01", "\\x7f\\x01"},
    {"b\xc3\xbc"
     "cher",
     "b\xc3\xbc"
     "cher",
     "b\\u00fccher"},
    {"\xc2\x9b", "\\u009b", "\\u009b"},     /* CSI as one character */
    {"\x9b", "\\x9b", "\\x9b"},             /* and as a bare byte */
    {"\xe2\x80\xae", "\\u202e", "\\u202e"}, /* right-to-left override */
    {"\xe2\x80\x8b", "\\u200b", "\\u200b"}, /* zero width space */
    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\\U0001f600"},
    {"\xf3\xa0\x81\x81", "\\U000e0041", "\\U000e0041"}, /* a tag character */
    {"\xc3", "\\xc3", "\\xc3"},                         /* cut off */
    {"\xe2\x82", "\\xe2\\x82", "\\xe2\\x82"},
    {"\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf"}, /* too long for what it is */
    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\\xe0\\x80\\xaf"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"},               /* a surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
};

START_TEST(escapes)
{
    char out[128];
    uint8_t *text = guarded_copy(foreign[_i].text, strlen(foreign[_i].text) + 1);

    ck_assert_str_eq(escape_text(out, sizeof(out), (char *)text, false), foreign[_i].escaped);
    ck_assert_str_eq(escape_text(out, sizeof(out), (char *)text, true), foreign[_i].in_ascii);
    guarded_free(text, strlen(foreign[_i].text) + 1);
}
END_TEST

START_TEST(cuts_at_whole_escapes)
{
    const char *whole = "a\\x1b\\u202e\xc3\xbcz";

    for (size_t size = 1; size <= strlen(whole) + 2; size++) {
        char out[64];

        memset(out, '#', sizeof(out));
        escape_text(out, size, "a\033\xe2\x80\xae\xc3\xbcz", false);
        ck_assert_uint_lt(strlen(out), size);
        ck_assert_int_eq(strncmp(out, whole, strlen(out)), 0);
        ck_assert_int_eq(out[size], '#');
        ck_assert_ptr_nonnull(strchr("a\\uz\xc3", whole[strlen(out)])); /* never inside one */
    }
}
END_TEST

static const struct {
    int64_t ns;
    const char *text;
} durations[] = {
    {0, "0.000"},
    {499, "0.000"},
    {500, "0.001"},
    {-499, "0.000"},
    {-500, "-0.001"},
    {999499, "0.999"},
    {999500, "1.000"},
    {12345678, "12.346"},
    {-1234567, "-1.235"},
    {999999500, "1000.000"},
    {INT64_MAX, "9223372036854.776"},
    {INT64_MIN + 1, "-9223372036854.776"},
    {INT64_MIN, "-9223372036854.776"},
};

START_TEST(writes_milliseconds)
{
    struct row row;

    row_begin(&row, &plain);
    row_put_ms(&row, durations[_i].ns);
    ck_assert_str_eq(row.text, durations[_i].text);
    ck_assert_uint_eq(row.width, strlen(durations[_i].text));
}
END_TEST

START_TEST(writes_percentages)
{
    static const struct {
        uint64_t part, whole;
        const char *text;
    } shares[] = {
        {0, 3, "0.0%"},
        {1, 3, "33.3%"},
        {2, 3, "66.7%"},
        {39, 40, "97.5%"},
        {40, 40, "100.0%"},
        {1, 1000000, "0.1%"},
        {1, UINT64_MAX, "0.1%"},
        {999999, 1000000, "99.9%"},
        {UINT64_MAX, UINT64_MAX, "100.0%"},
    };

    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        struct row row;

        row_begin(&row, &plain);
        row_put_percent(&row, shares[i].part, shares[i].whole);
        ck_assert_str_eq(row.text, shares[i].text);
    }
}
END_TEST

START_TEST(measures_columns)
{
    struct row row;

    row_begin(&row, &plain);
    row_put(&row, "─▶");
    ck_assert_uint_eq(row.width, 2);
    row_put(&row, "日本"); /* two columns each */
    ck_assert_uint_eq(row.width, 6);
    row_put(&row, "e\xcc\x81"); /* with a combining accent */
    ck_assert_uint_eq(row.width, 7);
    row_put(&row, "\033[32mok\033[0m");
    ck_assert_uint_eq(row.width, 9);
    row_advance(&row, 12);
    ck_assert_uint_eq(row.width, 12);
    row_advance(&row, 5);
    ck_assert_uint_eq(row.width, 13);
}
END_TEST

/* A glyph that is wider than all columns has a line of its own. */
START_TEST(breaks_between_wide_glyphs)
{
    const struct report_style style = {.columns = 1};
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    struct row row;

    row_begin(&row, &style);
    row_wrap(&row, 0, "日本 a", out);
    fclose(out);
    ck_assert_str_eq(text, "日\n本\na\n");
    free(text);
}
END_TEST

/* Steps are explained in ladders, whichever layout was asked for. */
START_TEST(explains_in_ladders)
{
    for (int explain = 0; explain < 2; explain++) {
        const struct report_style style = {
            .layout = LAYOUT_LINES, .columns = 80, .explain = explain != 0};
        struct sample sample;
        char *text;

        sample_open(&sample);
        text = printed_one(&style, &sample.result);
        ck_assert_int_eq(strstr(text, "Open 1 of 3. ") != NULL, explain);
        free(text);
    }
}
END_TEST

/* As many glyphs as fit, from the column where they are to begin; colours take no room. */
START_TEST(cuts_parts_out)
{
    static const struct {
        const char *text;
        unsigned skip, columns;
        const char *part;
    } parts[] = {
        {"abcdef", 0, 3, "abc"},
        {"abcdef", 2, 3, "cde"},
        {"abcdef", 4, 9, "ef"},
        {"abcdef", 6, 9, ""},
        {"abcdef", 0, 0, ""},
        {"a日b", 0, 2, "ab"}, /* what is too wide is left out */
        {"a日b", 1, 2, "日"},
        {"a日b", 2, 2, "b"},
        {"\033[32mab\033[0m", 0, 1, "\033[32ma\033[0m"},
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct row row;

        row_begin(&row, &plain);
        row_put_part(&row, parts[i].text, parts[i].skip, parts[i].columns);
        ck_assert_str_eq(row.text, parts[i].part);
    }
}
END_TEST

/* Brackets tell the colons of an address from that before a port. */
START_TEST(writes_hosts_and_ports)
{
    static const struct {
        const char *host;
        uint16_t port;
        const char *text;
    } rows[] = {
        {"db", 443, "db:443"},
        {"db", 0, "db"},
        {"2001:db8::7", 443, "[2001:db8::7]:443"},
        {"2001:db8::7", 0, "2001:db8::7"},
        {"\033:", 1, "[\\x1b:]:1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct row row;

        row_begin(&row, &plain);
        row_put_host_port(&row, rows[i].host, rows[i].port);
        ck_assert_str_eq(row.text, rows[i].text);
        ck_assert_uint_eq(row.width, strlen(rows[i].text));
    }
}
END_TEST

START_TEST(finds_formats)
{
    ck_assert_str_eq(report_formats[0]->name, "text");
    ck_assert_str_eq(report_format_find("text")->name, "text");
    ck_assert_str_eq(report_format_find("table")->name, "table");
    ck_assert_str_eq(report_format_find("json")->name, "json");
    ck_assert_str_eq(report_format_find("csv")->name, "csv");
    ck_assert_ptr_null(report_format_find("xml"));
    ck_assert_ptr_null(report_format_find(""));
}
END_TEST

START_TEST(remembers_what_failed)
{
    FILE *out = fopen("/dev/full", "w");
    struct report report;
    struct sample sample;

    if (out == NULL)
        return;
    sample_open(&sample);
    report_open(&report, report_format_find("text"), &plain, out);
    report_connection(&report, &sample.result);
    clearerr(out);
    ck_assert_int_eq(report_finish(&report), ENOSPC);
    fclose(out);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* Cause and next step below the verdict, fitted, and what the name means with -v alone. */
START_TEST(findings_stand_below_the_verdict)
{
    static const char findings[] =
        "192.0.2.80:81 closed (refused)\n"
        "  refused, likely: No process listens on port 81, or a firewall rejects with a\n"
        "  reset (RST with TTL 0). Next: \"ss -ltn\" on that host. [step 2]\n";
    static const char meaning[] = "    An acknowledgement in answer to the SYN, or a SYN/ACK that "
                                  "the client";
    struct report_style style = plain;
    struct sample sample;
    char *text;

    sample_found(&sample);
    text = printed_one(&style, &sample.result);
    ck_assert_msg(strstr(text, findings) != NULL, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "another source port. [steps 1, 2]\n"));
    ck_assert_ptr_null(strstr(text, meaning));
    free(text);
    style.verbosity = 1;
    text = printed_one(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, meaning));
    free(text);
}
END_TEST

static TCase *ladder_tests(void)
{
    TCase *tcase = tcase_create("ladder");

    tcase_add_loop_test(tcase, draws_the_figure, 0, COUNT(figures));
    tcase_add_test(tcase, findings_stand_below_the_verdict);
    tcase_add_test(tcase, draws_in_ascii);
    tcase_add_test(tcase, tells_what_the_name_took);
    tcase_add_test(tcase, draws_in_color);
    tcase_add_test(tcase, draws_in_color_where_there_is_no_room);
    tcase_add_test(tcase, tells_every_detail);
    tcase_add_loop_test(tcase, keeps_quiet, 0, COUNT(quiet));
    tcase_add_loop_test(tcase, sums_up_findings_and_a_comparison, 0, 2);
    tcase_add_test(tcase, heads_with_labels_and_breaks_what_is_wide);
    tcase_add_test(tcase, says_what_surprises);
    tcase_add_test(tcase, counts_what_is_left_out);
    tcase_add_test(tcase, finds_the_acknowledgement_behind_the_wrap);
    tcase_add_test(tcase, passes_over_a_fin_that_does_not_count);
    tcase_add_loop_test(tcase, stays_within_the_columns, 18, 140);
    tcase_add_loop_test(tcase, survives_any_result, 0, 7);
    tcase_add_loop_test(tcase, keeps_the_columns_straight, 64, 140);
    return tcase;
}

static TCase *lines_tests(void)
{
    TCase *tcase = tcase_create("lines");

    tcase_add_test(tcase, lists_many);
    tcase_add_test(tcase, lists_with_time_stamps);
    tcase_add_test(tcase, lists_more_where_there_is_room);
    tcase_add_test(tcase, lists_those_of_others);
    tcase_add_loop_test(tcase, fits_the_columns, 20, 160);
    tcase_add_test(tcase, sums_up_many);
    tcase_add_test(tcase, sums_up_few);
    tcase_add_test(tcase, realigns_behind_a_long_name);
    tcase_add_test(tcase, sums_up_silence_without_round_trips);
    tcase_add_test(tcase, sums_up_nothing);
    return tcase;
}

static TCase *row_tests(void)
{
    TCase *tcase = tcase_create("row");

    tcase_add_loop_test(tcase, lets_nothing_foreign_through, 0, 4);
    tcase_add_loop_test(tcase, escapes, 0, COUNT(foreign));
    tcase_add_test(tcase, cuts_at_whole_escapes);
    tcase_add_loop_test(tcase, writes_milliseconds, 0, COUNT(durations));
    tcase_add_test(tcase, writes_percentages);
    tcase_add_test(tcase, measures_columns);
    tcase_add_test(tcase, explains_in_ladders);
    tcase_add_test(tcase, breaks_between_wide_glyphs);
    tcase_add_test(tcase, cuts_parts_out);
    tcase_add_test(tcase, writes_hosts_and_ports);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *report = tcase_create("report");

    setenv("TZ", "UTC", 1);
    tcase_add_test(report, finds_formats);
    tcase_add_test(report, remembers_what_failed);
    suite_add_tcase(suite, ladder_tests());
    suite_add_tcase(suite, lines_tests());
    suite_add_tcase(suite, row_tests());
    suite_add_tcase(suite, report);
    return run_suite(suite);
}
