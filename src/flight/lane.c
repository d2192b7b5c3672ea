/* SPDX-License-Identifier: BSD-2-Clause */
/* All connections of a run take their ports from one stretch, small enough that the capture, whose
 * filter is never changed while connections are in flight, wakes for little else. */
#include "flight/lane.h"

#include "base/random.h"

#define PORTS_FOR_EACH 16u   /* connection ... */
#define LANE_LEAST     64u   /* ports to choose from, at least ... */
#define LANE_MOST      4096u /* ... and at most: also what the capture filter lets through */

static uint32_t size_for(uint64_t connections)
{
    if (connections > LANE_MOST / PORTS_FOR_EACH)
        return LANE_MOST;
    uint32_t size = (uint32_t)connections * PORTS_FOR_EACH;
    return size > LANE_LEAST ? size : LANE_LEAST;
}

int lane_choose(struct lane *lane, const struct ephemeral *ephemeral, uint64_t connections,
                uint16_t port, struct error *error)
{
    uint32_t random[3];
    if (random_fill(random, sizeof random, error) != 0)
        return -1;
    if (port != 0)
        lane->first = lane->last = port;
    else
        ephemeral_stretch(ephemeral, size_for(connections), random[2], &lane->first, &lane->last);
    guard_ports_init(&lane->order, lane->first, lane->last, random);
    lane->order.ephemeral = port == 0 ? ephemeral : NULL;
    return 0;
}

int lane_take(struct lane *lane, const struct route *route, struct guard *guard,
              struct error *error)
{
    return guard_open_next(guard, &route->source, route->ifindex, &lane->order, error);
}

void lane_give_back(struct lane *lane, struct guard *guard)
{
    (void)lane;
    guard_close(guard);
}
