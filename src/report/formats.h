/* SPDX-License-Identifier: BSD-2-Clause */
/* Every format there is; output/formats.c lists them. */
#ifndef TCPSHAKE_REPORT_FORMATS_H
#define TCPSHAKE_REPORT_FORMATS_H

#include "report/report.h"

extern const struct report_format format_text;
extern const struct report_format format_table;
extern const struct report_format format_json;
extern const struct report_format format_csv;
extern const struct report_format format_nagios;
extern const struct report_format format_svg;
extern const struct report_format format_prometheus;

#endif
