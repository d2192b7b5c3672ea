/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of the report in a list that the user gives. */
#ifndef TCPSHAKE_BASE_WORDLIST_H
#define TCPSHAKE_BASE_WORDLIST_H

#include <stddef.h>

/* The word of a value, or NULL where it has none. */
typedef const char *word_namer(unsigned value);

/* The length of the word that text begins with: up to a comma or the end. */
size_t wordlist_length(const char *text);

/* The first of the values below count whose word that is, or count. */
unsigned wordlist_find(const char *word, size_t len, word_namer *name_of, unsigned count);

#endif
