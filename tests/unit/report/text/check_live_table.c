/* SPDX-License-Identifier: BSD-2-Clause */
/* The table that is redrawn in place: what a screen shows of it, whatever its size. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "fixtures/results.h"
#include "harness.h"
#include "report/columns.h"
#include "report/text/live_table.h"
#include "report/text/sparkline.h"

#define MS INT64_C(1000000)

static void count(struct live_table *table, const char *host, uint16_t port, int64_t rtt_ns)
{
    struct sample sample;

    sample_open(&sample);
    sample.result.target = host;
    sample.result.ends[SERVER].port = port;
    sample.result.handshake.connect_ns = rtt_ns;
    sample.result.ok = rtt_ns != DURATION_UNKNOWN;
    if (rtt_ns == DURATION_UNKNOWN)
        sample.result.port_state = PORT_FILTERED;
    live_table_count(table, &sample.result);
}

/* Three targets: two connections to the first, one of them without an answer, none to the last. */
static struct live_table *three(void)
{
    struct live_table *table = live_table_new();

    ck_assert(live_table_add(table, "example.com", 443));
    ck_assert(live_table_add(table, "example.com", 80));
    ck_assert(live_table_add(table, "2001:db8::7", 22));
    count(table, "example.com", 443, 12 * MS);
    count(table, "example.com", 443, DURATION_UNKNOWN);
    count(table, "example.com", 80, 7 * MS + 500);
    return table;
}

typedef void writer(struct live_table *table, unsigned rows, const struct report_style *style,
                    FILE *out);

static void print(struct live_table *table, unsigned rows, const struct report_style *style,
                  FILE *out)
{
    (void)rows;
    live_table_print(table, style, out);
}

static char *written(struct live_table *table, writer *write, unsigned rows,
                     const struct report_style *style)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    write(table, rows, style, out);
    fclose(out);
    return text;
}

