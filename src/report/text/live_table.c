/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/live_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"
#include "report/text/sparkline.h"
#include "report/words.h"

#define RECENT_MAX 60
#define NOISE_NS   20000 /* smaller variations look flat */

#define NAME_WIDTH_MIN   8
#define NAME_WIDTH_WHOLE 47 /* "[ffff:...:ffff]:65535": not cut for the mean or the sparkline */
#define SPARK_WIDTH_MIN  8

#define TO_TOP      "\033[H"
#define CLEAR_LINE  "\033[2K"
#define CLEAR_BELOW "\033[J"

struct live_row {
    char *name; /* as it is shown, which tells targets apart as well */
    unsigned name_width;
    bool twin; /* the same target as another row: never shown */
    uint64_t connections, unmet;
    enum port_state port_state;
    int64_t last_ns;
    struct rtt_stats rtt;
    uint32_t recent[RECENT_MAX]; /* in ns; a ring: the next one goes to place next */
    unsigned recent_count, next;
};

struct live_table {
    struct live_row **rows; /* in the order in which they were added */
    struct live_row **by_name;
    size_t count, capacity;
    size_t pending; /* the first row without a result, or count */
    bool sorted;
};

struct live_table *live_table_new(void)
{
    return calloc(1, sizeof(struct live_table));
}

void live_table_free(struct live_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i]->name);
        free(table->rows[i]);
    }
    free(table->rows);
    free(table->by_name);
    free(table);
}

/* The name of a target as the terminal may have it, not wider than any terminal. */
static void put_name(struct row *row, const char *host, uint16_t port)
{
    static const struct report_style style = {.columns = 80};

    row_begin(row, &style);
    row_put_host_port(row, host, port);
}

static bool reserve(struct live_table *table)
{
    size_t capacity = table->capacity == 0 ? 16 : 2 * table->capacity;
    struct live_row **rows;

    if (table->count < table->capacity)
        return true;
    rows = realloc(table->rows, capacity * sizeof(struct live_row *));
    if (rows == NULL)
        return false;
    table->rows = rows;
    rows = realloc(table->by_name, capacity * sizeof(struct live_row *));
    if (rows == NULL)
        return false;
    table->by_name = rows;
    table->capacity = capacity;
    return true;
}

bool live_table_add(struct live_table *table, const char *host, uint16_t port)
{
    struct live_row *added = reserve(table) ? calloc(1, sizeof(*added)) : NULL;
    struct row name;

    put_name(&name, host, port);
    if (added == NULL || (added->name = strdup(name.text)) == NULL) {
        free(added);
        return false;
    }
    added->name_width = name.width;
    added->port_state = PORT_STATE_COUNT;
    added->last_ns = DURATION_UNKNOWN;
    table->rows[table->count] = table->by_name[table->count] = added;
    table->count++;
    table->sorted = false;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    const struct live_row *const *x = a;
    const struct live_row *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static void sort(struct live_table *table)
{
    if (table->sorted || table->count == 0)
        return;
    qsort(table->by_name, table->count, sizeof(struct live_row *), compare_names);
    table->by_name[0]->twin = false; /* it may have been one, and qsort keeps no order */
    for (size_t i = 1; i < table->count; i++)
        table->by_name[i]->twin = compare_names(&table->by_name[i], &table->by_name[i - 1]) == 0;
    table->sorted = true;
}

static int compare_name(const void *name, const void *row)
{
    const struct live_row *const *x = row;

    return strcmp(name, (*x)->name);
}

static struct live_row *find(struct live_table *table, const char *name)
{
    struct live_row **found;

    sort(table);
    if (table->count == 0)
        return NULL;
    found = bsearch(name, table->by_name, table->count, sizeof(struct live_row *), compare_name);
    while (found != NULL && (*found)->twin)
        found--;
    return found != NULL ? *found : NULL;
}

void live_table_count(struct live_table *table, const struct connection_result *result)
{
    char text[ADDRESS_TEXT_MAX];
    int64_t rtt_ns = result->handshake.connect_ns;
    struct live_row *live;
    struct row name;

    put_name(&name, server_text(result, text), result->ends[SERVER].port);
    live = find(table, name.text);
    if (live == NULL)
        return;
    live->connections++;
    live->unmet += !result->ok;
    live->port_state = result->port_state;
    live->last_ns = rtt_ns;
    rtt_stats_add(&live->rtt, rtt_ns);
    live->recent[live->next] = rtt_ns == DURATION_UNKNOWN ? SPARK_LOST
                               : rtt_ns < SPARK_LOST      ? (uint32_t)rtt_ns
                                                          : SPARK_LOST - 1;
    live->next = (live->next + 1) % RECENT_MAX;
    live->recent_count += live->recent_count < RECENT_MAX;
}

/* The widths of one frame. A column is shown if it fits beside the more important ones; the name
 * gets the rest, up to the longest. */
struct widths {
    unsigned name, spark;
    bool last, mean, failed;
};

#define STATE_WIDTH  11
#define MS_WIDTH     10
#define FAILED_WIDTH 6
#define GAP          2

static unsigned longest_name(const struct live_table *table)
{
    unsigned longest = NAME_WIDTH_MIN;

    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i]->name_width > longest)
            longest = table->rows[i]->name_width;
    return longest;
}

