/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_LIVE_SETUP_H
#define TCPSHAKE_LIVE_SETUP_H

#include "live/live.h"

/* Opens all that the run needs (targets, captures, raw sockets, recording), then gives every
 * capability up. Returns 0, or -1 with *error set; setup_close is due in both cases. */
int setup_open(struct run *run, struct error *error);

/* Ends what is still in flight and closes everything. Returns status, or -1 with *error set where
 * status was 0 and the recording could not be completed. */
int setup_close(struct run *run, int status, struct error *error);

/* How many connections the options ask for, at most UINT32_MAX. */
uint64_t setup_connections_planned(const struct run *run);

#endif
