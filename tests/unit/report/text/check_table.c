/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixtures/printing.h"
#include "fixtures/results.h"
#include "harness.h"
#include "path/mtu.h"
#include "path/path.h"
#include "tcp/host.h"

#define LONGEST "[2001:db8:1111:2222:3333:4444:5555:6666]:65535"

/* A connection of another program (target NULL) or of our own. */
struct connection {
    const char *target;
    bool longest;     /* both addresses are as long as they get, and the ports */
    int64_t later_ns; /* than the first one */
};

static const struct address wide = {FAMILY_IPV6,
                                    {0x20, 0x01, 0x0d, 0xb8, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33,
                                     0x44, 0x44, 0x55, 0x55, 0x66, 0x66}};

static void make(const struct connection *connection, struct sample *sample)
{
    sample_open(sample);
    sample->result.target = connection->target;
    sample->result.start_ns += connection->later_ns;
    sample->result.end_ns += connection->later_ns;
    if (!connection->longest)
        return;
    for (enum end_id end = CLIENT; end < ENDS; end++) {
        sample->result.ends[end].address = wide;
        sample->result.ends[end].port = 65535;
    }
}

static char *listed(const struct connection *connections, size_t count,
                    const struct report_style *style)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    struct table_layout layout;

    for (size_t i = 0; i < count; i++) {
        struct sample sample;

        make(&connections[i], &sample);
        if (i == 0)
            table_begin(&layout, &sample.result, style, out);
        table_put(&layout, &sample.result, i + 1, style, out);
    }
    fclose(out);
    return text;
}

static void assert_listed(const struct connection *connections, size_t count,
                          const struct report_style *style, const char *expected)
{
    char *text = listed(connections, count, style);

    ck_assert_str_eq(text, expected);
    free(text);
}

#define ASSERT_LISTED(connections, style, expected)                                                \
    assert_listed(connections, sizeof(connections) / sizeof((connections)[0]), style, expected)

static const struct connection ours[] = {{"2001:db8:1111:2222:3333:4444:5555:6666", true, 0},
                                         {"192.0.2.80", false, 0}};

/* The longest address with its port stands whole on one line with what matters most. */
START_TEST(holds_ipv6_at_80_columns)
{
    struct report_style style = {.columns = 80, .terminal = true};

    ASSERT_LISTED(ours, &style,
                  "server                                         port        handshake\n" LONGEST
                  " open        completed\n"
                  "192.0.2.80:443                                 open        completed\n");
}
END_TEST

START_TEST(holds_ipv6_with_all_columns)
{
    struct report_style style = {.columns = 220, .terminal = true};
    char *text = listed(ours, 2, &style);
    const char *second = strchr(text, '\n') + 1;

    ck_assert_uint_eq(strcspn(text, "\n"), 204); /* one line, titles included */
    ck_assert_str_eq(
        second,
        "   1  2026-11-22 05:08:03.502 " LONGEST " " LONGEST
        " open        completed           12.346     12.346  graceful    client     24.730\n"
        "   2  2026-11-22 05:08:03.502 192.0.2.7:51234                                "
        "192.0.2.80:443                                 open        completed         "
        "  12.346     12.346  graceful    client     24.730\n");
    free(text);
}
END_TEST

/* The kernel of this host, where it is what reset the connection; else the end that closed. */
static const struct {
    enum teardown_result close;
    bool local_reset;
    enum end_id initiator, reset_by;
    const char *by;
} closers[] = {
    {TEARDOWN_GRACEFUL, false, CLIENT, NEITHER, " client "},
    {TEARDOWN_GRACEFUL, false, SERVER, NEITHER, " server "},
    {TEARDOWN_RESET, false, CLIENT, SERVER, " server "},
    {TEARDOWN_RESET, true, SERVER, CLIENT, " kernel "},
    {TEARDOWN_GRACEFUL, true, SERVER, NEITHER, " server "}, /* it came too late */
    {TEARDOWN_NONE, false, NEITHER, NEITHER, " - "},
};

