/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/tracking.h"

#include "base/error.h"

void tracking_open(struct tracking *tracking, bool quiet, int64_t now_ns)
{
    *tracking = (struct tracking){.quiet = quiet};
    conntrack_open(&tracking->table);
    int64_t count = conntrack_count(&tracking->table);
    if (count < 0)
        share_init_unlimited(&tracking->share);
    else
        share_init(&tracking->share, tracking->table.most, (uint64_t)count, now_ns);
}

void tracking_close(struct tracking *tracking)
{
    conntrack_close(&tracking->table);
}

static void tell(struct tracking *tracking)
{
    const struct share *share = &tracking->share;
    unsigned long long used = share->counted + share->taken, room = share->room;
    if (!tracking->told && !tracking->quiet)
        warning("slowed down: the connection-tracking table of this host has %llu of %llu entries, "
                "and %llu is the limit that leaves others half of what was free; raise "
                "net.netfilter.nf_conntrack_max, or do not track these connections",
                used, room, (unsigned long long)share->most);
    tracking->told = true;
}

bool tracking_has_room(struct tracking *tracking, int64_t now_ns)
{
    if (share_is_due(&tracking->share, now_ns)) {
        int64_t count = conntrack_count(&tracking->table);
        share_counted(&tracking->share, count > 0 ? (uint64_t)count : 0, now_ns);
    }
    if (share_has_room(&tracking->share))
        return true;
    tell(tracking);
    return false;
}

void tracking_begun(struct tracking *tracking)
{
    share_take(&tracking->share);
}

int64_t tracking_next_ns(const struct tracking *tracking)
{
    return tracking->share.next_look_ns;
}
