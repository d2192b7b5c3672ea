/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_REPORT_RECORDS_JSONPATH_H
#define TCPSHAKE_REPORT_RECORDS_JSONPATH_H

#include "report/buffer.h"

struct json;
struct path;
struct path_mtu;
struct path_totals;

/* Writes the field "path", with a comma in front. */
void jsonpath_put(struct buffer *buffer, const struct path *path);

/* The same for "path_mtu". */
void jsonpath_put_mtu(struct buffer *buffer, const struct path_mtu *mtu);

/* Adds the field "path" of a summary. */
void jsonpath_put_totals(struct json *json, const struct path_totals *totals);

#endif
