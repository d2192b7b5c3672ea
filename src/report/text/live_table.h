/* SPDX-License-Identifier: BSD-2-Clause */
/* Many targets at a glance, a row each: its name, the state of its port, its last and mean round
 * trip, its loss, and its recent round trips as a sparkline. On a terminal it is drawn again and
 * again, in place and no higher than the terminal; at the end all of it stands there as lines. */
#ifndef TCPSHAKE_REPORT_TEXT_LIVE_TABLE_H
#define TCPSHAKE_REPORT_TEXT_LIVE_TABLE_H

#include "report/report.h"

struct live_table;

struct live_table *live_table_new(void); /* NULL: out of memory */
void live_table_free(struct live_table *table);

/* Adds a row, before the first result. A target that is there already has one row all the same.
 * Returns false where memory ran out. */
bool live_table_add(struct live_table *table, const char *host, uint16_t port);

/* Counts a connection to a target that was added. */
void live_table_count(struct live_table *table, const struct connection_result *result);

/* Writes one frame for a screen of style->columns and so many rows (at least 1), with the ECMA-48
 * sequences that put it in the place of the last one. Where not all rows fit, those are shown where
 * results are still to come, and the last line says what the others are. */
void live_table_draw(struct live_table *table, unsigned rows, const struct report_style *style,
                     FILE *out);

/* Writes all of it, line by line. */
void live_table_print(struct live_table *table, const struct report_style *style, FILE *out);

#endif