static void assert_written(struct live_table *table, writer *write, unsigned rows,
                           const struct report_style *style, const char *expected)
{
    char *text = written(table, write, rows, style);

    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(prints_all)
{
    struct report_style style = {.columns = 80};
    struct live_table *table = three();

    assert_written(table, print, 0, &style,
                   "target           port            last ms     mean ms  failed  recent\n"
                   "example.com:443  filtered              -      12.000   50.0%  ▁×\n"
                   "example.com:80   open              7.001       7.001    0.0%  ▁\n"
                   "[2001:db8::7]:22 -                     -           -       -  \n");
    live_table_free(table);
}
END_TEST

/* What failed is what was not as expected, open or not. */
START_TEST(counts_what_was_not_as_expected)
{
    static const struct {
        enum port_state state;
        bool ok;
        const char *says;
    } rows[] = {{PORT_OPEN, true, "    0.0%"},
                {PORT_OPEN, false, "  100.0%"},
                {PORT_CLOSED, true, "    0.0%"},
                {PORT_CLOSED, false, "  100.0%"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct report_style style = {.columns = 80};
        struct live_table *table = live_table_new();
        struct sample sample;
        char *text;

        ck_assert(live_table_add(table, "h", 443));
        sample_open(&sample);
        sample.result.target = "h";
        sample.result.port_state = rows[i].state;
        sample.result.ok = rows[i].ok;
        live_table_count(table, &sample.result);
        text = written(table, print, 0, &style);
        ck_assert_msg(strstr(text, rows[i].says) != NULL, "no %s in %s", rows[i].says, text);
        free(text);
        live_table_free(table);
    }
}
END_TEST

/* An address of any length is not cut for what matters less. */
START_TEST(leaves_addresses_whole)
{
    struct report_style style = {.columns = 80};
    struct live_table *table = live_table_new();

    ck_assert(live_table_add(table, "2001:db8:1111:2222:3333:4444:5555:6666", 65535));
    assert_written(
        table, print, 0, &style,
        "target                                         port            last ms  failed\n"
        "[2001:db8:1111:2222:3333:4444:5555:6666]:65535 -                     -       -\n");
    live_table_free(table);
}
END_TEST

START_TEST(prints_in_ascii_and_color)
{
    struct report_style style = {.columns = 80, .ascii = true, .color = true};
    struct live_table *table = three();
    char *text = written(table, print, 0, &style);

    ck_assert_ptr_nonnull(strstr(text, "443  \033[31mfiltered\033[0m              -"));
    ck_assert_ptr_nonnull(strstr(text, "50.0%  _\033[31mx\033[0m\n"));
    for (const char *c = text; *c != '\0'; c++)
        ck_assert_int_gt(*c, 0);
    free(text);
    live_table_free(table);
}
END_TEST

START_TEST(draws_in_place)
{
    struct report_style style = {.columns = 40};
    struct live_table *table = three();

    assert_written(table, live_table_draw, 24, &style,
                   "\033[H"
                   "\033[2Ktarget           port            last ms\r\n"
                   "\033[2Kexample.com:443  filtered              -\r\n"
                   "\033[2Kexample.com:80   open              7.001\r\n"
                   "\033[2K[2001:db8::7]:22 -                     -\r\n"
                   "\033[2K3 targets: 1 open, 1 filtered, 1 pending\033[J");
    live_table_free(table);
}
END_TEST

/* A target that was named twice is one. */
START_TEST(shows_twins_once)
{
    struct report_style style = {.columns = 30};
    struct live_table *table = live_table_new();

    for (unsigned i = 0; i < 16; i++)
        ck_assert(live_table_add(table, i % 2 == 0 ? "a" : "b", 1));
    count(table, "a", 1, MS);
    count(table, "b", 1, MS);
    count(table, "b", 2, MS); /* nobody named it */
    assert_written(table, live_table_draw, 24, &style,
                   "\033[H"
                   "\033[2Ktarget   port       \r\n"
                   "\033[2Ka:1      open       \r\n"
                   "\033[2Kb:1      open       \r\n"
                   "\033[2K2 targets: 2 open\033[J");
    live_table_free(table);
}
END_TEST

/* Columns of a line, without its sequences. */
static unsigned width_of(const char *line, size_t len)
{
    unsigned width = 0;

    for (size_t at = 0; at < len;) {
        uint32_t code;

        if (line[at] == '\033') {
            at += 2;
            at += strspn(line + at, "0123456789;?") + 1;
            continue;
        }
        at += utf8_decode(line + at, &code);
        width += utf8_columns(code);
    }
    return width;
}

/* However small the screen, nothing is wrapped and nothing scrolls. */
static void assert_fits(const char *frame, unsigned columns, unsigned rows)
{
    unsigned lines = 1;

    for (const char *line = frame; *line != '\0';) {
        size_t len = strcspn(line, "\r");

        ck_assert_uint_le(width_of(line, len), columns);
        line += len;
        if (*line == '\0')
            break;
        ck_assert_int_eq(line[1], '\n');
        line += 2;
        lines++;
    }
    ck_assert_uint_le(lines, rows);
}

static const char *const names[] = {"a",
                                    "192.0.2.200",
                                    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                                    "例例例例例例例例例例例例.example",
                                    "\033[2J\x9b\r\n</b>",
                                    "a-host-with-a-name.of-more-than-forty.columns.example.com"};

#define NAMES (sizeof(names) / sizeof(names[0]))

START_TEST(fits_any_screen)
{
    struct live_table *table = live_table_new();
    unsigned columns = (unsigned)_i;

    for (unsigned i = 0; i < 40; i++)
        ck_assert(live_table_add(table, names[i % NAMES], (uint16_t)(1000 + i)));
    for (unsigned results = 0; results < 4; results++) {
        for (unsigned rows = 1; rows < 50; rows += rows / 4 + 1) {
            struct report_style style = {
                .columns = columns, .ascii = rows % 2 == 0, .color = rows % 3 == 0};
            char *frame = written(table, live_table_draw, rows, &style);

            assert_fits(frame, columns, rows);
            free(frame);
        }
        for (unsigned i = 0; i < 20 * results; i++)
            count(table, names[i % 40 % NAMES], (uint16_t)(1000 + i % 40),
                  i % 5 == 0 ? DURATION_UNKNOWN : (int64_t)i * 100000 * MS);
    }
    live_table_free(table);
}
END_TEST

/* While results are to come, the screen follows them; then it shows the beginning. */
START_TEST(scrolls_to_what_is_to_come)
{
    struct report_style style = {.columns = 80};
    struct live_table *table = live_table_new();
    char name[16], *frame;

    ck_assert(live_table_add(table, "h", 100)); /* it is named twice, which holds nothing up */
    for (unsigned i = 0; i < 100; i++)
        ck_assert(live_table_add(table, "h", (uint16_t)(100 + i)));
    for (unsigned i = 0; i < 50; i++)
        count(table, "h", (uint16_t)(100 + i), MS);
    frame = written(table, live_table_draw, 12, &style);
    ck_assert_ptr_nonnull(strstr(frame, "h:149 "));
    ck_assert_ptr_nonnull(strstr(frame, "h:150 "));
    ck_assert_ptr_nonnull(strstr(frame, "h:144 ")); /* six above it */
    ck_assert_ptr_nonnull(strstr(frame, "h:153 "));
    ck_assert_ptr_null(strstr(frame, "h:143 "));
    ck_assert_ptr_null(strstr(frame, "h:154 "));
    ck_assert_ptr_nonnull(strstr(frame, "100 targets, 10 shown: 50 open, 50 pending"));
    free(frame);
    for (unsigned i = 50; i < 100; i++)
        count(table, "h", (uint16_t)(100 + i), MS);
    frame = written(table, live_table_draw, 12, &style);
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "h:%u ", 100 + i);
        ck_assert_ptr_nonnull(strstr(frame, name));
    }
    free(frame);
    live_table_free(table);
}
END_TEST

