/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection as the textbook figure: time, both ends' states, the segments between them. */
#ifndef TCPSHAKE_REPORT_TEXT_LADDER_H
#define TCPSHAKE_REPORT_TEXT_LADDER_H

#include "report/report.h"

/* Writes the whole figure with its heading and its verdict. */
void ladder_print(const struct connection_result *result, const struct report_style *style,
                  FILE *out);

/* Writes the same of a connection that is not over: neither outcome nor verdict. */
void ladder_print_so_far(const struct connection_result *result, const struct report_style *style,
                         FILE *out);

/* Writes its last line alone: "example.com:443 open". */
void ladder_print_verdict(const struct connection_result *result, const struct report_style *style,
                          FILE *out);

#endif
