/* SPDX-License-Identifier: BSD-2-Clause */
/* Names are resolved by a child process that has no capability, so that what strangers put into
 * their answers is read by nobody who could send with it. Several resolvers work side by side. */
#ifndef TCPSHAKE_CONFINE_RESOLVER_H
#define TCPSHAKE_CONFINE_RESOLVER_H

#include "net/resolve.h"

#define RESOLVER_HOST_MAX 256 /* a name of DNS has at most 253 characters: RFC 1035, 2.3.4 */

struct resolver;

struct resolution {
    int result;               /* of resolve_host: 0, or -1 with error set */
    struct resolved resolved; /* valid if result is 0 */
    struct error error;       /* valid otherwise */
    int64_t duration_ns;      /* that the name took */
};

/* Starts the child, which ends with this process however that ends. NULL with *error set. */
struct resolver *resolver_start(struct error *error);
/* Ends the child. Not inside the sandbox. NULL is allowed. */
void resolver_stop(struct resolver *resolver);

/* Polls readable when the answer is to be read, or the child is gone. */
int resolver_fd(const struct resolver *resolver);
bool resolver_is_busy(const struct resolver *resolver); /* has a question without an answer */

/* Asks for the first address of host in that family (FAMILY_NONE: either); never waits. An open
 * question is given up. Returns 0, or -1 with *error set: the name is too long, or the child is
 * gone (STATUS_RUN). */
int resolver_ask(struct resolver *resolver, const char *host, enum family family,
                 struct error *error);

/* Reads the answer without waiting: 1, 0 where there is none yet, or -1 with *error set where the
 * child is gone. */
int resolver_read(struct resolver *resolver, struct resolution *out, struct error *error);

/* Asks, and waits for the answer. Returns 0 with *duration_ns, how long that took, or -1 with
 * *error set, as resolve_host does; STATUS_RUN: the child is gone. *duration_ns may be NULL. */
int resolver_resolve(struct resolver *resolver, const char *host, enum family family,
                     struct resolved *out, int64_t *duration_ns, struct error *error);

#endif
