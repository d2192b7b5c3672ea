/* SPDX-License-Identifier: BSD-2-Clause */
/* The live table, a row for each target: name, port state, last and mean time to connect,
 * percentage of failures, and recent times as a sparkline. On a terminal it is redrawn in place and
 * fits the screen; at the end it is printed as lines. The few ECMA-48 sequences that it needs are
 * the same on every terminal that is not "dumb", so no terminal library is used, whose database the
 * sandbox would have to let it open. */
#ifndef TCPSHAKE_REPORT_TEXT_LIVE_TABLE_H
#define TCPSHAKE_REPORT_TEXT_LIVE_TABLE_H

#include "report/report.h"

struct live_table;

struct live_table *live_table_new(void); /* NULL: out of memory */
void live_table_free(struct live_table *table);

/* Adds a row, before the first result. A target that was already added keeps a single row. Returns
 * false if memory ran out. */
bool live_table_add(struct live_table *table, const char *host, uint16_t port);

/* Counts a connection to a target that was added. */
void live_table_count(struct live_table *table, const struct connection_result *result);

/* Writes one frame for a screen of style->columns and rows (at least 1), with the ECMA-48 sequences
 * that replace the last one. If not all rows fit, those with pending results are shown; the last
 * line counts all. */
void live_table_draw(struct live_table *table, unsigned rows, const struct report_style *style,
                     FILE *out);

/* Writes all of it, line by line. */
void live_table_print(struct live_table *table, const struct report_style *style, FILE *out);

#endif
