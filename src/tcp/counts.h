/* SPDX-License-Identifier: BSD-2-Clause */
/* What crossed the wire, by the flags alone and whatever became of it: how many of each kind, and
 * when the first; and what crossed more than once. */
#ifndef TCPSHAKE_TCP_COUNTS_H
#define TCPSHAKE_TCP_COUNTS_H

#include "tcp/result.h"

/* Of one end. */
struct counts {
    uint64_t segments, bytes;
    uint32_t fin_count, syn_count; /* SYNs of the client, SYN/ACKs of the server */
};

/* When an end's SYNs after the first one crossed, since that one: 40 bits each, because an open
 * connection has to be small. */
struct syn_times {
    struct __attribute__((packed)) {
        uint32_t low;
        uint8_t high;
    } since_first[SYN_TIMES_MAX - 1];
};

/* Of both: the times of struct connection_result's member of that name. */
struct first {
    int64_t syn_ack_ns, ack_ns;
    uint32_t syn_ack_seq;
    enum end_id rst_by;
    bool syn_ack_seen; /* syn_ack_seq is valid, whatever is known of the time */
    int64_t syn_ns, fin_ns[ENDS], rst_ns;
};

#define FIRST_NONE                                                                                 \
    {                                                                                              \
        .syn_ack_ns = DURATION_UNKNOWN, .ack_ns = DURATION_UNKNOWN, .rst_by = NEITHER,             \
        .syn_ns = DURATION_UNKNOWN, .fin_ns = {DURATION_UNKNOWN, DURATION_UNKNOWN},                \
        .rst_ns = DURATION_UNKNOWN                                                                 \
    }

/* Counts a segment of from, whose counts these are. */
void counts_add(struct counts *counts, struct first *first, struct syn_times *syn_times,
                enum end_id from, const struct segment *segment);

/* The time of the SYN of that number, below SYN_TIMES_MAX and counted from 0, since the first one;
 * DURATION_UNKNOWN where it was before it, or 2^40 ns or more behind it. */
int64_t syn_times_at(const struct syn_times *syn_times, uint32_t number);

/* Makes those unknown that are as long after the first. */
void syn_times_forget(struct syn_times *syn_times, int64_t since_first_ns);

/* Counts what the end that sent the segment had sent before. */
void repeats_add(struct repeats *repeats, const struct segment *segment);

/* Counts a second copy of a frame. */
void repeats_add_duplicate(struct repeats *repeats);

/* It was a copy of a frame: the control bits were sent once. */
static inline void counts_take_back(struct counts *counts, enum end_id from,
                                    const struct segment *segment)
{
    bool counted = from == CLIENT ? segment_opens(segment) : segment_is_syn_ack(segment);
    counts->syn_count -= counted;
    counts->fin_count -= (segment->flags & TCP_FIN) != 0;
}

#endif
