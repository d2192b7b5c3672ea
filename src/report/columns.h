/* SPDX-License-Identifier: BSD-2-Clause */
/* The width of characters on a terminal. */
#ifndef TCPSHAKE_REPORT_COLUMNS_H
#define TCPSHAKE_REPORT_COLUMNS_H

#include <stdint.h>

/* Columns that a character takes on a terminal: 0 (combining), 1 or 2 (East Asian wide). */
unsigned utf8_columns(uint32_t code);

#endif
