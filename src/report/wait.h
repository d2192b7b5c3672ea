/* SPDX-License-Identifier: BSD-2-Clause */
/* How long the silences of a connection look. */
#ifndef TCPSHAKE_REPORT_WAIT_H
#define TCPSHAKE_REPORT_WAIT_H

#include "tcp/result.h"

/* The silence before step i: since the last segment of the step before. DURATION_UNKNOWN before
 * the first step, and where the clock was set back. */
int64_t wait_before(const struct connection_result *result, uint32_t i);

/* Empty lines that stand for a silence: none for one that nobody would notice, and one more each
 * time it doubles, so that the retransmissions of RFC 6298 stand further and further apart. The
 * scale is the same for all connections, and ends at WAIT_ROWS_MAX. */
#define WAIT_ROWS_MAX 6
unsigned wait_rows(int64_t wait_ns);

/* The same where there is room for finer steps: so much of a unit for each doubling of 1 ms + the
 * silence, at most WAIT_DOUBLINGS_MAX units. 0 where it is unknown. */
#define WAIT_DOUBLINGS_MAX 16
unsigned wait_height(int64_t wait_ns, unsigned unit);

#endif
