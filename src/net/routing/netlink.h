/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to rtnetlink(7), through libmnl. */
#ifndef TCPSHAKE_NET_ROUTING_NETLINK_H
#define TCPSHAKE_NET_ROUTING_NETLINK_H

#include <libmnl/libmnl.h>

#include "base/error.h"

#define NETLINK_REQUEST_MAX 256

struct netlink; /* a socket that is connected to the kernel: send(2) asks, as the sandbox allows */

/* Opens one. NULL with *error set. */
struct netlink *netlink_open(struct error *error);
void netlink_close(struct netlink *netlink); /* NULL is allowed */

/* One request (nlmsg_flags and nlmsg_seq are set here), one answer, which parse gets with out.
 * Returns 0, or the errno of the kernel's refusal or of what went wrong on the way. */
int netlink_ask(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t parse, void *out);

/* The same for every entry of a table: parse is called for each. */
int netlink_dump(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t parse, void *out);

#endif
