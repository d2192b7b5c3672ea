/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which the targets of a space are probed, and one shard's part of it. */
#ifndef TCPSHAKE_TARGETS_WALK_H
#define TCPSHAKE_TARGETS_WALK_H

#include "targets/permutation.h"
#include "targets/space.h"

struct walk_order {
    bool as_written;        /* instead of the permutation */
    uint64_t seed;          /* of the permutation */
    uint64_t shard, shards; /* shard of shards, from 1; 1 and 1: all */
};

/* Places in the order of all targets are numbered from 0; a shard takes every shards-th. So the
 * order does not depend on the number of shards. */
struct walk {
    const struct space *space;
    struct permutation permutation;
    struct walk_order order;
    uint64_t next; /* the next place of this shard */
};

/* Begins at the first place. The space is settled and outlives the walk; shard is 1 to shards, at
 * most 2^63. */
void walk_begin(struct walk *walk, const struct space *space, const struct walk_order *order);

/* The number of targets of this shard; may be 0. */
uint64_t walk_count(const struct walk *walk);

/* The next target and its place. Returns false after the last one. */
bool walk_next(struct walk *walk, struct space_target *target, uint64_t *place);

/* The number, in the order written, of the target at a place below the count of the space; and that
 * target. */
uint64_t walk_number(const struct walk *walk, uint64_t place);
struct space_target walk_at(const struct walk *walk, uint64_t place);

/* walk_position returns the place where walk_next continues; walk_resume continues from it, and
 * returns false for a place that is not of this shard. */
uint64_t walk_position(const struct walk *walk);
bool walk_resume(struct walk *walk, uint64_t position);

#endif
