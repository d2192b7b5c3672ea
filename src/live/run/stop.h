/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends a run before all of its connections were made. */
#ifndef TCPSHAKE_LIVE_RUN_STOP_H
#define TCPSHAKE_LIVE_RUN_STOP_H

#include "live/run/run.h"

/* Hands connections that are over back to the schedule. */
void stop_take_landed(struct run *run, int64_t now_ns);

/* Begins no connection any more; those in flight reset what is open. */
void stop_cancel(struct run *run);

/* The same before the run is complete: what is in flight belongs to the run that resumes this one,
 * if there is a journal. Without an effect where the run is ending already. */
void stop_interrupt(struct run *run);

#endif
