/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends the segments of a run, and stamps each with the time just before. */
#ifndef TCPSHAKE_FLIGHT_SENDER_H
#define TCPSHAKE_FLIGHT_SENDER_H

#include "flight/echoes.h"
#include "net/transmit.h"

struct sender {
    struct transmit *transmit;
    bool warned_of_refusal;
};

/* Opens raw sockets for the families asked for. Returns 0, or -1 with *error set. */
int sender_open(struct sender *sender, bool ipv4, bool ipv6, struct error *error);
void sender_close(struct sender *sender);

/* Sends by the interface of that index (0: by the route). Returns 0 with *sent set, whose bytes are
 * the sender's until its next call; or what transmit_send returns for a failure, with *error set.
 * The first refusal of a local firewall is told as a warning. */
int sender_send(struct sender *sender, const struct outgoing *segment, unsigned ifindex,
                struct sent *sent, struct error *error);

#endif
