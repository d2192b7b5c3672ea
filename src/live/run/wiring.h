/* SPDX-License-Identifier: BSD-2-Clause */
/* Which part of a run knows which others, and which options it follows. */
#ifndef TCPSHAKE_LIVE_RUN_WIRING_H
#define TCPSHAKE_LIVE_RUN_WIRING_H

#include "live/run/run.h"

/* Sets *run up, with nothing open. now_ns is monotonic: the time of --deadline begins. Options and
 * output are borrowed until the end of the run, which must not be moved. */
void wiring_connect(struct run *run, const struct options *options, struct output *output,
                    int64_t now_ns);

#endif
