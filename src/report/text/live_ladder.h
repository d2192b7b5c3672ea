/* SPDX-License-Identifier: BSD-2-Clause */
/* The figure of a connection that is not over, redrawn in place on a terminal. It stands below the
 * cursor, which rests at its beginning: there a terminal keeps it, whatever a new width does to the
 * lines below. */
#ifndef TCPSHAKE_REPORT_TEXT_LIVE_LADDER_H
#define TCPSHAKE_REPORT_TEXT_LIVE_LADDER_H

#include "report/report.h"

/* What has to be replaced. */
enum live_ladder_before {
    LIVE_LADDER_NOTHING, /* the cursor is at the beginning of an empty line */
    LIVE_LADDER_KEPT,    /* a figure, on a terminal of the same size */
    LIVE_LADDER_MOVED,   /* a figure, and the terminal has another size since */
};

/* Draws the figure so far for a screen of style->columns and rows (at least 1): the latest rows, if
 * there are more. Returns false if memory ran out. */
bool live_ladder_draw(const struct connection_result *result, enum live_ladder_before before,
                      unsigned rows, const struct report_style *style, FILE *out);

/* Removes it, and leaves the cursor where it was before the first one. */
void live_ladder_clear(enum live_ladder_before before, FILE *out);

#endif
