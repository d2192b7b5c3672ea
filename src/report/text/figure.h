/* SPDX-License-Identifier: BSD-2-Clause */
/* What the figure of a connection is drawn with, in any layout: the current line, and the
 * lines that are the same in all of them. */
#ifndef TCPSHAKE_REPORT_TEXT_FIGURE_H
#define TCPSHAKE_REPORT_TEXT_FIGURE_H

#include "report/label.h"
#include "report/landmarks.h"
#include "report/lifelines.h"
#include "report/row.h"

struct figure {
    const struct connection_result *result; /* borrowed */
    struct report_style style;
    FILE *out;
    struct landmarks marks;
    struct lifelines lines;
    unsigned time_width;   /* columns of the longest time */
    unsigned below_column; /* where lines below a step begin */
    struct row row;        /* the current line */
};

/* Not to be copied or moved afterwards. */
void figure_begin(struct figure *figure, const struct connection_result *result,
                  const struct report_style *style, FILE *out);

/* The words on the arrow of a step. */
void figure_label(const struct figure *figure, const struct step *step, struct label *label);

void figure_end_line(struct figure *figure);

/* A time since the epoch at the beginning of its line; nothing for one that is unknown. */
void figure_put_time(struct figure *figure, int64_t time_ns);

/* Lines for a silence. */
void figure_put_wait(struct figure *figure, int64_t wait_ns);

/* Lines of their own below a step; none for an empty text. */
void figure_put_below(struct figure *figure, const char *text);

/* The same for what is to be noted of the step. */
void figure_put_note(struct figure *figure, const struct step *step);

/* One sentence of the outcome. */
void figure_put_outcome(struct figure *figure,
                        void (*sentence)(struct row *, const struct connection_result *));

#endif
