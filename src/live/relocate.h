/* SPDX-License-Identifier: BSD-2-Clause */
/* --resolve-every: the names of a long run are resolved again, one after the other, and their
 * further connections go where they lead by then. */
#ifndef TCPSHAKE_LIVE_RELOCATE_H
#define TCPSHAKE_LIVE_RELOCATE_H

#include "live/live.h"

/* Starts what is needed for it, if it was asked for and there is a name. To be called before the
 * sandbox is entered. Returns 0, or -1 with *error set. */
int relocate_open(struct run *run, struct error *error);

/* Sets the first round's timer. Returns false where memory ran out. */
bool relocate_begin(struct run *run, int64_t now_ns);

/* The descriptor to poll, or -1. */
int relocate_fd(const struct run *run);

/* Takes the answer, if it is there. */
void relocate_read(struct run *run);

void relocate_close(struct run *run);

#endif
