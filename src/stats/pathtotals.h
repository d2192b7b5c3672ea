/* SPDX-License-Identifier: BSD-2-Clause */
/* The hops of --path over all connections to a target: which routers answered, how often and how
 * fast. */
#ifndef TCPSHAKE_STATS_PATHTOTALS_H
#define TCPSHAKE_STATS_PATHTOTALS_H

#include "path/path.h"
#include "stats/stats.h"

#define HOP_ADDRESSES_MAX 4

struct hop_address {
    struct address address;
    uint64_t connections;     /* whose hop it was */
    char name[PATH_NAME_MAX]; /* the latest known one; "": none */
};

struct hop_total {
    uint64_t sent, answered; /* SYNs */
    struct rtt_stats rtt;
    struct hop_address addresses[HOP_ADDRESSES_MAX]; /* in the order of their first answer */
    uint8_t address_count;
    bool more_addresses; /* than are kept */
};

/* All zero is empty. */
struct path_totals {
    uint64_t connections;
    uint8_t hop_count;
    struct hop_total hops[PATH_HOPS_MAX];
};

void path_totals_add(struct path_totals *totals, const struct path *path);

/* The percentage of SYNs that this hop left unanswered; 0 if there were none. */
double hop_total_loss_percent(const struct hop_total *hop);

#endif
