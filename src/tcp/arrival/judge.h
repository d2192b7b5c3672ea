/* SPDX-License-Identifier: BSD-2-Clause */
/* SEGMENT ARRIVES (RFC 9293, 3.10.7) as seen from outside: what a segment that one end sent does to
 * both. */
#ifndef TCPSHAKE_TCP_ARRIVAL_JUDGE_H
#define TCPSHAKE_TCP_ARRIVAL_JUDGE_H

#include "tcp/arrival/arriving.h"

/* Judges the segment and moves both ends. */
struct finding judge_segment(struct arriving *arriving);

#endif
