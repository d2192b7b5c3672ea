/* SPDX-License-Identifier: BSD-2-Clause */
/* What the report and the recording are told of a run before its first connection. */
#ifndef TCPSHAKE_LIVE_RUN_ANNOUNCEMENT_H
#define TCPSHAKE_LIVE_RUN_ANNOUNCEMENT_H

#include "flight/recorder.h"
#include "live/jobs.h"
#include "output/output.h"

/* Whether there are several connections, one to each target, plain ones to compare with, and in
 * which order the targets come. To be called once the recording is open. */
void announcement_make(const struct jobs *jobs, struct output *output, struct recorder *recorder);

/* Sets the layout of the report, and names the targets to the live table, if it has room for them.
 */
void announcement_begin_report(const struct jobs *jobs, struct output *output);

#endif
