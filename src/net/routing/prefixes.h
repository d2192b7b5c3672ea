/* SPDX-License-Identifier: BSD-2-Clause */
/* Which IPv4 addresses no route of this host separates: the prefixes of all tables, RTM_GETROUTE of
 * rtnetlink(7). That a route matches two addresses is not enough, since a longer prefix, in
 * whichever table, may match one of them. */
#ifndef TCPSHAKE_NET_ROUTING_PREFIXES_H
#define TCPSHAKE_NET_ROUTING_PREFIXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/routing/netlink.h"
#include "wire/addr.h"

#define PREFIXES_MOST 1024u /* more would take long to read */

struct prefixes {
    /* Where a prefix begins, or ends before, in host order, ascending. */
    uint32_t edges[2 * PREFIXES_MOST];
    size_t count; /* of edges; 0: nothing is known, each address may have a route of its own */
    bool too_many;
    bool splits; /* a route has several next hops: addresses that it matches go different ways */
};

/* Asks for the prefixes, and for the exceptions of the routing cache (a path MTU, a redirect). */
void prefixes_ask(struct netlink *netlink, struct prefixes *prefixes);

/* The first of the addresses around this one that no prefix separates from it; the address itself
 * where that is not known, as always with IPv6, for which the kernel chooses the source by
 * similarity with the destination (RFC 6724, 5, rule 8). */
struct address prefixes_first_alike(const struct prefixes *prefixes, const struct address *address);

#endif
