/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_OUTPUT_FORMATS_H
#define TCPSHAKE_OUTPUT_FORMATS_H

#include "report/report.h"

/* The formats that there are, ended by one without a name; the first is the default. */
extern const struct report_format *const report_formats[];

/* By its name, or NULL. */
const struct report_format *report_format_find(const char *name);

#endif