START_TEST(says_who_closed)
{
    const struct report_style style = {.columns = 220, .unbounded = true};
    struct sample sample;
    struct table_layout layout;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    sample_open(&sample);
    sample.result.teardown.result = closers[_i].close;
    sample.result.teardown.local_reset = closers[_i].local_reset;
    sample.result.teardown.initiator = closers[_i].initiator;
    sample.result.teardown.reset_by = closers[_i].reset_by;
    table_begin(&layout, &sample.result, &style, out);
    table_put(&layout, &sample.result, 1, &style, out);
    fclose(out);
    ck_assert_msg(strstr(text, closers[_i].by) != NULL, "no %s in %s", closers[_i].by, text);
    ck_assert(closers[_i].by[1] == 'k' || strstr(text, "kernel") == NULL);
    free(text);
}
END_TEST

/* Why a port is not open, or how far the handshake came. */
static const struct {
    enum port_state state;
    enum handshake_result result;
    enum reason reason;
    const char *says;
} handshakes[] = {
    {PORT_OPEN, HANDSHAKE_COMPLETED, REASON_SYN_ACK, " open        completed "},
    {PORT_OPEN, HANDSHAKE_HALF_OPEN, REASON_SYN_ACK, " open        half-open "},
    {PORT_OPEN, HANDSHAKE_RESET, REASON_SYN_ACK, " open        reset "},
    {PORT_UNKNOWN, HANDSHAKE_NO_ANSWER, REASON_UNKNOWN, " unknown     no-answer "},
    {PORT_UNKNOWN, HANDSHAKE_NOT_SENT, REASON_LOCAL_ERROR, " unknown     not-sent "},
    {PORT_CLOSED, HANDSHAKE_REFUSED, REASON_RESET, " closed      refused "},
    {PORT_FILTERED, HANDSHAKE_NO_ANSWER, REASON_NO_RESPONSE, " filtered    no-response "},
    {PORT_UNREACHABLE, HANDSHAKE_UNREACHABLE, REASON_NO_ROUTE, " unreachable no-route "},
};

START_TEST(says_how_the_handshake_went)
{
    const struct report_style style = {.columns = 220, .unbounded = true};
    struct sample sample;
    struct table_layout layout;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    sample_open(&sample);
    sample.result.port_state = handshakes[_i].state;
    sample.result.handshake.result = handshakes[_i].result;
    sample.result.handshake.reason = handshakes[_i].reason;
    table_begin(&layout, &sample.result, &style, out);
    table_put(&layout, &sample.result, 1, &style, out);
    fclose(out);
    ck_assert_msg(strstr(text, handshakes[_i].says) != NULL, "no %s in %s", handshakes[_i].says,
                  text);
    free(text);
}
END_TEST

/* A remark goes below where the line has no room for it, by a column too. */
START_TEST(keeps_remarks_within_the_columns)
{
    unsigned below = 0, beside = 0;

    for (unsigned columns = 80; columns < 240; columns++) {
        const struct report_style style = {.layout = LAYOUT_LINES, .columns = columns};
        struct sample sample;
        char *text;

        sample_troubled(&sample);
        text = printed_connection("table", &style, &sample.result);
        for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
            ck_assert_msg(strcspn(line, "\n") <= columns, "%u: %s", columns, line);
        *(strstr(text, "\n  retransmitted: ") != NULL ? &below : &beside) += 1;
        free(text);
    }
    ck_assert(below > 0 && beside > 0);
}
END_TEST

/* Where the terminal has no room for both ends on a line, the rest goes to another one. */
START_TEST(breaks_lines_between_columns)
{
    static const struct connection foreign[] = {{NULL, true, 0}};
    struct report_style style = {.columns = 80, .terminal = true};

    ASSERT_LISTED(foreign, &style,
                  "client\n"
                  "  server                                         port          conn ms\n" LONGEST
                  "\n"
                  "  " LONGEST " open           12.346\n");
}
END_TEST

/* What was lost stands in the row, below it where there is no room, whatever that leaves out. */
START_TEST(remarks_on_losses)
{
    struct report_style style = {.layout = LAYOUT_LINES, .columns = 80, .terminal = true};
    struct sample sample;
    struct summary none = {0};
    char *text;

    for (int room = 0; room < 2; room++) {
        struct printing printing;

        style.columns = room ? 160 : 80;
        sample_troubled(&sample);
        printing_begin(&printing, "table", &style);
        report_connection(&printing.report, &sample.result);
        report_summary(&printing.report, &none, 0);
        text = printing_end(&printing);
        ck_assert_ptr_nonnull(strstr(
            text, room ? "  retransmitted: 1 FIN by the client; seen twice: 2 of the server\n"
                       : "\n  retransmitted: 1 FIN by the client; seen twice: 2 of the "
                         "server\n"));
        ck_assert_ptr_nonnull(strstr(text, "reset       server"));
        free(text);
    }
}
END_TEST

