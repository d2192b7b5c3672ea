/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary of a target or of a run, which reads like ping's. */
#ifndef TCPSHAKE_REPORT_TEXT_SUMMARY_H
#define TCPSHAKE_REPORT_TEXT_SUMMARY_H

#include "report/report.h"

void summary_print(const struct summary *summary, const struct report_style *style, FILE *out);

#endif
