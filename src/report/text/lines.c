/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/lines.h"

#include <limits.h>

#include "report/words.h"

#define DATE_COLUMNS 142u /* terminals at least so wide show the date of a start too */
#define DATE_WIDTH   11u
#define SLOW_WIDTH   12u
#define STAMP_WIDTH  19u

#define SLOW_DATE_COLUMNS 90u /* the same for the lines of the slowest */

static void cell_number(struct row *cell, const struct connection_result *result, uint64_t number)
{
    (void)result;
    row_put_number(cell, number);
}

/* "05:08:03.502", in UTC, or with its date "2026-11-22 05:08:03.502". */
static void put_time(struct row *row, int64_t time_ns, bool dated)
{
    char text[RFC3339_MAX];

    if (time_ns == DURATION_UNKNOWN) {
        row_put(row, "-");
        return;
    }
    rfc3339_text(time_ns, text);
    text[10] = ' ';
    text[23] = '\0';
    row_put(row, dated ? text : text + 11);
}

static void cell_start(struct row *cell, const struct connection_result *result, uint64_t number)
{
    (void)number;
    put_time(cell, result->start_ns, cell->style->columns >= DATE_COLUMNS);
}

/* "[1795324083.502968]", as ping -D has it. */
static void cell_stamp(struct row *cell, const struct connection_result *result, uint64_t number)
{
    char text[32];
    int64_t us = result->start_ns / 1000;

    (void)number;
    if (result->start_ns < 0) /* unknown, or before the epoch */
        snprintf(text, sizeof(text), "[-]");
    else
        snprintf(text, sizeof(text), "[%lld.%06u]", (long long)(us / 1000000),
                 (unsigned)(us % 1000000));
    row_put(cell, text);
}

static void cell_client(struct row *cell, const struct connection_result *result, uint64_t number)
{
    char text[ENDPOINT_TEXT_MAX];

    (void)number;
    row_put(cell, result->has_client ? endpoint_text(&result->ends[CLIENT], text) : "-");
}

static void cell_server(struct row *cell, const struct connection_result *result, uint64_t number)
{
    char text[ADDRESS_TEXT_MAX];

    (void)number;
    row_put_host_port(cell, server_text(result, text), result->ends[SERVER].port);
}

static void cell_port(struct row *cell, const struct connection_result *result, uint64_t number)
{
    const char *name = port_state_name(result->port_state);

    (void)number;
    row_put_colored(cell, port_state_color(result->port_state), name != NULL ? name : "?");
}

/* How the handshake went; where the port is not open, why not. */
static void cell_handshake(struct row *cell, const struct connection_result *result,
                           uint64_t number)
{
    const char *name = result->port_state == PORT_OPEN || result->port_state == PORT_UNKNOWN
                           ? handshake_result_name(result->handshake.result)
                           : reason_name(result->handshake.reason);

    (void)number;
    row_put(cell, name != NULL ? name : "?");
}

static void put_ms_or_dash(struct row *cell, int64_t duration_ns)
{
    if (duration_ns == DURATION_UNKNOWN)
        row_put(cell, "-");
    else
        row_put_ms(cell, duration_ns);
}

static void cell_rtt(struct row *cell, const struct connection_result *result, uint64_t number)
{
    (void)number;
    put_ms_or_dash(cell, result->handshake.syn_rtt_ns);
}

static void cell_close(struct row *cell, const struct connection_result *result, uint64_t number)
{
    const char *name = teardown_result_name(result->teardown.result);
    bool graceful = result->teardown.result == TEARDOWN_GRACEFUL;

    (void)number;
    if (result->teardown.result == TEARDOWN_NONE || name == NULL)
        row_put(cell, "-");
    else
        row_put_colored(cell, graceful ? COLOR_NONE : COLOR_NOTICE, name);
}

static void cell_duration(struct row *cell, const struct connection_result *result, uint64_t number)
{
    (void)number;
    put_ms_or_dash(cell, duration_between(result->start_ns, result->end_ns));
}

/* Our own connections are identified by their targets, those of other programs by both ends and
 * time. */
enum table {
    TABLE_TARGETS,
    TABLE_ENDS,
    TABLES,
};

#define NEVER UINT_MAX

struct column {
    const char *title;
    unsigned width;
    unsigned from_columns[TABLES]; /* shown on terminals at least so wide */
    bool right;                    /* aligned */
    void (*put)(struct row *cell, const struct connection_result *result, uint64_t number);
};

/* Widths hold IPv4 addresses with any port and the words of the core. Each column appears at the
 * width where it fits beside those that matter more. */
