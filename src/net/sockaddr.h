/* SPDX-License-Identifier: BSD-2-Clause */
/* Between addresses of the core and those of the socket interface. */
#ifndef TCPSHAKE_NET_SOCKADDR_H
#define TCPSHAKE_NET_SOCKADDR_H

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/addr.h"

union sockaddr_any {
    struct sockaddr generic;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

/* Fills out; scope_ifindex is the zone of a link-local address, the kernel ignores it for any
 * other. Returns the length. */
static inline socklen_t sockaddr_from(const struct address *address, unsigned scope_ifindex,
                                      uint16_t port, union sockaddr_any *out)
{
    memset(out, 0, sizeof *out);
    if (address->family == FAMILY_IPV6) {
        out->ipv6.sin6_family = AF_INET6;
        out->ipv6.sin6_port = htons(port);
        out->ipv6.sin6_scope_id = scope_ifindex;
        memcpy(&out->ipv6.sin6_addr, address->bytes, sizeof out->ipv6.sin6_addr);
        return sizeof out->ipv6;
    }
    out->ipv4.sin_family = AF_INET;
    out->ipv4.sin_port = htons(port);
    memcpy(&out->ipv4.sin_addr, address->bytes, sizeof out->ipv4.sin_addr);
    return sizeof out->ipv4;
}

#endif