static const struct {
    bool measured, traced, open;
    const char *text;
} measurements[] = {
    {true, false, false, "\n  path MTU: at least 1,400 octets\n"},
    {false, true, false, "\n  path: no answer from any of 3 hops\n"},
    {false, false, true, "\n  port 4 is open, too: everything-open\n"},
    {true, true, true, "\n  path MTU: at least 1,400 octets; path: no answer from any of 3 hops;"},
};

/* What options of its own asked for is in the table, too. */
START_TEST(remarks_on_measurements)
{
    static const struct report_style style = {
        .layout = LAYOUT_LINES, .columns = 80, .terminal = true};
    struct path_mtu mtu = {.sent_count = 1};
    struct path path = {0};
    struct sample sample;
    struct summary none = {0};
    struct printing printing;
    char *text;

    sample_open(&sample);
    mtu.sent[0] = (struct mtu_sent){.bytes = 1400, .answer = MTU_ACKNOWLEDGED};
    path.hop_count = 3;
    sample.result.path = measurements[_i].traced ? &path : NULL;
    sample.host = (struct host_facts){.control_port = 4};
    sample.host.control_port_state = measurements[_i].open ? PORT_OPEN : PORT_CLOSED;
    sample.result.host = &sample.host;
    sample.result.path_mtu = measurements[_i].measured ? &mtu : NULL;
    printing_begin(&printing, "table", &style);
    report_connection(&printing.report, &sample.result);
    report_summary(&printing.report, &none, 0);
    text = printing_end(&printing);
    ck_assert_ptr_nonnull(strstr(text, measurements[_i].text));
    free(text);
}
END_TEST

/* What is found, what became of an offer, and labels: the line is broken on a pipe, too. */
START_TEST(remarks_on_what_was_found)
{
    static const struct report_style style = {.layout = LAYOUT_LINES, .columns = 80};
    const struct target_notes notes = {.labels = "team=core;site=\033b"};
    struct diagnoses diagnoses = {.count = 3};
    struct sample sample;
    struct summary none = {0};
    struct printing printing;
    char *text;

    diagnoses.list[0].cause = CAUSE_ACCEPT_QUEUE_FULL;
    diagnoses.list[1].cause = CAUSE_RESET_BY_SERVER; /* a column says it */
    diagnoses.list[2].cause = CAUSE_RESET_INJECTED;
    sample_offered(&sample);
    sample.result.done = _i == 0;
    sample.result.diagnoses = &diagnoses;
    sample.result.notes = &notes;
    printing_begin(&printing, "table", &style);
    report_connection(&printing.report, &sample.result);
    report_summary(&printing.report, &none, 0);
    text = printing_end(&printing);
    if (_i == 0)
        ck_assert_ptr_nonnull(strstr(
            text,
            "\n  offered: accecn agreed, mptcp ignored (the SYN arrived as ce); without: sack\n"
            "  ignored; accept-queue-full, reset-injected; team=core;site=\\x1bb\n"));
    else
        ck_assert_ptr_nonnull(
            strstr(text, "\n  accept-queue-full, reset-injected; team=core;site=\\x1bb\n"));
    free(text);
}
END_TEST

/* A connection without an offer is marked where it is compared with others, and its SYN was seen.
 */
static const struct {
    bool compare, done, seen, plain;
} comparisons[] = {
    {true, true, true, true},
    {false, true, true, false},
    {true, false, true, false},
    {true, true, false, false},
};

START_TEST(marks_plain_connections)
{
    const struct report_style style = {.layout = LAYOUT_LINES,
                                       .columns = 80,
                                       .unbounded = true,
                                       .compare = comparisons[_i].compare};
    struct sample sample;
    struct summary none = {0};
    struct printing printing;
    char *text;

    sample_open(&sample);
    sample.result.done = comparisons[_i].done;
    sample.result.openings[CLIENT] = (struct opening){.seen = comparisons[_i].seen};
    printing_begin(&printing, "table", &style);
    report_connection(&printing.report, &sample.result);
    report_summary(&printing.report, &none, 0);
    text = printing_end(&printing);
    ck_assert((strstr(text, "  plain\n") != NULL) == comparisons[_i].plain);
    free(text);
}
END_TEST

