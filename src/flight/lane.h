/* SPDX-License-Identifier: BSD-2-Clause */
/* The lane: the source ports of a run, and the guards that hold them. */
#ifndef TCPSHAKE_FLIGHT_LANE_H
#define TCPSHAKE_FLIGHT_LANE_H

#include "net/ephemeral.h"
#include "net/guard.h"
#include "net/route.h"

struct lane {
    uint16_t first, last;
    struct guard_ports order; /* in which they are taken */
};

/* Chooses a random range of the host's ephemeral ports (borrowed) for that number of connections,
 * or the given port (0: any). Returns 0, or -1 with *error set: no random numbers. */
int lane_choose(struct lane *lane, const struct ephemeral *ephemeral, uint64_t connections,
                uint16_t port, struct error *error);

/* Guards the next free port for a connection by that route. Returns 0, or -1 with *error set. */
int lane_take(struct lane *lane, const struct route *route, struct guard *guard,
              struct error *error);

/* The connection is over. */
void lane_give_back(struct lane *lane, struct guard *guard);

#endif
