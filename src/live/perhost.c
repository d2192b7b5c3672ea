/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/perhost.h"

#include <stdlib.h>

#include "base/random.h"
#include "live/jobs.h"

#define CHAINS 16384u

struct host_load {
    struct host_load *next;
    struct address address;
    uint32_t in_flight;
    struct queue waiting;
};

int perhost_open(struct perhost *perhost, uint32_t most, struct error *error)
{
    *perhost = (struct perhost){.most = most};
    if (most == 0)
        return 0;
    if (random_fill(perhost->key, sizeof perhost->key, error) != 0)
        return -1;
    perhost->chains = calloc(CHAINS, sizeof(struct host_load *));
    return perhost->chains != NULL ? 0 : error_set_memory(error, "out of memory");
}

/* Where the pointer to the load of that address is, or is to be. */
static struct host_load **find(const struct perhost *perhost, const struct address *address)
{
    const struct endpoint end = {.address = *address};
    uint64_t hash = endpoint_pair_hash(&end, &end, perhost->key);
    struct host_load **at = &perhost->chains[hash % CHAINS];
    while (*at != NULL && !address_equal(&(*at)->address, address))
        at = &(*at)->next;
    return at;
}

static void free_if_idle(struct perhost *perhost, struct host_load **at)
{
    struct host_load *load = *at;
    if (load->in_flight > 0 || load->waiting.head != NULL)
        return;
    *at = load->next;
    free(load);
    perhost->count--;
}

void perhost_cancel(struct perhost *perhost)
{
    for (uint32_t i = 0; perhost->chains != NULL && i < CHAINS; i++)
        for (struct host_load *load = perhost->chains[i]; load != NULL; load = load->next)
            load->waiting = (struct queue){NULL, NULL};
}

void perhost_close(struct perhost *perhost)
{
    for (uint32_t i = 0; perhost->chains != NULL && i < CHAINS; i++)
        for (struct host_load *load = perhost->chains[i], *next; load != NULL; load = next) {
            next = load->next;
            free(load);
        }
    free(perhost->chains);
    *perhost = (struct perhost){0};
}

bool perhost_has_room(const struct perhost *perhost, const struct address *address)
{
    if (perhost->most == 0)
        return true;
    const struct host_load *load = *find(perhost, address);
    return load == NULL || load->in_flight < perhost->most;
}

bool perhost_take(struct perhost *perhost, const struct address *address)
{
    if (perhost->most == 0)
        return true;
    struct host_load **at = find(perhost, address);
    if (*at == NULL) {
        if ((*at = calloc(1, sizeof **at)) == NULL)
            return false;
        (*at)->address = *address;
        perhost->count++;
    }
    (*at)->in_flight++;
    return true;
}

void perhost_give_back(struct perhost *perhost, const struct address *address)
{
    if (perhost->most == 0)
        return;
    struct host_load **at = find(perhost, address);
    (*at)->in_flight--;
    free_if_idle(perhost, at);
}

void perhost_park(const struct perhost *perhost, struct job *job)
{
    queue_push(&(*find(perhost, &job->server.address))->waiting, job);
}

struct job *perhost_next(struct perhost *perhost, const struct address *address)
{
    if (perhost->most == 0)
        return NULL;
    struct host_load **at = find(perhost, address);
    struct host_load *load = *at;
    if (load == NULL || load->waiting.head == NULL || load->in_flight >= perhost->most)
        return NULL;
    struct job *job = queue_pop(&load->waiting);
    free_if_idle(perhost, at);
    return job;
}
