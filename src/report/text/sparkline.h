/* SPDX-License-Identifier: BSD-2-Clause */
/* A row of small bars, one for each of some times in their order. */
#ifndef TCPSHAKE_REPORT_TEXT_SPARKLINE_H
#define TCPSHAKE_REPORT_TEXT_SPARKLINE_H

#include "report/row.h"

#define SPARK_LOST UINT32_MAX /* there was no time: shown as a cross */

/* Appends a column for each of count times, in any unit. The scale is their own: the lowest bar is
 * the least of them, the highest the greatest, but at least half as much again as the least, and
 * noise more than it: so that what hardly varies looks flat. */
void sparkline_put(struct row *row, const uint32_t *times, unsigned count, uint32_t noise);

#endif
