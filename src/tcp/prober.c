/* SPDX-License-Identifier: BSD-2-Clause */
/* One call is one decision: first the phase is brought up to date with what the conversation and
 * the time say, then debts are paid, then the phase may send. Segments that are sent are not
 * remembered: they come back through the conversation. */
#include "tcp/prober.h"

#include <string.h>

#include "base/minmax.h"
#include "tcp/offer.h"
#include "wire/seq.h"

#define SECOND_NS            INT64_C(1000000000)
#define MILLISECOND_NS       INT64_C(1000000)
#define RTO_INITIAL_NS       SECOND_NS            /* RFC 6298, 2.1; also the least: 2.4 */
#define RTO_AFTER_LOST_NS    (3 * SECOND_NS)      /* RFC 6298, 5.7 */
#define RTO_MAX_NS           (60 * SECOND_NS)     /* RFC 6298, 2.5 */
#define SYN_AFTER_RESET_NS   (2 * MILLISECOND_NS) /* Linux: TCP_TIMEOUT_MIN */
#define REPEAT_INTERVAL_NS   (100 * MILLISECOND_NS)
#define WINDOW_OFFERED       64240u /* what Linux offers in its SYN: 44 segments of 1460 octets */
#define WSCALE_OFFERED       7u
#define MSS_WITHOUT_OPTION_4 536u /* RFC 9293, 3.7.1 */
#define MSS_WITHOUT_OPTION_6 1220u
#define TIMESTAMPS           12u    /* octets of that option, with two that pad */
#define MSS_LEAST            64u    /* however little the peer asks for */
#define MSS_MOST             65400u /* what a datagram holds besides headers and options */
#define PATIENCE_OCTETS      4096u  /* of payload, for which -W is waited at most */
#define FLIGHT_INITIAL       10u    /* segments: RFC 6928, 2 */
#define FLIGHT_AFTER_LOSS    1u     /* RFC 5681, 3.1 */
#define LATE_NS              INT64_C(100000000) /* less is what a busy machine takes */
#define ACE_INITIAL          5u                 /* RFC 9768, 3.2.1 */

void prober_init(struct prober *p, const struct plan *plan, const struct endpoint *src,
                 const struct endpoint *dst, const struct prober_numbers *numbers)
{
    memset(p, 0, sizeof *p);
    p->plan = plan;
    p->src = *src;
    p->dst = *dst;
    p->iss = p->snd_nxt = p->send_from = p->last_una = numbers->iss;
    p->tsval_offset = numbers->tsval_offset;
    p->next_ip_id = numbers->ip_id;
    p->rto_ns = RTO_INITIAL_NS;
    p->flight = FLIGHT_INITIAL;
    p->retransmit_ns = INT64_MAX;
    p->repeat_ns = INT64_MIN;
}

void prober_begin_again(struct prober *p)
{
    p->phase = PROBER_IDLE;
}

void prober_cancel(struct prober *p)
{
    p->cancelled = true;
}

static int64_t later_ns(int64_t now_ns, int64_t duration_ns)
{
    return now_ns > INT64_MAX - duration_ns ? INT64_MAX : now_ns + duration_ns;
}

static void enter(struct prober *p, enum prober_phase phase, int64_t now_ns, int64_t lasts_ns)
{
    p->phase = phase;
    p->phase_end_ns = later_ns(now_ns, lasts_ns);
}

static void arm(struct prober *p, int64_t now_ns)
{
    p->retransmit_ns = later_ns(now_ns, p->rto_ns);
}

static void back_off(struct prober *p, int64_t now_ns)
{
    p->rto_ns = p->rto_ns < RTO_MAX_NS / 2 ? 2 * p->rto_ns : RTO_MAX_NS;
    arm(p, now_ns);
}

/* As Linux does since 6.5: the first time-outs are all alike (RFC 6298, 5.5, doubles each). */
static void back_off_syn(struct prober *p, int64_t now_ns)
{
    p->syn_sent_again = true;
    if (p->syn_timeouts < p->plan->syn_linear_timeouts) {
        p->syn_timeouts++;
        arm(p, now_ns);
    } else {
        back_off(p, now_ns);
    }
}

/* RFC 6298, 2.2 with R the handshake's round trip: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR.
 */
