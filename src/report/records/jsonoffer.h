/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_REPORT_RECORDS_JSONOFFER_H
#define TCPSHAKE_REPORT_RECORDS_JSONOFFER_H

#include "report/buffer.h"
#include "tcp/result.h"

struct json;
struct offer_totals;

/* Writes the fields "offer" and "offer_control", each with a comma in front; none if nothing was
 * offered or left out. */
void jsonoffer_put(struct buffer *buffer, const struct connection_result *result);

/* Adds the field "offers" of a summary, and if wanted "compare"; none that would be empty. */
void jsonoffer_put_totals(struct json *json, const struct offer_totals *totals, bool compare);

#endif