static const struct column columns[] = {
    {"time", STAMP_WIDTH, {0, 0}, false, cell_stamp},
    {"#", 4, {80, NEVER}, true, cell_number},
    {"start", 12, {131, 91}, false, cell_start},
    {"client", 21, {118, 0}, false, cell_client},
    {"server", 21, {0, 0}, false, cell_server},
    {"port", 11, {0, 0}, false, cell_port},
    {"handshake", 16, {0, 108}, false, cell_handshake},
    {"rtt ms", 9, {60, 66}, true, cell_rtt},
    {"close", 11, {80, 78}, false, cell_close},
    {"total ms", 10, {94, 120}, true, cell_duration},
};

#define CONTINUED 2u /* where the rest of a line that was too long begins */

static unsigned width_of(const struct column *column, const struct report_style *style)
{
    bool dated = column->put == cell_start && style->columns >= DATE_COLUMNS;

    return column->width + (dated ? DATE_WIDTH : 0);
}

/* The columns of the time stamps are not available to the others. */
static bool is_shown(const struct column *column, enum table table,
                     const struct report_style *style)
{
    unsigned stamped = style->timestamps ? STAMP_WIDTH + 1 : 0;

    if (column->put == cell_stamp)
        return style->timestamps;
    return column->from_columns[table] == 0 ||
           (style->columns > stamped && style->columns - stamped >= column->from_columns[table]);
}

/* One line; result is NULL for that of the titles. */
static void put_line(const struct connection_result *result, uint64_t number, enum table table,
                     const struct report_style *style, FILE *out)
{
    struct row row, cell;
    unsigned start = 0;

    row_begin(&row, style);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        const struct column *column = &columns[i];
        unsigned width = width_of(column, style);

        if (!is_shown(column, table, style))
            continue;
        if (style->terminal && start > 0 && start + width > style->columns) {
            start = CONTINUED;
            if (row.len > 0)
                row_end(&row, out);
        }
        row_begin(&cell, style);
        if (result != NULL)
            column->put(&cell, result, number);
        else
            row_put(&cell, column->title);
        row_advance(&row, start);
        if (column->right && cell.width < width)
            row_fill(&row, " ", start + width - cell.width);
        row_put(&row, cell.text);
        if (style->terminal && (cell.width > width || row.width > style->columns))
            row_end_fitted(&row, CONTINUED, out);
        start += width + (column->right ? 2 : 1);
    }
    if (row.len > 0)
        row_end(&row, out);
}

void lines_print_titles(bool both_ends, const struct report_style *style, FILE *out)
{
    put_line(NULL, 0, both_ends ? TABLE_ENDS : TABLE_TARGETS, style, out);
}

void lines_print(const struct connection_result *result, uint64_t number, bool both_ends,
                 const struct report_style *style, FILE *out)
{
    put_line(result, number, both_ends ? TABLE_ENDS : TABLE_TARGETS, style, out);
}

#define SUMMARY_INDENT 4 /* of what did not fit on one line */

/* "--- example.com:443 ---" */
static void put_summary_title(const struct summary *summary, struct row *row, FILE *out)
{
    row_put(row, "--- ");
    if (summary->target != NULL)
        row_put_host_port(row, summary->target, summary->port);
    else
        row_put(row, "all");
    row_put(row, " ---");
    row_end_fitted(row, SUMMARY_INDENT, out);
}

static void put_count(struct row *row, uint64_t count, enum color color, const char *word,
                      const char **separator)
{
    if (count == 0 || word == NULL)
        return;
    row_put(row, *separator);
    row_put_number(row, count);
    row_put(row, " ");
    row_put_colored(row, color, word);
    *separator = ", ";
}

/* ", 0 failed", or ", 39 failed (97.5%)". */
static void put_failed(struct row *row, const struct summary *summary)
{
    uint64_t failed = summary->connections - summary->ok;
    char text[32];

    if (summary->connections == 0)
        return;
    row_put(row, ", ");
    row_put_number(row, failed);
    row_put(row, " ");
    row_put_colored(row, failed > 0 ? COLOR_NOTICE : COLOR_NONE, "failed");
    if (failed == 0)
        return;
    snprintf(text, sizeof(text), " (%g%%)", summary_loss_percent(summary));
    row_put(row, text);
}

/* "10 connections: 10 open, 10 closed gracefully, 0 failed" */
static void put_counts(const struct summary *summary, struct row *row, FILE *out)
{
    static const char *const handshakes[HANDSHAKE_RESULT_COUNT] = {
        [HANDSHAKE_HALF_OPEN] = "half-open",
        [HANDSHAKE_RESET] = "reset before it was established",
    };
    static const char *const teardowns[TEARDOWN_RESULT_COUNT] = {
        [TEARDOWN_GRACEFUL] = "closed gracefully",
        [TEARDOWN_RESET] = "reset",
        [TEARDOWN_HALF_CLOSED] = "half-closed",
        [TEARDOWN_UNANSWERED] = "with an unanswered FIN",
    };
    const char *separator = ": ";

    row_put_number(row, summary->connections);
    row_put(row, summary->connections == 1 ? " connection" : " connections");
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        put_count(row, summary->by_port_state[i], port_state_color(i), port_state_name(i),
                  &separator);
    for (unsigned i = 0; i < HANDSHAKE_RESULT_COUNT; i++)
        put_count(row, summary->by_handshake[i], COLOR_NONE, handshakes[i], &separator);
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT; i++)
        put_count(row, summary->by_teardown[i], COLOR_NONE, teardowns[i], &separator);
    put_failed(row, summary);
    row_end_fitted(row, SUMMARY_INDENT, out);
}

