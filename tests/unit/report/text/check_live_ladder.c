/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/live_ladder.h"

#include <stdlib.h>
#include <string.h>

#include "fixtures/results.h"
#include "harness.h"

#define NEW       "\033[?25l\r\033[2K" /* the cursor is hidden, and the line is empty */
#define UP(lines) "\r\033[" #lines "A\0337"

static char *drawn(const struct connection_result *result, enum live_ladder_before before,
                   unsigned rows, const struct report_style *style)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    ck_assert(live_ladder_draw(result, before, rows, style, out));
    fclose(out);
    return text;
}

static void assert_drawn(unsigned steps, enum live_ladder_before before, unsigned rows,
                         const struct report_style *style, const char *expected)
{
    struct sample sample;
    char *text;

    sample_no_answer(&sample);
    sample.result.step_count = steps;
    sample.result.done = false;
    text = drawn(&sample.result, before, rows, style);
    ck_assert_str_eq(text, expected);
    free(text);
}

/* What is below is cleared once the first line is written, and the cursor returns to it. */
START_TEST(draws_what_there_is_so_far)
{
    struct report_style style = {.columns = 80, .ascii = true, .terminal = true};

    assert_drawn(1, LIVE_LADDER_NOTHING, 24, &style,
                 NEW "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0\r\n"
                     "\033[J\r\n"
                     "     ms  client                                     server\r\n"
                     "         CLOSED\r\n"
                     "  0.000  SYN_SENT     -- SYN seq 0 -------------->" UP(4));
}
END_TEST

/* It neither scrolls nor has a line that the terminal would wrap. */
START_TEST(draws_the_latest_rows)
{
    struct report_style style = {.columns = 80, .ascii = true, .terminal = true};

    assert_drawn(1, LIVE_LADDER_KEPT, 2, &style,
                 "\0338\033[2K         CLOSED\r\n"
                 "\033[J  0.000  SYN_SENT     -- SYN seq 0 -------------->" UP(1));
    assert_drawn(1, LIVE_LADDER_KEPT, 1, &style,
                 "\0338\033[2K  0.000  SYN_SENT     -- SYN seq 0 -------------->\r\0337");
    style.columns = 7;
    assert_drawn(1, LIVE_LADDER_MOVED, 1, &style, "\r\033[2KSYN_SEN\r\0337");
}
END_TEST

/* No outcome is told of what is not over. */
START_TEST(tells_no_outcome)
{
    struct report_style style = {.columns = 80, .terminal = true};
    struct sample sample;
    char *text;

    sample_no_answer(&sample);
    sample.result.done = false;
    text = drawn(&sample.result, LIVE_LADDER_NOTHING, 99, &style);
    ck_assert_ptr_nonnull(strstr(text, "! retransmission"));
    ck_assert_ptr_null(strstr(text, "no answer"));
    ck_assert_ptr_null(strstr(text, "filtered"));
    free(text);
    sample_open(&sample);
    sample.result.step_count = 3;
    sample.result.done = false;
    text = drawn(&sample.result, LIVE_LADDER_NOTHING, 99, &style);
    ck_assert_ptr_nonnull(strstr(text, "open in 12.346 ms"));
    ck_assert_ptr_null(strstr(text, "closed"));
    ck_assert_ptr_null(strstr(text, "FIN"));
    free(text);
}
END_TEST

START_TEST(clears_what_it_drew)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    live_ladder_clear(LIVE_LADDER_KEPT, out);
    fclose(out);
    ck_assert_str_eq(text, "\0338\0337\033[2K\033[B\033[J\0338\033[?25h");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("live ladder");
    TCase *tcase = tcase_create("live ladder");

    tcase_add_test(tcase, draws_what_there_is_so_far);
    tcase_add_test(tcase, draws_the_latest_rows);
    tcase_add_test(tcase, tells_no_outcome);
    tcase_add_test(tcase, clears_what_it_drew);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
