/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of our remarks: see annotation.c. Readers move *text behind what they read. */
#ifndef TCPSHAKE_FILES_REMARKWORDS_H
#define TCPSHAKE_FILES_REMARKWORDS_H

#include "tcp/result.h"

#define REMARK_PREFIX "tcpshake:"
#define REMARK_MAX    512

/* Whether text begins with word. */
bool remark_word(const char **text, const char *word);

/* key and a decimal number of min to max. */
bool remark_number(const char **text, const char *key, int64_t min, int64_t max, int64_t *out);

/* key and an address. */
bool remark_address(const char **text, const char *key, struct address *out);

/* An address and a port with their keys. */
bool remark_endpoint(const char **text, const char *address_key, const char *port_key,
                     struct endpoint *out);

/* A remark that begins with word and a connection's ends, into out (REMARK_MAX bytes). Returns its
 * length. */
size_t remark_ends_text(const char *word, const struct endpoint ends[ENDS], char *out);

/* Reads that; false for any other remark, or NULL. */
bool remark_ends(const char **comment, const char *word, struct endpoint ends[ENDS]);

#endif
