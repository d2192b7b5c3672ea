/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections in flight, by their tuples. */
#ifndef TCPSHAKE_FLIGHT_POOL_H
#define TCPSHAKE_FLIGHT_POOL_H

#include "flight/flight.h"

struct pool {
    struct flight **by_port; /* those on each port of the lane */
    uint16_t first, last;
    uint32_t count;
};

/* For connections from ports of that lane. Returns 0, or -1 with *error set. */
int pool_open(struct pool *pool, const struct lane *lane, struct error *error);
void pool_close(struct pool *pool); /* it is to be empty */

/* A flight whose ours and attempt.server are set; it stays the caller's. */
void pool_add(struct pool *pool, struct flight *flight);
void pool_remove(struct pool *pool, struct flight *flight);

/* The one between these endpoints, or NULL. */
struct flight *pool_find(const struct pool *pool, const struct endpoint *ours,
                         const struct endpoint *theirs);

/* The one after flight, NULL behind the last; the first for NULL. */
struct flight *pool_next(const struct pool *pool, const struct flight *flight);

#endif
