/* SPDX-License-Identifier: BSD-2-Clause */
/* SEGMENT ARRIVES (RFC 9293, 3.10.7) as seen from outside: what a segment that one end sent does to
 * both. */
#ifndef TCPSHAKE_TCP_ARRIVAL_H
#define TCPSHAKE_TCP_ARRIVAL_H

#include "tcp/conversation.h"

struct finding {
    enum verdict verdict;
    enum note note;
};

/* Judges the segment that from sent and moves both ends. */
struct finding segment_arrives(struct conversation *conversation, enum end_id from,
                               const struct segment *segment, enum origin origin);

#endif