/* From the line on that needs it: those before it are printed. */
START_TEST(widens_for_what_comes_later)
{
    static const struct connection mixed[] = {{"192.0.2.80", false, 0},
                                              {"2001:db8:1111:2222:3333:4444:5555:6666", true, 0},
                                              {"192.0.2.80", false, 0}};
    struct report_style style = {.columns = 80, .unbounded = true};
    char *text = listed(mixed, 3, &style), *lines[4];

    for (size_t i = 0; i < 4; i++)
        lines[i] = strtok(i == 0 ? text : NULL, "\n");
    ck_assert_ptr_eq(strstr(lines[0], "port "), lines[0] + (strstr(lines[1], "open ") - lines[1]));
    ck_assert_ptr_eq(strstr(lines[2], "open "), lines[2] + (strstr(lines[3], "open ") - lines[3]));
    ck_assert_ptr_nonnull(strstr(lines[2], LONGEST " open "));
    free(text);
}
END_TEST

/* Into a pipe or a file goes all there is, unless COLUMNS says how wide it is. */
START_TEST(shows_all_where_nothing_bounds_it)
{
    static const struct connection one[] = {{"192.0.2.80", false, 0}};
    struct report_style style = {.columns = 80, .unbounded = true};

    ASSERT_LISTED(one, &style,
                  "   #  start                   client                server                port  "
                  "      handshake          conn ms     rtt ms  close       by       total ms\n"
                  "   1  2026-11-22 05:08:03.502 192.0.2.7:51234       192.0.2.80:443        open  "
                  "      completed           12.346     12.346  graceful    client     24.730\n");
    style.unbounded = false;
    ASSERT_LISTED(
        one, &style,
        "server                port        handshake          conn ms  close       by\n"
        "192.0.2.80:443        open        completed           12.346  graceful    client\n");
    style.columns = 30; /* a pipe breaks no lines, so that columns can be cut */
    ASSERT_LISTED(one, &style,
                  "server                port        handshake\n"
                  "192.0.2.80:443        open        completed\n");
}
END_TEST

#define HOUR_NS (INT64_C(3600) * 1000000000)

/* Times are local; the date is shown where it is another than the first line's. */
START_TEST(dates_another_day)
{
    static const struct connection night[] = {
        {NULL, false, 0}, {NULL, false, 17 * HOUR_NS}, {NULL, false, 18 * HOUR_NS}};
    struct report_style style = {.columns = 106, .terminal = true};

    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    ASSERT_LISTED(night, &style,
                  "start        client                server                port          conn ms  "
                  "close       by\n"
                  "06:08:03.502 192.0.2.7:51234       192.0.2.80:443        open           12.346  "
                  "graceful    client\n"
                  "23:08:03.502 192.0.2.7:51234       192.0.2.80:443        open           12.346  "
                  "graceful    client\n"
                  "2026-11-23 00:08:03.502\n"
                  "             192.0.2.7:51234       192.0.2.80:443        open           12.346  "
                  "graceful    client\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *tcase = tcase_create("table");

    setenv("TZ", "UTC", 1);
    tcase_add_test(tcase, holds_ipv6_at_80_columns);
    tcase_add_test(tcase, holds_ipv6_with_all_columns);
    tcase_add_test(tcase, breaks_lines_between_columns);
    tcase_add_loop_test(tcase, says_who_closed, 0, sizeof(closers) / sizeof(closers[0]));
    tcase_add_test(tcase, remarks_on_losses);
    tcase_add_loop_test(tcase, remarks_on_measurements, 0,
                        (int)(sizeof(measurements) / sizeof(measurements[0])));
    tcase_add_loop_test(tcase, remarks_on_what_was_found, 0, 2);
    tcase_add_loop_test(tcase, marks_plain_connections, 0,
                        (int)(sizeof(comparisons) / sizeof(comparisons[0])));
    tcase_add_loop_test(tcase, says_how_the_handshake_went, 0,
                        (int)(sizeof(handshakes) / sizeof(handshakes[0])));
    tcase_add_test(tcase, keeps_remarks_within_the_columns);
    tcase_add_test(tcase, widens_for_what_comes_later);
    tcase_add_test(tcase, shows_all_where_nothing_bounds_it);
    tcase_add_test(tcase, dates_another_day);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