/* Reserves the columns and a gap if what is left is enough for the name. */
static bool take(unsigned *left, unsigned columns, unsigned name)
{
    if (*left < columns + GAP + name)
        return false;
    *left -= columns + GAP;
    return true;
}

static struct widths plan(const struct live_table *table, unsigned columns)
{
    unsigned longest = longest_name(table), enough = smaller(longest, NAME_WIDTH_WHOLE);
    unsigned left = columns > STATE_WIDTH + 1 ? columns - STATE_WIDTH - 1 : 1;
    struct widths widths = {.name = 0};

    widths.last = take(&left, MS_WIDTH, smaller(enough, 12));
    widths.failed = widths.last && take(&left, FAILED_WIDTH, smaller(enough, 16));
    widths.mean = widths.failed && take(&left, MS_WIDTH, enough);
    if (widths.mean && take(&left, SPARK_WIDTH_MIN, enough))
        widths.spark = SPARK_WIDTH_MIN;
    widths.name = smaller(left, longest);
    left -= widths.name;
    if (widths.spark > 0) {
        widths.spark += left;
        widths.spark = widths.spark < RECENT_MAX ? widths.spark : RECENT_MAX;
    }
    return widths;
}

/* A name that is too long loses its middle: names differ at the beginning, addresses at the end. */
static void put_short_name(struct row *row, const struct live_row *live, unsigned columns)
{
    const char *gap = row->style->ascii ? "~" : "…";
    unsigned head = (columns - 1) / 3, tail = columns - 1 - head;

    if (live->name_width <= columns) {
        row_put(row, live->name);
        return;
    }
    row_put_part(row, live->name, 0, head);
    row_put(row, columns > 0 ? gap : "");
    row_put_part(row, live->name, live->name_width - tail, tail);
}

/* A right-aligned cell behind a gap. */
static void put_right(struct row *row, unsigned width, const char *text)
{
    unsigned end = row->width + GAP + width, len = (unsigned)strlen(text);

    row_fill(row, " ", end > len ? end - len : 0);
    row_put(row, text);
}

static void put_ms(struct row *row, int64_t duration_ns)
{
    struct row text;

    row_begin(&text, row->style);
    if (duration_ns == DURATION_UNKNOWN)
        row_put(&text, "-");
    else
        row_put_ms(&text, duration_ns);
    put_right(row, MS_WIDTH, text.text);
}

static void put_failed(struct row *row, const struct live_row *live)
{
    struct row text;

    row_begin(&text, row->style);
    if (live->connections == 0)
        row_put(&text, "-");
    else
        row_put_percent(&text, live->unmet, live->connections);
    put_right(row, FAILED_WIDTH, text.text);
}

static void put_spark(struct row *row, const struct live_row *live, unsigned columns)
{
    uint32_t times[RECENT_MAX];
    unsigned count = live->recent_count < columns ? live->recent_count : columns;

    for (unsigned i = 0; i < count; i++)
        times[i] = live->recent[(live->next + RECENT_MAX - count + i) % RECENT_MAX];
    row_fill(row, " ", row->width + GAP);
    sparkline_put(row, times, count, NOISE_NS);
}

static void put_row(struct row *row, const struct live_row *live, const struct widths *widths)
{
    const char *state = port_state_name(live->port_state);
    unsigned start = row->width;

    put_short_name(row, live, widths->name);
    row_fill(row, " ", start + widths->name + 1);
    start = row->width;
    row_put_colored(row, port_state_color(live->port_state), state != NULL ? state : "-");
    row_fill(row, " ", start + STATE_WIDTH);
    if (widths->last)
        put_ms(row, live->last_ns);
    if (widths->mean)
        put_ms(row, rtt_stats_mean_ns(&live->rtt));
    if (widths->failed)
        put_failed(row, live);
    if (widths->spark > 0)
        put_spark(row, live, widths->spark);
}

