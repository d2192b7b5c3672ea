/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run waits for between two rounds of its loop. */
#ifndef TCPSHAKE_LIVE_RUN_WAITING_H
#define TCPSHAKE_LIVE_RUN_WAITING_H

#include <poll.h>

#include "live/run/run.h"

/* How many descriptors there may be. poll(2) ignores a negative one, but counts it against the
 * limit of open files: so there is none. */
size_t waiting_most(const struct run *run);

/* Fills in the descriptors; returns how many. */
nfds_t waiting_fill(const struct run *run, struct pollfd *polled);

/* When the next thing is due without one of them being ready (monotonic): 0: at once. */
int64_t waiting_until_ns(struct run *run);

/* Waits, with room for waiting_most descriptors. Returns as poll(2) does. */
int waiting_for(struct run *run, struct pollfd *polled);

#endif
