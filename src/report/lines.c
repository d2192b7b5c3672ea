/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/lines.h"

#include "report/words.h"

static void cell_number(struct row *cell, const struct connection_result *result, uint64_t number)
{
    (void)result;
    row_put_number(cell, number);
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
    int64_t duration_ns;

    (void)number;
    if (result->start_ns == DURATION_UNKNOWN || result->end_ns == DURATION_UNKNOWN ||
        __builtin_sub_overflow(result->end_ns, result->start_ns, &duration_ns))
        duration_ns = DURATION_UNKNOWN;
    put_ms_or_dash(cell, duration_ns);
}

struct column {
    const char *title;
    unsigned width;
    unsigned from_columns; /* shown on terminals at least so wide */
    bool right;            /* aligned */
    void (*put)(struct row *cell, const struct connection_result *result, uint64_t number);
};

/* Widths hold IPv4 addresses with any port and the words of the core; in 80 columns seven of them
 * fit. */
static const struct column columns[] = {
    {"#", 4, 80, true, cell_number},
    {"client", 21, 118, false, cell_client},
    {"server", 21, 0, false, cell_server},
    {"port", 11, 0, false, cell_port},
    {"handshake", 16, 0, false, cell_handshake},
    {"rtt ms", 9, 66, true, cell_rtt},
    {"close", 11, 80, false, cell_close},
    {"total ms", 10, 94, true, cell_duration},
};

/* One line; result is NULL for that of the titles. */
static void put_line(const struct connection_result *result, uint64_t number,
                     const struct report_style *style, FILE *out)
{
    struct row row, cell;
    unsigned start = 0;

    row_begin(&row, style);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        const struct column *column = &columns[i];

        if (style->columns < column->from_columns)
            continue;
        row_begin(&cell, style);
        if (result != NULL)
            column->put(&cell, result, number);
        else
            row_put(&cell, column->title);
        row_advance(&row, start);
        if (column->right && cell.width < column->width)
            row_fill(&row, " ", start + column->width - cell.width);
        row_put(&row, cell.text);
        start += column->width + (column->right ? 2 : 1);
    }
    row_end(&row, out);
}

void lines_print_titles(const struct report_style *style, FILE *out)
{
    put_line(NULL, 0, style, out);
}

void lines_print(const struct connection_result *result, uint64_t number,
                 const struct report_style *style, FILE *out)
{
    put_line(result, number, style, out);
}

/* "--- example.com:443 ---" */
static void put_summary_title(const struct summary *summary, struct row *row, FILE *out)
{
    row_put(row, "--- ");
    if (summary->target != NULL)
        row_put_host_port(row, summary->target, summary->port);
    else
        row_put(row, "all");
    row_put(row, " ---");
    row_end(row, out);
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

/* "10 connections: 10 open, 10 closed gracefully" */
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
    put_count(row, summary->connections - summary->ok, COLOR_NOTICE, "not as expected", &separator);
    row_end(row, out);
}

/* "syn rtt min/avg/max/mdev = 11.932/12.345/13.010/0.311 ms"; no line where nothing was measured.
 */
static void put_rtt(const struct rtt_stats *stats, const char *name, struct row *row, FILE *out)
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
    row_end(row, out);
}

void lines_print_summary(const struct summary *summary, const struct report_style *style, FILE *out)
{
    struct row row;

    row_begin(&row, style);
    put_summary_title(summary, &row, out);
    put_counts(summary, &row, out);
    put_rtt(&summary->syn_rtt, "syn", &row, out);
    if (style->verbosity > 0)
        put_rtt(&summary->fin_rtt, "fin", &row, out);
}