static void put_titles(struct row *row, const struct widths *widths)
{
    row_put(row, "target");
    row_fill(row, " ", widths->name + 1);
    row_put(row, "port");
    row_fill(row, " ", widths->name + 1 + STATE_WIDTH);
    if (widths->last)
        put_right(row, MS_WIDTH, "last ms");
    if (widths->mean)
        put_right(row, MS_WIDTH, "mean ms");
    if (widths->failed)
        put_right(row, FAILED_WIDTH, "failed");
    if (widths->spark > 0) {
        row_fill(row, " ", row->width + GAP);
        row_put(row, "recent");
    }
}

/* "40 targets, 22 shown: 30 open, 4 closed, 6 pending" */
static void put_standing(struct row *row, const struct live_table *table, size_t shown)
{
    uint64_t counts[PORT_STATE_COUNT + 1] = {0}, targets = 0;
    const char *separator = ": ";

    for (size_t i = 0; i < table->count; i++) {
        const struct live_row *live = table->rows[i];

        if (live->twin)
            continue;
        counts[(unsigned)live->port_state < PORT_STATE_COUNT ? live->port_state
                                                             : PORT_STATE_COUNT]++;
        targets++;
    }
    row_put_number(row, targets);
    row_put(row, targets == 1 ? " target" : " targets");
    if (shown < targets) {
        row_put(row, ", ");
        row_put_number(row, shown);
        row_put(row, " shown");
    }
    for (unsigned i = 0; i <= PORT_STATE_COUNT; i++) {
        if (counts[i] == 0)
            continue;
        row_put(row, separator);
        row_put_number(row, counts[i]);
        row_put(row, " ");
        row_put_colored(row, port_state_color((enum port_state)i),
                        i < PORT_STATE_COUNT ? port_state_name((enum port_state)i) : "pending");
        separator = ", ";
    }
}

/* The first row to show: so that the first pending one stands below the middle. */
static size_t scroll(struct live_table *table, size_t visible)
{
    size_t above = visible * 2 / 3, first;

    while (table->pending < table->count &&
           (table->rows[table->pending]->connections > 0 || table->rows[table->pending]->twin))
        table->pending++;
    if (table->pending == table->count || table->count <= visible) /* all have their first */
        return 0;
    first = table->pending > above ? table->pending - above : 0;
    return first + visible > table->count ? table->count - visible : first;
}

/* Puts a line of the frame in its place; more says whether another one follows. */
static void put_line(struct row *row, unsigned columns, bool more, FILE *out)
{
    struct row cut;

    row_begin(&cut, row->style);
    row_put_part(&cut, row->text, 0, columns);
    fputs(CLEAR_LINE, out);
    fputs(row->width > columns ? cut.text : row->text, out);
    fputs(more ? "\r\n" : "", out);
    row_begin(row, row->style);
}

/* The rows of one frame; returns how many there are. */
static size_t draw_rows(struct live_table *table, size_t visible, const struct widths *widths,
                        const struct report_style *style, FILE *out)
{
    struct row row;
    size_t drawn = 0;

    row_begin(&row, style);
    for (size_t i = scroll(table, visible); i < table->count && drawn < visible; i++) {
        if (table->rows[i]->twin)
            continue;
        put_row(&row, table->rows[i], widths);
        put_line(&row, style->columns, true, out);
        drawn++;
    }
    return drawn;
}

/* If there is no room, the titles are left out first, then rows, the last line never. */
void live_table_draw(struct live_table *table, unsigned rows, const struct report_style *style,
                     FILE *out)
{
    struct widths widths = plan(table, style->columns);
    struct row row;
    size_t drawn;

    sort(table);
    row_begin(&row, style);
    fputs(TO_TOP, out);
    if (rows > 2) {
        put_titles(&row, &widths);
        put_line(&row, style->columns, true, out);
    }
    drawn = draw_rows(table, rows > 2 ? rows - 2 : rows - 1, &widths, style, out);
    put_standing(&row, table, drawn);
    put_line(&row, style->columns, false, out);
    fputs(CLEAR_BELOW, out);
}

void live_table_print(struct live_table *table, const struct report_style *style, FILE *out)
{
    struct widths widths = plan(table, style->columns);
    struct row row;

    sort(table);
    row_begin(&row, style);
    put_titles(&row, &widths);
    row_end_fitted(&row, 0, out);
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i]->twin)
            continue;
        put_row(&row, table->rows[i], &widths);
        row_end(&row, out);
    }
}
