/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a run with many connections has come, in one line. */
#ifndef TCPSHAKE_OUTPUT_PROGRESS_H
#define TCPSHAKE_OUTPUT_PROGRESS_H

#include <stdint.h>

#include "stats/stats.h"

#define PROGRESS_TEXT_MAX 320 /* bytes, with the NUL */

/* How many connections end in a second: a mean in which what is longer ago weighs less. */
struct headway {
    int64_t noted_ns; /* monotonic */
    uint64_t noted;   /* connections that had ended by then */
    double rate;      /* negative: not known yet */
};

void progress_begin(struct headway *progress, int64_t now_ns);

/* Some had ended before: in the interrupted run that this one resumes. */
void progress_go_on(struct headway *progress, uint64_t done);

/* Call from time to time with how many connections have ended. */
void progress_note(struct headway *progress, uint64_t done, int64_t now_ns);

/* "connections: 42598 done, 22937 to go, 0:00:12 left, 1910/s, 1204 in flight: 3 open, 42595
 * closed". planned is UINT64_MAX where there is no end; then nothing is to go. Returns out, which
 * holds PROGRESS_TEXT_MAX bytes. */
const char *progress_text(const struct headway *progress, const struct summary *whole,
                          uint64_t planned, uint64_t in_flight, char *out);

#endif
