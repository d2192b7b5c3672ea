/* SPDX-License-Identifier: BSD-2-Clause */
/* Properties of the terminal behind a stream. */
#ifndef TCPSHAKE_OUTPUT_TERMINAL_H
#define TCPSHAKE_OUTPUT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

bool terminal_is(FILE *file);

/* Whether it understands ECMA-48: a terminal without TERM, or with TERM=dumb, is taken not to. */
bool terminal_moves(FILE *file);

struct window {
    unsigned columns, rows;
    bool unbounded; /* no terminal, and COLUMNS is not set */
};

/* Its current size. If it does not report one, or the stream is not a terminal, COLUMNS and LINES
 * apply, or else 80 by 24. */
struct window terminal_window(FILE *file);

#endif
