/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside (names, interfaces of a capture file, what a library complains of) on its way
 * to a terminal. */
#ifndef TCPSHAKE_BASE_ESCAPE_H
#define TCPSHAKE_BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#define ESCAPE_GROWTH 4 /* an escaped text is at most this many times as long */

/* Copies text to out, of size bytes (at least 1), in a form that drives no terminal and looks like
 * no other text: controls, bidirectional and invisible characters, blanks other than the space,
 * backslashes and what is no UTF-8 become escapes (\n, \x1b, \u202e); with ascii everything else
 * outside ASCII too. Cuts at a whole character or escape where out is full. Returns out. */
const char *escape_text(char *out, size_t size, const char *text, bool ascii);

#endif
