/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/table.h"

#include <string.h>

#include "findings/wording.h"
#include "report/localtime.h"
#include "report/outcome.h"
#include "report/pathwords.h"
#include "report/words.h"
#include "tcp/host.h"

/* What the cells of a line are made of. */
struct entry {
    const struct connection_result *result;
    uint64_t number;
    const struct table_layout *layout;
};

static void cell_number(struct row *cell, const struct entry *entry)
{
    row_put_number(cell, entry->number);
}

/* "05:08:03.502", and the date where it is not that of the first line, or where there is room. */
static void cell_start(struct row *cell, const struct entry *entry)
{
    const struct table_layout *layout = entry->layout;
    char text[LOCALTIME_MAX];
    bool dated;

    if (entry->result->start_ns == DURATION_UNKNOWN) {
        row_put(cell, "-");
        return;
    }
    localtime_text(entry->result->start_ns, text);
    dated = layout->dated || strncmp(text, layout->date, LOCALTIME_DATE) != 0;
    row_put(cell, dated ? text : text + LOCALTIME_DATE);
}

/* "[1795324083.502968]", as ping -D has it. */
static void cell_stamp(struct row *cell, const struct entry *entry)
{
    char text[32];
    int64_t us = entry->result->start_ns / 1000;

    if (entry->result->start_ns < 0) /* unknown, or before the epoch */
        snprintf(text, sizeof(text), "[-]");
    else
        snprintf(text, sizeof(text), "[%lld.%06u]", (long long)(us / 1000000),
                 (unsigned)(us % 1000000));
    row_put(cell, text);
}

static void cell_client(struct row *cell, const struct entry *entry)
{
    char text[ENDPOINT_TEXT_MAX];

    row_put(cell,
            entry->result->has_client ? endpoint_text(&entry->result->ends[CLIENT], text) : "-");
}

static void cell_server(struct row *cell, const struct entry *entry)
{
    char text[ADDRESS_TEXT_MAX];

    row_put_host_port(cell, server_text(entry->result, text), entry->result->ends[SERVER].port);
}

static void cell_port(struct row *cell, const struct entry *entry)
{
    const char *name = port_state_name(entry->result->port_state);

    row_put_colored(cell, port_state_color(entry->result->port_state), name != NULL ? name : "?");
}

/* How the handshake went; where the port is not open, why not. */
static void cell_handshake(struct row *cell, const struct entry *entry)
{
    const struct connection_result *result = entry->result;
    const char *name = result->port_state == PORT_OPEN || result->port_state == PORT_UNKNOWN
                           ? handshake_result_name(result->handshake.result)
                           : reason_text(result->handshake.reason);

    row_put(cell, name != NULL ? name : "?");
}

static void put_ms_or_dash(struct row *cell, int64_t duration_ns)
{
    if (duration_ns == DURATION_UNKNOWN)
        row_put(cell, "-");
    else
        row_put_ms(cell, duration_ns);
}

static void cell_connect(struct row *cell, const struct entry *entry)
{
    put_ms_or_dash(cell, entry->result->handshake.connect_ns);
}

static void cell_rtt(struct row *cell, const struct entry *entry)
{
    put_ms_or_dash(cell, entry->result->handshake.syn_rtt_ns);
}

static void cell_close(struct row *cell, const struct entry *entry)
{
    enum teardown_result value = connection_close(entry->result);
    const char *name = teardown_result_name(value);

    if (value == TEARDOWN_NONE || name == NULL)
        row_put(cell, "-");
    else
        row_put_colored(cell, value == TEARDOWN_GRACEFUL ? COLOR_NONE : COLOR_NOTICE, name);
}

/* Who closed or reset. */
static void cell_by(struct row *cell, const struct entry *entry)
{
    const struct connection_result *result = entry->result;
    bool reset = connection_close(result) == TEARDOWN_RESET;
    const char *name = end_name(reset ? result->teardown.reset_by : result->teardown.initiator);

    row_put(cell, reset && result->teardown.local_reset ? "kernel" : name != NULL ? name : "-");
}

static void cell_duration(struct row *cell, const struct entry *entry)
{
    put_ms_or_dash(cell, duration_between(entry->result->start_ns, entry->result->end_ns));
}

