/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, fifth (and 3.10.7.3, first): check the ACK field. */
#ifndef TCPSHAKE_TCP_ARRIVAL_ACK_H
#define TCPSHAKE_TCP_ARRIVAL_ACK_H

#include "tcp/arrival/arriving.h"

/* Whether the acknowledgement is of something that b sent, captured or not. */
bool acks_what_was_sent(const struct arriving *arriving);

/* Whether it is older than anything that can be on its way (RFC 5961, 5.2). */
bool acks_long_past(const struct arriving *arriving);

/* a acknowledges what b sent, up to an acknowledgement that is new and was sent. */
void acknowledge(struct arriving *arriving);

/* Whether the client's first segment after the SYN/ACK shows that it took it: then both are
 * established. */
bool completes_handshake(struct arriving *arriving);

/* A segment without SYN and RST for an end that waits for a SYN/ACK. */
struct finding ack_in_syn_sent(struct arriving *arriving);

/* Whether a pure acknowledgement that says nothing new answers something. */
struct finding judge_bare_ack(const struct arriving *arriving);

#endif
