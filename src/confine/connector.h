/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks connect(2) itself, in a child without capabilities: what no raw socket can see (programs of
 * eBPF, rules by port or by user, Landlock and other security modules) decides there as it does for
 * every application. */
#ifndef TCPSHAKE_CONFINE_CONNECTOR_H
#define TCPSHAKE_CONFINE_CONNECTOR_H

#include "base/error.h"
#include "tcp/host.h"

struct connector;

struct connector_request {
    struct endpoint server;
    unsigned scope_ifindex; /* of a link-local server; 0: none */
    struct address source;  /* FAMILY_NONE: the kernel's choice */
    const char *interface;  /* NULL: any */
    int64_t timeout_ns;
};

/* Starts the child, which ends with this process. To be called before the sandbox is entered. NULL
 * with *error set. */
struct connector *connector_start(struct error *error);
void connector_stop(struct connector *connector); /* NULL is allowed */

/* Becomes readable when the answer has arrived or the child has exited. */
int connector_fd(const struct connector *connector);

/* Asks without waiting; one question at a time. What is opened is closed at once, with FIN. Returns
 * 0, or -1 with *error set: the child has exited, or the interface has a name that is too long for
 * SO_BINDTODEVICE. */
int connector_ask(struct connector *connector, const struct connector_request *request,
                  struct error *error);

/* Reads the answer without waiting: 1, 0 if there is none yet, or -1 with *error set if the child
 * has exited. */
int connector_read(struct connector *connector, struct opinion *out, struct error *error);

#endif
