/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of text that is being written: knows how many columns of a terminal it takes, never
 * overruns.
 */
#ifndef TCPSHAKE_REPORT_ROW_H
#define TCPSHAKE_REPORT_ROW_H

#include "report/report.h"

#define ROW_MAX 2048 /* bytes; what is longer is cut */

enum color {
    COLOR_NONE,
    COLOR_GOOD,   /* open */
    COLOR_BAD,    /* closed, refused, no answer */
    COLOR_NOTICE, /* deserves attention */
    COLOR_STATE,  /* a state that changes */
    COLOR_COUNT,
};

struct row {
    const struct report_style *style;
    size_t len;
    unsigned width;     /* columns taken */
    char text[ROW_MAX]; /* NUL-terminated */
};

void row_begin(struct row *row, const struct report_style *style);

/* Each of these appends, and does nothing where no room is left. */
void row_put(struct row *row, const char *text); /* our own words, UTF-8, or another row's */
void row_put_foreign(struct row *row, const char *text); /* text from outside, escaped */
void row_put_number(struct row *row, uint64_t number);
void row_put_ms(struct row *row, int64_t duration_ns); /* "12.346", rounded to the microsecond */
/* "97.5%", with one decimal: 0.0% and 100.0% are nothing and all of whole, which is not 0. */
void row_put_percent(struct row *row, uint64_t part, uint64_t whole);
void row_put_colored(struct row *row, enum color color, const char *text);

/* As much of text as fits the columns, from its beginning or after skip columns. */
void row_put_part(struct row *row, const char *text, unsigned skip, unsigned columns);

/* A number and what it counts, as "1 segment" or "2 segments". */
void row_put_counted(struct row *row, uint64_t count, const char *one);

/* Repeats a glyph up to a column counted from 0. */
void row_fill(struct row *row, const char *glyph, unsigned column);

/* Spaces up to that column; at least one where text already stands there. */
void row_advance(struct row *row, unsigned column);

/* Appends text with a separator in front, unless the row is empty. */
void row_join(struct row *row, const char *separator, const char *text);

/* "host" or, for what has a colon in it, "[host]", then ":port"; port 0 is left out. */
void row_put_host_port(struct row *row, const char *host, uint16_t port);

/* The length of the character, or of the whole SGR sequence, that text begins with, which is not
 * empty; *columns becomes what it takes of a terminal. */
size_t row_next_glyph(const char *text, unsigned *columns);

/* The colour that an SGR sequence of ours turns on; COLOR_NONE for the one that ends it. */
enum color row_sgr_color(const char *text);

/* Writes the row as one line and empties it. */
void row_end(struct row *row, FILE *out);

/* The same; but on a terminal a row that is too wide becomes several lines, those behind the first
 * indented to column. */
void row_end_fitted(struct row *row, unsigned column, FILE *out);

/* The same whatever the output is. */
void row_end_wrapped(struct row *row, unsigned column, FILE *out);

/* Writes text as lines indented to column, broken at spaces so that they fit style->columns, and
 * within a word that is longer than a line. */
void row_wrap(struct row *row, unsigned column, const char *text, FILE *out);

/* Begins with entry i of what context holds. */
typedef void row_putter(struct row *row, size_t i, const void *context);

/* The columns that the widest of count entries takes. */
unsigned row_widest(const struct report_style *style, size_t count, row_putter *put_entry,
                    const void *context);

#endif
