/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/pathtable.h"

#include <inttypes.h>
#include <stdio.h>

#include "report/pathwords.h"
#include "stats/pathtotals.h"

#define MEAN_WIDTH    10
#define TOTALS_FIRST  32 /* more than the figures before the mean take */
#define ADDRESS_SPACE 14 /* where addresses begin, behind the number of the hop and its time */

struct table {
    struct row row;
    unsigned remark_column; /* where remarks begin, on lines of their own after the first */
    bool first;             /* of the hop */
    FILE *out;
};

static void put_address(struct row *row, size_t i, const void *context)
{
    const struct path *path = context;

    pathwords_address(row, &path->hops[i]);
}

/* On the line of its hop, or on one of its own below. */
static void put_remark(void *context, const struct row *remark)
{
    struct table *table = context;

    if (!table->first)
        row_end_fitted(&table->row, table->remark_column, table->out);
    row_advance(&table->row, table->remark_column);
    row_put(&table->row, remark->text);
    table->first = false;
}

static void put_time(struct row *row, const struct path_hop *hop)
{
    struct row time;

    row_begin(&time, row->style);
    if (hop->answered > 0 && hop->rtt_ns != INT64_MIN)
        row_put_ms(&time, hop->rtt_ns);
    row_fill(row, " ", ADDRESS_SPACE - 2 > time.width ? ADDRESS_SPACE - 2 - time.width : 0);
    row_put(row, time.text);
    row_advance(row, ADDRESS_SPACE);
}

static void put_hop(struct table *table, const struct path *path, uint8_t ttl)
{
    struct row *row = &table->row;
    const struct path_hop *hop = &path->hops[ttl - 1];
    char number[8];

    snprintf(number, sizeof number, "%3" PRIu8, ttl);
    row_put(row, number);
    put_time(row, hop);
    pathwords_address(row, hop);
    table->first = true;
    pathwords_remarks(path, ttl, row->style, put_remark, table);
    row_end_fitted(row, table->remark_column, table->out);
}

void pathtable_print(const struct path *path, const struct report_style *style, FILE *out)
{
    unsigned width = row_widest(style, path->hop_count, put_address, path);
    struct table table = {.out = out, .remark_column = ADDRESS_SPACE + width + 2};

    row_begin(&table.row, style);
    row_put(&table.row, "hop");
    row_fill(&table.row, " ", ADDRESS_SPACE - 4);
    row_put(&table.row, "ms  address");
    row_end(&table.row, out);
    for (uint8_t ttl = 1; ttl <= path->hop_count; ttl++)
        put_hop(&table, path, ttl);
    pathwords_end(&table.row, path);
    row_end_wrapped(&table.row, 0, out);
}

/* "3 of 3" and the mean time, each in its column. */
static void put_figures(struct row *row, const struct hop_total *hop, unsigned ttl)
{
    char text[TOTALS_FIRST];
    struct row mean;

    snprintf(text, sizeof text, "  %3u %6" PRIu64 " %6.1f%%", ttl, hop->sent,
             hop_total_loss_percent(hop));
    row_put(row, text);
    row_begin(&mean, row->style);
    if (hop->rtt.count > 0)
        row_put_ms(&mean, rtt_stats_mean_ns(&hop->rtt));
    row_fill(row, " ", row->width + (MEAN_WIDTH > mean.width ? MEAN_WIDTH - mean.width : 1));
    row_put(row, mean.text);
    row_put(row, "  ");
}

static void put_addresses(struct row *row, const struct hop_total *hop)
{
    for (size_t i = 0; i < hop->address_count; i++) {
        char text[ADDRESS_TEXT_MAX];

        row_put(row, i > 0 ? ", " : "");
        row_put(row, address_text(&hop->addresses[i].address, text));
        if (hop->addresses[i].name[0] != '\0') {
            row_put(row, " ");
            row_put_foreign(row, hop->addresses[i].name);
        }
        if (hop->address_count == 1)
            continue;
        row_put(row, " (");
        row_put_number(row, hop->addresses[i].connections);
        row_put(row, ")");
    }
    if (hop->more_addresses)
        row_put(row, ", and more");
    if (hop->address_count == 0)
        row_put(row, "no answer");
    if (hop->address_count > 1)
        row_put(row, ": several paths (ECMP)");
}

void pathtable_print_totals(const struct path_totals *totals, const struct report_style *style,
                            FILE *out)
{
    struct row row;

    row_begin(&row, style);
    row_put(&row, "  hop   SYNs    loss    avg ms  address");
    row_end_fitted(&row, 0, out);
    for (unsigned i = 0; i < totals->hop_count; i++) {
        put_figures(&row, &totals->hops[i], i + 1);
        put_addresses(&row, &totals->hops[i]);
        row_end_fitted(&row, TOTALS_FIRST, out);
    }
}
