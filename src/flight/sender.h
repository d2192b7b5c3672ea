/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends the segments of a run, and stamps each with the time just before. */
#ifndef TCPSHAKE_FLIGHT_SENDER_H
#define TCPSHAKE_FLIGHT_SENDER_H

#include "flight/echoes.h"
#include "loop/conntrack.h"
#include "net/transmit.h"

struct sender {
    struct transmit *transmit;
    const struct conntrack *conntrack; /* borrowed; NULL: there is none */
    bool warned_of_refusal;
    size_t queued; /* segments that wait to be sent together */
    void *owners[TRANSMIT_BATCH];
    struct transmission queue[TRANSMIT_BATCH];
};

/* Opens raw sockets for the families asked for. Returns 0, or -1 with *error set. */
int sender_open(struct sender *sender, bool ipv4, bool ipv6, struct error *error);
/* Opens sockets for segments with `measures`. Returns as sender_open. */
int sender_open_measuring(struct sender *sender, struct error *error);

void sender_close(struct sender *sender);

/* Sends by the interface of that index (0: by the route). Returns 0 with *sent set, whose bytes are
 * the sender's until its next call; or what transmit_send returns for a failure, with *error set.
 * What a local firewall refuses is in *sent too, because it may be answered by that firewall. The
 * first refusal of a local firewall is told as a warning. While the table of its connections is
 * full, a refusal is TRANSMIT_BUSY. */
int sender_send(struct sender *sender, const struct outgoing *segment, unsigned ifindex,
                struct sent *sent, struct error *error);

/* Puts a segment without payload into the queue, which is not full. */
void sender_queue(struct sender *sender, const struct outgoing *segment, unsigned ifindex,
                  void *owner);
bool sender_is_full(const struct sender *sender);

/* What became of a segment: code is what sender_send would have returned, with *sent or *error. */
typedef void sent_handler(void *owner, int code, const struct sent *sent,
                          const struct error *error);

/* Sends what is in the queue, in its order, and tells each owner, which queues no other meanwhile.
 */
void sender_flush(struct sender *sender, sent_handler *handler);

#endif