static int64_t rto_after_handshake(const struct conversation *c)
{
    if (c->times.syn_rtt_ns == DURATION_UNKNOWN)
        return RTO_AFTER_LOST_NS;
    int64_t rto_ns = c->times.syn_rtt_ns < RTO_MAX_NS / 3 ? 3 * c->times.syn_rtt_ns : RTO_MAX_NS;
    return rto_ns > RTO_INITIAL_NS ? rto_ns : RTO_INITIAL_NS;
}

/* The handshake's end as the prober sees it: our SYN is acknowledged and theirs is known. */
static bool answered(const struct conversation *c)
{
    return c->ends[SERVER].syn_seen && seq_gt(c->ends[CLIENT].snd_una, c->ends[CLIENT].iss);
}

static uint32_t payload_end(const struct prober *p)
{
    return p->iss + 1 + p->plan->payload_len;
}

static bool offers(const struct prober *p, enum offer offer)
{
    return (p->plan->offers & OFFER_BIT(offer)) != 0;
}

/* What is agreed on is what both SYNs had. */
static bool timestamps_agreed(const struct prober *p, const struct conversation *c)
{
    return c->ends[SERVER].syn_seen && c->ends[SERVER].options.has_timestamps &&
           !offers(p, WITHOUT_TIMESTAMPS);
}

static bool scaling_agreed(const struct prober *p, const struct conversation *c)
{
    return c != NULL && c->ends[SERVER].options.has_wscale && !offers(p, WITHOUT_WSCALE);
}

static bool has_cookie(const struct prober *p)
{
    return offers(p, OFFER_FASTOPEN) && p->plan->cookie != NULL && p->plan->cookie->len > 0;
}

/* Only the first SYN carries a cookie: RFC 7413 lets a SYN that is sent again have neither
 * cookie nor data, as Linux does. */
static bool opens_fast(const struct prober *p)
{
    return has_cookie(p) && !p->syn_sent_again;
}

/* How many octets of payload the first SYN carries. The MSS is not known yet: RFC 7413, 4.1.3. */
static uint32_t syn_payload_len(const struct prober *p)
{
    bool v4 = p->dst.address.family == FAMILY_IPV4;
    uint32_t most = (v4 ? MSS_WITHOUT_OPTION_4 : MSS_WITHOUT_OPTION_6) - TCPOPT_SPACE_MAX;
    return opens_fast(p) ? smaller(p->plan->payload_len, most) : 0;
}

static void put_features(const struct prober *p, struct outgoing *syn)
{
    struct tcp_options *o = &syn->options;
    if (offers(p, OFFER_ACCECN))
        syn->flags |= TCP_AE | TCP_CWR | TCP_ECE;
    else if (offers(p, OFFER_ECN))
        syn->flags |= TCP_CWR | TCP_ECE;
    o->mptcp = offers(p, OFFER_MPTCP);
    o->fast_open = offers(p, OFFER_FASTOPEN) && (opens_fast(p) || !has_cookie(p));
    if (opens_fast(p)) {
        o->fast_open_cookie_len = p->plan->cookie->len;
        memcpy(o->fast_open_cookie, p->plan->cookie->octets, sizeof o->fast_open_cookie);
    }
}

static void put_syn_options(const struct prober *p, const struct conversation *c, bool acks,
                            struct outgoing *syn)
{
    struct tcp_options *o = &syn->options;
    o->has_mss = !offers(p, WITHOUT_MSS);
    o->mss = p->plan->mss_announced != 0 ? p->plan->mss_announced : p->plan->mss;
    o->mss = o->has_mss ? o->mss : 0;
    o->sack_permitted = !offers(p, WITHOUT_SACK);
    o->has_wscale = acks ? scaling_agreed(p, c) : !offers(p, WITHOUT_WSCALE); /* RFC 7323, 2.2 */
    o->wscale = o->has_wscale ? WSCALE_OFFERED : 0;
    if (!acks)
        put_features(p, syn);
}

/* What AE, CWR and ECE say of the marks on what the server sent, where that was agreed on. What
 * acknowledges the SYN/ACK and no more says how that arrived instead: RFC 9768, 3.2.2.1. */
