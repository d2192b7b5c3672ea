/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder of one connection as a drawing. */
#ifndef TCPSHAKE_REPORT_SVG_SVGLADDER_H
#define TCPSHAKE_REPORT_SVG_SVGLADDER_H

#include "report/svg/drawing.h"

/* Draws it from y on, with a remark below its heading unless that is empty. Returns where it ends.
 */
int svgladder_draw(struct drawing *drawing, int y, const struct connection_result *result,
                   const char *remark, const struct report_style *style);

#endif
