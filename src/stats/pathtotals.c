/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/pathtotals.h"

#include <string.h>

static struct hop_address *address_of(struct hop_total *total, const struct address *address)
{
    for (size_t i = 0; i < total->address_count; i++)
        if (address_equal(&total->addresses[i].address, address))
            return &total->addresses[i];
    if (total->address_count == HOP_ADDRESSES_MAX)
        return NULL;
    struct hop_address *added = &total->addresses[total->address_count++];
    added->address = *address;
    return added;
}

/* name: PATH_NAME_MAX bytes; "": unknown. */
static void add_address(struct hop_total *total, const struct address *address, const char *name)
{
    if (address->family == FAMILY_NONE)
        return;
    struct hop_address *counted = address_of(total, address);
    if (counted == NULL) {
        total->more_addresses = true;
        return;
    }
    counted->connections++;
    if (name[0] != '\0')
        memcpy(counted->name, name, PATH_NAME_MAX);
}

static void add_hop(struct hop_total *total, const struct path_hop *hop)
{
    total->sent += hop->sent;
    total->answered += hop->answered;
    if (hop->answered == 0)
        return;
    rtt_stats_add(&total->rtt, hop->rtt_ns);
    add_address(total, &hop->address, hop->name);
    add_address(total, &hop->other, hop->other_name);
}

void path_totals_add(struct path_totals *totals, const struct path *path)
{
    totals->connections++;
    if (path->hop_count > totals->hop_count)
        totals->hop_count = path->hop_count;
    for (size_t i = 0; i < path->hop_count; i++)
        add_hop(&totals->hops[i], &path->hops[i]);
}

double hop_total_loss_percent(const struct hop_total *hop)
{
    if (hop->sent == 0)
        return 0;
    return 100.0 * (double)(hop->sent - hop->answered) / (double)hop->sent;
}
