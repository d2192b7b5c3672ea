/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_REPORT_RECORDS_JSONBREAKDOWN_H
#define TCPSHAKE_REPORT_RECORDS_JSONBREAKDOWN_H

#include "report/records/jsonwriter.h"

struct breakdown;

/* The fields by_port and by_network of a summary, each of them only if there is something to tell.
 */
void jsonbreakdown_put(struct json *json, const struct breakdown *breakdown);

#endif
