/* SPDX-License-Identifier: BSD-2-Clause */
/* What --path and --path-mtu found, as a drawing. */
#ifndef TCPSHAKE_REPORT_SVG_SVGPATH_H
#define TCPSHAKE_REPORT_SVG_SVGPATH_H

#include "report/svg/drawing.h"

/* Draws the way from this host to the target from above to below, from y on, with what there is to
 * say of each hop beside it, and the path MTU below. Returns where it ends: y, if neither is known.
 */
int svgpath_draw(struct drawing *drawing, int y, const struct connection_result *result,
                 const struct report_style *style);

#endif
