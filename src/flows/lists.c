/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/lists.h"

#include <stdlib.h>

#define LINKS_INITIAL 64u

static void empty(struct lists *l, enum list_id id)
{
    l->links[id] = (struct links){.prev = id, .next = id};
    l->counts[id] = 0;
}

bool lists_init(struct lists *l)
{
    *l = (struct lists){.due_ns = INT64_MIN};
    if (!lists_reserve(l, LIST_COUNT))
        return false;
    for (enum list_id id = 0; id < LIST_COUNT; id++)
        empty(l, id);
    return true;
}

void lists_free(struct lists *l)
{
    free(l->links);
}

bool lists_reserve(struct lists *l, size_t numbers)
{
    size_t capacity = l->capacity == 0 ? LINKS_INITIAL : l->capacity;
    while (capacity < numbers)
        capacity *= 2;
    if (capacity == l->capacity)
        return true;
    struct links *links = realloc(l->links, capacity * sizeof *links);
    if (links == NULL)
        return false;
    l->links = links;
    l->capacity = capacity;
    return true;
}

/* Merges two chains (by next) into one by start. */
static uint32_t merge(struct lists *l, const struct pool *pool, uint32_t a, uint32_t b)
{
    uint32_t head = NO_FLOW;
    uint32_t *end = &head;
    while (a != NO_FLOW && b != NO_FLOW) {
        int64_t a_ns = pool_at(pool, a)->start_ns;
        int64_t b_ns = pool_at(pool, b)->start_ns;
        uint32_t *first = a_ns <= b_ns ? &a : &b;
        *end = *first;
        end = &l->links[*first].next;
        *first = *end;
    }
    *end = a != NO_FLOW ? a : b;
    return head;
}

#define PILES 32

/* Sorts a chain by start, stably: piles[i] holds a sorted chain of 2^i flows or none. */
static uint32_t sort_by_start(struct lists *l, const struct pool *pool, uint32_t chain)
{
    uint32_t piles[PILES];
    for (unsigned i = 0; i < PILES; i++)
        piles[i] = NO_FLOW;
    while (chain != NO_FLOW) {
        uint32_t carried = chain;
        unsigned i = 0;
        chain = l->links[chain].next;
        l->links[carried].next = NO_FLOW;
        for (; piles[i] != NO_FLOW; i++) {
            carried = merge(l, pool, piles[i], carried);
            piles[i] = NO_FLOW;
        }
        piles[i] = carried;
    }
    uint32_t sorted = NO_FLOW;
    for (unsigned i = 0; i < PILES; i++)
        sorted = merge(l, pool, piles[i], sorted);
    return sorted;
}

/* Empties the list; its flows as a chain. */
static uint32_t take_chain(struct lists *l, enum list_id id)
{
    uint32_t first = l->links[id].next;
    l->links[l->links[id].prev].next = NO_FLOW;
    empty(l, id);
    return first != id ? first : NO_FLOW;
}

uint32_t lists_take_by_start(struct lists *l, const struct pool *pool)
{
    uint32_t open = sort_by_start(l, pool, take_chain(l, LIST_OPEN));
    uint32_t over = sort_by_start(l, pool, take_chain(l, LIST_OVER));
    return merge(l, pool, open, over);
}
