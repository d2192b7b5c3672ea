/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host of a live run knew beside the wire, in the words of a recording's remarks. */
#ifndef TCPSHAKE_FILES_HOSTWORDS_H
#define TCPSHAKE_FILES_HOSTWORDS_H

#include "tcp/host.h"

#define HOST_WORDS_MAX 1440
#define HOP_REMARK_MAX 1024

/* What a remark goes on with: all but the translations; "" for NULL and where nothing is known.
 * Returns out. */
const char *host_words(const struct host_facts *host, char out[HOST_WORDS_MAX]);

/* Reads those, each of which may be missing; returns whether there was one. *text moves behind
 * them. */
bool host_words_parse(const char **text, struct host_facts *host);

/* A remark on a connection: the tuple on the wire where this host translates what is sent, or what
 * is received. Returns out (REMARK_MAX bytes). */
const char *host_translation_format(const struct endpoint ends[ENDS], bool sent,
                                    const struct translation *translation, char *out);
bool host_translation_parse(const char *comment, struct endpoint ends[ENDS], bool *sent,
                            struct translation *translation);

/* A remark on a connection: the name of an address among the hops of --path. Returns out
 * (HOP_REMARK_MAX bytes). */
const char *host_hop_format(const struct endpoint ends[ENDS], const struct address *address,
                            const char *name, char *out);

/* Reads that; *name points into the comment. */
bool host_hop_parse(const char *comment, struct endpoint ends[ENDS], struct address *address,
                    const char **name);

#endif
