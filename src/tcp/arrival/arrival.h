/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes into a conversation what crossed the wire: the only module that changes all of its parts.
 */
#ifndef TCPSHAKE_TCP_ARRIVAL_ARRIVAL_H
#define TCPSHAKE_TCP_ARRIVAL_ARRIVAL_H

#include "tcp/conversation.h"

/* Takes one segment in. It must be of this tuple. */
void segment_arrives(struct conversation *conversation, const struct segment *segment,
                     enum origin origin);

/* The same for a caller who knows what conversation_sender says of it. */
void segment_arrives_from(struct conversation *conversation, enum end_id from,
                          const struct segment *segment, enum origin origin);

/* Takes an ICMP error in that quotes a segment of this tuple. */
void icmp_error_arrives(struct conversation *conversation, const struct segment *error);

#endif
