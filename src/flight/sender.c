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

static void warn_of_refusal(struct sender *sender, int code, const struct error *error)
{
    if (code != TRANSMIT_REFUSED || sender->warned_of_refusal)
        return;
    warning("%s", error->text);
    sender->warned_of_refusal = true;
}

int sender_send(struct sender *sender, const struct outgoing *segment, unsigned ifindex,
                struct sent *sent, struct error *error)
{
    *sent = (struct sent){.epoch_ns = clock_epoch_ns(), .monotonic_ns = clock_monotonic_ns()};
    int len = transmit_send(sender->transmit, segment, ifindex, &sent->bytes, error);
    warn_of_refusal(sender, len, error);
    if (len < 0)
        return len;
    sent->len = (uint32_t)len;
    sent->mark = mark_of(segment);
    return 0;
}

void sender_queue(struct sender *sender, const struct outgoing *syn, unsigned ifindex, void *owner)
{
    struct transmission *transmission = &sender->queue[sender->queued];
    transmission->segment = *syn;
    transmission->ifindex = ifindex;
    sender->owners[sender->queued++] = owner;
}

bool sender_is_full(const struct sender *sender)
{
    return sender->queued == TRANSMIT_BATCH;
}

void sender_flush(struct sender *sender, sent_handler *handler)
{
    if (sender->queued == 0)
        return;
    struct sent sent = {.epoch_ns = clock_epoch_ns(), .monotonic_ns = clock_monotonic_ns()};
    transmit_send_batch(sender->transmit, sender->queue, sender->queued);
    for (size_t i = 0; i < sender->queued; i++) {
        const struct transmission *one = &sender->queue[i];
        warn_of_refusal(sender, one->code, &one->error);
        sent.len = one->code > 0 ? (uint32_t)one->code : 0;
        sent.bytes = one->bytes;
        sent.mark = mark_of(&one->segment);
        handler(sender->owners[i], one->code > 0 ? 0 : one->code, &sent, &one->error);
    }
    sender->queued = 0;
}
