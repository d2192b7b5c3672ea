/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/pool.h"

#include <stdlib.h>
#include <string.h>

#include "tcp/steps.h"

#define STEPS_INITIAL 2u  /* doubled, it comes out at STEPS_MAX */
#define STEPS_REUSED  16u /* what is no larger stays with the flow that is used again */
#define LARGE_PAGE    (2u << 20)

_Static_assert(STEPS_MAX % STEPS_INITIAL == 0 && (STEPS_MAX & (STEPS_MAX - 1)) == 0,
               "doubling reaches the bound");

static const struct chunking small_chunks = {64 * sizeof(struct conversation), CACHE_LINE, 64, 6};
static const struct chunking large_chunks = {LARGE_PAGE, LARGE_PAGE,
                                             LARGE_PAGE / sizeof(struct conversation), 12};
_Static_assert(LARGE_PAGE / sizeof(struct conversation) <= 1u << 12, "there are numbers for all");

void pool_init(struct pool *p, uint32_t first, void (*on_memory)(void *memory, size_t size))
{
    *p = (struct pool){
        .chunking = on_memory != NULL ? large_chunks : small_chunks,
        .first = first,
        .fresh = first,
        .unused = NO_FLOW,
        .on_memory = on_memory,
    };
}

void pool_free(struct pool *p)
{
    for (uint32_t number = p->first; number < p->fresh; number++)
        if (pool_place(p, number) < p->chunking.flows)
            free(pool_at(p, number)->steps.list);
    for (uint32_t i = 0; i < p->chunk_count; i++)
        free(p->chunks[i]);
    free(p->chunks);
}

static bool reserve_chunk(struct pool *p)
{
    if (p->chunk_count < p->chunk_capacity)
        return true;
    if (p->chunk_capacity >= UINT32_MAX >> p->chunking.shift >>
        1)            /* GCOVR_EXCL_BR_LINE: terabytes */
        return false; /* GCOVR_EXCL_LINE */
    uint32_t capacity = p->chunk_capacity == 0 ? 1 : 2 * p->chunk_capacity;
    struct conversation **chunks = realloc(p->chunks, capacity * sizeof(struct conversation *));
    if (chunks == NULL)
        return false;
    p->chunks = chunks;
    p->chunk_capacity = capacity;
    return true;
}

static bool add_chunk(struct pool *p)
{
    const struct chunking *by = &p->chunking;
    struct conversation *chunk = reserve_chunk(p) ? aligned_alloc(by->alignment, by->size) : NULL;
    if (chunk == NULL)
        return false;
    if (p->on_memory != NULL)
        p->on_memory(chunk, by->size);
    p->chunks[p->chunk_count++] = chunk;
    return true;
}

static struct conversation *take_fresh(struct pool *p)
{
    if (pool_place(p, p->fresh) == p->chunking.flows)
        p->fresh += (1u << p->chunking.shift) - p->chunking.flows;
    if (p->fresh >> p->chunking.shift == p->chunk_count && !add_chunk(p))
        return NULL;
    struct conversation *flow = pool_at(p, p->fresh);
    memset(flow, 0, sizeof *flow);
    flow->owner.number = p->fresh++;
    return flow;
}

struct conversation *pool_take(struct pool *p)
{
    if (p->unused == NO_FLOW)
        return take_fresh(p);
    struct conversation *flow = pool_at(p, p->unused);
    p->unused = flow->owner.hash;
    return flow;
}

void pool_give_back(struct pool *p, struct conversation *flow)
{
    if (flow->steps.capacity > STEPS_REUSED) {
        free(flow->steps.list);
        flow->steps.list = NULL;
        flow->steps.capacity = 0;
    }
    flow->owner.hash = p->unused;
    p->unused = flow->owner.number;
}

bool pool_grow_steps(struct conversation *flow)
{
    unsigned old = flow->steps.capacity;
    if (old >= STEPS_MAX)
        return true;
    unsigned capacity = old == 0 ? STEPS_INITIAL : 2 * old;
    struct step *steps = realloc(flow->steps.list, capacity * sizeof *steps);
    if (steps == NULL)
        return false;
    flow->steps.list = steps;
    flow->steps.capacity = (uint8_t)capacity;
    return true;
}
