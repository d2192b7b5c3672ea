/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/pathtotals.h"

static void add_address(struct hop_total *total, const struct address *address)
{
    if (address->family == FAMILY_NONE)
        return;
    for (size_t i = 0; i < total->address_count; i++)
        if (address_equal(&total->addresses[i].address, address)) {
            total->addresses[i].connections++;
            return;
        }
    if (total->address_count == HOP_ADDRESSES_MAX)
        total->more_addresses = true;
    else
        total->addresses[total->address_count++] = (struct hop_address){*address, 1};
}

static void add_hop(struct hop_total *total, const struct path_hop *hop)
{
    total->sent += hop->sent;
    total->answered += hop->answered;
    if (hop->answered == 0)
        return;
    rtt_stats_add(&total->rtt, hop->rtt_ns);
    add_address(total, &hop->address);
    add_address(total, &hop->other);
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
