/* SPDX-License-Identifier: BSD-2-Clause */
/* Which way the kernel would send: rtnetlink through libmnl (rtnetlink(7), RTM_GETROUTE,
 * RTM_GETLINK). */
#ifndef TCPSHAKE_NET_ROUTE_H
#define TCPSHAKE_NET_ROUTE_H

#include <net/if.h>

#include "base/error.h"
#include "tcp/result.h"
#include "wire/addr.h"

#define LOOPBACK "lo" /* the interface that leads nowhere else, by Linux's own name */

struct route {
    struct address source;       /* what the kernel prefers, or the one asked for */
    unsigned ifindex;            /* to send by, and the zone of a link-local source */
    char interface[IF_NAMESIZE]; /* where the frames pass: lo for an address of this host */
    uint32_t mtu;
};

struct route_request {
    struct address destination;
    struct address source;  /* FAMILY_NONE: any; otherwise it must be ours */
    unsigned scope_ifindex; /* of a link-local destination with a zone, 0 otherwise */
    const char *interface;  /* NULL: any */
};

/* Looks the route up. Returns 0 with *route set; 1 with *reason set where the kernel has no way
 * there (REASON_NO_ROUTE, or as an unreachable, prohibit or blackhole route says); -1 with *error
 * set: no such interface, source not ours, netlink failed. */
int route_lookup(const struct route_request *request, struct route *route, enum reason *reason,
                 struct error *error);

#endif
