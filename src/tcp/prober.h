/* SPDX-License-Identifier: BSD-2-Clause */
/* The active end: looks at the conversation and the time, says what to send next and when to look
 * again. */
#ifndef TCPSHAKE_TCP_PROBER_H
#define TCPSHAKE_TCP_PROBER_H

#include "tcp/conversation.h"
#include "wire/segment.h"

/* A segment to be sent; payload is borrowed from the plan. */
struct outgoing {
    struct endpoint src, dst;
    uint32_t seq, ack;
    uint16_t flags, window;
    uint16_t ip_id; /* never 0, so that the captured echo can be told from another's segment */
    uint8_t ttl;
    bool measures; /* of --path-mtu: what this host knows of the path is not asked */
    struct tcp_options options;
    const uint8_t *payload; /* NULL with payload_len: zeros */
    uint32_t payload_len;
};

enum __attribute__((packed))
plan_close {                  /* there is one for each connection in flight */
             CLOSE_FIN,       /* full open, four-way close */
             CLOSE_ABORT,     /* full open, RST in place of FIN */
             CLOSE_HALF_OPEN, /* SYN, SYN/ACK, RST: never established */
};

/* RFC 7413, 2; all zero: none is known, and it is to be asked for. */
struct fast_open_cookie {
    uint8_t len;
    uint8_t octets[TCPOPT_COOKIE_MAX];
};

/* What the user asked for; lives as long as its probers. */
struct plan {
    enum plan_close close;
    bool path_mtu;          /* wait for that to be measured before anything is sent */
    uint16_t mss_announced; /* in place of mss; 0: that */
    uint8_t offers;         /* of the SYN, and what it leaves out: tcp/offer.h */
    int64_t timeout_ns;     /* how long one wait may last, retransmissions included */
    int64_t hold_ns;        /* stay ESTABLISHED this long */
    int64_t time_wait_ns;   /* how long TIME_WAIT answers */
    const uint8_t *payload;
    uint32_t payload_len;
    uint16_t mss; /* from the MTU of the route */
    uint8_t ttl;
    uint8_t syn_linear_timeouts;     /* how often the time-out of a SYN is not doubled: Linux's
                                      * net.ipv4.tcp_syn_linear_timeouts */
    struct fast_open_cookie *cookie; /* with OFFER_FASTOPEN: sent, or asked for; NULL: the same as
                                      * an empty one */
};

enum __attribute__((packed))
prober_phase {              /* an octet, of which there may be a million */
               PROBER_IDLE, /* nothing sent yet */
               PROBER_OPENING,
               PROBER_MEASURING, /* until prober_has_measured: the caller measures the path MTU */
               PROBER_SENDING,   /* payload not yet acknowledged */
               PROBER_HOLDING,
               PROBER_CLOSING, /* our FIN is not acknowledged */
               PROBER_AWAITING_FIN,
               PROBER_TIME_WAIT,
               PROBER_DONE,
};

/* Caller-allocated, set up by prober_init, opaque besides. */
struct prober {
    const struct plan *plan;
    struct endpoint src, dst;
    uint32_t iss, snd_nxt;
    uint32_t send_from;    /* the next octet of payload: behind snd_nxt after a time-out */
    uint32_t last_ack;     /* the acknowledgement number that was sent last */
    uint32_t last_una;     /* how far our data was acknowledged when we looked last */
    uint32_t patient_from; /* and when patience last began */
    uint32_t window_most;  /* the largest window that the peer offered */
    uint32_t tsval_offset; /* random start of our timestamp clock: RFC 7323, 5.4 */
    uint32_t acks_paid, resets_paid; /* how much of the conversation's debts */
    int64_t phase_end_ns;            /* when patience, the hold or TIME_WAIT ends */
    int64_t retransmit_ns;           /* when what is unacknowledged is due again */
    int64_t rto_ns;
    int64_t repeat_ns; /* no answer that says nothing new before: RFC 5961, 7 */
    uint16_t next_ip_id;
    uint16_t packet_most; /* no larger IP packet is sent, as a router has told; 0: unknown */
    enum prober_phase phase;
    uint8_t flight;       /* how many segments of payload may be unacknowledged */
    uint8_t syn_timeouts; /* so far that were not doubled */
    bool syn_sent_again : 1;
    bool syn_ack_sent : 1; /* of a simultaneous open */
    bool reset_again : 1;  /* the reset is due once more, at SND.UNA */
    bool cancelled : 1;
    bool measured : 1; /* the path MTU */
};

enum prober_verb {
    PROBER_SEND, /* send action.segment, then ask again */
    PROBER_WAIT, /* ask again when something arrived, or at action.wake_ns */
    PROBER_STOP, /* nothing more will be sent */
};

struct prober_action {
    enum prober_verb verb;
    int64_t wake_ns;
    struct outgoing segment;
};

/* Random numbers of the caller's. */
struct prober_numbers {
    uint32_t iss;
    uint32_t tsval_offset; /* where our timestamp clock starts: RFC 7323, 5.4 */
    uint16_t ip_id;        /* of the first segment */
};

/* Starts a probe from src to dst. */
void prober_init(struct prober *prober, const struct plan *plan, const struct endpoint *src,
                 const struct endpoint *dst, const struct prober_numbers *numbers);

/* What to do at now_ns (monotonic, never running back). conversation is what was captured of this
 * connection so far, NULL before its first segment. To be called until it says WAIT or STOP. */
struct prober_action prober_next(struct prober *prober, const struct conversation *conversation,
                                 int64_t now_ns);

/* The first segment could not be sent: the next call of prober_next begins anew, with the same
 * numbers. */
void prober_begin_again(struct prober *prober);

/* Whether the next call would send the SYN again. */
bool prober_repeats_syn(const struct prober *prober, int64_t now_ns);

/* Whether the wait for an answer to the SYN is over. */
bool prober_gives_up_syn(const struct prober *prober, int64_t now_ns);

/* Delays the next SYN and the end of the wait for its answer. */
void prober_postpone(struct prober *prober, int64_t delay_ns);

/* A SYN that was due, and was not sent because this process did not run, is due now, and its answer
 * is waited for as much longer: connect(2), which runs in the kernel, sends it in time. */
void prober_catch_up(struct prober *prober, int64_t now_ns);

/* The SYN is sent once more, and its answer waited for as long as the first one's. */
void prober_try_again(struct prober *prober, int64_t now_ns);

/* Ends the probe early: the next calls of prober_next reset what may be open, then say STOP. */
void prober_cancel(struct prober *prober);

/* Whether it waits for the path MTU. */
bool prober_measures(const struct prober *prober);

/* The path MTU was looked for: it goes on, with IP packets of no more than packet_most octets, as a
 * kernel that was told so (0: of any size). */
void prober_has_measured(struct prober *prober, uint32_t packet_most);

/* Beside the connection, while it measures: an IP packet of that many octets, header included, with
 * octets that the other end has acknowledged. Each has a time stamp of its own, however soon it
 * follows the one before; what is sent later has none that is older (RFC 7323, 5). */
struct outgoing prober_path_mtu(struct prober *prober, const struct conversation *conversation,
                                uint32_t bytes, int64_t now_ns);

/* Beside the connection, once it is over: a SYN like its first, with the same number, but without
 * Fast Open and with an IP identification of its own; and the reset of what such a SYN has opened
 * (RFC 9293, 3.5.2). Neither changes what the prober does. */
struct outgoing prober_path_syn(struct prober *prober, int64_t now_ns);
struct outgoing prober_path_reset(struct prober *prober, int64_t now_ns);

#endif
