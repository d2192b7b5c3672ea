/* SPDX-License-Identifier: BSD-2-Clause */
/* The routes to the targets of a run, asked for as it comes to each: those of the addresses that
 * were asked for last are remembered for a moment. */
#ifndef TCPSHAKE_LIVE_WAYS_H
#define TCPSHAKE_LIVE_WAYS_H

#include "net/route.h"

struct ways; /* opaque */

/* What is known of the way to a target. */
struct way_found {
    bool routed;
    enum reason reason; /* valid unless routed */
    struct route route;
};

/* Returns NULL with *error set. */
struct ways *ways_open(struct error *error);
void ways_close(struct ways *ways); /* NULL is allowed */

/* The netlink socket of the lookups, for other questions; owned by ways. */
struct netlink *ways_netlink(const struct ways *ways);

/* From now on it is used inside the sandbox; see router_confine. */
void ways_confine(struct ways *ways);

/* Finds the route to the destination of a request, which is otherwise the same each time. Returns
 * 0, or -1 with *error set, as router_lookup does. */
int ways_find(struct ways *ways, const struct route_request *request, int64_t now_ns,
              struct way_found *found, struct error *error);

#endif
