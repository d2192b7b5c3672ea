/* SPDX-License-Identifier: BSD-2-Clause */
/* A prober and a peer in one process, joined by a link with virtual time. What the prober sends
 * comes back through the conversation as a capture would show it; rules answer for the peer. Every
 * segment that the prober sends is held against what any connection must keep to, whatever the test
 * is about: a breach fails the test at once. */
#ifndef TCPSHAKE_TESTS_VIRTUAL_H
#define TCPSHAKE_TESTS_VIRTUAL_H

#include "tcp/prober.h"
#include "tcp/steps.h"

#define VIRTUAL_SENT_MAX   512
#define VIRTUAL_EVENTS_MAX 512
#define VIRTUAL_RANGES_MAX 4096
#define VIRTUAL_STREAM_MAX 70000
#define NEVER              INT64_MAX
#define MS                 INT64_C(1000000)
#define SECOND             (1000 * MS)

struct virtual;

/* What a peer does with a segment that reached it, and a thing to do later. */
typedef void virtual_rule(struct virtual *v, const struct segment *segment);
typedef void virtual_call(struct virtual *v);

/* A small server. What it is like stands first and is set before the run; the rest is what became
 * of it. */
struct virtual_peer {
    struct tcp_options options; /* of its SYN/ACK */
    uint32_t iss;
    uint16_t window;     /* the field, unscaled */
    uint16_t syn_window; /* the field of its SYN/ACK */
    uint32_t banner_len; /* sent when the handshake is over */
    bool closes_first;   /* FIN behind the banner */
    int64_t think_ns;    /* from our FIN to its own: 0 both in one segment, NEVER none at all */
    int64_t rto_ns;      /* its retransmissions, at most five */
    unsigned syn_flags;  /* of its SYN/ACK, beside SYN and ACK */
    uint8_t tos;         /* of its segments */
    bool fast_open;      /* takes the octets of a SYN */
    bool listening, open, established, fin_sent, fin_received;
    uint32_t rcv_nxt, snd_nxt, snd_una, rcv_right, peer_tsval;
    unsigned retransmissions;
    int64_t timer_at_ns;
    uint8_t received[VIRTUAL_STREAM_MAX];
    bool
        holds[VIRTUAL_STREAM_MAX]; /* octets of received that came, received_len of them in order */
    uint32_t received_len;
    int64_t reset_at_ns; /* when a reset ended it, or NEVER */
    unsigned resets_dropped;
};

/* The link's misbehaviour in percent, for each direction alike; seed 0 is a link that behaves. */
struct virtual_trouble {
    uint64_t seed;
    unsigned loss, duplicates, reorder, hostile;
};

struct virtual_sent {
    int64_t at_ns;
    struct outgoing segment;
};

enum virtual_kind {
    VIRTUAL_ECHO,
    VIRTUAL_TO_PEER,
    VIRTUAL_TO_PROBER,
    VIRTUAL_ICMP,
    VIRTUAL_CALL,
};

struct virtual_event {
    int64_t at_ns;
    uint64_t order;
    enum virtual_kind kind;
    struct segment segment;
    virtual_call *call;
};

struct virtual
{
    /* to be changed after virtual_init and before virtual_run */
    struct plan plan;
    struct endpoint ours, theirs;
    uint32_t iss, tsval_offset;
    uint16_t ip_id;
    int64_t start_ns;
    int64_t delay_ns;     /* of the link, one way */
    int64_t echo_ns;      /* until a segment sent comes back through the capture */
    uint64_t lose_ours;   /* bit n: the n-th segment of the prober is lost, from 0 on */
    uint64_t lose_theirs; /* the same of the peer */
    virtual_rule *rule;   /* virtual_serve by default */
    void (*watch)(struct virtual * v, const struct outgoing *segment); /* sees each segment sent */
    struct virtual_peer peer;
    struct virtual_trouble trouble;
    /* what came of it */
    struct prober prober;
    struct conversation conversation;
    const struct conversation *known; /* NULL until a segment crossed */
    struct step steps[STEPS_MAX];
    int64_t now_ns, end_ns;
    unsigned sent_count, theirs_count; /* also of what found no room below, and of what was lost */
    struct virtual_sent sent[VIRTUAL_SENT_MAX];
    unsigned progress; /* how often the peer acknowledged something new */
    bool cancelled;
    /* its own */
    struct virtual_event events[VIRTUAL_EVENTS_MAX];
    unsigned event_count;
    uint64_t order;
    struct {
        uint32_t left, right;
        bool syn;
    } ranges[VIRTUAL_RANGES_MAX]; /* what arrived at the prober */
    unsigned range_count;
    uint32_t sent_right; /* behind the furthest that was sent */
    uint32_t una;        /* what the peer acknowledged, as far as that arrived */
    uint32_t right;      /* the furthest that the peer ever let us send */
    bool has_right, told, told_timestamps, told_wscale;
    bool acked; /* an acknowledgement went out */
    uint32_t last_ack;
    int64_t repeat_at_ns; /* when the last answer without news went out */
};

/* Over IPv4: full open and close, patience 5 s, no hold, TIME_WAIT 0.5 s, 10 ms to the peer, which
 * is a modern server that closes when we do. */
void virtual_init(struct virtual *v);

/* The same over IPv6. */
void virtual_use_ipv6(struct virtual *v);

/* Sends len octets of payload. */
void virtual_payload(struct virtual *v, uint32_t len);

/* Runs until the prober stops; what is under way to the peer still arrives. */
void virtual_run(struct virtual *v);

/* The server that virtual_peer describes. */
virtual_rule virtual_serve;
/* A host that drops everything. */
virtual_rule virtual_ignore;

/* From the peer to the prober, over the link; the second with an acknowledgement of its all. */
void virtual_reply(struct virtual *v, unsigned flags, uint32_t seq, uint32_t ack, uint32_t len);
void virtual_acknowledge(struct virtual *v, unsigned flags, uint32_t seq, uint32_t len);

/* An ICMP error that quotes the prober's segment with that number. */
void virtual_error(struct virtual *v, uint8_t type, uint8_t code, uint32_t seq);

/* Calls at a time after the start of the run, or after now during it. */
void virtual_later(struct virtual *v, int64_t after_ns, virtual_call *call);

/* Cancels the prober: for virtual_later. */
virtual_call virtual_cancel;

/* What was sent as text, such as "SYN@0 SYN@1000 RST@1500": flags and milliseconds after the start.
 * The text lasts until the next call. */
const char *virtual_story(const struct virtual *v);

/* How many segments with exactly these flags were sent, the time of the nth (from 0) after the
 * start in nanoseconds, and the nth itself; a test fails where there is none. */
unsigned virtual_count(const struct virtual *v, unsigned flags);
int64_t virtual_when(const struct virtual *v, unsigned flags, unsigned nth);
const struct outgoing *virtual_find(const struct virtual *v, unsigned flags, unsigned nth);

#endif
