/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections on the link, opened from the left. */
#ifndef TCPSHAKE_TESTS_LINK_FLOW_H
#define TCPSHAKE_TESTS_LINK_FLOW_H

#include "frame.h"

struct flow {
    struct flow *next;
    uint8_t family;
    uint16_t ports[ENDS];
    uint32_t first_seq; /* of the SYN */
    int64_t begun_ns;   /* CLOCK_MONOTONIC */
    uint64_t number;    /* counted from 1 for each port of the right end */
    uint64_t frames[ENDS];
};

struct flows {
    struct flow *by_left_port[65536];
    uint64_t begun[65536]; /* for each port of the right end */
    struct flow stray;     /* of what belongs to none */
};

/* The flow of a segment; a SYN from the left with another number begins a new one. */
struct flow *flow_of(struct flows *flows, const struct header *header, enum end from,
                     int64_t now_ns);

/* Which chance of the flow a frame takes. SYNs share one for each second of the connection, counted
 * from half a second before the first: two clients that send theirs at the same times meet the same
 * link, however often the server repeats itself. Every other frame has its own. */
uint64_t flow_moment(struct flow *flow, const struct header *header, enum end from, int64_t now_ns);

void flows_free(struct flows *flows);

#endif
