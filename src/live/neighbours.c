/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/neighbours.h"

#include <stdlib.h>

#include "base/random.h"
#include "net/settings.h"

#define CHAINS_LEAST 16u

/* The resolution of a silent neighbour fails after 3 s (mcast_solicit times retrans_time_ms), and
 * its entry may be collected then; that of any other 5 s after its last change (neigh_forced_gc).
 */
#define SILENT_NS   (INT64_C(1000000) * NEIGHBOURS_SILENT_MS)
#define ANSWERED_NS INT64_C(5000000000)

struct neighbour {
    struct timer timer; /* when the entry is free, while there is no connection; first */
    struct neighbour *next;
    struct address address;
    uint32_t connections;
};

int neighbours_open(struct neighbours *neighbours, enum family family, struct timers *timers,
                    struct error *error)
{
    *neighbours = (struct neighbours){
        .timers = timers, .most = settings_neighbours(family) / 2, .chain_count = CHAINS_LEAST};
    while (neighbours->chain_count < neighbours->most)
        neighbours->chain_count *= 2;
    if (random_fill(neighbours->key, sizeof neighbours->key, error) != 0)
        return -1;
    neighbours->chains = calloc(neighbours->chain_count, sizeof(struct neighbour *));
    return neighbours->chains != NULL ? 0 : error_set_memory(error, "out of memory");
}

/* Where the pointer to the neighbour of that address is, or is to be. */
static struct neighbour **find(const struct neighbours *neighbours, const struct address *address)
{
    const struct endpoint end = {.address = *address};
    uint64_t hash = endpoint_pair_hash(&end, &end, neighbours->key);
    struct neighbour **at = &neighbours->chains[hash & (neighbours->chain_count - 1)];
    while (*at != NULL && !address_equal(&(*at)->address, address))
        at = &(*at)->next;
    return at;
}

static void take_out(struct neighbours *neighbours, struct neighbour **at)
{
    struct neighbour *neighbour = *at;
    *at = neighbour->next;
    timers_unset(neighbours->timers, &neighbour->timer);
    free(neighbour);
    neighbours->count--;
}

void neighbours_close(struct neighbours *neighbours)
{
    for (uint32_t i = 0; neighbours->chains != NULL && i < neighbours->chain_count; i++)
        while (neighbours->chains[i] != NULL)
            take_out(neighbours, &neighbours->chains[i]);
    free(neighbours->chains);
    *neighbours = (struct neighbours){0};
}

static void entry_is_free(void *context, struct timer *timer, int64_t now_ns)
{
    struct neighbours *neighbours = context;
    (void)now_ns;
    take_out(neighbours, find(neighbours, &((struct neighbour *)timer)->address));
}

bool neighbours_have_room(const struct neighbours *neighbours, const struct address *address)
{
    return neighbours->count < neighbours->most || *find(neighbours, address) != NULL;
}

bool neighbours_take(struct neighbours *neighbours, const struct address *address)
{
    struct neighbour **at = find(neighbours, address);
    if (*at == NULL) {
        if (neighbours->count >= neighbours->most || (*at = calloc(1, sizeof **at)) == NULL)
            return false;
        (*at)->timer = (struct timer){.fire = entry_is_free, .context = neighbours};
        (*at)->address = *address;
        neighbours->count++;
    }
    timers_unset(neighbours->timers, &(*at)->timer);
    (*at)->connections++;
    return true;
}

void neighbours_give_back(struct neighbours *neighbours, const struct address *address,
                          bool answered, int64_t now_ns)
{
    struct neighbour **at = find(neighbours, address);
    if (*at == NULL || --(*at)->connections > 0)
        return;
    if (!timers_set(neighbours->timers, &(*at)->timer,
                    now_ns + (answered ? ANSWERED_NS : SILENT_NS)))
        take_out(neighbours, at);
}
