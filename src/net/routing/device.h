/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_NET_ROUTING_DEVICE_H
#define TCPSHAKE_NET_ROUTING_DEVICE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/routing/netlink.h"

#define DEVICE_NAME_MAX 128 /* of alternative names: ALTIFNAMSIZ */

struct device {
    unsigned ifindex;
    char name[IF_NAMESIZE];
    uint32_t mtu;
    bool up;
};

/* Looks a network device up by its name or an alternative name (ip-link(8), altname), or by ifindex
 * where name is NULL. Returns 0, or the errno of the kernel's refusal. */
int device_lookup(struct netlink *netlink, const char *name, unsigned ifindex,
                  struct device *device);

#endif
