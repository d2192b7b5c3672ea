/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens all that a run needs, as much of each as live/run/needs says, and closes it. */
#ifndef TCPSHAKE_LIVE_RUN_SETUP_H
#define TCPSHAKE_LIVE_RUN_SETUP_H

#include "live/run/run.h"

/* Opens it, then drops every capability and enters the sandbox; nothing beyond the journal where
 * that says that the run is complete. Returns 0, or -1 with *error set; setup_close is due in both
 * cases. */
int setup_open(struct run *run, struct error *error);

/* Ends and reports what is still in flight, and closes everything. status is that of the run so
 * far; returns it, or -1 with *error set where the recording could not be completed. */
int setup_close(struct run *run, int status, struct error *error);

#endif
