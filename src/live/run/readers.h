/* SPDX-License-Identifier: BSD-2-Clause */
/* Those who read the report and the recording, and may be slow. */
#ifndef TCPSHAKE_LIVE_RUN_READERS_H
#define TCPSHAKE_LIVE_RUN_READERS_H

#include "base/outlet.h"
#include "live/run/run.h"

#define READERS_MOST 2u /* of the report and of the recording */

/* What is queued for the nth of them, or NULL where nothing is. */
struct outlet *readers_queue(const struct run *run, size_t n);

/* Writes what they take now. While much is queued no connection begins, so that the queues are
 * bounded. Returns whether there is one that does not take what there is. */
bool readers_push(struct run *run);

#endif
