/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to the kernel's routing: RTM_GETROUTE of rtnetlink(7). */
#ifndef TCPSHAKE_NET_ROUTING_WAY_H
#define TCPSHAKE_NET_ROUTING_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/routing/netlink.h"
#include "wire/addr.h"

/* What the kernel decides by. The user is that of this process, the mark is 0, as for a socket on
 * which nothing was set. */
struct way_question {
    struct address destination;
    struct address source;                  /* FAMILY_NONE: not chosen yet */
    unsigned ifindex;                       /* the socket is bound to it; 0: to none */
    bool protocol;                          /* whether TCP is named */
    uint16_t source_port, destination_port; /* 0: not named */
};

struct way {
    int code;     /* errno of the kernel's refusal; 0: none */
    uint8_t type; /* RTN_ of rtnetlink(7); valid where code is 0, and so are the others */
    unsigned ifindex;
    uint32_t mtu;            /* 0: that of the device */
    uint32_t table;          /* of ip-rule(8) */
    struct address source;   /* that the kernel prefers; FAMILY_NONE: it did not say */
    struct address next_hop; /* FAMILY_NONE: the destination itself */
};

/* Asks. way->code may also be what went wrong with the question. */
void way_ask(struct netlink *netlink, const struct way_question *question, struct way *way);

/* Whether both lead to the same neighbour on the same device, or are refused alike. */
bool way_is_same(const struct way *one, const struct way *other);

#endif
