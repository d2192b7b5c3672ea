/* SPDX-License-Identifier: BSD-2-Clause */
/* From a pair of endpoints to the conversation between them: an open-addressing table, linear
 * probing, at most a quarter full, entries moved back on removal so that there are no tombstones.
 */
#ifndef TCPSHAKE_FLOWS_TABLE_H
#define TCPSHAKE_FLOWS_TABLE_H

#include "flows/pool.h"

struct slot {
    uint32_t hash;
    uint32_t number; /* NO_FLOW: free */
};

struct table {
    struct slot *slots;
    uint32_t slot_count; /* a power of two */
    uint32_t used;
};

bool table_init(struct table *table); /* false: out of memory */
void table_free(struct table *table);

/* Makes sure that another entry finds room; false: out of memory. */
bool table_reserve(struct table *table);

/* Adds a flow by its owner.hash; there is room. */
void table_add(struct table *table, const struct conversation *flow);
void table_remove(struct table *table, const struct conversation *flow);

/* The conversation between a and b, in either direction, or NULL. hash is of both. */
struct conversation *table_find(const struct table *table, const struct pool *pool,
                                const struct endpoint *a, const struct endpoint *b, uint32_t hash);

/* The number of the first flow with that hash, or NO_FLOW: another one's would have to be as good
 * as chosen. */
uint32_t table_likely(const struct table *table, uint32_t hash);

/* Where the search for that hash begins. */
static inline const struct slot *table_home(const struct table *table, uint32_t hash)
{
    return &table->slots[hash & (table->slot_count - 1)];
}

/* The end that is src where the other is dst, else NEITHER. Which of them is the client cannot be
 * foretold, so that it is looked up and not branched on. */
static inline enum end_id flow_sender(const struct conversation *flow, const struct endpoint *src,
                                      const struct endpoint *dst)
{
    unsigned from = endpoint_equal(&flow->endpoints[CLIENT], src) ? CLIENT : SERVER;
    bool same = (endpoint_difference(&flow->endpoints[from], src) |
                 endpoint_difference(&flow->endpoints[!from], dst)) == 0;
    return same ? (enum end_id)from : NEITHER;
}

#endif
