/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run comes to once its loop is over: its status, and what its journal says of it. */
#ifndef TCPSHAKE_LIVE_RUN_CONCLUSION_H
#define TCPSHAKE_LIVE_RUN_CONCLUSION_H

#include "live/run/run.h"

/* status is that of the loop: 0, or -1 with *error set. Where the run is not complete its journal
 * is left for the one that resumes it, else the lists are judged and the journal is concluded.
 * Returns 0, or -1 with *error set. */
int conclusion_of(struct run *run, int status, struct error *error);

#endif
