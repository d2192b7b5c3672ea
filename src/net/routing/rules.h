/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rules of the routing policy database look at: ip-rule(8). */
#ifndef TCPSHAKE_NET_ROUTING_RULES_H
#define TCPSHAKE_NET_ROUTING_RULES_H

#include <stdbool.h>

#include "net/routing/netlink.h"

struct rules {
    bool custom;   /* there are others than the three that every host has */
    bool ports;    /* one looks at ports */
    bool protocol; /* one looks at the protocol */
};

/* Asks for the rules of AF_INET or AF_INET6. A kernel without policy routing has none. Returns 0,
 * or the errno of what went wrong. */
int rules_ask(struct netlink *netlink, unsigned char af, struct rules *rules);

#endif
