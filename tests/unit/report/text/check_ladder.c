/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder on terminals: silences, little room, long names. check_text has its words. */
#include <stdlib.h>
#include <string.h>

#include "fixtures/printing.h"
#include "fixtures/results.h"
#include "harness.h"
#include "report/report.h"
#include "report/row.h"
#include "report/wait.h"

#define MS INT64_C(1000000)

static char *printed(const struct report_style *style, const struct connection_result *result)
{
    return printed_connection("text", style, result);
}

static const struct {
    int64_t wait_ns;
    unsigned rows;
} waits[] = {
    {DURATION_UNKNOWN, 0}, {-1, 0},         {0, 0},         {12 * MS, 0},   {30 * MS - 1, 0},
    {30 * MS, 1},          {250 * MS, 1},   {1000 * MS, 2}, {2000 * MS, 3}, {4000 * MS, 4},
    {8000 * MS, 5},        {16000 * MS, 6}, {INT64_MAX, 6},
};

START_TEST(scales_silences)
{
    ck_assert_uint_eq(wait_rows(waits[_i].wait_ns), waits[_i].rows);
}
END_TEST

START_TEST(measures_silences)
{
    struct sample sample;

    sample_open(&sample);
    ck_assert_int_eq(wait_before(&sample.result, 0), DURATION_UNKNOWN);
    ck_assert_int_eq(wait_before(&sample.result, 1), 12346000);
    ck_assert_int_eq(wait_before(&sample.result, sample.result.step_count), DURATION_UNKNOWN);
    sample.steps[0].last_time_ns += 12 * MS; /* a run: the silence begins behind it */
    ck_assert_int_eq(wait_before(&sample.result, 1), 346000);
    sample.steps[0].last_time_ns += 346000;
    ck_assert_int_eq(wait_before(&sample.result, 1), 0); /* none is not unknown */
    sample.steps[0].last_time_ns += 12 * MS;             /* the clock was set back */
    ck_assert_int_eq(wait_before(&sample.result, 1), DURATION_UNKNOWN);
    sample.steps[0].last_time_ns = INT64_MIN + 1;
    ck_assert_int_eq(wait_before(&sample.result, 1), DURATION_UNKNOWN);
}
END_TEST

/* Lines of a text that hold nothing but the mark of a silence. */
static unsigned marks_in(char *text)
{
    unsigned marks = 0;

    for (const char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        line += strspn(line, " ");
        marks += strcmp(line, "┆") == 0;
    }
    free(text);
    return marks;
}

/* In whatever layout, a wait that is a hundred times as long is seen to be longer. */
START_TEST(shows_long_waits_long)
{
    struct report_style style = {.columns = _i == 0 ? 80 : 20};
    struct sample sample;
    unsigned before = 0;

    sample_open(&sample);
    sample.result.done = false;
    ck_assert_uint_eq(marks_in(printed(&style, &sample.result)), 0);
    for (int64_t wait_ns = 40 * MS; wait_ns < 1000000 * MS; wait_ns *= 100) {
        unsigned marks;

        for (uint32_t i = 5; i < sample.result.step_count; i++)
            sample.steps[i].time_ns = sample.steps[i].last_time_ns =
                sample.steps[4].time_ns + wait_ns;
        marks = marks_in(printed(&style, &sample.result));
        ck_assert_uint_gt(marks, before);
        before = marks;
    }
    ck_assert_uint_le(before, WAIT_ROWS_MAX);
}
END_TEST

