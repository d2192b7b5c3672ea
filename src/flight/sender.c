/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/sender.h"

#include "net/clock.h"

#define IPV6_HEADER 40u

int sender_open(struct sender *sender, bool ipv4, bool ipv6, struct error *error)
{
    sender->transmit = transmit_open(ipv4, ipv6, error);
    return sender->transmit != NULL ? 0 : -1;
}

int sender_open_measuring(struct sender *sender, struct error *error)
{
    return transmit_open_measuring(sender->transmit, error);
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
                              .ip_id = segment->ip_id,
                              .tsval = segment->options.tsval};
}

/* The kernel answers EPERM to what its full table has no entry for, as to what a rule forbids. */
static int excuse_full_table(const struct sender *sender, int code, struct error *error)
{
    if (code != TRANSMIT_REFUSED || sender->conntrack == NULL ||
        !conntrack_is_full(sender->conntrack))
        return code;
    error_set(error, STATUS_RUN,
              "cannot send: the connection-tracking table of this host is full; raise "
              "net.netfilter.nf_conntrack_max");
    return TRANSMIT_BUSY;
}

static void warn_of_refusal(struct sender *sender, int code, const struct error *error)
{
    if (code != TRANSMIT_REFUSED || sender->warned_of_refusal)
        return;
    warning("%s", error->text);
    sender->warned_of_refusal = true;
}

/* The length of what was crafted, as its header says. */
static uint32_t datagram_len(const uint8_t *bytes)
{
    bool ipv6 = bytes[0] >> 4 == 6;
    const uint8_t *field = bytes + (ipv6 ? 4 : 2);
    return ((uint32_t)field[0] << 8 | field[1]) + (ipv6 ? IPV6_HEADER : 0);
}

/* What a local firewall refuses may be answered by it. */
static void tell(struct sent *sent, const struct outgoing *segment, int code,
                 enum host_error refusal)
{
    sent->mark = mark_of(segment);
    sent->refusal = refusal;
    sent->len = code > 0                   ? (uint32_t)code
                : code == TRANSMIT_REFUSED ? datagram_len(sent->bytes)
                                           : 0;
}

int sender_send(struct sender *sender, const struct outgoing *segment, unsigned ifindex,
                struct sent *sent, struct error *error)
{
    *sent = (struct sent){.monotonic_ns = clock_monotonic_ns()};
    int len = transmit_send(sender->transmit, segment, ifindex, &sent->bytes, error);
    len = excuse_full_table(sender, len, error);
    warn_of_refusal(sender, len, error);
    tell(sent, segment, len, len < 0 ? transmit_refusal(sender->transmit) : HOST_ERROR_NONE);
    return len < 0 ? len : 0;
}

void sender_queue(struct sender *sender, const struct outgoing *segment, unsigned ifindex,
                  void *owner)
{
    struct transmission *transmission = &sender->queue[sender->queued];
    transmission->segment = *segment;
    transmission->ifindex = ifindex;
    sender->owners[sender->queued++] = owner;
}

bool sender_is_full(const struct sender *sender)
{
    return sender->queued == TRANSMIT_BATCH;
}

/* The kernel takes about as long for each of them. */
void sender_flush(struct sender *sender, sent_handler *handler)
{
    if (sender->queued == 0)
        return;
    const int64_t monotonic_ns = clock_monotonic_ns();
    transmit_send_batch(sender->transmit, sender->queue, sender->queued);
    const int64_t took_ns = clock_monotonic_ns() - monotonic_ns;
    for (size_t i = 0; i < sender->queued; i++) {
        struct transmission *one = &sender->queue[i];
        int64_t before_ns = took_ns * (int64_t)i / (int64_t)sender->queued;
        struct sent sent = {.monotonic_ns = monotonic_ns + before_ns};
        one->code = excuse_full_table(sender, one->code, &one->error);
        warn_of_refusal(sender, one->code, &one->error);
        sent.bytes = one->bytes;
        tell(&sent, &one->segment, one->code, one->refusal);
        handler(sender->owners[i], one->code > 0 ? 0 : one->code, &sent, &one->error);
    }
    sender->queued = 0;
}
