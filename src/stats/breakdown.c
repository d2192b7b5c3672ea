/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/breakdown.h"

#include <string.h>

static void count(struct breakdown_counts *counts, enum port_state state)
{
    if ((unsigned)state < PORT_STATE_COUNT)
        counts->by_port_state[state]++;
}

static uint64_t total(const struct breakdown_counts *counts)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        sum += counts->by_port_state[i];
    return sum;
}

static struct address prefix_of(const struct address *address)
{
    struct address prefix = {.family = address->family};
    unsigned bits = address->family == FAMILY_IPV6 ? BREAKDOWN_BITS_V6 : BREAKDOWN_BITS_V4;
    memcpy(prefix.bytes, address->bytes, bits / 8);
    return prefix;
}

/* The slot of a prefix, or the empty one where it would be; at least half of them are empty. */
static size_t slot_of(const struct breakdown *breakdown, const struct address *prefix)
{
    static const uint64_t key[2] = {UINT64_C(0x243f6a8885a308d3),
                                    UINT64_C(0x13198a2e03707344)}; /* the digits of pi */
    const struct endpoint end = {.address = *prefix};
    size_t slot = endpoint_pair_hash(&end, &end, key) % BREAKDOWN_SLOTS;
    while (breakdown->networks[slot].prefix.family != FAMILY_NONE &&
           !address_equal(&breakdown->networks[slot].prefix, prefix))
        slot = (slot + 1) % BREAKDOWN_SLOTS;
    return slot;
}

static struct breakdown_counts *counts_of_network(struct breakdown *breakdown,
                                                  const struct address *address)
{
    if (address->family == FAMILY_NONE)
        return &breakdown->other_networks;
    struct address prefix = prefix_of(address);
    struct breakdown_network *network = &breakdown->networks[slot_of(breakdown, &prefix)];
    if (network->prefix.family == FAMILY_NONE) {
        if (breakdown->network_count == BREAKDOWN_NETWORKS)
            return &breakdown->other_networks;
        network->prefix = prefix;
        breakdown->network_count++;
    }
    return &network->counts;
}

void breakdown_add(struct breakdown *breakdown, const struct endpoint *server,
                   enum port_state state)
{
    struct breakdown_counts *port = &breakdown->ports[server->port];
    breakdown->connections++;
    breakdown->port_count += total(port) == 0;
    count(port, state);
    count(counts_of_network(breakdown, &server->address), state);
}

bool breakdown_add_network(struct breakdown *breakdown, const struct breakdown_network *network)
{
    struct address prefix = prefix_of(&network->prefix);
    struct breakdown_network *slot = &breakdown->networks[slot_of(breakdown, &prefix)];
    if (prefix.family == FAMILY_NONE || slot->prefix.family != FAMILY_NONE ||
        breakdown->network_count == BREAKDOWN_NETWORKS)
        return false;
    slot->prefix = prefix;
    slot->counts = network->counts;
    breakdown->network_count++;
    return true;
}

void breakdown_count_ports(struct breakdown *breakdown)
{
    breakdown->port_count = 0;
    breakdown->connections = 0;
    for (unsigned port = 0; port < BREAKDOWN_PORTS; port++) {
        uint64_t connections = total(&breakdown->ports[port]);
        breakdown->port_count += connections > 0;
        breakdown->connections += connections;
    }
}

/* Whether a stands before b: a total order. */
static bool is_before(const struct breakdown_row *a, const struct breakdown_row *b)
{
    uint64_t open_a = a->counts.by_port_state[PORT_OPEN];
    uint64_t open_b = b->counts.by_port_state[PORT_OPEN];
    uint64_t all_a = total(&a->counts), all_b = total(&b->counts);
    if (open_a != open_b)
        return open_a > open_b;
    if (all_a != all_b)
        return all_a > all_b;
    if (a->port != b->port)
        return a->port < b->port;
    if (a->network.family != b->network.family)
        return a->network.family < b->network.family;
    return memcmp(a->network.bytes, b->network.bytes, sizeof a->network.bytes) < 0;
}

static void add_counts(struct breakdown_list *list, const struct breakdown_counts *counts)
{
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        list->others.counts.by_port_state[i] += counts->by_port_state[i];
    list->others_connections += total(counts);
}

/* Into its place; what then is one too many, or has none, is one of the others. */
static void insert(struct breakdown_list *list, const struct breakdown_row *row, unsigned most)
{
    unsigned at = list->count;
    while (at > 0 && is_before(row, &list->rows[at - 1]))
        at--;
    if (list->count == most) {
        add_counts(list, at < most ? &list->rows[most - 1].counts : &row->counts);
        list->others_count++;
    } else {
        list->count++;
    }
    if (at == most)
        return;
    memmove(&list->rows[at + 1], &list->rows[at], (list->count - 1 - at) * sizeof *row);
    list->rows[at] = *row;
}

static unsigned bounded(unsigned most)
{
    return most < BREAKDOWN_ROWS_MAX ? most : BREAKDOWN_ROWS_MAX;
}

void breakdown_ports(const struct breakdown *breakdown, unsigned most, struct breakdown_list *list)
{
    memset(list, 0, sizeof *list);
    if (breakdown->port_count < 2 || breakdown->connections == breakdown->port_count)
        return;
    for (unsigned port = 0; port < BREAKDOWN_PORTS; port++) {
        const struct breakdown_row row = {.port = (uint16_t)port, .counts = breakdown->ports[port]};
        if (total(&row.counts) > 0)
            insert(list, &row, bounded(most));
    }
}

void breakdown_networks(const struct breakdown *breakdown, unsigned most,
                        struct breakdown_list *list)
{
    memset(list, 0, sizeof *list);
    if (breakdown->network_count < 2)
        return;
    for (size_t slot = 0; slot < BREAKDOWN_SLOTS; slot++) {
        const struct breakdown_network *network = &breakdown->networks[slot];
        bool is_long = network->prefix.family == FAMILY_IPV6;
        const struct breakdown_row row = {
            .network = network->prefix,
            .bits = is_long ? BREAKDOWN_BITS_V6 : BREAKDOWN_BITS_V4,
            .counts = network->counts,
        };
        if (network->prefix.family != FAMILY_NONE)
            insert(list, &row, bounded(most));
    }
    add_counts(list, &breakdown->other_networks);
}
