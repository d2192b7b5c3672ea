/* SPDX-License-Identifier: BSD-2-Clause */
/* Zeek's shorthand for a connection (its conn.log: history and conn_state) and Wireshark's
 * tcp.completeness, so that existing queries work on our records. */
#ifndef TCPSHAKE_TCP_HISTORY_H
#define TCPSHAKE_TCP_HISTORY_H

#include "tcp/conversation.h"

/* Notes the segment in completeness and history, before it has any effect on the ends. */
void history_add(struct conversation *conversation, enum end_id from,
                 const struct segment *segment);

/* Notes that the connection was turned round: its first segment was the server's. */
void history_flip(struct conversation *conversation);

/* Notes that an acknowledgement shows payload of that end that was not captured. */
void history_gap(struct conversation *conversation, enum end_id of);

/* Zeek's conn_state, a static text. */
const char *history_conn_state(const struct conversation *conversation);

#endif