static uint16_t feedback(const struct prober *p, const struct conversation *c,
                         const struct outgoing *out)
{
    static const unsigned arrived[] = {
        [ECN_NOT_ECT] = 2, [ECN_ECT1] = 3, [ECN_ECT0] = 4, [ECN_CE] = 6};
    const struct end *server = &c->ends[SERVER];
    bool last_of_handshake =
        out->payload_len == 0 && out->flags == TCP_ACK && out->ack == server->iss + 1;
    if ((out->flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK || !server->opening.seen)
        return 0;
    switch (offer_ecn_mode(p->plan->offers, server->opening.ace)) {
    case ECN_MODE_CLASSIC:
        return server->marked.echo ? TCP_ECE : 0;
    case ECN_MODE_ACCURATE:
        return offer_ace_flags(last_of_handshake ? arrived[server->opening.ecn]
                                                 : ACE_INITIAL + server->marked.count);
    case ECN_MODE_NONE:
        break;
    }
    return 0;
}

static struct prober_action send_segment(struct prober *p, const struct conversation *c,
                                         int64_t now_ns, uint16_t flags, uint32_t seq)
{
    struct prober_action action = {.verb = PROBER_SEND};
    struct outgoing *out = &action.segment;
    bool syn = (flags & TCP_SYN) != 0;
    bool acks = (flags & TCP_ACK) != 0;
    out->src = p->src;
    out->dst = p->dst;
    out->seq = seq;
    out->flags = flags;
    out->window = (uint16_t)(WINDOW_OFFERED >> (!syn && scaling_agreed(p, c) ? WSCALE_OFFERED : 0));
    out->ttl = p->plan->ttl;
    p->next_ip_id = (uint16_t)(p->next_ip_id + 1 + (p->next_ip_id == UINT16_MAX));
    out->ip_id = p->next_ip_id;
    if (syn)
        put_syn_options(p, c, acks, out);
    if (acks ? c != NULL && timestamps_agreed(p, c)
             : syn && !offers(p, WITHOUT_TIMESTAMPS)) { /* RFC 7323, 3.2 */
        out->options.has_timestamps = true;
        out->options.tsval = p->tsval_offset + (uint32_t)(uint64_t)(now_ns / MILLISECOND_NS);
        out->options.tsecr = c != NULL ? c->ends[SERVER].ts_recent : 0;
    }
    if (acks && c != NULL) {
        out->ack = p->last_ack = c->ends[SERVER].sent.next;
        p->acks_paid = c->ends[CLIENT].acks_owed;
        out->flags |= feedback(p, c, out);
    }
    return action;
}

/* Of IP and TCP, without options. */
static uint32_t fixed_headers(const struct prober *p)
{
    return p->dst.address.family == FAMILY_IPV4 ? 40 : 60;
}

bool prober_measures(const struct prober *p)
{
    return p->phase == PROBER_MEASURING;
}

void prober_has_measured(struct prober *p, uint32_t packet_most)
{
    p->measured = true;
    p->packet_most = (uint16_t)smaller(packet_most, UINT16_MAX);
}

struct outgoing prober_path_mtu(struct prober *p, const struct conversation *c, uint32_t bytes,
                                int64_t now_ns)
{
    uint32_t seq = c->ends[CLIENT].snd_una;
    struct outgoing out = send_segment(p, c, now_ns, TCP_ACK, seq).segment;
    uint32_t headers = fixed_headers(p) + (out.options.has_timestamps ? TIMESTAMPS : 0);
    out.payload_len = bytes > headers ? bytes - headers : 1;
    out.seq = seq - out.payload_len;
    out.measures = true;
    p->tsval_offset++;
    return out;
}

/* Fast Open would give the application a connection. */
struct outgoing prober_path_syn(struct prober *p, int64_t now_ns)
{
    struct outgoing syn = send_segment(p, NULL, now_ns, TCP_SYN, p->iss).segment;
    syn.options.fast_open = false;
    return syn;
}

struct outgoing prober_path_reset(struct prober *p, int64_t now_ns)
{
    struct outgoing reset = send_segment(p, NULL, now_ns, TCP_RST, p->iss + 1).segment;
    reset.window = 0;
    return reset;
}

/* SND.NXT, or the window's right edge if what was sent went beyond it: elsewhere the peer would
 * drop an acknowledgement, or a reset, unread (RFC 9293, 3.4). */
static uint32_t acceptable_seq(const struct prober *p, const struct conversation *c)
{
    const struct end *server = &c->ends[SERVER];
    bool beyond = server->offered && seq_gt(p->snd_nxt, server->rcv_right) &&
                  seq_geq(server->rcv_right, c->ends[CLIENT].snd_una);
    return beyond ? server->rcv_right : p->snd_nxt;
}

/* By the phase and not by the state that was captured: our ACK may still be on its way back.
 *
 * Only a reset exactly at RCV.NXT is believed (RFC 5961, 3.2). That is SND.NXT where all arrived
 * that was sent, and SND.UNA where the first of it was lost: while it is not acknowledged, which of
 * them is unknown here, so there is a reset for each. */
static struct prober_action send_reset(struct prober *p, const struct conversation *c,
                                       int64_t now_ns)
{
    bool established = p->phase > PROBER_OPENING;
    uint32_t seq = acceptable_seq(p, c);
    p->phase = PROBER_DONE;
    p->reset_again = established && seq_gt(seq, c->ends[CLIENT].snd_una);
    return send_segment(p, c, now_ns, established ? TCP_RST | TCP_ACK : TCP_RST, seq);
}

static struct prober_action send_reset_again(struct prober *p, const struct conversation *c,
                                             int64_t now_ns)
{
    p->reset_again = false;
    return send_segment(p, c, now_ns, TCP_RST | TCP_ACK, c->ends[CLIENT].snd_una);
}

static uint32_t segment_size(const struct prober *p, const struct conversation *c)
{
    const struct syn_options *theirs = &c->ends[SERVER].options;
    bool v4 = p->dst.address.family == FAMILY_IPV4;
    uint32_t mss = v4 ? MSS_WITHOUT_OPTION_4 : MSS_WITHOUT_OPTION_6;
    if (theirs->has_mss)
        mss = theirs->mss > MSS_LEAST ? theirs->mss : MSS_LEAST;
    mss = smaller(smaller(mss, p->plan->mss), MSS_MOST);
    if (p->packet_most > fixed_headers(p) + MSS_LEAST)
        mss = smaller(mss, p->packet_most - fixed_headers(p));
    return timestamps_agreed(p, c) ? mss - TIMESTAMPS : mss; /* RFC 6691, 2: options take from it */
}

static struct prober_action send_payload(struct prober *p, const struct conversation *c,
                                         int64_t now_ns, uint32_t seq, uint32_t len)
{
    uint32_t offset = seq - (p->iss + 1);
    uint16_t push = seq + len == payload_end(p) ? TCP_PSH : 0; /* RFC 9293, 3.9.1.2 */
    struct prober_action action = send_segment(p, c, now_ns, TCP_ACK | push, seq);
    action.segment.payload = p->plan->payload + offset;
    action.segment.payload_len = len;
    action.segment.flags = TCP_ACK | push;
    action.segment.flags |= feedback(p, c, &action.segment);
    p->snd_nxt = seq_max(p->snd_nxt, seq + len);
    return action;
}

static uint32_t room_up_to(uint32_t right, uint32_t seq)
{
    return seq_gt(right, seq) ? right - seq : 0;
}

/* How many octets of sequence space from seq on the peer takes now: RFC 9293, 3.8.6. */
static uint32_t window_room(const struct conversation *c, uint32_t seq)
{
    const struct end *server = &c->ends[SERVER];
    return server->offered ? room_up_to(server->rcv_right, seq) : 0;
}

/* How many octets of payload may be sent now: one segment within the window and the flight. Less
 * than a segment has to be the last of them, or half of what the peer ever took, unless it has
 * waited for an RTO (the silly window syndrome: RFC 9293, 3.8.6.2.1). */
static uint32_t sendable(const struct prober *p, const struct conversation *c, bool due)
{
    uint32_t size = segment_size(p, c);
    uint32_t flight_right = c->ends[CLIENT].snd_una + p->flight * size;
    uint32_t whole = smaller(size, payload_end(p) - p->send_from);
    uint32_t len = smaller(whole, room_up_to(flight_right, p->send_from));
    len = smaller(len, window_room(c, p->send_from));
    return len == whole || len >= p->window_most / 2 || due ? len : 0;
}

/* What comes after the payload is acknowledged: hold, then close. */
static void proceed(struct prober *p, const struct conversation *c, int64_t now_ns)
{
    if (p->phase == PROBER_OPENING) {
        p->snd_nxt = p->send_from = p->last_una = p->patient_from = c->ends[CLIENT].snd_una;
        p->last_ack = c->ends[SERVER].iss; /* so that the handshake's acknowledgement is news */
        p->rto_ns = rto_after_handshake(c);
        p->retransmit_ns = INT64_MAX;
        enter(p, PROBER_MEASURING, now_ns, INT64_MAX);
    }
    bool peer_closed = end_fin_arrived(&c->ends[SERVER]);
    if (p->phase == PROBER_MEASURING && (!p->plan->path_mtu || p->measured || peer_closed))
        enter(p, PROBER_SENDING, now_ns, p->plan->timeout_ns);
    if (p->phase == PROBER_SENDING && seq_geq(c->ends[CLIENT].snd_una, payload_end(p))) {
        p->retransmit_ns = INT64_MAX;
        p->rto_ns = rto_after_handshake(c);
        enter(p, PROBER_HOLDING, now_ns, p->plan->hold_ns);
    }
    if (p->phase == PROBER_HOLDING && (now_ns >= p->phase_end_ns || peer_closed))
        enter(p, PROBER_CLOSING, now_ns, p->plan->timeout_ns);
    if (p->phase == PROBER_CLOSING && c->ends[CLIENT].fin_acked) {
        p->retransmit_ns = INT64_MAX;
        enter(p, PROBER_AWAITING_FIN, now_ns, p->plan->timeout_ns);
    }
    if (p->phase == PROBER_AWAITING_FIN && peer_closed) {
        bool waits = c->ends[CLIENT].state == STATE_TIME_WAIT;
        enter(p, PROBER_TIME_WAIT, now_ns, waits ? p->plan->time_wait_ns : 0);
    }
}

/* Patience begins again with every half of a segment that is acknowledged, which is what a sound
 * receiver lets in at once (RFC 9293, 3.8.6.2.2), but with no fewer octets than PATIENCE_OCTETS: a
 * peer that takes an octet at a time, or announces a tiny MSS, cannot hold us for as many waits. */
static void renew_patience(struct prober *p, const struct conversation *c, int64_t now_ns)
{
    uint32_t enough = larger(segment_size(p, c) / 2, PATIENCE_OCTETS);
    enough = smaller(enough, payload_end(p) - p->patient_from);
    if (p->last_una - p->patient_from < enough)
        return;
    p->patient_from = p->last_una;
    p->phase_end_ns = later_ns(now_ns, p->plan->timeout_ns);
}

static void notice_progress(struct prober *p, const struct conversation *c, int64_t now_ns)
{
    uint32_t una = c->ends[CLIENT].snd_una;
    if (p->phase != PROBER_SENDING)
        return;
    uint32_t window = window_room(c, una);
    p->window_most = window > p->window_most ? window : p->window_most;
    if (seq_leq(una, p->last_una))
        return;
    p->last_una = una;
    p->send_from = seq_max(p->send_from, una);
    p->flight = (uint8_t)(p->flight + (p->flight < FLIGHT_INITIAL));
    p->rto_ns = rto_after_handshake(c);
    renew_patience(p, c, now_ns);
    arm(p, now_ns);
}

bool prober_repeats_syn(const struct prober *p, int64_t now_ns)
{
    return p->phase == PROBER_OPENING && now_ns >= p->retransmit_ns && now_ns < p->phase_end_ns;
}

bool prober_gives_up_syn(const struct prober *p, int64_t now_ns)
{
    return p->phase == PROBER_OPENING && now_ns >= p->phase_end_ns;
}

void prober_postpone(struct prober *p, int64_t delay_ns)
{
    p->retransmit_ns = later_ns(p->retransmit_ns, delay_ns);
    p->phase_end_ns = later_ns(p->phase_end_ns, delay_ns);
}

void prober_catch_up(struct prober *p, int64_t now_ns)
{
    bool due = p->phase == PROBER_OPENING && p->retransmit_ns < p->phase_end_ns;
    if (due && (now_ns >= p->phase_end_ns || now_ns - p->retransmit_ns >= LATE_NS))
        prober_postpone(p, now_ns - p->retransmit_ns);
}

void prober_try_again(struct prober *p, int64_t now_ns)
{
    p->retransmit_ns = now_ns;
    p->rto_ns = RTO_INITIAL_NS;
    p->phase_end_ns = later_ns(now_ns, 2 * RTO_INITIAL_NS);
}

static bool owes_reset(const struct prober *p, const struct conversation *c)
{
    return p->phase == PROBER_OPENING && c->ends[CLIENT].resets_owed != p->resets_paid;
}

static bool owes_ack(const struct prober *p, const struct conversation *c)
{
    return p->phase > PROBER_OPENING && c->ends[CLIENT].acks_owed != p->acks_paid;
}

/* The reset ends what the peer still held of an older connection, so that the next SYN is let in.
 * Linux asks again 2 ms later, unless it did already, or the number was right and the echo wrong.
 */
static void ask_again_at_once(struct prober *p, uint32_t reset_seq, int64_t now_ns)
{
    if (reset_seq == p->iss + 1)
        return;
    if (!p->syn_sent_again && p->retransmit_ns > now_ns + SYN_AFTER_RESET_NS)
        p->retransmit_ns = now_ns + SYN_AFTER_RESET_NS;
}

/* Pays what the conversation owes; false if nothing is due, or too much was said lately. */
static bool pay(struct prober *p, const struct conversation *c, int64_t now_ns,
                struct prober_action *action)
{
    bool reset = owes_reset(p, c);
    if (!reset && !owes_ack(p, c))
        return false;
    bool news = !reset && c->ends[SERVER].sent.next != p->last_ack;
    p->resets_paid = c->ends[CLIENT].resets_owed;
    p->acks_paid = c->ends[CLIENT].acks_owed;
    if (!news && now_ns < p->repeat_ns)
        return false;
    if (!news)
        p->repeat_ns = later_ns(now_ns, REPEAT_INTERVAL_NS);
    if (reset)
        ask_again_at_once(p, c->ends[CLIENT].reset_seq, now_ns);
    *action = reset ? send_segment(p, c, now_ns, TCP_RST, c->ends[CLIENT].reset_seq)
                    : send_segment(p, c, now_ns, TCP_ACK, acceptable_seq(p, c));
    return true;
}

static struct prober_action wait_until(const struct prober *p)
{
    int64_t wake_ns = p->retransmit_ns < p->phase_end_ns ? p->retransmit_ns : p->phase_end_ns;
    return (struct prober_action){.verb = PROBER_WAIT, .wake_ns = wake_ns};
}

static struct prober_action stop(struct prober *p)
{
    p->phase = PROBER_DONE;
    return (struct prober_action){.verb = PROBER_STOP};
}

/* Resets what is open, or may be: a peer that was sent a SYN+ACK may hold it for the last segment
 * of the handshake. */
static struct prober_action give_up(struct prober *p, const struct conversation *c, int64_t now_ns)
{
    if (c == NULL)
        return stop(p); /* nothing of it ever crossed */
    bool open = p->phase > PROBER_OPENING && p->phase < PROBER_TIME_WAIT;
    bool opening = p->phase == PROBER_OPENING && (answered(c) || p->syn_ack_sent);
    return open || opening ? send_reset(p, c, now_ns) : stop(p);
}

/* The first SYN, and one that is sent again. */
static struct prober_action send_syn(struct prober *p, const struct conversation *c, int64_t now_ns,
                                     uint16_t flags)
{
    struct prober_action action = send_segment(p, c, now_ns, flags, p->iss);
    if (flags == TCP_SYN) {
        action.segment.payload = p->plan->payload;
        action.segment.payload_len = syn_payload_len(p);
        p->snd_nxt = seq_max(p->snd_nxt, p->iss + 1 + action.segment.payload_len);
    }
    return action;
}

static struct prober_action open_connection(struct prober *p, const struct conversation *c,
                                            int64_t now_ns)
{
    bool their_syn = c != NULL && c->ends[SERVER].syn_seen && !c->ends[SERVER].syn_acks;
    uint16_t flags = their_syn ? TCP_SYN | TCP_ACK : TCP_SYN;
    if (p->phase == PROBER_IDLE) {
        enter(p, PROBER_OPENING, now_ns, p->plan->timeout_ns);
        arm(p, now_ns);
        p->snd_nxt = p->iss + 1;
        return send_syn(p, c, now_ns, flags);
    }
    if (now_ns >= p->phase_end_ns || (c != NULL && c->icmp_reason != REASON_UNKNOWN))
        return give_up(p, c, now_ns);
    if (their_syn && !p->syn_ack_sent) {
        p->syn_ack_sent = true;
        return send_segment(p, c, now_ns, flags, p->iss);
    }
    if (now_ns < p->retransmit_ns)
        return wait_until(p);
    back_off_syn(p, now_ns);
    return send_syn(p, c, now_ns, flags);
}

/* After a time-out everything from the first unacknowledged octet on goes out again, one segment at
 * first (RFC 5681, 3.1); what the peer had all the same is skipped as it is acknowledged. */
static struct prober_action send_what_is_left(struct prober *p, const struct conversation *c,
                                              int64_t now_ns)
{
    if (now_ns >= p->phase_end_ns)
        return send_reset(p, c, now_ns);
    bool due = now_ns >= p->retransmit_ns;
    if (due) {
        p->send_from = c->ends[CLIENT].snd_una;
        p->flight = FLIGHT_AFTER_LOSS;
        back_off(p, now_ns);
    } else if (p->retransmit_ns == INT64_MAX) {
        arm(p, now_ns);
    }
    uint32_t seq = p->send_from;
    uint32_t len = sendable(p, c, due);
    p->send_from += len;
    if (due && len == 0)
        len = 1; /* RFC 9293, 3.8.6.1: probe a window that stays shut */
    return len > 0 ? send_payload(p, c, now_ns, seq, len) : wait_until(p);
}

/* A FIN too waits for room in the window, as long as an RTO: then it serves as the probe. */
static struct prober_action close_connection(struct prober *p, const struct conversation *c,
                                             int64_t now_ns)
{
    uint32_t fin_seq = payload_end(p);
    bool due = now_ns >= p->retransmit_ns;
    bool first = p->snd_nxt == fin_seq && window_room(c, fin_seq) > 0;
    if (p->plan->close == CLOSE_ABORT || now_ns >= p->phase_end_ns)
        return send_reset(p, c, now_ns);
    if (due)
        back_off(p, now_ns);
    else if (first || p->retransmit_ns == INT64_MAX)
        arm(p, now_ns);
    if (!due && !first)
        return wait_until(p);
    p->snd_nxt = fin_seq + 1;
    return send_segment(p, c, now_ns, TCP_FIN | TCP_ACK, fin_seq);
}

static struct prober_action act(struct prober *p, const struct conversation *c, int64_t now_ns)
{
    switch (p->phase) {
    case PROBER_IDLE:
    case PROBER_OPENING:
        return open_connection(p, c, now_ns);
    case PROBER_SENDING:
        return send_what_is_left(p, c, now_ns);
    case PROBER_MEASURING:
    case PROBER_HOLDING:
        return wait_until(p);
    case PROBER_CLOSING:
        return close_connection(p, c, now_ns);
    case PROBER_AWAITING_FIN:
        return now_ns >= p->phase_end_ns ? send_reset(p, c, now_ns) : wait_until(p);
    case PROBER_TIME_WAIT:
    case PROBER_DONE: /* never asked again */
        break;
    }
    return now_ns >= p->phase_end_ns ? stop(p) : wait_until(p);
}

struct prober_action prober_next(struct prober *p, const struct conversation *c, int64_t now_ns)
{
    struct prober_action action;
    if (p->reset_again)
        return send_reset_again(p, c, now_ns);
    if (p->phase == PROBER_DONE || (c != NULL && c->course.reset_by != NEITHER))
        return stop(p);
    if (p->cancelled)
        return give_up(p, c, now_ns);
    if (c == NULL)
        return open_connection(p, c, now_ns);
    if (p->phase == PROBER_OPENING && answered(c) && p->plan->close == CLOSE_HALF_OPEN)
        return send_reset(p, c, now_ns);
    if (p->phase != PROBER_OPENING || answered(c))
        proceed(p, c, now_ns);
    notice_progress(p, c, now_ns);
    if (pay(p, c, now_ns, &action))
        return action;
    return act(p, c, now_ns);
}
