/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds a source port so that the local kernel does not answer our SYN/ACKs with RST: a listening
 * socket that drops every segment before any reset. Three kinds are tried in this order: a TCP MD5
 * key for every peer (RFC 2385, tcp(7)); a minimum TTL of 255 (RFC 5082), which segments from a
 * neighbour that sends with TTL 255 pass; a socket filter. */
#ifndef TCPSHAKE_NET_GUARD_H
#define TCPSHAKE_NET_GUARD_H

#include "base/error.h"
#include "net/ephemeral.h"
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

/* A range of ports in a random order, of which none comes again before all have come: a server may
 * still hold a connection that is finished here. */
struct guard_ports {
    uint16_t first;
    uint32_t count, step;              /* without a common divisor */
    uint32_t next;                     /* below count */
    const struct ephemeral *ephemeral; /* what it does not allow is passed over; NULL: nothing */
};

/* From first to last; the order follows from two random numbers of the caller's. */
void guard_ports_init(struct guard_ports *ports, uint16_t first, uint16_t last,
                      const uint32_t random[2]);

/* Takes the next free port of a range on source (one port: exactly that one) and guards it. ifindex
 * is needed for a link-local IPv6 source, 0 otherwise. Returns 0, or -1 with *error set: every port
 * is in use, or no kind of guard is available (the text says what was tried). */
int guard_open_next(struct guard *guard, const struct address *source, unsigned ifindex,
                    struct guard_ports *ports, struct error *error);

/* The same with a random port of port_first..port_last. */
int guard_open(struct guard *guard, const struct address *source, unsigned ifindex,
               uint16_t port_first, uint16_t port_last, struct error *error);
const char *
guard_kind_name(const struct guard *guard); /* "TCP MD5", "minimum TTL", "socket filter" */
void guard_close(struct guard *guard);

/* How many segments have reached the guard, and so this host's TCP, and were dropped there: each
 * SYN/ACK and RST that answers us, and what strangers send to the port. What netfilter, a reverse
 * path filter or a foreign VLAN keeps back is not among them, although a capture shows it. Returns
 * false where the kernel does not say. */
bool guard_delivered(const struct guard *guard, uint32_t *count);

#endif