enum column_id {
    COLUMN_STAMP,
    COLUMN_NUMBER,
    COLUMN_START,
    COLUMN_CLIENT,
    COLUMN_SERVER,
    COLUMN_PORT,
    COLUMN_HANDSHAKE,
    COLUMN_CONNECT,
    COLUMN_RTT,
    COLUMN_CLOSE,
    COLUMN_BY,
    COLUMN_DURATION,
    COLUMN_COUNT,
};

_Static_assert(COLUMN_COUNT <= TABLE_COLUMNS_MAX, "a place for each column");

struct column {
    const char *title;
    unsigned width; /* at least; holds IPv4 addresses with any port, and the words of the core */
    bool right;     /* aligned */
    void (*put)(struct row *cell, const struct entry *entry);
};

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_STAMP] = {"time", 19, false, cell_stamp},
    [COLUMN_NUMBER] = {"#", 4, true, cell_number},
    [COLUMN_START] = {"start", 12, false, cell_start},
    [COLUMN_CLIENT] = {"client", 21, false, cell_client},
    [COLUMN_SERVER] = {"server", 21, false, cell_server},
    [COLUMN_PORT] = {"port", 11, false, cell_port},
    [COLUMN_HANDSHAKE] = {"handshake", 16, false, cell_handshake},
    [COLUMN_CONNECT] = {"conn ms", 9, true, cell_connect},
    [COLUMN_RTT] = {"rtt ms", 9, true, cell_rtt},
    [COLUMN_CLOSE] = {"close", 11, false, cell_close},
    [COLUMN_BY] = {"by", 6, false, cell_by},
    [COLUMN_DURATION] = {"total ms", 10, true, cell_duration},
};

#define BIT(column) (1u << (column))

/* Shown however little room there is; then the others, the most important first. */
static const struct plan {
    unsigned always;
    enum column_id others[COLUMN_COUNT];
    unsigned count;
} plans[] = {
    {BIT(COLUMN_SERVER) | BIT(COLUMN_PORT) | BIT(COLUMN_HANDSHAKE),
     {COLUMN_CONNECT, COLUMN_CLOSE, COLUMN_BY, COLUMN_NUMBER, COLUMN_DURATION, COLUMN_CLIENT,
      COLUMN_START, COLUMN_RTT},
     8},
    {BIT(COLUMN_CLIENT) | BIT(COLUMN_SERVER) | BIT(COLUMN_PORT),
     {COLUMN_CONNECT, COLUMN_CLOSE, COLUMN_BY, COLUMN_START, COLUMN_HANDSHAKE, COLUMN_DURATION,
      COLUMN_RTT},
     7},
};

#define CONTINUED 2u /* where the rest of a line that was too long begins */

/* Where the cell of a column begins: *start, or on another line if it does not fit this one, which
 * the function tells. *start becomes where the next one may begin. */
static bool place(const struct table_layout *layout, enum column_id id, unsigned room,
                  unsigned *start, unsigned *column)
{
    bool another = *start > 0 && *start + layout->widths[id] > room;

    *column = another ? CONTINUED : *start;
    *start = *column + layout->widths[id] + (columns[id].right ? 2 : 1);
    return another;
}

/* The columns behind which a line is broken: terminals would do it anywhere. */
static unsigned room_of(const struct report_style *style)
{
    return style->terminal ? style->columns : UINT32_MAX;
}

/* What a connection takes: its lines, and the columns of the widest. */
struct extent {
    unsigned lines, width;
};

static struct extent measure(const struct table_layout *layout, const struct report_style *style)
{
    struct extent extent = {.lines = 1};
    unsigned room = room_of(style);
    unsigned start = 0;

    for (unsigned id = 0; id < COLUMN_COUNT; id++) {
        unsigned column;

        if ((layout->shown & BIT(id)) == 0)
            continue;
        extent.lines += place(layout, (enum column_id)id, room, &start, &column);
        if (column + layout->widths[id] > extent.width)
            extent.width = column + layout->widths[id];
    }
    return extent;
}

static bool fits(const struct table_layout *layout, unsigned lines,
                 const struct report_style *style)
{
    struct extent extent = measure(layout, style);

    return style->unbounded || (extent.lines <= lines && extent.width <= style->columns);
}

