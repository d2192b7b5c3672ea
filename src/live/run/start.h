/* SPDX-License-Identifier: BSD-2-Clause */
/* What begins with the loop: the first connections, and the timers of the run itself. */
#ifndef TCPSHAKE_LIVE_RUN_START_H
#define TCPSHAKE_LIVE_RUN_START_H

#include "live/run/run.h"

/* Lets the first targets begin, sets the timers of --deadline, of the terminal, of --resolve-every
 * and of the journal, and bounds how long readers are waited for. Targets whose names were not
 * found before the deadline are reported at once. Returns 0, or -1 with *error set. */
int start_begin(struct run *run, int64_t now_ns, struct error *error);

/* How far the run has come, beside its results. */
struct output_outlook start_outlook(const struct run *run);

#endif
