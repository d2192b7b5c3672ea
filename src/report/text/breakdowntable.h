/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_REPORT_TEXT_BREAKDOWNTABLE_H
#define TCPSHAKE_REPORT_TEXT_BREAKDOWNTABLE_H

#include "report/report.h"

struct breakdown;

/* The port states by port and by network, a line each, as far as there is something to tell; all of
 * them only if the style is verbose. */
void breakdowntable_print(const struct breakdown *breakdown, const struct report_style *style,
                          FILE *out);

#endif
