/* SPDX-License-Identifier: BSD-2-Clause */
/* An SVG document that is being written: text and lines in whole pixels, in a monospaced font, so
 * that what takes which room is known without asking a font. */
#ifndef TCPSHAKE_REPORT_SVG_DRAWING_H
#define TCPSHAKE_REPORT_SVG_DRAWING_H

#include "report/row.h"

#define GLYPH_WIDTH  8  /* at least what a column of any monospaced face takes at this size */
#define LINE_HEIGHT  17 /* from one baseline to the next */
#define LINE_ASCENT  12 /* above the baseline ... */
#define LINE_DESCENT 4  /* ... and below it */
#define MARGIN       24

struct drawing {
    FILE *out;         /* takes the elements */
    int right, bottom; /* how far they reach */
};

enum anchor {
    ANCHOR_START,
    ANCHOR_MIDDLE,
    ANCHOR_END,
};

struct point {
    int x, y;
};

/* Text on one line. It is our own words or another row's: SGR sequences become classes. class may
 * be NULL. */
void drawing_text(struct drawing *drawing, struct point at, enum anchor anchor, const char *class,
                  const char *text);

/* The same on as many lines as it takes, none wider than columns. Returns how many. */
int drawing_paragraph(struct drawing *drawing, struct point at, enum anchor anchor,
                      const char *class, const char *text, unsigned columns);

/* How many lines that would be: none for an empty text. */
int drawing_lines_of(const char *text, unsigned columns);

void drawing_line(struct drawing *drawing, struct point from, struct point to, const char *class);

/* A horizontal line from one place to another on it with a head at its end. */
void drawing_arrow(struct drawing *drawing, struct point from, int to_x, const char *class);

void drawing_box(struct drawing *drawing, struct point at, int width, int height,
                 const char *class);

/* Writes the whole document: what body, of len bytes, holds was drawn by drawing. title and
 * description say it in words. */
void drawing_document(const struct drawing *drawing, const char *body, size_t len,
                      const char *title, const char *description, FILE *out);

#endif
