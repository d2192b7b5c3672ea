/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments of ours that were handed to the kernel and should come back through the capture. */
#ifndef TCPSHAKE_FLIGHT_ECHOES_H
#define TCPSHAKE_FLIGHT_ECHOES_H

#include "tcp/host.h"
#include "wire/segment.h"

/* How long an echo may take before its segment is held to be lost from the capture. */
#define ECHO_GRACE_NS INT64_C(200000000)

/* What tells one segment from another. IPv6 has no identification, so that it takes the rest. */
struct echo_mark {
    uint32_t seq, seq_end, ack;
    uint16_t flags, ip_id;
    uint32_t tsval; /* 0 without timestamps */
};

/* A segment just sent. */
struct sent {
    int64_t monotonic_ns; /* read before sending */
    struct echo_mark mark;
    uint32_t len;
    const uint8_t *bytes;    /* the IP datagram as crafted */
    enum host_error refusal; /* of what this host did not send */
};

struct echo {
    struct echo *next;
    struct sent sent; /* with bytes of its own */
    uint8_t bytes[];
};

#define KNOWN_FIRST 2 /* most connections have no more; the others need memory of their own */
#define KNOWN_MOST  16

/* The last few that were captured or counted as missed, to recognize a second copy. */
struct known_echoes {
    struct echo_mark first[KNOWN_FIRST]; /* flags: with a bit more for one that was missed */
    uint32_t next : 31;                  /* counts on; its remainder is the place */
    uint32_t lacks_memory : 1;
    struct echo_mark *more; /* behind the first; NULL: no room for them, or no need yet */
};

/* Oldest first; all zero is empty. Resets are few and remembered apart: one that is not known would
 * pass for the local kernel's, whatever else was sent meanwhile. */
struct echoes {
    struct echo *head, *tail;
    struct known_echoes known, known_resets;
};

enum echo_match {
    ECHO_EXPECTED, /* came as awaited; it is removed */
    ECHO_KNOWN,    /* a second copy of one that came */
    ECHO_LATE,     /* captured after it was counted as missed */
    ECHO_FOREIGN,  /* not sent by us */
};

/* Remembers a copy of what was sent. Returns false where memory ran out. */
bool echoes_push(struct echoes *echoes, const struct sent *sent);

/* Whose a captured outgoing segment is. */
enum echo_match echoes_match(struct echoes *echoes, const struct segment *segment);

/* Whether memory ran out for some that should be known. */
bool echoes_lack_memory(const struct echoes *echoes);

/* Whether a captured segment, under whatever addresses, is one that waits. */
bool echoes_await(const struct echoes *echoes, const struct segment *segment);

/* Takes the oldest out, which counts as missed; the caller frees it. NULL if none waits. */
struct echo *echoes_give_up(struct echoes *echoes);

/* Forgets them all. */
void echoes_free(struct echoes *echoes);

/* Whether the answer acknowledges one that waits, or a part of it: then that one and all before it
 * were sent although they were not captured. */
bool echoes_acknowledged(const struct echoes *echoes, const struct segment *answer);

/* The same for an ICMP error that quotes one that waits: it got as far as the host that reports it.
 */
bool echoes_quoted(const struct echoes *echoes, const struct segment *error);

#endif
