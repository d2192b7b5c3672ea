/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_REPORT_TEXT_PATHTABLE_H
#define TCPSHAKE_REPORT_TEXT_PATHTABLE_H

#include "report/report.h"

struct path;
struct path_totals;

/* The hops of --path, a line each, and how far the path goes. */
void pathtable_print(const struct path *path, const struct report_style *style, FILE *out);

/* The same of all connections to a target: how many SYNs each hop answered, in which time, and from
 * which addresses. */
void pathtable_print_totals(const struct path_totals *totals, const struct report_style *style,
                            FILE *out);

#endif
