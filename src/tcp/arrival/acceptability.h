/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, first: check sequence number. */
#ifndef TCPSHAKE_TCP_ARRIVAL_ACCEPTABILITY_H
#define TCPSHAKE_TCP_ARRIVAL_ACCEPTABILITY_H

#include "tcp/arrival/arriving.h"

/* What the RFC only calls unacceptable, told apart; EXPECTED: go on. */
struct finding judge_sequence(const struct arriving *arriving);

/* Whether b acknowledged more than the segment before this one can have arrived: it is dropped
 * unread. Anything younger, b may see for the first time. */
bool is_long_past(const struct arriving *arriving);

/* Whether [seq, seq + len), or seq alone where len is 0, begins beyond the furthest window that the
 * receiver offered. */
bool is_beyond_window(const struct end *receiver, uint32_t seq, uint32_t len);

#endif
