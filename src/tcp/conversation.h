/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends of one connection, as known from the segments that crossed the wire and from nothing
 * else.
 *
 * What crossed is held to have reached the other end, with three exceptions, because only the
 * answer shows them: an end leaves LISTEN when its SYN/ACK is seen, SYN_SENT when its
 * acknowledgement of the SYN/ACK is seen, and takes the first FIN when it acknowledges it or sends
 * one of its own that crosses it. So every end moves along the arrows of RFC 9293 alone, and
 * retransmissions move nothing back. */
#ifndef TCPSHAKE_TCP_CONVERSATION_H
#define TCPSHAKE_TCP_CONVERSATION_H

#include "tcp/result.h"
#include "tcp/state.h"
#include "tcp/stream.h"
#include "tcp/timing.h"
#include "wire/segment.h"

/* How a segment became known. */
enum origin {
    ORIGIN_WIRE,
    ORIGIN_USER_SPACE,   /* ours, not captured: stamped when it was handed to the kernel */
    ORIGIN_FOREIGN,      /* from a capture of others, who may have left checksums to the network
                          * card or changed addresses: they count from the first right one on */
    ORIGIN_LOCAL_KERNEL, /* carries our tuple but was not sent by us */
};

/* Room for ^, each letter of both ends once and the counted ones five times. */
#define HISTORY_MAX 55

/* How far an end got, in the terms that Zeek's conn_state is defined by. */
enum progress {
    PROGRESS_INACTIVE, /* it sent nothing */
    PROGRESS_SYN_SENT,
    PROGRESS_SYN_ACK_SENT,
    PROGRESS_PARTIAL, /* its beginning was not seen */
    PROGRESS_ESTABLISHED,
    PROGRESS_CLOSED, /* it sent FIN */
    PROGRESS_RESET,  /* it sent RST */
};

/* What the history remembers of an end, and needs for every segment. */
struct history_end {
    uint8_t progress, before; /* enum progress, now and before the latest change */
    uint8_t written;          /* letters that are there, a bit each */
    uint32_t first, right;    /* where its numbers begin, and end so far */
};

/* What it needs for what is written more than once. */
struct history_marks {
    uint32_t counted[4];                /* how often each of the counted letters happened */
    uint32_t syn_seq, fin_seq, rst_seq; /* of the latest ones */
};

#define WINDOW_UNSCALED UINT8_MAX

/* In the order of use, and in whole cache lines: what almost every segment reads or writes comes
 * first. */
#define CACHE_LINE 64

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
    } last;
    /* What it owes the other end: counters that only grow, so that whoever pays remembers how far.
     */
    uint32_t acks_owed;
    uint32_t resets_owed;
    uint64_t segments, bytes;
    uint64_t acked;                /* sequence space acknowledged, SYN and FIN included */
    uint32_t fin_count, syn_count; /* SYNs of the client, SYN/ACKs of the server */
    struct stream sent;            /* what of it crossed in order: the other end's RCV.NXT */

    uint32_t reset_seq;      /* where the latest owed reset stands */
    struct sendings control; /* of its SYN; from its first FIN on, of that */
    struct tcp_options options;
};

/* Two cache lines for every segment, two for those that begin or end something, the ends, and the
 * rest. */
struct conversation {
    struct endpoint endpoints[ENDS];
    struct __attribute__((packed)) { /* for whoever keeps many of them */
        uint32_t number, hash;
        uint8_t list;
    } owner;
    enum end_id first_fin, reset_by; /* NEITHER: none yet */
    enum end_id doubted_by; /* of a capture of others: sent an RST that ended the connection only if
                             * nothing else follows from there; NEITHER: none */
    bool fin_acked_by_fin;  /* one segment acknowledged the first FIN and carried the other */
    bool fins_crossed;
    bool refused, established, local_reset;
    bool foreign;       /* known from a capture of others */
    bool bare_ack;      /* either end sent an acknowledgement that carried nothing else */
    bool without_words; /* nobody asks for history, conn_state and completeness */
    bool clock_was_set; /* meanwhile: its times do not belong together */
    bool cut_short;     /* the run ended while it was in flight */
    uint8_t completeness;
    uint8_t history_len;
    uint8_t run_length; /* expected data and acknowledgements at the list's end, capped */
    uint16_t step_capacity, step_count;
    uint32_t steps_omitted;
    struct step *steps; /* storage of the owner's, room for step_capacity; may be NULL */
    int64_t end_ns;
    int64_t last_syn_ns;
    int64_t first_ack_ns; /* first segment with ACK and without SYN after a SYN */
    struct history_end history_ends[ENDS];

    struct {
        int64_t syn_ack_ns, ack_ns;
        uint32_t syn_ack_seq;
        enum end_id rst_by;
        int64_t syn_ns, fin_ns[ENDS], rst_ns;
    } first; /* of each kind on the wire, whatever became of it */
    char history[HISTORY_MAX + 1];

    struct end ends[ENDS];

    struct history_marks history_marks[ENDS];
    const char *target;    /* borrowed, may be NULL */
    int64_t resolve_ns;    /* what its name took to resolve; DURATION_UNKNOWN unless set */
    const char *interface; /* borrowed, may be NULL */
    int64_t start_ns;
    int64_t syn_ack_ns, ack_ns; /* first SYN/ACK; first acknowledgement of it */
    int64_t total_from_ns;      /* the SYN that first_ack_ns is measured from */
    int64_t syn_rtt_ns;
    int64_t first_fin_ns, first_fin_acked_ns, other_fin_ns, last_fin_acked_ns, reset_ns;
    int64_t fin_rtt_ns;
    int64_t doubted_ns;
    enum reason icmp_reason; /* REASON_UNKNOWN: none that counts */
};

/* Starts a conversation with its first segment's tuple, the source being the client, unless the
 * segment is a SYN/ACK: then its receiver is. steps may be NULL with capacity 0; of more than
 * UINT16_MAX no more are used. */
void conversation_start(struct conversation *conversation, const struct segment *first,
                        struct step *steps, uint32_t step_capacity);

/* Which end sends as src, given that the segment belongs here. Where both ends are the same
 * endpoint the SYN/ACK and everything else counts as the client's. */
enum end_id conversation_sender(const struct conversation *conversation,
                                const struct endpoint *src);

/* Takes one segment in. It must be of this tuple. */
void conversation_segment(struct conversation *conversation, const struct segment *segment,
                          enum origin origin);

/* The same for a caller who knows what conversation_sender says of it. */
void conversation_segment_from(struct conversation *conversation, enum end_id from,
                               const struct segment *segment, enum origin origin);

/* Takes an ICMP error in that quotes a segment of this tuple. */
void conversation_icmp(struct conversation *conversation, const struct segment *error);

/* Whether the FIN of that end, and all before it, has crossed. */
bool conversation_fin_arrived(const struct conversation *conversation, enum end_id from);

/* Whether both ends are done, or one was reset, for all that is known: nothing but stragglers can
 * follow. */
bool conversation_over(const struct conversation *conversation);

/* Whether a SYN belongs to a new connection on the same tuple and not to this one. */
bool conversation_is_succeeded_by(const struct conversation *conversation,
                                  const struct segment *segment);

/* What there is to say so far. result borrows steps and texts from the conversation; ok is not set.
 */
void conversation_result(const struct conversation *conversation, struct connection_result *result);

/* The reason that an ICMP error stands for, or REASON_UNKNOWN for one that ends nothing. */
enum reason icmp_reason(const struct icmp_error *error);

#endif
