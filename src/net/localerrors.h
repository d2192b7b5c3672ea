/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors that the local kernel sends to itself, above all "host unreachable" when no neighbour
 * answers: they never cross the interface of the route, so that its capture misses them. */
#ifndef TCPSHAKE_NET_LOCALERRORS_H
#define TCPSHAKE_NET_LOCALERRORS_H

#include "base/error.h"
#include "wire/segment.h"

struct local_errors {
    int fds[2]; /* IPv4 and IPv6; -1: not open */
};

/* Opens raw ICMP sockets for the families asked for. Needs CAP_NET_RAW. Returns 0, or -1 with
 * *error set. */
int local_errors_open(struct local_errors *errors, bool ipv4, bool ipv6, struct error *error);
void local_errors_close(struct local_errors *errors);

typedef void local_error_handler(void *user, const struct frame *frame);

/* Hands every waiting error, at most limit of each family, to handler: as a LINK_RAW frame with the
 * kernel's stamp. Errors from other senders are discarded. */
void local_errors_read(struct local_errors *errors, int limit, local_error_handler *handler,
                       void *user);

#endif
