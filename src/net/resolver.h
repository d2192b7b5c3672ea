/* SPDX-License-Identifier: BSD-2-Clause */
/* Names are resolved by a child process that has no capability, so that what strangers put into
 * their answers is read by nobody who could send with it, and so that names can still be resolved
 * when this process itself may open nothing any more. Start it before the sandbox is entered; ask
 * it at any time.
 *
 * A loop that must not wait polls resolver_fd beside its other descriptors:
 *
 *     resolver_ask(resolver, id, host, family, &error);          // returns at once
 *     ... resolver_fd(resolver) polls readable ...
 *     while (resolver_read(resolver, &answer, &error) == 1)      // until there is none
 *         take(answer.id, &answer);
 *
 * Questions are answered one after the other, in the order of asking. */
#ifndef TCPSHAKE_NET_RESOLVER_H
#define TCPSHAKE_NET_RESOLVER_H

#include "net/resolve.h"

#define RESOLVER_HOST_MAX 256 /* a name of DNS has at most 253 characters: RFC 1035, 2.3.4 */

struct resolver;

struct resolver_answer {
    uint32_t id; /* of the question */
    bool found;
    struct resolved resolved; /* valid if found */
    struct error error;       /* valid unless found: STATUS_USAGE, names host and reason */
    int64_t duration_ns;      /* how long the resolver took */
};

/* Starts the child, which ends with this process however that ends. NULL with *error set. */
struct resolver *resolver_start(struct error *error);
void resolver_stop(struct resolver *resolver); /* does not wait for answers; NULL is allowed */

/* Polls readable when an answer, or the end of the child, is to be read. */
int resolver_fd(const struct resolver *resolver);

/* Asks for the first address of host in that family (FAMILY_NONE: either), as resolve_host would
 * give it. Never waits. Returns 0, or -1 with *error set: too many questions are open, the name is
 * too long, or the child is gone. */
int resolver_ask(struct resolver *resolver, uint32_t id, const char *host, enum family family,
                 struct error *error);

/* Reads an answer without waiting: 1, 0 where none is there yet, or -1 with *error set (STATUS_RUN)
 * where the child is gone and nothing more will come. */
int resolver_read(struct resolver *resolver, struct resolver_answer *answer, struct error *error);

/* Asks and waits for the answer; for use before the loop begins, when no other question is open.
 * Returns 0, or -1 with *error set as resolve_host does. *duration_ns may be NULL. */
int resolver_resolve(struct resolver *resolver, const char *host, enum family family,
                     struct resolved *out, int64_t *duration_ns, struct error *error);

#endif
