/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel knows of the next hop: RTM_GETNEIGH of rtnetlink(7), states of RFC 4861, 7.3.2.
 */
#ifndef TCPSHAKE_NET_ROUTING_NEIGHBOUR_H
#define TCPSHAKE_NET_ROUTING_NEIGHBOUR_H

#include "net/routing/netlink.h"
#include "wire/addr.h"

enum neighbour {
    NEIGHBOUR_UNKNOWN, /* no entry, or a link without neighbours */
    NEIGHBOUR_SILENT,  /* INCOMPLETE or FAILED: segments to it have not left */
    NEIGHBOUR_KNOWN,   /* its link-layer address is known */
};

/* Asks for that neighbour on a device. Kernels before 5.0 know no such question: UNKNOWN. */
enum neighbour neighbour_ask(struct netlink *netlink, unsigned ifindex,
                             const struct address *address);

#endif