/* Makes the columns as wide as their cells, as far as that takes no more lines. */
static void widen(struct table_layout *layout, const struct row cells[COLUMN_COUNT],
                  const struct report_style *style)
{
    unsigned lines = measure(layout, style).lines;

    for (unsigned id = 0; id < COLUMN_COUNT; id++) {
        unsigned width = layout->widths[id];

        if ((layout->shown & BIT(id)) == 0 || cells[id].width <= width)
            continue;
        layout->widths[id] = cells[id].width;
        if (!fits(layout, lines, style))
            layout->widths[id] = width;
    }
}

static void make_cells(const struct entry *entry, const struct report_style *style,
                       struct row cells[COLUMN_COUNT])
{
    for (unsigned id = 0; id < COLUMN_COUNT; id++) {
        row_begin(&cells[id], style);
        if ((entry->layout->shown & BIT(id)) != 0)
            columns[id].put(&cells[id], entry);
    }
}

/* What only some connections have, behind their cells, or below where there is no room. */
static void put_remark(struct row *row, const struct row *remark, FILE *out)
{
    const struct report_style *style = row->style;

    if (!style->unbounded && row->width + 2 + remark->width > style->columns) {
        row_end(row, out);
        row_wrap(row, CONTINUED, remark->text, out);
        return;
    }
    row_put(row, "  ");
    row_put(row, remark->text);
    row_end(row, out);
}

/* remark may be NULL. */
static void put_line(const struct table_layout *layout, const struct row cells[COLUMN_COUNT],
                     const struct row *remark, const struct report_style *style, FILE *out)
{
    unsigned room = room_of(style), start = 0;
    struct row row;

    row_begin(&row, style);
    for (unsigned id = 0; id < COLUMN_COUNT; id++) {
        const struct row *cell = &cells[id];
        unsigned column;

        if ((layout->shown & BIT(id)) == 0)
            continue;
        if (place(layout, (enum column_id)id, room, &start, &column) && row.len > 0)
            row_end(&row, out);
        row_advance(&row, column);
        if (columns[id].right && cell->width < layout->widths[id])
            row_fill(&row, " ", column + layout->widths[id] - cell->width);
        row_put(&row, cell->text);
        if (style->terminal && (cell->width > layout->widths[id] || row.width > style->columns))
            row_end_fitted(&row, CONTINUED, out);
    }
    if (remark != NULL && remark->len > 0)
        put_remark(&row, remark, out);
    else if (row.len > 0)
        row_end(&row, out);
}

static void put_titles(const struct table_layout *layout, const struct report_style *style,
                       FILE *out)
{
    struct row cells[COLUMN_COUNT];

    for (unsigned id = 0; id < COLUMN_COUNT; id++) {
        row_begin(&cells[id], style);
        row_put(&cells[id], columns[id].title);
    }
    put_line(layout, cells, NULL, style, out);
}

/* Adds columns as long as they fit, then the date. */
static void choose(struct table_layout *layout, const struct plan *plan,
                   const struct report_style *style)
{
    unsigned lines = measure(layout, style).lines;

    for (unsigned i = 0; i < plan->count; i++) {
        layout->shown |= BIT(plan->others[i]);
        if (fits(layout, lines, style))
            continue;
        layout->shown &= ~BIT(plan->others[i]);
        return;
    }
    layout->widths[COLUMN_START] += LOCALTIME_DATE;
    layout->dated = fits(layout, lines, style);
    if (!layout->dated)
        layout->widths[COLUMN_START] -= LOCALTIME_DATE;
}

