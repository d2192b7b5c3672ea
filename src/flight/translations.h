/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections in flight that this host translates: on the wire they have other addresses or ports.
 * A segment of theirs is recognized by what no other connection knows: our random initial sequence
 * number, in the SYN or in the acknowledgement of it. */
#ifndef TCPSHAKE_FLIGHT_TRANSLATIONS_H
#define TCPSHAKE_FLIGHT_TRANSLATIONS_H

#include "flight/pool.h"

#define TRANSLATIONS_BUCKETS 64u

/* All zero is empty. */
struct translations {
    struct wire_tuple *buckets[TRANSLATIONS_BUCKETS];
};

/* Whose a segment is. */
struct match {
    struct flight *flight;
    bool sent; /* by us; an ICMP error counts as what it quotes */
};

/* By a tuple that was seen before. Returns false if there is none. */
bool translations_find(const struct translations *translations, const struct segment *segment,
                       struct match *match);

/* By its numbers: a SYN of ours, an answer to one, or an ICMP error that quotes one. */
bool translations_recognize(const struct pool *pool, const struct segment *segment,
                            enum segment_kind kind, struct match *match);

/* Remembers the tuple of a segment, in both directions. Returns false if memory ran out. */
bool translations_add(struct translations *translations, const struct segment *segment,
                      const struct match *match);

/* The connection is over. */
void translations_forget(struct translations *translations, const struct flight *flight);

#endif