/* A name that is too long keeps both ends. */
START_TEST(shortens_names)
{
    struct report_style style = {.columns = 26};
    struct live_table *table = live_table_new();
    char *text;

    ck_assert(live_table_add(table, "2001:db8::1234:5678", 443));
    text = written(table, print, 0, &style);
    ck_assert_ptr_nonnull(strstr(text, "[200…5678]:443 -"));
    free(text);
    live_table_free(table);
}
END_TEST

static const struct {
    uint32_t times[8];
    unsigned count;
    const char *bars;
} sparks[] = {
    {{0}, 0, ""},
    {{100}, 1, "▁"},
    {{0, 0}, 2, "▁▁"},
    {{100, 100, 101, 100}, 4, "▁▁▁▁"},
    {{100, 200, 300, 400, 500, 600, 700, 800}, 8, "▁▂▃▄▅▆▇█"},
    {{1000, 1500, SPARK_LOST, 1000}, 4, "▁█×▁"},
    {{SPARK_LOST}, 1, "×"},
    {{SPARK_LOST, 1000, 1500}, 3, "×▁█"},
    {{0, SPARK_LOST - 1}, 2, "▁█"},
};

START_TEST(draws_sparks)
{
    struct report_style style = {.columns = 80};
    struct row row;

    row_begin(&row, &style);
    sparkline_put(&row, sparks[_i].times, sparks[_i].count, 0);
    ck_assert_str_eq(row.text, sparks[_i].bars);
    ck_assert_uint_eq(row.width, sparks[_i].count);
}
END_TEST

START_TEST(keeps_noise_flat)
{
    struct report_style style = {.columns = 80};
    struct row row;

    row_begin(&row, &style);
    sparkline_put(&row, (uint32_t[]){1000, 3000, 2000}, 3, 20000);
    ck_assert_str_eq(row.text, "▁▁▁");
}
END_TEST

/* Enough targets to make room again and again. */
START_TEST(holds_many)
{
    struct report_style style = {.columns = 80};
    struct live_table *table = live_table_new();
    char host[16], *frame;

    for (unsigned i = 0; i < 5000; i++) {
        snprintf(host, sizeof(host), "h%u", i * 7919 % 5000);
        ck_assert(live_table_add(table, host, 1));
    }
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(host, sizeof(host), "h%u", i);
        count(table, host, 1, MS);
    }
    frame = written(table, live_table_draw, 24, &style);
    ck_assert_ptr_nonnull(strstr(frame, "5000 targets, 22 shown: 5000 open\033[J"));
    free(frame);
    live_table_free(table);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    Suite *suite = suite_create("live table");
    TCase *tcase = tcase_create("screens");

    tcase_add_test(tcase, prints_all);
    tcase_add_test(tcase, counts_what_was_not_as_expected);
    tcase_add_test(tcase, leaves_addresses_whole);
    tcase_add_test(tcase, prints_in_ascii_and_color);
    tcase_add_test(tcase, draws_in_place);
    tcase_add_test(tcase, shows_twins_once);
    tcase_add_loop_test(tcase, fits_any_screen, 1, 100);
    tcase_add_test(tcase, scrolls_to_what_is_to_come);
    tcase_add_test(tcase, shortens_names);
    tcase_add_loop_test(tcase, draws_sparks, 0, COUNT(sparks));
    tcase_add_test(tcase, keeps_noise_flat);
    tcase_add_test(tcase, holds_many);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