void table_begin(struct table_layout *layout, const struct connection_result *first,
                 const struct report_style *style, FILE *out)
{
    const struct plan *plan = &plans[first->target == NULL]; /* a connection of another program */
    const struct entry entry = {first, 1, layout};
    struct row cells[COLUMN_COUNT];

    *layout = (struct table_layout){.shown = plan->always};
    if (style->timestamps)
        layout->shown |= BIT(COLUMN_STAMP);
    for (unsigned id = 0; id < COLUMN_COUNT; id++)
        layout->widths[id] = columns[id].width;
    if (first->start_ns != DURATION_UNKNOWN)
        localtime_text(first->start_ns, layout->date);
    make_cells(&entry, style, cells);
    for (unsigned id = 0; id < COLUMN_COUNT; id++) /* lines as long as it takes */
        if (cells[id].width > layout->widths[id])
            layout->widths[id] =
                cells[id].width < style->columns ? cells[id].width : style->columns;
    choose(layout, plan, style);
    make_cells(&entry, style, cells);
    widen(layout, cells, style);
    put_titles(layout, style, out);
}

typedef void sentence(struct row *row, const struct connection_result *result);

static void join(struct row *row, const struct connection_result *result, sentence *say)
{
    struct row text;

    row_begin(&text, row->style);
    say(&text, result);
    if (text.len > 0)
        row_join(row, "; ", text.text);
}

/* Of captures of others, what a SYN offers is what its system offers in any. What is compared is
 * marked either way. */
static void put_offers(struct row *row, const struct connection_result *result)
{
    if (!result->done)
        return;
    outcome_offers(row, result);
    if (row->style->compare && result->openings[CLIENT].seen &&
        result->openings[CLIENT].offers == 0)
        row_put(row, "plain");
}

static void put_path_mtu(struct row *row, const struct connection_result *result)
{
    if (result->path_mtu != NULL)
        pathwords_mtu(row, result->path_mtu, result->interface);
}

static void put_path(struct row *row, const struct connection_result *result)
{
    if (result->path != NULL)
        pathwords_end(row, result->path);
}

static void put_control_port(struct row *row, const struct connection_result *result)
{
    const struct host_facts *host = result->host;

    if (host == NULL || host->control_port == 0 || host->control_port_state != PORT_OPEN)
        return;
    row_put(row, "port ");
    row_put_number(row, host->control_port);
    row_put(row, " is open, too: everything-open");
}

/* The names of findings that no cell says, nor another remark. */
static void put_findings(struct row *row, const struct connection_result *result)
{
    static const bool shown[CAUSE_COUNT] = {
        [CAUSE_TRANSLATED] = true,         [CAUSE_SECOND_OPINION_DIFFERS] = true,
        [CAUSE_ACCEPT_QUEUE_FULL] = true,  [CAUSE_RESET_AT_ONCE] = true,
        [CAUSE_FEATURE_BROKEN] = true,     [CAUSE_FEATURE_MIRRORED] = true,
        [CAUSE_REQUEST_UNANSWERED] = true, [CAUSE_REQUEST_NOT_ACKNOWLEDGED] = true,
        [CAUSE_ANSWER_LOST] = true,        [CAUSE_ZERO_WINDOW] = true,
        [CAUSE_OLD_CONNECTION] = true,     [CAUSE_SYN_PROXY] = true,
        [CAUSE_MIDDLEBOX_ANSWERED] = true, [CAUSE_RESET_INJECTED] = true,
    };
    const struct diagnoses *diagnoses = result->diagnoses;

    for (unsigned i = 0; diagnoses != NULL && i < diagnoses->count; i++)
        if (shown[diagnoses->list[i].cause])
            row_join(row, ", ", cause_name(diagnoses->list[i].cause));
}

static void put_labels(struct row *row, const struct connection_result *result)
{
    if (result->notes != NULL)
        row_put_foreign(row, result->notes->labels);
}

/* "retransmitted: 1 SYN by the client; path MTU: 1,400 octets; team=core", whatever of it there
 * is. */
static void put_remarks(struct row *row, const struct connection_result *result)
{
    static sentence *const sentences[] = {outcome_repeats,  put_offers,   put_path_mtu, put_path,
                                          put_control_port, put_findings, put_labels};

    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
        join(row, result, sentences[i]);
}

void table_put(struct table_layout *layout, const struct connection_result *result, uint64_t number,
               const struct report_style *style, FILE *out)
{
    const struct entry entry = {result, number, layout};
    struct row cells[COLUMN_COUNT], remark;

    make_cells(&entry, style, cells);
    widen(layout, cells, style);
    row_begin(&remark, style);
    put_remarks(&remark, result);
    put_line(layout, cells, &remark, style, out);
}
