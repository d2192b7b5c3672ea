/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/walk.h"

void walk_begin(struct walk *walk, const struct space *space, const struct walk_order *order)
{
    *walk = (struct walk){.space = space, .order = *order, .next = order->shard - 1};
    permutation_init(&walk->permutation, space->count, order->seed);
}

uint64_t walk_count(const struct walk *walk)
{
    uint64_t count = walk->space->count, shards = walk->order.shards;
    return count / shards + (walk->order.shard <= count % shards);
}

uint64_t walk_number(const struct walk *walk, uint64_t place)
{
    return walk->order.as_written ? place : permutation_at(&walk->permutation, place);
}

struct space_target walk_at(const struct walk *walk, uint64_t place)
{
    return space_at(walk->space, walk_number(walk, place));
}

/* next does not overflow: a space has at most 2^63 targets, and shards is limited in the same way.
 */
bool walk_next(struct walk *walk, struct space_target *target, uint64_t *place)
{
    if (walk->next >= walk->space->count)
        return false;
    *place = walk->next;
    *target = walk_at(walk, *place);
    walk->next += walk->order.shards;
    return true;
}

uint64_t walk_position(const struct walk *walk)
{
    return walk->next;
}

bool walk_resume(struct walk *walk, uint64_t position)
{
    uint64_t first = walk->order.shard - 1, shards = walk->order.shards;
    if (position < first || (position - first) % shards != 0 ||
        (position - first) / shards > walk_count(walk))
        return false;
    walk->next = position;
    return true;
}
