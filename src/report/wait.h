/* SPDX-License-Identifier: BSD-2-Clause */
/* How the silences of a connection are shown. */
#ifndef TCPSHAKE_REPORT_WAIT_H
#define TCPSHAKE_REPORT_WAIT_H

#include "tcp/result.h"

/* The silence before step i: since the last segment of the step before. DURATION_UNKNOWN before
 * the first step, and where the clock was set back. */
int64_t wait_before(const struct connection_result *result, uint32_t i);

/* The silence before the program was done with the connection: since its last segment. */
int64_t wait_before_done(const struct connection_result *result);

/* Blank lines for a silence: none below 30 ms, and one more each time it doubles, so that the
 * growing distance between the retransmissions of RFC 6298 is visible. All connections have the
 * same scale, which ends at WAIT_ROWS_MAX: with a scale for each, a ladder that took a hundred
 * times as long could look the same. */
#define WAIT_ROWS_MAX 6
unsigned wait_rows(int64_t wait_ns);

/* The same for drawings, in finer steps: one unit for each doubling of 1 ms + the silence, at most
 * WAIT_DOUBLINGS_MAX units. 0 if it is unknown. */
#define WAIT_DOUBLINGS_MAX 16
unsigned wait_height(int64_t wait_ns, unsigned unit);

#endif
