/* SPDX-License-Identifier: BSD-2-Clause */
/* The line of a monitoring plugin, by the Monitoring Plugins guidelines: the state, the finding,
 * and after a bar the performance data. */
#ifndef TCPSHAKE_REPORT_RECORDS_NAGIOS_H
#define TCPSHAKE_REPORT_RECORDS_NAGIOS_H

#include "report/report.h"

/* The whole answer of a plugin that could not check: "TCPSHAKE UNKNOWN - text". */
void nagios_print_error(enum plugin_status status, const char *text, FILE *out);

#endif
