/* SPDX-License-Identifier: BSD-2-Clause */
/* Many connections: a table with a line for each. */
#ifndef TCPSHAKE_REPORT_TEXT_TABLE_H
#define TCPSHAKE_REPORT_TEXT_TABLE_H

#include "report/report.h"

/* Lays the table out by its first connection and writes the titles. Connections of other programs,
 * without a target, are identified by both ends and their time; our own by number and target. Of
 * the other columns those are shown that fit the columns beside the more important ones; all where
 * the output has no width. */
void table_begin(struct table_layout *layout, const struct connection_result *first,
                 const struct report_style *style, FILE *out);

/* The line of a connection; number counts those of the run from 1. A column becomes wider for what
 * does not fit it, from this line on, if that leaves the line whole. */
void table_put(struct table_layout *layout, const struct connection_result *result, uint64_t number,
               const struct report_style *style, FILE *out);

#endif