START_TEST(draws_without_room)
{
    struct report_style style = {.columns = 20, .terminal = true};
    struct sample sample;
    char *text;

    sample_open(&sample);
    text = printed(&style, &sample.result);
    ck_assert_str_eq(text, "example.com\n"
                           "(192.0.2.80) port\n"
                           "443, from\n"
                           "192.0.2.7:51234 on\n"
                           "eth0\n"
                           "\n"
                           "client        server\n"
                           "CLOSED        LISTEN\n"
                           "     ms\n"
                           "  0.000 → SYN seq 0\n"
                           "SYN_SENT    SYN_RCVD\n"
                           " 12.346 ← SYN+ACK\n"
                           "          seq 0 ack\n"
                           "          1\n"
                           "  rtt 12.346 ms\n"
                           "ESTABLISHED\n"
                           "  open in 12.346 ms\n"
                           " 12.366 → ACK seq 1\n"
                           "          ack 1\n"
                           "         ESTABLISHED\n"
                           " 12.402 → FIN+ACK\n"
                           "          seq 1 ack\n"
                           "          1\n"
                           "FIN_WAIT_1\n"
                           "          CLOSE_WAIT\n"
                           " 24.403 ← ACK seq 1\n"
                           "          ack 2\n"
                           "  rtt 12.001 ms\n"
                           "FIN_WAIT_2\n"
                           " 24.713 ← FIN+ACK\n"
                           "          seq 1 ack\n"
                           "          2\n"
                           "  waited 0.310 ms\n"
                           "TIME_WAIT   LAST_ACK\n"
                           " 24.730 → ACK seq 2\n"
                           "          ack 2\n"
                           "              CLOSED\n"
                           "  closed in 12.328\n"
                           "  ms, four segments\n"
                           "   ┆\n"
                           "524.913\n"
                           "  TIME_WAIT ended\n"
                           "  after 500.200 ms\n"
                           "  instead of 2 MSL\n"
                           "CLOSED\n"
                           "\n"
                           "example.com:443 open\n");
    free(text);
}
END_TEST

/* In ASCII nothing but ASCII, in the narrow layout too. */
START_TEST(draws_ascii_without_room)
{
    struct report_style style = {.columns = 20, .ascii = true};
    struct sample sample;
    char *text;

    sample_troubled(&sample);
    text = printed(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, " 12.346 < SYN+ACK"));
    ck_assert_ptr_nonnull(strstr(text, "  0.000 > SYN seq 0\n"));
    for (const char *c = text; *c != '\0'; c++)
        ck_assert_int_gt(*c, 0);
    free(text);
}
END_TEST

/* A name of any length, of narrow and wide characters, is broken where the terminal ends; one that
 * goes elsewhere stays in one piece. */
START_TEST(breaks_long_names)
{
    struct report_style style = {.columns = 20, .terminal = true};
    struct sample sample;
    char *text;

    sample_refused(&sample);
    sample.result.target = "an-extraordinarily-long-name.例例例例例例例例例例例例例例例例";
    text = printed(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "an-extraordinarily-l\n"
                                       "ong-name.例例例例例\n"
                                       "例例例例例例例例例例\n"
                                       "例 (192.0.2.80) port\n"));
    free(text);
    style.terminal = false;
    text = printed(&style, &sample.result);
    ck_assert_ptr_nonnull(
        strstr(text, "an-extraordinarily-long-name.例例例例例例例例例例例例例例例例:81 "));
    free(text);
}
END_TEST

/* Remarks keep their order, whatever of them fits the line. */
START_TEST(keeps_the_order_of_remarks)
{
    for (unsigned columns = 20; columns < 140; columns++)
        for (int verbosity = 0; verbosity < 2; verbosity++) {
            struct report_style style = {.columns = columns, .verbosity = verbosity};
            struct sample sample;
            char *text, *verdict, *rtt;

            sample_open(&sample);
            sample.steps[4].verdict = VERDICT_RETRANSMISSION;
            sample.steps[4].window = 64321;
            text = printed(&style, &sample.result);
            verdict = strstr(text, "! retransmission");
            rtt = strstr(text, "rtt 12.001 ms");
            ck_assert_msg(verdict != NULL && rtt != NULL && verdict < rtt, "%s", text);
            if (verbosity > 0)
                ck_assert_ptr_nonnull(strstr(rtt, "win 64321,"));
            free(text);
        }
}
END_TEST

/* With -v a step without other remarks has its header too, in whatever layout, and a connection
 * without segments has no details. */
