/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for fsync(2) in a child, so that the process itself need not: no ACK waits for a disk. */
#ifndef TCPSHAKE_CONFINE_SYNCER_H
#define TCPSHAKE_CONFINE_SYNCER_H

#include "base/error.h"

#define SYNCER_FILES 2

struct syncer;

/* Starts the child, which ends with this process. To be called before the sandbox is entered, with
 * files that are open. NULL with *error set. */
struct syncer *syncer_start(const int files[SYNCER_FILES], struct error *error);
void syncer_stop(struct syncer *syncer); /* NULL is allowed */

/* Becomes readable when the answer has arrived or the child has exited. */
int syncer_fd(const struct syncer *syncer);

/* Begins to sync files[n], without waiting; one at a time. Returns 0, or -1 with *error set. */
int syncer_ask(struct syncer *syncer, unsigned n, struct error *error);

/* Reads the answer without waiting: 1 with the errno of fsync(2) in *code, 0 if there is none yet,
 * or -1 with *error set if the child has exited. */
int syncer_read(struct syncer *syncer, int *code, struct error *error);

#endif
