/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections in flight, by their tuples: a hash table with chains. */
#ifndef TCPSHAKE_FLIGHT_POOL_H
#define TCPSHAKE_FLIGHT_POOL_H

#include "flight/flight.h"

struct pool {
    struct flight **chains;
    struct flight **numbers; /* as many chains, by their initial sequence numbers */
    uint32_t chain_count;    /* a power of two */
    uint32_t count;
    struct flight *first; /* of all, the latest first */
    uint64_t key[2];
};

/* key is random, so that no peer can choose tuples that collide. Returns 0, or -1 with *error set.
 */
int pool_open(struct pool *pool, const uint64_t key[2], struct error *error);
void pool_close(struct pool *pool); /* it is to be empty */

/* A flight whose ours, attempt.server and iss are set; it stays the caller's. */
void pool_add(struct pool *pool, struct flight *flight);
void pool_remove(struct pool *pool, struct flight *flight);

/* The one between these endpoints, or NULL. */
struct flight *pool_find(const struct pool *pool, const struct endpoint *ours,
                         const struct endpoint *theirs);

/* The same for a segment from src to dst; *outgoing tells which of them is ours. */
struct flight *pool_find_segment(const struct pool *pool, const struct endpoint *src,
                                 const struct endpoint *dst, bool *outgoing);

/* The next one behind flight (NULL: the first) that has that initial sequence number, or NULL. */
struct flight *pool_find_number(const struct pool *pool, uint32_t iss, const struct flight *flight);

/* The one after flight, NULL behind the last; the first for NULL. */
struct flight *pool_next(const struct pool *pool, const struct flight *flight);

#endif