START_TEST(shows_headers_of_all_segments)
{
    struct report_style style = {.columns = _i == 0 ? 80 : 24, .verbosity = 1};
    struct sample sample;
    unsigned headers = 0;
    char *text;

    sample_open(&sample);
    text = printed(&style, &sample.result);
    for (const char *at = text; (at = strstr(at, "win ")) != NULL; at++)
        headers++;
    ck_assert_uint_eq(headers, sample.result.step_count);
    ck_assert_ptr_nonnull(strstr(text, "conn_state"));
    free(text);
    sample_no_route(&sample);
    text = printed(&style, &sample.result);
    ck_assert_ptr_null(strstr(text, "conn_state"));
    free(text);
}
END_TEST

/* One empty line is enough, with texts between the steps too. */
START_TEST(leaves_one_line_empty)
{
    static sample_maker *const makers[] = {sample_open, sample_no_answer, sample_refused};
    struct report_style style = {.columns = 80, .explain = true};
    struct sample sample;
    char *text;

    makers[_i](&sample);
    text = printed(&style, &sample.result);
    ck_assert_ptr_null(strstr(text, "\n\n\n"));
    free(text);
}
END_TEST

/* Below the steps where the one that opened it was not kept. */
START_TEST(says_that_it_opened_once)
{
    struct report_style style = {.columns = 80};
    struct sample sample;

    sample_open(&sample);
    for (uint32_t kept = 0; kept <= sample.result.step_count; kept++) {
        struct connection_result result = sample.result;
        char *text, *says;

        result.step_count = kept;
        text = printed(&style, &result);
        says = strstr(text, "open in 12.346 ms\n");
        ck_assert_msg(says != NULL && strstr(says + 1, "open in") == NULL, "%s", text);
        free(text);
    }
}
END_TEST

/* What a recording does not say is left out, and what is too long goes below. */
START_TEST(tells_how_time_wait_ended)
{
    struct report_style style = {.columns = 80, .ascii = true};
    struct sample sample;
    char *text;

    sample_open(&sample);
    text = printed(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(
        text, "\n524.913  CLOSED       TIME_WAIT ended after 500.200 ms instead of 2 MSL\n\n"));
    free(text);
    sample.result.done_ns = DURATION_UNKNOWN;
    text = printed(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "\n         CLOSED       TIME_WAIT ended before 2 MSL\n\n"));
    free(text);
    sample.result.done_ns = sample.steps[5].time_ns + INT64_C(240000000000);
    text = printed(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "TIME_WAIT ended after 240000.000 ms\n\n"));
    free(text);
    sample.result.done = false;
    text = printed(&style, &sample.result);
    ck_assert_ptr_null(strstr(text, "TIME_WAIT ended"));
    free(text);
    sample_open(&sample);
    style.columns = 60;
    text = printed(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text,
                                 "\n524.913  CLOSED\n"
                                 "         TIME_WAIT ended after 500.200 ms instead of 2 MSL\n"));
    free(text);
    style.columns = 30;
    text = printed(&style, &sample.result);
    ck_assert_ptr_nonnull(strstr(text, "\n524.913\n"
                                       "  TIME_WAIT ended after\n"
                                       "  500.200 ms instead of 2 MSL\n"
                                       "CLOSED\n"));
    free(text);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    Suite *suite = suite_create("ladder");
    TCase *tcase = tcase_create("terminals");

    tcase_add_loop_test(tcase, scales_silences, 0, COUNT(waits));
    tcase_add_test(tcase, measures_silences);
    tcase_add_loop_test(tcase, shows_long_waits_long, 0, 2);
    tcase_add_test(tcase, draws_without_room);
    tcase_add_test(tcase, draws_ascii_without_room);
    tcase_add_test(tcase, tells_how_time_wait_ended);
    tcase_add_test(tcase, breaks_long_names);
    tcase_add_test(tcase, keeps_the_order_of_remarks);
    tcase_add_loop_test(tcase, shows_headers_of_all_segments, 0, 2);
    tcase_add_loop_test(tcase, leaves_one_line_empty, 0, 3);
    tcase_add_test(tcase, says_that_it_opened_once);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
