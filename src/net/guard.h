/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds a source port so that the local kernel does not answer our SYN/ACKs with RST: a listening
 * socket that drops every segment before any reset. Three kinds are tried in this order: a TCP MD5
 * key for every peer (RFC 2385, tcp(7)); a minimum TTL of 255 (RFC 5082), which segments from a
 * neighbour that sends with TTL 255 pass; a socket filter. One guard serves any number of peers. */
#ifndef TCPSHAKE_NET_GUARD_H
#define TCPSHAKE_NET_GUARD_H

#include "base/error.h"
#include "wire/addr.h"

#include <stdint.h>

enum guard_kind {
    GUARD_MD5,
    GUARD_TTL,
    GUARD_FILTER,
    GUARD_KINDS,
};

struct guard {
    int fd;
    uint16_t port;
    enum guard_kind kind;
};

#define GUARD_PORT_IN_USE 1
#define GUARD_NO_ROOM     2

/* Guards a port of that address, whose zone is ifindex if it is a link-local one; of all addresses
 * of its family, also of those that come later, if it is the unspecified one. Returns 0;
 * GUARD_PORT_IN_USE if any other socket has the port, TIME_WAIT included; GUARD_NO_ROOM if there
 * are no descriptors or no memory for another one; or -1. *error is set unless 0 is returned. */
int guard_open(struct guard *guard, const struct address *address, unsigned ifindex, uint16_t port,
               struct error *error);

/* Guards a random free port of first..last. Returns 0, or -1 with *error set. */
int guard_open_any(struct guard *guard, const struct address *address, uint16_t first,
                   uint16_t last, struct error *error);

const char *
guard_kind_name(const struct guard *guard); /* "TCP MD5", "minimum TTL", "socket filter" */
void guard_close(struct guard *guard);

/* How many segments have reached the guard, and so this host's TCP, and were dropped there: each
 * SYN/ACK and RST that answers us, and what strangers send to the port. What netfilter, a reverse
 * path filter or a foreign VLAN keeps back is not among them, although a capture shows it. Returns
 * false where the kernel does not say. */
bool guard_delivered(const struct guard *guard, uint32_t *count);

#endif
