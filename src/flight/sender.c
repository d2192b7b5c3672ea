/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/sender.h"

#include "net/clock.h"

int sender_open(struct sender *sender, bool ipv4, bool ipv6, struct error *error)
{
    sender->transmit = transmit_open(ipv4, ipv6, error);
    return sender->transmit != NULL ? 0 : -1;
}

void sender_close(struct sender *sender)
{
    transmit_close(sender->transmit);
    sender->transmit = NULL;
}

static struct echo_mark mark_of(const struct outgoing *segment)
{
    uint32_t seq_len = segment->payload_len + ((segment->flags & TCP_SYN) != 0) +
                       ((segment->flags & TCP_FIN) != 0);
    return (struct echo_mark){.seq = segment->seq,
                              .seq_end = segment->seq + seq_len,
                              .ack = segment->ack,
                              .flags = segment->flags,
                              .ip_id = segment->ip_id};
}

int sender_send(struct sender *sender, const struct outgoing *segment, unsigned ifindex,
                struct sent *sent, struct error *error)
{
    *sent = (struct sent){.epoch_ns = clock_epoch_ns(), .monotonic_ns = clock_monotonic_ns()};
    int len = transmit_send(sender->transmit, segment, ifindex, &sent->bytes, error);
    if (len == TRANSMIT_REFUSED && !sender->warned_of_refusal) {
        warning("%s", error->text);
        sender->warned_of_refusal = true;
    }
    if (len < 0)
        return len;
    sent->len = (uint32_t)len;
    sent->mark = mark_of(segment);
    return 0;
}
