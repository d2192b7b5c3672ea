/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/pool.h"

#include <stdlib.h>

#define CHAINS_INITIAL 64u

/* Returns false where memory ran out. */
static bool make_chains(struct pool *pool, uint32_t chain_count)
{
    struct flight **chains = calloc(chain_count, sizeof(struct flight *));
    struct flight **numbers = calloc(chain_count, sizeof(struct flight *));
    if (chains == NULL || numbers == NULL) {
        free(chains);
        free(numbers);
        return false;
    }
    free(pool->chains);
    free(pool->numbers);
    pool->chains = chains;
    pool->numbers = numbers;
    pool->chain_count = chain_count;
    return true;
}

int pool_open(struct pool *pool, const uint64_t key[2], struct error *error)
{
    *pool = (struct pool){.key = {key[0], key[1]}};
    return make_chains(pool, CHAINS_INITIAL) ? 0 : error_set_memory(error, "out of memory");
}

void pool_close(struct pool *pool)
{
    free(pool->chains);
    free(pool->numbers);
    *pool = (struct pool){0};
}

/* The same for both directions. */
static uint32_t hash(const struct pool *pool, const struct endpoint *a, const struct endpoint *b)
{
    return (uint32_t)endpoint_pair_hash(a, b, pool->key);
}

static void chain(struct pool *pool, struct flight *flight)
{
    struct flight **head = &pool->chains[flight->hash & (pool->chain_count - 1)];
    flight->next = *head;
    *head = flight;
    head = &pool->numbers[flight->iss & (pool->chain_count - 1)];
    flight->next_number = *head;
    *head = flight;
}

/* To one chain for each connection; without memory the chains become longer. */
static void grow(struct pool *pool)
{
    if (!make_chains(pool, 2 * pool->chain_count))
        return;
    for (struct flight *flight = pool->first; flight != NULL; flight = flight->later)
        chain(pool, flight);
}

void pool_add(struct pool *pool, struct flight *flight)
{
    if (pool->count >= pool->chain_count && pool->chain_count <= UINT32_MAX / 2)
        grow(pool);
    flight->hash = hash(pool, &flight->ours, &flight->attempt.server);
    chain(pool, flight);
    flight->earlier = NULL;
    flight->later = pool->first;
    if (pool->first != NULL)
        pool->first->earlier = flight;
    pool->first = flight;
    pool->count++;
}

static void unchain_number(struct pool *pool, struct flight *flight)
{
    struct flight **at = &pool->numbers[flight->iss & (pool->chain_count - 1)];
    while (*at != flight)
        at = &(*at)->next_number;
    *at = flight->next_number;
}

void pool_remove(struct pool *pool, struct flight *flight)
{
    unchain_number(pool, flight);
    struct flight **at = &pool->chains[flight->hash & (pool->chain_count - 1)];
    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
    flight->next = NULL;
    *(flight->earlier != NULL ? &flight->earlier->later : &pool->first) = flight->later;
    if (flight->later != NULL)
        flight->later->earlier = flight->earlier;
    pool->count--;
}

static bool joins(const struct flight *flight, const struct endpoint *ours,
                  const struct endpoint *theirs)
{
    return (endpoint_difference(&flight->ours, ours) |
            endpoint_difference(&flight->attempt.server, theirs)) == 0;
}

struct flight *pool_find(const struct pool *pool, const struct endpoint *ours,
                         const struct endpoint *theirs)
{
    struct flight *flight = pool->chains[hash(pool, ours, theirs) & (pool->chain_count - 1)];
    while (flight != NULL && !joins(flight, ours, theirs))
        flight = flight->next;
    return flight;
}

struct flight *pool_find_segment(const struct pool *pool, const struct endpoint *src,
                                 const struct endpoint *dst, bool *outgoing)
{
    struct flight *flight = pool->chains[hash(pool, src, dst) & (pool->chain_count - 1)];
    for (; flight != NULL; flight = flight->next) {
        *outgoing = joins(flight, src, dst);
        if (*outgoing || joins(flight, dst, src))
            break;
    }
    return flight;
}

struct flight *pool_find_number(const struct pool *pool, uint32_t iss, const struct flight *flight)
{
    struct flight *next =
        flight == NULL ? pool->numbers[iss & (pool->chain_count - 1)] : flight->next_number;
    while (next != NULL && next->iss != iss)
        next = next->next_number;
    return next;
}

struct flight *pool_next(const struct pool *pool, const struct flight *flight)
{
    return flight != NULL ? flight->later : pool->first;
}
