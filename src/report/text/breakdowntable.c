/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/breakdowntable.h"

#include "report/words.h"
#include "stats/breakdown.h"

#define ROWS_SHOWN 10u
#define PORT_WIDTH 9u
#define INDENT     2u /* between name and counts */

static void put_port(struct row *row, size_t i, const void *context)
{
    const struct breakdown_list *list = context;
    struct row number;

    row_begin(&number, row->style);
    row_put_number(&number, list->rows[i].port);
    row_fill(row, " ", PORT_WIDTH - number.width);
    row_put(row, number.text);
}

static void put_network(struct row *row, size_t i, const void *context)
{
    const struct breakdown_list *list = context;
    const struct breakdown_row *entry = &list->rows[i];
    char text[ADDRESS_TEXT_MAX];

    row_put(row, "    ");
    row_put(row, address_text(&entry->network, text));
    row_put(row, "/");
    row_put_number(row, entry->bits);
}

/* "    (244 others)", or "    (others)" where they were not counted one by one. */
static void put_others(struct row *row, const struct breakdown_list *list)
{
    row_put(row, "    (");
    if (list->others_count > 0) {
        row_put_number(row, list->others_count);
        row_put(row, list->others_count == 1 ? " other)" : " others)");
    } else {
        row_put(row, "others)");
    }
}

/* "3 open, 251 closed" */
static void put_counts(struct row *row, const struct breakdown_counts *counts)
{
    const char *separator = "";

    for (unsigned i = 0; i < PORT_STATE_COUNT; i++) {
        if (counts->by_port_state[i] == 0)
            continue;
        row_put(row, separator);
        row_put_number(row, counts->by_port_state[i]);
        row_put(row, " ");
        row_put_colored(row, port_state_color(i), port_state_name(i));
        separator = ", ";
    }
}

static void print_list(const char *title, const struct breakdown_list *list, row_putter *put_name,
                       const struct report_style *style, FILE *out)
{
    unsigned width = row_widest(style, list->count, put_name, list);
    struct row row;

    if (list->count == 0)
        return;
    row_begin(&row, style);
    row_put(&row, title);
    row_end_fitted(&row, INDENT, out);
    for (unsigned i = 0; i < list->count; i++) {
        put_name(&row, i, list);
        row_advance(&row, width + INDENT);
        put_counts(&row, &list->rows[i].counts);
        row_end_fitted(&row, PORT_WIDTH + INDENT, out);
    }
    if (list->others_connections == 0)
        return;
    put_others(&row, list);
    row_advance(&row, width + INDENT);
    put_counts(&row, &list->others.counts);
    row_end_fitted(&row, PORT_WIDTH + INDENT, out);
}

void breakdowntable_print(const struct breakdown *breakdown, const struct report_style *style,
                          FILE *out)
{
    unsigned shown = style->verbosity > 0 ? BREAKDOWN_ROWS_MAX : ROWS_SHOWN;
    struct breakdown_list list;

    breakdown_ports(breakdown, shown, &list);
    print_list("by port:", &list, put_port, style, out);
    breakdown_networks(breakdown, shown, &list);
    print_list("by network:", &list, put_network, style, out);
}
