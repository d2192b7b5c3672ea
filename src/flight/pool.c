/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/pool.h"

#include <stdlib.h>

int pool_open(struct pool *pool, const struct lane *lane, struct error *error)
{
    size_t ports = (size_t)lane->last - lane->first + 1;
    *pool = (struct pool){.first = lane->first, .last = lane->last};
    pool->by_port = calloc(ports, sizeof(struct flight *));
    return pool->by_port != NULL ? 0 : error_set(error, STATUS_RUN, "out of memory");
}

void pool_close(struct pool *pool)
{
    free(pool->by_port);
    *pool = (struct pool){0};
}

void pool_add(struct pool *pool, struct flight *flight)
{
    struct flight **head = &pool->by_port[flight->ours.port - pool->first];
    flight->next = *head;
    *head = flight;
    pool->count++;
}

void pool_remove(struct pool *pool, struct flight *flight)
{
    struct flight **at = &pool->by_port[flight->ours.port - pool->first];
    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
    flight->next = NULL;
    pool->count--;
}

struct flight *pool_find(const struct pool *pool, const struct endpoint *ours,
                         const struct endpoint *theirs)
{
    if (ours->port < pool->first || ours->port > pool->last)
        return NULL;
    struct flight *flight = pool->by_port[ours->port - pool->first];
    while (flight != NULL && !(endpoint_equal(&flight->ours, ours) &&
                               endpoint_equal(&flight->attempt.server, theirs)))
        flight = flight->next;
    return flight;
}

struct flight *pool_next(const struct pool *pool, const struct flight *flight)
{
    uint32_t port = flight == NULL ? pool->first : flight->ours.port + 1u;
    if (pool->by_port == NULL)
        return NULL;
    if (flight != NULL && flight->next != NULL)
        return flight->next;
    for (; port <= pool->last; port++)
        if (pool->by_port[port - pool->first] != NULL)
            return pool->by_port[port - pool->first];
    return NULL;
}
