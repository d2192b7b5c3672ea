/* SPDX-License-Identifier: BSD-2-Clause */
/* From what a conversation saw to what there is to say of it. */
#ifndef TCPSHAKE_TCP_OUTCOME_H
#define TCPSHAKE_TCP_OUTCOME_H

#include "tcp/conversation.h"

/* What there is to say so far. result borrows steps and texts from the conversation; ok is not set.
 */
void conversation_result(const struct conversation *conversation, struct connection_result *result);

#endif
