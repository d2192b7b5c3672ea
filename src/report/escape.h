/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside (names, interfaces of a capture file) on its way to a terminal. */
#ifndef TCPSHAKE_REPORT_ESCAPE_H
#define TCPSHAKE_REPORT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"

/* Columns that a character takes on a terminal: 0 (combining), 1 or 2 (East Asian wide). */
unsigned utf8_columns(uint32_t code);

/* Copies text to out, of size bytes (at least 1), in a form that drives no terminal: controls,
 * bidirectional and invisible characters, backslashes and what is no UTF-8 become escapes (\n,
 * \x1b, \u202e); with ascii everything else outside ASCII too. Cuts at a whole character or escape
 * where out is full. Returns out. */
const char *escape_text(char *out, size_t size, const char *text, bool ascii);

#endif
