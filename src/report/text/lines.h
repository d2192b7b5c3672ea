/* SPDX-License-Identifier: BSD-2-Clause */
/* Many connections: a table with a line for each, and a summary that reads like ping's. */
#ifndef TCPSHAKE_REPORT_TEXT_LINES_H
#define TCPSHAKE_REPORT_TEXT_LINES_H

#include "report/report.h"

/* both_ends: connections of other programs, identified by client, server and time; otherwise our
 * own, by number and target. The same for the titles and for every line. */
void lines_print_titles(bool both_ends, const struct report_style *style, FILE *out);

/* number counts the connections of the run from 1. */
void lines_print(const struct connection_result *result, uint64_t number, bool both_ends,
                 const struct report_style *style, FILE *out);

void lines_print_summary(const struct summary *summary, const struct report_style *style,
                         FILE *out);

#endif
