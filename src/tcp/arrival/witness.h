/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the evidence of a connection, segment by segment. */
#ifndef TCPSHAKE_TCP_ARRIVAL_WITNESS_H
#define TCPSHAKE_TCP_ARRIVAL_WITNESS_H

#include "tcp/arrival/arriving.h"
#include "tcp/evidence.h"

/* For witness_segment alone: does the work for a segment that may tell something. */
void witness_telling(struct evidence *evidence, const struct arriving *arriving,
                     struct finding finding);

/* Notes what a segment tells, after it was judged and before its sender remembers it as its latest.
 * Most tell nothing. */
static inline void witness_segment(struct evidence *evidence, const struct arriving *arriving,
                                   struct finding finding)
{
    const struct segment *s = arriving->segment;
    bool control = (s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0;
    if (control | (s->window == 0) | (arriving->course->watch != 0) |
        (finding.note == NOTE_WRONG_ACK))
        witness_telling(evidence, arriving, finding);
}

/* Notes an ICMP error that counts. */
void witness_icmp(struct evidence *evidence, const struct icmp_error *error);

#endif
