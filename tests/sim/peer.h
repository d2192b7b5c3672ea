/* SPDX-License-Identifier: BSD-2-Clause */
/* The far end: a TCP of its own, written from the RFCs and not from the tracker. */
#ifndef TCPSHAKE_SIM_PEER_H
#define TCPSHAKE_SIM_PEER_H

#include "frame.h"
#include "scenario.h"

struct world;

enum peer_state {
    P_LISTEN,
    P_SYN_SENT,
    P_SYN_RCVD,
    P_OPEN,
    P_TIME_WAIT,
    P_CLOSED,
};

struct peer {
    enum peer_state state;
    bool heard_syn, cookie_sent, stale, remembers;
    uint32_t irs, rcv_nxt, rcv_right;
    uint32_t snd_una, snd_nxt, snd_max, snd_right;
    uint16_t mss;
    bool timestamps, scaled, offered_timestamps; /* offered: by the client's SYN */
    uint32_t ts_recent;
    uint32_t out_len; /* octets that it has to say */
    bool fin_queued, fin_received, established;
    uint32_t streamed;
    uint8_t have[PAYLOAD_MAX + 1]; /* octets of the client's that came */
    uint32_t had;                  /* ... without a gap */
    bool wrong_octets;
    int64_t syn_ack_at_ns, rto_at_ns, delayed_ack_at_ns, keep_alive_at_ns, think_at_ns;
    int64_t stream_at_ns, reopen_at_ns, open_at_ns;
    int64_t rto_ns;
    unsigned retries;
    bool reset_received, reset_sent, reset_challenged;
    uint16_t ip_id;
};

void peer_start(struct world *w);

/* A frame that reached it. Damage may escape the checksum. */
void peer_take(struct world *w, const struct bytes_frame *frame, bool damaged);

/* When it will do something of its own accord, or NEVER; and doing it. */
int64_t peer_next_ns(const struct peer *peer);
void peer_act(struct world *w);

/* What it would send now, of these flags: the rest of the numbers are filled in. */
void peer_send(struct world *w, unsigned flags, uint32_t seq, uint32_t len);

#endif