/* "syn rtt min/avg/max/mdev = 11.932/12.345/13.010/0.311 ms, jitter 0.207 ms"; no line where
 * nothing was measured. */
static void put_rtt(const struct rtt_stats *stats, int64_t jitter_ns, const char *name,
                    struct row *row, FILE *out)
{
    if (stats->count == 0)
        return;
    row_put(row, name);
    row_put(row, " rtt min/avg/max/mdev = ");
    row_put_ms(row, stats->min_ns);
    row_put(row, "/");
    row_put_ms(row, rtt_stats_mean_ns(stats));
    row_put(row, "/");
    row_put_ms(row, stats->max_ns);
    row_put(row, "/");
    row_put_ms(row, rtt_stats_mdev_ns(stats));
    row_put(row, " ms");
    if (jitter_ns != DURATION_UNKNOWN) {
        row_put(row, ", jitter ");
        row_put_ms(row, jitter_ns);
        row_put(row, " ms");
    }
    row_end_fitted(row, SUMMARY_INDENT, out);
}

#define PERCENTILES_FROM 20 /* with fewer samples, they say no more than minimum and maximum */

/* "syn rtt p50/p90/p95/p99 = 12.345/12.900/12.987/13.010 ms" */
static void put_percentiles(const struct summary *summary, struct row *row, FILE *out)
{
    static const unsigned percents[] = {50, 90, 95, 99};

    if (summary->syn_rtt.count < PERCENTILES_FROM || summary->spread == NULL)
        return;
    row_put(row, "syn rtt p50/p90/p95/p99 =");
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
        row_put(row, i == 0 ? " " : "/");
        row_put_ms(row, summary_syn_percentile_ns(summary, percents[i]));
    }
    row_put(row, " ms");
    row_end_fitted(row, SUMMARY_INDENT, out);
}

/* "resolved in 0.412 ms": its own time, in none of the others. */
static void put_resolved(const struct summary *summary, struct row *row, FILE *out)
{
    if (summary->target == NULL || summary->connections == 0 ||
        summary->latest.resolve_ns == DURATION_UNKNOWN)
        return;
    row_put(row, "resolved in ");
    row_put_ms(row, summary->latest.resolve_ns);
    row_put(row, " ms");
    row_end_fitted(row, SUMMARY_INDENT, out);
}

/* "    1012.345 ms  192.0.2.7:51234 to 192.0.2.80:443 at 05:08:03.502" */
static void put_slow(const struct slow_handshake *slow, struct row *row, FILE *out)
{
    char text[ENDPOINT_TEXT_MAX];
    struct row figure;

    row_begin(&figure, row->style);
    row_put_ms(&figure, slow->total_ns);
    row_fill(row, " ", figure.width < SLOW_WIDTH ? SLOW_WIDTH - figure.width : 0);
    row_put(row, figure.text);
    row_put(row, " ms  ");
    row_put(row, endpoint_text(&slow->ends[CLIENT], text));
    row_put(row, " to ");
    row_put(row, endpoint_text(&slow->ends[SERVER], text));
    row_put(row, " at ");
    put_time(row, slow->start_ns, row->style->columns >= SLOW_DATE_COLUMNS);
    row_end_fitted(row, SUMMARY_INDENT, out);
}

/* Only for a whole run: the connections of one target are in its table. */
static void put_slowest(const struct summary *summary, struct row *row, FILE *out)
{
    if (summary->target != NULL || summary->spread == NULL ||
        summary->by_handshake[HANDSHAKE_COMPLETED] < PERCENTILES_FROM)
        return;
    row_put(row, "slowest handshakes:");
    row_end_fitted(row, SUMMARY_INDENT, out);
    for (unsigned i = 0; i < summary->spread->slowest_count; i++)
        put_slow(&summary->spread->slowest[i], row, out);
}

void lines_print_summary(const struct summary *summary, const struct report_style *style, FILE *out)
{
    struct row row;

    row_begin(&row, style);
    put_summary_title(summary, &row, out);
    put_counts(summary, &row, out);
    put_rtt(&summary->syn_rtt, jitter_mean_ns(&summary->syn_jitter), "syn", &row, out);
    put_percentiles(summary, &row, out);
    if (style->verbosity > 0)
        put_rtt(&summary->fin_rtt, DURATION_UNKNOWN, "fin", &row, out);
    put_resolved(summary, &row, out);
    put_slowest(summary, &row, out);
}
