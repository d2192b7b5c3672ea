/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of values in tables. */
#ifndef TCPSHAKE_BASE_LOOKUP_H
#define TCPSHAKE_BASE_LOOKUP_H

#include <stddef.h>

#define ENTRIES(table) (sizeof(table) / sizeof(table)[0])

/* The entry of a table of words, or NULL where the value has none. */
#define LOOK_UP(table, value) ((size_t)(value) < ENTRIES(table) ? (table)[value] : NULL)

#endif
