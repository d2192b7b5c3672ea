/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to know of the terminal behind a stream. */
#ifndef TCPSHAKE_OUTPUT_TERMINAL_H
#define TCPSHAKE_OUTPUT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

bool terminal_is(FILE *file);

/* Whether it understands ECMA-48: what TERM calls dumb, or does not name, is taken to understand
 * nothing. */
bool terminal_moves(FILE *file);

struct window {
    unsigned columns, rows;
};

/* Its size as it is now. What it does not tell, COLUMNS and LINES do, or else it is 80 by 24. What
 * is no terminal is 80 columns wide. */
struct window terminal_window(FILE *file);

#endif
