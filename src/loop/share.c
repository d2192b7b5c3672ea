/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/share.h"

#define LOOK_NS INT64_C(100000000)

void share_init_unlimited(struct share *share)
{
    *share = (struct share){.most = UINT64_MAX, .next_look_ns = INT64_MAX};
}

void share_init(struct share *share, uint64_t room, uint64_t used, int64_t now_ns)
{
    uint64_t unused = room > used ? room - used : 0;
    *share = (struct share){.room = room, .most = used + unused / 2};
    share_counted(share, used, now_ns);
}

bool share_is_due(const struct share *share, int64_t now_ns)
{
    return now_ns >= share->next_look_ns;
}

void share_counted(struct share *share, uint64_t counted, int64_t now_ns)
{
    share->counted = counted;
    share->taken = 0;
    share->next_look_ns = now_ns + LOOK_NS;
}

bool share_has_room(const struct share *share)
{
    return share->most == UINT64_MAX || share->taken == 0 ||
           share->counted + share->taken < share->most;
}

void share_take(struct share *share)
{
    share->taken++;
}
