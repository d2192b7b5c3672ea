/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of addresses, asked for by a child while a run goes on; see child.h. */
#ifndef TCPSHAKE_CONFINE_NAMER_H
#define TCPSHAKE_CONFINE_NAMER_H

#include "net/resolve.h"

struct namer;

/* Starts the child. NULL with *error set. */
struct namer *namer_start(struct error *error);
void namer_stop(struct namer *namer); /* NULL is allowed */

/* Becomes readable when the answer has arrived or the child has exited. */
int namer_fd(const struct namer *namer);

/* Asks; never waits. One question may be open. Returns 0, or -1 with *error set. */
int namer_ask(struct namer *namer, const struct address *address, struct error *error);

/* Reads the answer without waiting: 1 with the name in out (RESOLVE_NAME_MAX bytes, "": it has
 * none), 0 if there is no answer yet, or -1 with *error set if the child has exited. */
int namer_read(struct namer *namer, char *out, struct error *error);

#endif
