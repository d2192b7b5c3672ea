/* SPDX-License-Identifier: BSD-2-Clause */
/* What crossed the wire, by the flags alone and whatever became of it: how many of each kind, and
 * when the first. */
#ifndef TCPSHAKE_TCP_COUNTS_H
#define TCPSHAKE_TCP_COUNTS_H

#include "tcp/result.h"

/* Of one end. */
struct counts {
    uint64_t segments, bytes;
    uint32_t fin_count, syn_count; /* SYNs of the client, SYN/ACKs of the server */
};

/* Of both: the times of struct connection_result's member of that name. */
struct first {
    int64_t syn_ack_ns, ack_ns;
    uint32_t syn_ack_seq;
    enum end_id rst_by;
    int64_t syn_ns, fin_ns[ENDS], rst_ns;
};

#define FIRST_NONE                                                                                 \
    {                                                                                              \
        .syn_ack_ns = DURATION_UNKNOWN, .ack_ns = DURATION_UNKNOWN, .rst_by = NEITHER,             \
        .syn_ns = DURATION_UNKNOWN, .fin_ns = {DURATION_UNKNOWN, DURATION_UNKNOWN},                \
        .rst_ns = DURATION_UNKNOWN                                                                 \
    }

/* Counts a segment of from, whose counts these are. */
void counts_add(struct counts *counts, struct first *first, enum end_id from,
                const struct segment *segment);

/* It was a copy of a frame: the control bits were sent once. */
static inline void counts_take_back(struct counts *counts, enum end_id from,
                                    const struct segment *segment)
{
    bool counted = from == CLIENT ? segment_opens(segment) : segment_is_syn_ack(segment);
    counts->syn_count -= counted;
    counts->fin_count -= (segment->flags & TCP_FIN) != 0;
}

#endif
