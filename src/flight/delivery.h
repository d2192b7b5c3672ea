/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether what a capture shows reaches this host's TCP: segments to a guarded port are counted
 * where they are captured, and by the guard. */
#ifndef TCPSHAKE_FLIGHT_DELIVERY_H
#define TCPSHAKE_FLIGHT_DELIVERY_H

#include "net/guard.h"
#include "tcp/host.h"
#include "wire/segment.h"

/* Of one port, which serves several connections. Strangers' segments count as well, since the guard
 * counts them. */
struct deliveries {
    const struct guard *guard;
    uint32_t captured;
    uint32_t delivered; /* when last asked */
    int64_t latest_ns;  /* capture, monotonic */
};

/* How it was when a connection began. */
struct delivery_mark {
    uint32_t captured;
    int32_t missing; /* captured, but not delivered */
    bool settled;    /* none of those could be on its way any more */
};

/* A segment to the port was captured. */
void delivery_count(struct deliveries *deliveries, const struct segment *segment, int64_t now_ns);

/* A connection begins. */
struct delivery_mark delivery_begin(struct deliveries *deliveries, int64_t now_ns);

/* Whether a segment may still be on its way: a capture shows it a moment earlier. */
bool delivery_is_pending(struct deliveries *deliveries, const struct delivery_mark *begun,
                         int64_t now_ns);

/* What became of those that were captured since then. */
enum delivery delivery_judge(struct deliveries *deliveries, const struct delivery_mark *begun);

#endif
