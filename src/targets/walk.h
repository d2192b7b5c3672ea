/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which the targets of a space are probed, and this machine's share of it. */
#ifndef TCPSHAKE_TARGETS_WALK_H
#define TCPSHAKE_TARGETS_WALK_H

#include "targets/permutation.h"
#include "targets/space.h"

struct walk_order {
    bool as_written;        /* in place of the permutation */
    uint64_t seed;          /* of the permutation */
    uint64_t shard, shards; /* shard of shards, from 1; 1 and 1: all */
};

/* A place in the order of all targets is known by its number, from 0; a shard takes each
 * shards-th. So the order does not depend on how many shards there are. */
struct walk {
    const struct space *space;
    struct permutation permutation;
    struct walk_order order;
    uint64_t next; /* the next place of this shard */
};

/* Begins at the first place. The space is settled and outlives the walk; shard is 1 to shards. */
void walk_begin(struct walk *walk, const struct space *space, const struct walk_order *order);

/* How many targets this shard has: maybe none. */
uint64_t walk_count(const struct walk *walk);

/* The next target and its place. Returns false after the last one. */
bool walk_next(struct walk *walk, struct space_target *target, uint64_t *place);

/* The target at a place below the count of the space. */
struct space_target walk_at(const struct walk *walk, uint64_t place);

/* The place where walk_next goes on, to be kept; and going on from there. walk_resume returns false
 * for what can be no place of this shard. */
uint64_t walk_position(const struct walk *walk);
bool walk_resume(struct walk *walk, uint64_t position);

#endif
