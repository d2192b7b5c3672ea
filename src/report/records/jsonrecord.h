/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON record of one connection: what a large capture gives millions of. */
#ifndef TCPSHAKE_REPORT_RECORDS_JSONRECORD_H
#define TCPSHAKE_REPORT_RECORDS_JSONRECORD_H

#include "report/report.h"

/* Writes a connection as a line to the buffer of the report, whose words are in quotes, "null" for
 * none. */
void jsonrecord_put(struct report *report, const struct connection_result *result);

#endif
