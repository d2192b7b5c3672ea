/* SPDX-License-Identifier: BSD-2-Clause */
/* One end of a connection, as known from the segments that crossed the wire: its state, its
 * numbers, the window it offers, and what it owes. */
#ifndef TCPSHAKE_TCP_END_H
#define TCPSHAKE_TCP_END_H

#include "tcp/counts.h"
#include "tcp/state.h"
#include "tcp/stream.h"
#include "tcp/timing.h"
#include "wire/segment.h"
#include "wire/seq.h"

#define WINDOW_UNSCALED UINT8_MAX

#define CACHE_LINE 64

/* In the order of use, and in whole cache lines: what almost every segment reads or writes comes
 * first. */
struct end {
    _Alignas(CACHE_LINE) enum tcp_state state;
    bool seen;     /* it sent something */
    bool syn_seen; /* its SYN or SYN/ACK: iss is certain */
    bool syn_acks; /* its SYN came with an acknowledgement */
    bool passive;  /* it opened passively */
    bool fin_seen, fin_acked, rst_seen;
    bool fin_delivered; /* its FIN crossed, and all before it */
    bool missed;        /* segments of its are not in a capture of others */
    bool offered;       /* rcv_right is valid */
    bool last_valid;
    bool checksum_good; /* one of its checksums was right: a wrong one means something */
    bool has_ts_recent;
    bool ack_due;         /* an acknowledgement of its would be an answer, not a duplicate */
    bool challenge_due;   /* ... and a challenge ACK (RFC 5961) */
    uint8_t window_shift; /* of its SYN, as it is used; WINDOW_UNSCALED: it has none */
    uint32_t iss;         /* initial sequence number; without syn_seen one before the first seen */
    uint32_t snd_nxt;     /* behind the last octet it sent */
    uint32_t snd_una;     /* the first that is not acknowledged */
    uint32_t fin_seq;     /* valid with fin_seen */
    uint32_t rcv_right;   /* right edge of the window it offered, the furthest ever */
    uint32_t ts_recent;   /* its latest TSval that arrived in order: what the other end echoes */
    struct {              /* its latest segment, to know a duplicated frame */
        uint32_t seq, ack, payload_len, tsval;
        uint32_t time_ms; /* modulo 2^32 */
        uint16_t flags, window, ip_id;
        uint8_t ttl, via;
    } last;
    /* What it owes the other end: counters that only grow, so that the debtor remembers how much of
     * them it has paid. */
    uint32_t acks_owed;
    uint32_t resets_owed;
    struct counts counts;
    uint64_t acked;     /* sequence space acknowledged, SYN and FIN included */
    struct stream sent; /* what of it crossed in order: the other end's RCV.NXT */

    uint32_t reset_seq;      /* where the latest owed reset stands */
    struct sendings control; /* of its SYN; from its first FIN on, of that */
    struct syn_options options;
    struct repeats repeats;
    struct opening opening;     /* its first SYN or SYN/ACK */
    struct syn_times syn_times; /* of a client */
    struct {                    /* congestion that the network marked on what it sent */
        uint8_t count : 3;      /* segments: RFC 9768, 3.2.1 */
        uint8_t echo : 1;       /* the other end owes ECE: RFC 3168, 6.1.3 */
    } marked;
};

#define END_UNKNOWN                                                                                \
    {                                                                                              \
        .state = STATE_UNKNOWN, .window_shift = WINDOW_UNSCALED                                    \
    }

/* Moves the state by the table; an event that has no arrow from there moves nothing. */
void end_move(struct end *end, enum tcp_event event);

/* The end has sent a SYN: its numbers, of which the SYN occupies the first, and its options. */
void end_number_from_syn(struct end *end, const struct segment *syn);
void end_take_options(struct end *end, const struct tcp_options *options);

/* The end's numbers where its SYN was not captured: next is the first that it is known to use. */
void end_number_from_middle(struct end *end, uint32_t next);

/* The same where the capture began when the connection was open already, or missed how it opened.
 */
void end_adopt(struct end *end, uint32_t next);

/* Whether nothing gave the end numbers yet: it is not known, or its state was only presumed. */
bool end_is_unplaced(const struct end *end);

/* Notes a sending of its SYN or FIN, and the time from there to the answer (Karn's rule). */
void end_sent_control(struct end *end, const struct segment *control);
int64_t end_control_rtt_ns(const struct end *end, const struct segment *answer);

/* Remembers its latest segment, and whether the network marked it. */
void end_remember(struct end *end, const struct segment *segment);

/* Whether the next carries the same within the time in which copies follow each other. */
bool end_repeats_segment(const struct end *end, const struct segment *segment);

/* Whether it is the same frame again, a copy by the capture or the network, rather than sent again:
 * its IP identification is the same, or, where there is none to tell by (0, or IPv6), it was seen
 * elsewhere (another TTL, interface or link header), or the capture doubles most frames. */
bool end_repeats_frame(const struct end *end, const struct segment *segment, bool capture_doubles);

/* Whether timestamps of their segments count: not where the SYN of either carried none (RFC 7323,
 * 3.2). One that was not captured may have carried them. */
static inline bool ends_use_timestamps(const struct end *a, const struct end *b)
{
    return (!a->syn_seen || a->options.has_timestamps) &&
           (!b->syn_seen || b->options.has_timestamps);
}

/* Owes the other end an acknowledgement; or one in answer to what RFC 5961 wants challenged. */
static inline void end_owe_ack(struct end *end)
{
    end->acks_owed++;
    end->ack_due = true;
}

static inline void end_owe_challenge(struct end *end)
{
    end_owe_ack(end);
    end->challenge_due = true;
}

/* RFC 9293, 3.10.7.3, first: <SEQ=SEG.ACK><CTL=RST>. */
static inline void end_owe_reset(struct end *end, uint32_t seq)
{
    end->resets_owed++;
    end->reset_seq = seq;
}

/* Whether that acknowledges the end's SYN, and nothing that it did not send. */
static inline bool end_syn_acked_by(const struct end *end, uint32_t ack)
{
    return seq_gt(ack, end->iss) && seq_leq(ack, end->snd_nxt);
}

/* Whether its FIN, and all before it, has crossed. */
static inline bool end_fin_arrived(const struct end *end)
{
    return end->fin_seen && seq_gt(end->sent.next, end->fin_seq);
}

#endif
