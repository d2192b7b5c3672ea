/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel has one table of neighbours for the whole host, arp(7): each host on a link that is
 * probed takes an entry, and one that does not answer keeps it for seconds. At most half of the
 * table is used, so that other programs reach theirs. */
#ifndef TCPSHAKE_LIVE_NEIGHBOURS_H
#define TCPSHAKE_LIVE_NEIGHBOURS_H

#include "base/error.h"
#include "loop/timers.h"
#include "wire/addr.h"

#define NEIGHBOURS_SILENT_MS 3100u /* for which a silent neighbour keeps its entry */

struct neighbour;

struct neighbours {
    struct timers *timers; /* borrowed */
    uint32_t most, count;  /* of those that have an entry */
    uint32_t chain_count;  /* a power of two */
    struct neighbour **chains;
    uint64_t key[2];
};

/* For the table of that family, of which it takes half. Returns 0, or -1 with *error set. */
int neighbours_open(struct neighbours *neighbours, enum family family, struct timers *timers,
                    struct error *error);
void neighbours_close(struct neighbours *neighbours); /* the timers are not to fire any more */

/* Whether there is a place for a connection to that neighbour; if not, there is one again when a
 * timer fires. */
bool neighbours_have_room(const struct neighbours *neighbours, const struct address *address);

/* Takes it. Returns false if there is none, or no memory. */
bool neighbours_take(struct neighbours *neighbours, const struct address *address);

/* The connection has ended: its neighbour keeps its entry for as long as the kernel does. */
void neighbours_give_back(struct neighbours *neighbours, const struct address *address,
                          bool answered, int64_t now_ns);

#endif
