/* SPDX-License-Identifier: BSD-2-Clause */
/* Where conversations stand: in chunks that never move. Each has a number, which the table and the
 * lists use in place of a pointer.
 *
 * Where the caller can ask for large pages, a chunk is as large as one: flows are looked for all
 * over them, and with small pages that would be a walk through the page tables for most segments.
 * What is given back is used again at once, while it is still in the cache. */
#ifndef TCPSHAKE_FLOWS_POOL_H
#define TCPSHAKE_FLOWS_POOL_H

#include "tcp/conversation.h"

#define NO_FLOW 0u /* a number that no flow has */

/* How flows share chunks. Each chunk has 2^shift numbers, of which the first are used: shifting is
 * faster than dividing. */
struct chunking {
    size_t size, alignment;
    uint32_t flows;
    unsigned shift;
};

struct pool {
    struct chunking chunking;
    struct conversation **chunks;
    uint32_t chunk_count, chunk_capacity;
    uint32_t first;  /* the least number of a flow */
    uint32_t fresh;  /* the first number that was never used */
    uint32_t unused; /* what was given back last, a chain by owner.hash */
    void (*on_memory)(void *memory, size_t size);
};

/* An empty pool whose flows have numbers from first on, which is not NO_FLOW. on_memory is told of
 * each chunk, of 2 MiB then and aligned to it; NULL: chunks are smaller. */
void pool_init(struct pool *pool, uint32_t first, void (*on_memory)(void *memory, size_t size));
void pool_free(struct pool *pool); /* what it holds, the steps of each flow included */

/* A flow of which owner.number and the storage of its steps mean something, or NULL: out of memory.
 */
struct conversation *pool_take(struct pool *pool);
void pool_give_back(struct pool *pool, struct conversation *flow);

/* Makes room for another step, up to STEPS_MAX. false: out of memory, and nothing changed. */
bool pool_grow_steps(struct conversation *flow);

/* How many numbers the chunks have room for: all that are in use are less. */
static inline size_t pool_numbers(const struct pool *pool)
{
    return (size_t)pool->chunk_count << pool->chunking.shift;
}

static inline uint32_t pool_place(const struct pool *pool, uint32_t number)
{
    return number & ((1u << pool->chunking.shift) - 1);
}

/* The flow with that number. */
static inline struct conversation *pool_at(const struct pool *pool, uint32_t number)
{
    return &pool->chunks[number >> pool->chunking.shift][pool_place(pool, number)];
}

#endif
