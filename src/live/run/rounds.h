/* SPDX-License-Identifier: BSD-2-Clause */
/* The live loop. One thread, one poll: frames from every capture go to the connection they belong
 * to, the prober of that connection is asked what to do next, and a wheel of timers says when to
 * ask again without a frame. The tracker never learns what was sent except through the capture;
 * what the capture misses enters it with the time of sending, and is marked. */
#ifndef TCPSHAKE_LIVE_RUN_ROUNDS_H
#define TCPSHAKE_LIVE_RUN_ROUNDS_H

#include "live/run/run.h"

/* Goes round until nothing is left to begin and in flight, or the run is to leave at once. Returns
 * 0, or -1 with *error set: that of the run. */
int rounds_go(struct run *run, struct error *error);

/* One round: what came, then what is due. Returns false when asked to leave at once: a second
 * signal. */
bool rounds_go_one(struct run *run);

#endif
