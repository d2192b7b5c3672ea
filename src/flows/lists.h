/* SPDX-License-Identifier: BSD-2-Clause */
/* Each conversation that is in use stands in one of four lists. The links stand in an array of
 * their own, because every segment moves its flow to a list's end: the neighbours' links are then
 * in the cache, where the neighbours are not. */
#ifndef TCPSHAKE_FLOWS_LISTS_H
#define TCPSHAKE_FLOWS_LISTS_H

#include "flows/pool.h"

/* The first numbers are the lists' own: each list is a ring that its number closes. */
enum list_id {
    LIST_NONE, /* of what is not in use */
    LIST_OPEN, /* this one and the next two by latest activity */
    LIST_OVER,
    LIST_TOLD,     /* over, and reported already */
    LIST_FINISHED, /* to be reported */
    LIST_COUNT,
};

struct links {
    uint32_t prev, next; /* numbers */
};

struct lists {
    struct links *links; /* of the lists, then of the flows */
    size_t capacity;
    uint32_t counts[LIST_COUNT];
    int64_t due_ns; /* for the owner's use; INT64_MIN when what a list begins with has changed */
};

bool lists_init(struct lists *lists); /* false: out of memory */
void lists_free(struct lists *lists);

/* Makes sure that numbers below that one have links; false: out of memory. */
bool lists_reserve(struct lists *lists, size_t numbers);

/* All of the open ones and those that are over, which leaves these lists empty, as a chain by next,
 * in the order of their start; NO_FLOW ends it. */
uint32_t lists_take_by_start(struct lists *lists, const struct pool *pool);

/* What the list begins with, or NULL. */
static inline struct conversation *lists_first(const struct lists *lists, const struct pool *pool,
                                               enum list_id id)
{
    uint32_t first = lists->links[id].next;
    return first != id ? pool_at(pool, first) : NULL;
}

static inline void lists_append(struct lists *lists, struct conversation *flow, enum list_id id)
{
    uint32_t last = lists->links[id].prev;
    lists->links[flow->owner.number] = (struct links){.prev = last, .next = id};
    lists->links[last].next = flow->owner.number;
    lists->links[id].prev = flow->owner.number;
    lists->counts[id]++;
    flow->owner.list = (uint8_t)id;
    if (last < LIST_COUNT)
        lists->due_ns = INT64_MIN;
}

/* Takes the flow out of its list. */
static inline void lists_remove(struct lists *lists, struct conversation *flow)
{
    struct links link = lists->links[flow->owner.number];
    lists->links[link.prev].next = link.next;
    lists->links[link.next].prev = link.prev;
    lists->counts[flow->owner.list]--;
    flow->owner.list = LIST_NONE;
    if (link.prev < LIST_COUNT)
        lists->due_ns = INT64_MIN;
}

#endif
