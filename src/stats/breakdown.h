/* SPDX-License-Identifier: BSD-2-Clause */
/* The port states of a run by port and by network, in memory that does not grow with the number of
 * targets. */
#ifndef TCPSHAKE_STATS_BREAKDOWN_H
#define TCPSHAKE_STATS_BREAKDOWN_H

#include <stddef.h>

#include "tcp/result.h"

#define BREAKDOWN_PORTS    65536u
#define BREAKDOWN_NETWORKS 4096u /* those that come later are counted together */
#define BREAKDOWN_SLOTS    (2 * BREAKDOWN_NETWORKS)
#define BREAKDOWN_BITS_V4  24u /* of the prefix of a network */
#define BREAKDOWN_BITS_V6  64u
#define BREAKDOWN_ROWS_MAX 256u

struct breakdown_counts {
    uint64_t by_port_state[PORT_STATE_COUNT];
};

struct breakdown_network {
    struct address prefix; /* FAMILY_NONE: the slot is empty */
    struct breakdown_counts counts;
};

/* All zero is empty. Some 3 MB, of which a run touches what it counts. */
struct breakdown {
    struct breakdown_counts ports[BREAKDOWN_PORTS];
    struct breakdown_network networks[BREAKDOWN_SLOTS]; /* by a hash of the prefix */
    struct breakdown_counts other_networks; /* beyond the limit, or without an address */
    size_t port_count, network_count;       /* without the others */
    uint64_t connections;
};

/* A connection to that port is counted soon: fetches where, which is rarely in the cache. */
static inline void breakdown_expect(const struct breakdown *breakdown, uint16_t port)
{
    __builtin_prefetch(&breakdown->ports[port], 1);
}

/* Counts a connection to that server. */
void breakdown_add(struct breakdown *breakdown, const struct endpoint *server,
                   enum port_state state);

/* Of a run that is resumed: adds a network that is not there yet, with its counts. Returns false if
 * it is, or if there is no room for it. */
bool breakdown_add_network(struct breakdown *breakdown, const struct breakdown_network *network);

/* Sets port_count and connections by the counts of ports, which were set from outside. */
void breakdown_count_ports(struct breakdown *breakdown);

/* A port or a network, or what the list has no room for. */
struct breakdown_row {
    uint16_t port;          /* 0 for the others */
    struct address network; /* FAMILY_NONE for the others */
    unsigned bits;          /* of its prefix */
    struct breakdown_counts counts;
};

struct breakdown_list {
    struct breakdown_row rows[BREAKDOWN_ROWS_MAX];
    unsigned count;
    struct breakdown_row others; /* all that is not in rows */
    uint64_t others_count;       /* ports or networks in it that are known one by one */
    uint64_t others_connections;
};

/* The ports, or networks, with the most open connections, then those with the most connections,
 * then in their order: up to the given number, and BREAKDOWN_ROWS_MAX. Nothing where that says no
 * more than the records: where each port has one connection, or there is only one network. */
void breakdown_ports(const struct breakdown *breakdown, unsigned most, struct breakdown_list *list);
void breakdown_networks(const struct breakdown *breakdown, unsigned most,
                        struct breakdown_list *list);

#endif
