/* SPDX-License-Identifier: BSD-2-Clause */
/* Names are resolved by a child process without capabilities, so that no process that can send
 * parses answers of a name server. Several resolvers can work in parallel. */
#ifndef TCPSHAKE_CONFINE_RESOLVER_H
#define TCPSHAKE_CONFINE_RESOLVER_H

#include "net/resolve.h"

#define RESOLVER_HOST_MAX 256 /* a name of DNS has at most 253 characters: RFC 1035, 2.3.4 */

struct resolver;

struct resolution {
    int result;               /* of resolve_host: 0, or -1 with error set */
    struct resolved_list all; /* valid if result is 0 */
    struct error error;       /* valid otherwise */
    int64_t duration_ns;      /* of resolving the name */
};

/* Starts the child, which ends with this process. Returns NULL with *error set on failure. */
struct resolver *resolver_start(struct error *error);
/* Ends the child. Not inside the sandbox. NULL is allowed. */
void resolver_stop(struct resolver *resolver);
/* The child ends once it is through with its question; also inside the sandbox. */
void resolver_leave(struct resolver *resolver);

/* Becomes readable when the answer has arrived or the child has exited. */
int resolver_fd(const struct resolver *resolver);
bool resolver_is_busy(const struct resolver *resolver); /* has a question without an answer */

/* Asks for the first address of host in that family (FAMILY_NONE: either) without waiting. An
 * earlier question is abandoned. Returns 0, or -1 with *error set: the name is too long, or the
 * child has exited (STATUS_RUN). */
int resolver_ask(struct resolver *resolver, const char *host, enum family family,
                 struct error *error);

/* Reads the answer without waiting: 1, 0 if there is none yet, or -1 with *error set if the child
 * has exited. */
int resolver_read(struct resolver *resolver, struct resolution *out, struct error *error);

/* Asks and waits for the answer. Returns 0 with *duration_ns, the time it took, or -1 with *error
 * set, as resolve_host does; STATUS_RUN: the child has exited, or out of memory. duration_ns may be
 * NULL. */
int resolver_resolve(struct resolver *resolver, const char *host, enum family family,
                     struct resolved *out, int64_t *duration_ns, struct error *error);

#endif
