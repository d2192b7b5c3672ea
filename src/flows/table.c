/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/table.h"

#include <stdlib.h>

#define SLOTS_INITIAL 64u

bool table_init(struct table *t)
{
    *t = (struct table){.slot_count = SLOTS_INITIAL};
    t->slots = calloc(t->slot_count, sizeof *t->slots);
    return t->slots != NULL;
}

void table_free(struct table *t)
{
    free(t->slots);
}

static void put(struct slot *slots, uint32_t mask, struct slot slot)
{
    uint32_t i = slot.hash & mask;
    while (slots[i].number != NO_FLOW)
        i = (i + 1) & mask;
    slots[i] = slot;
}

static bool grow(struct table *t)
{
    if (t->slot_count > UINT32_MAX / 2) /* GCOVR_EXCL_BR_LINE: 2^29 flows before */
        return false;                   /* GCOVR_EXCL_LINE */
    uint32_t slot_count = t->slot_count * 2;
    struct slot *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < t->slot_count; i++)
        if (t->slots[i].number != NO_FLOW)
            put(slots, slot_count - 1, t->slots[i]);
    free(t->slots);
    t->slots = slots;
    t->slot_count = slot_count;
    return true;
}

bool table_reserve(struct table *t)
{
    return t->used < t->slot_count / 4 || grow(t);
}

void table_add(struct table *t, const struct conversation *flow)
{
    struct slot slot = {.hash = flow->owner.hash, .number = flow->owner.number};
    put(t->slots, t->slot_count - 1, slot);
    t->used++;
}

/* Empties the flow's slot and moves back those behind it that had to give way. */
void table_remove(struct table *t, const struct conversation *flow)
{
    uint32_t mask = t->slot_count - 1;
    uint32_t hole = flow->owner.hash & mask;
    while (t->slots[hole].number != flow->owner.number)
        hole = (hole + 1) & mask;
    t->slots[hole].number = NO_FLOW;
    for (uint32_t i = (hole + 1) & mask; t->slots[i].number != NO_FLOW; i = (i + 1) & mask) {
        uint32_t home = t->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        t->slots[hole] = t->slots[i];
        t->slots[i].number = NO_FLOW;
        hole = i;
    }
    t->used--;
}

struct conversation *table_find(const struct table *t, const struct pool *pool,
                                const struct endpoint *a, const struct endpoint *b, uint32_t hash)
{
    uint32_t mask = t->slot_count - 1;
    for (uint32_t i = hash & mask; t->slots[i].number != NO_FLOW; i = (i + 1) & mask) {
        if (t->slots[i].hash != hash)
            continue;
        struct conversation *flow = pool_at(pool, t->slots[i].number);
        if (flow_sender(flow, a, b) != NEITHER)
            return flow;
    }
    return NULL;
}

uint32_t table_likely(const struct table *t, uint32_t hash)
{
    uint32_t mask = t->slot_count - 1;
    uint32_t i = hash & mask;
    while (t->slots[i].number != NO_FLOW && t->slots[i].hash != hash)
        i = (i + 1) & mask;
    return t->slots[i].number;
}
