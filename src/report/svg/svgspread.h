/* SPDX-License-Identifier: BSD-2-Clause */
/* How the times that several connections took to open are distributed, as a drawing. */
#ifndef TCPSHAKE_REPORT_SVG_SVGSPREAD_H
#define TCPSHAKE_REPORT_SVG_SVGSPREAD_H

#include "report/svg/drawing.h"

/* Draws a histogram for each summary that has such times, the first sixteen, all over one axis,
 * from y on. Returns where it ends. */
int svgspread_draw(struct drawing *drawing, int y, const struct summary *summaries, size_t count,
                   const struct report_style *style);

#endif
