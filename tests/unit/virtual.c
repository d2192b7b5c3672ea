/* SPDX-License-Identifier: BSD-2-Clause */
#include "virtual.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "tcp/arrival/arrival.h"
#include "tcp/offer.h"
#include "wire/seq.h"

#define EPOCH_NS          INT64_C(1795324083502968001)
#define CALLS_MAX         200000
#define REPEAT_LEAST_NS   (100 * MS)
#define PEER_TSVAL_OFFSET 0xfffffe00u /* wraps after half a second */
#define WINDOW            64240
#define WSCALE            7

static uint8_t payload_octets[VIRTUAL_STREAM_MAX];

void virtual_init(struct virtual *v)
{
    memset(v, 0, sizeof *v);
    v->plan = (struct plan){.close = CLOSE_FIN,
                            .timeout_ns = 5 * SECOND,
                            .time_wait_ns = SECOND / 2,
                            .mss = 1460,
                            .ttl = 64};
    v->ours = (struct endpoint){.address = {FAMILY_IPV4, {192, 0, 2, 7}}, .port = 51234};
    v->theirs = (struct endpoint){.address = {FAMILY_IPV4, {198, 51, 100, 80}}, .port = 443};
    v->iss = 0xffffff00;
    v->tsval_offset = 0xfffffff0;
    v->ip_id = 0xfffe;
    v->start_ns = 1000 * SECOND;
    v->delay_ns = 10 * MS;
    v->echo_ns = 20000;
    v->rule = virtual_serve;
    v->peer = (struct virtual_peer){.iss = 0x7ffffff0, .window = 501, .syn_window = 64240};
    v->peer.options = (struct tcp_options){.has_mss = true,
                                           .mss = 1460,
                                           .has_wscale = true,
                                           .wscale = 7,
                                           .sack_permitted = true,
                                           .has_timestamps = true};
    v->peer.rto_ns = 300 * MS;
    v->peer.listening = true;
    v->peer.reset_at_ns = NEVER;
}

void virtual_use_ipv6(struct virtual *v)
{
    v->ours.address = (struct address){FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
    v->theirs.address = (struct address){FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 0x80}};
    v->plan.mss = 1440;
}

void virtual_payload(struct virtual *v, uint32_t len)
{
    ck_assert_uint_le(len, VIRTUAL_STREAM_MAX);
    for (uint32_t i = 0; i < len; i++)
        payload_octets[i] = (uint8_t)(i * 7 + i / 251);
    v->plan.payload = payload_octets;
    v->plan.payload_len = len;
}

static bool is(const struct outgoing *o, unsigned flags)
{
    return (o->flags & flags) == flags;
}

/* Events, by time and then by the order in which they were added. */

static struct virtual_event *add_event(struct virtual *v, enum virtual_kind kind, int64_t at_ns)
{
    ck_assert_msg(v->event_count < VIRTUAL_EVENTS_MAX, "too much is under way");
    struct virtual_event *event = &v->events[v->event_count++];
    *event = (struct virtual_event){.kind = kind, .at_ns = at_ns, .order = v->order++};
    return event;
}

static bool earlier(const struct virtual_event *a, const struct virtual_event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static struct virtual_event *earliest(struct virtual *v)
{
    struct virtual_event *first = NULL;
    for (unsigned i = 0; i < v->event_count; i++)
        if (first == NULL || earlier(&v->events[i], first))
            first = &v->events[i];
    return first;
}

static struct virtual_event take_event(struct virtual *v, struct virtual_event *event)
{
    struct virtual_event taken = *event;
    *event = v->events[--v->event_count];
    return taken;
}

void virtual_later(struct virtual *v, int64_t after_ns, virtual_call *call)
{
    int64_t from_ns = v->prober.plan != NULL ? v->now_ns : v->start_ns;
    add_event(v, VIRTUAL_CALL, from_ns + after_ns)->call = call;
}

void virtual_cancel(struct virtual *v)
{
    v->cancelled = true;
    prober_cancel(&v->prober);
}

/* The link. */

static unsigned dice(struct virtual *v)
{
    return (unsigned)(next_random(&v->trouble.seed) % 100);
}

static void carry(struct virtual *v, enum virtual_kind kind, const struct segment *s)
{
    unsigned copies = 1;
    if (v->trouble.seed != 0)
        copies = dice(v) < v->trouble.loss ? 0 : 1u + (dice(v) < v->trouble.duplicates);
    while (copies-- > 0) {
        int64_t delay_ns = v->delay_ns;
        if (v->trouble.seed != 0 && dice(v) < v->trouble.reorder)
            delay_ns += (int64_t)(next_random(&v->trouble.seed) % (200 * MS));
        add_event(v, kind, v->now_ns + delay_ns)->segment = *s;
    }
}

static bool in_mask(uint64_t mask, unsigned nth)
{
    return nth < 64 && (mask >> nth & 1) != 0;
}

static void from_peer(struct virtual *v, const struct segment *s)
{
    if (!in_mask(v->lose_theirs, v->theirs_count++))
        carry(v, VIRTUAL_TO_PROBER, s);
}

void virtual_reply(struct virtual *v, unsigned flags, uint32_t seq, uint32_t ack, uint32_t len)
{
    struct virtual_peer *peer = &v->peer;
    bool syn = (flags & TCP_SYN) != 0;
    struct segment s = {.src = v->theirs, .dst = v->ours, .seq = seq, .ttl = 60, .tos = peer->tos};
    s.ack = (flags & TCP_ACK) != 0 ? ack : 0;
    s.flags = (uint16_t)flags;
    s.payload_len = len;
    s.window = syn ? peer->syn_window : peer->window;
    s.ip_id = (uint16_t)(v->theirs_count + 1);
    s.checksum = CHECKSUM_GOOD;
    if (syn) {
        s.options = peer->options;
        s.flags |= (uint16_t)peer->syn_flags;
    }
    s.options.has_timestamps = peer->options.has_timestamps;
    s.options.tsval = PEER_TSVAL_OFFSET + (uint32_t)((v->now_ns - v->start_ns) / MS);
    s.options.tsecr = peer->peer_tsval;
    from_peer(v, &s);
}

void virtual_acknowledge(struct virtual *v, unsigned flags, uint32_t seq, uint32_t len)
{
    virtual_reply(v, flags | TCP_ACK, seq, v->peer.rcv_nxt, len);
}

void virtual_error(struct virtual *v, uint8_t type, uint8_t code, uint32_t seq)
{
    struct segment s = {.src = v->ours, .dst = v->theirs, .seq = seq, .ttl = 60};
    s.icmp = (struct icmp_error){.from = v->theirs.address,
                                 .family = (uint8_t)v->theirs.address.family,
                                 .type = type,
                                 .code = code,
                                 .has_seq = true};
    add_event(v, VIRTUAL_ICMP, v->now_ns + v->delay_ns)->segment = s;
}

/* The small server. */

void virtual_ignore(struct virtual *v, const struct segment *s)
{
    (void)v;
    (void)s;
}

static uint32_t banner_end(const struct virtual_peer *peer)
{
    return peer->iss + 1 + peer->banner_len;
}

/* Everything behind snd_una, in segments of its own size. */
static void serve_unacknowledged(struct virtual *v)
{
    struct virtual_peer *peer = &v->peer;
    uint32_t seq = peer->snd_una;
    if (seq == peer->iss) {
        virtual_reply(v, TCP_SYN | TCP_ACK, seq, peer->rcv_nxt, 0);
        return;
    }
    while (seq_lt(seq, banner_end(peer)) && seq_lt(seq, peer->snd_nxt)) {
        uint32_t len = banner_end(peer) - seq < 1000 ? banner_end(peer) - seq : 1000;
        virtual_acknowledge(v, TCP_PSH, seq, len);
        seq += len;
    }
    if (peer->fin_sent && seq_lt(seq, peer->snd_nxt))
        virtual_acknowledge(v, TCP_FIN, seq, 0);
}

static void serve_timer(struct virtual *v);

static void serve_sent(struct virtual *v)
{
    if (v->peer.rto_ns == NEVER)
        return;
    v->peer.timer_at_ns = v->now_ns + v->peer.rto_ns;
    virtual_later(v, v->peer.rto_ns, serve_timer);
}

static void serve_timer(struct virtual *v)
{
    struct virtual_peer *peer = &v->peer;
    bool restarted = v->now_ns < peer->timer_at_ns;
    if (restarted || !peer->open || peer->snd_una == peer->snd_nxt || peer->retransmissions == 5)
        return;
    peer->retransmissions++;
    serve_unacknowledged(v);
    serve_sent(v);
}

static void serve_fin(struct virtual *v)
{
    struct virtual_peer *peer = &v->peer;
    if (!peer->open || peer->fin_sent)
        return;
    peer->fin_sent = true;
    virtual_acknowledge(v, TCP_FIN, peer->snd_nxt++, 0);
    serve_sent(v);
}

static uint32_t window_of(const struct virtual_peer *peer)
{
    return (uint32_t)peer->window << (peer->options.has_wscale ? peer->options.wscale : 0);
}

/* Keeps what fits into the window, also behind a gap. */
static void serve_octets(struct virtual_peer *peer, const struct segment *s)
{
    uint32_t room = window_of(peer);
    for (uint32_t i = 0; i < s->payload_len; i++) {
        uint32_t ahead = s->seq + i - peer->rcv_nxt;
        uint32_t place = peer->received_len + ahead;
        if (ahead >= room || place >= VIRTUAL_STREAM_MAX)
            continue; /* beyond the window, or had before */
        peer->received[place] = s->payload[i];
        peer->holds[place] = true;
    }
    while (peer->received_len < VIRTUAL_STREAM_MAX && peer->holds[peer->received_len]) {
        peer->received_len++;
        peer->rcv_nxt++;
    }
}

static void serve_open(struct virtual *v, const struct segment *s)
{
    struct virtual_peer *peer = &v->peer;
    if (peer->open && !peer->established) {
        virtual_reply(v, TCP_SYN | TCP_ACK, peer->iss, peer->rcv_nxt, 0);
        return;
    }
    if (peer->open || !peer->listening)
        return;
    peer->open = true;
    peer->listening = false;
    peer->rcv_nxt = s->seq + 1;
    peer->rcv_right = peer->rcv_nxt + peer->syn_window;
    peer->snd_una = peer->iss;
    peer->snd_nxt = peer->iss + 1;
    struct segment text = *s;
    text.seq++;
    if (peer->fast_open)
        serve_octets(peer, &text);
    virtual_reply(v, TCP_SYN | TCP_ACK, peer->iss, peer->rcv_nxt, 0);
    serve_sent(v);
}

static void serve_established(struct virtual *v)
{
    struct virtual_peer *peer = &v->peer;
    peer->established = true;
    uint32_t seq = peer->snd_nxt;
    peer->snd_nxt += peer->banner_len;
    uint32_t una = peer->snd_una;
    peer->snd_una = seq;
    if (peer->banner_len > 0)
        serve_unacknowledged(v);
    peer->snd_una = una;
    if (peer->closes_first)
        serve_fin(v);
    serve_sent(v);
}

/* RFC 5961, 3.2 and RFC 9293, 3.10.7.4: exactly at RCV.NXT, in the window, anywhere else. */
static void serve_reset(struct virtual *v, const struct segment *s)
{
    struct virtual_peer *peer = &v->peer;
    uint32_t right = peer->rcv_nxt + window_of(peer);
    if (s->seq == peer->rcv_nxt) {
        peer->open = false;
        peer->reset_at_ns = v->now_ns;
    } else if (seq_gt(s->seq, peer->rcv_nxt) && seq_lt(s->seq, right)) {
        virtual_acknowledge(v, 0, peer->snd_nxt, 0);
    } else {
        peer->resets_dropped++;
    }
}

static void serve_text(struct virtual *v, const struct segment *s)
{
    struct virtual_peer *peer = &v->peer;
    bool fin = (s->flags & TCP_FIN) != 0;
    if (segment_seq_len(s) == 0)
        return;
    if (!peer->fin_received)
        serve_octets(peer, s);
    if (peer->fin_received || !fin || s->seq + s->payload_len != peer->rcv_nxt) {
        virtual_acknowledge(v, 0, peer->snd_nxt, 0);
        return;
    }
    peer->fin_received = true;
    peer->rcv_nxt++;
    if (peer->think_ns == 0 && !peer->fin_sent) {
        serve_fin(v);
        return;
    }
    virtual_acknowledge(v, 0, peer->snd_nxt, 0);
    if (peer->think_ns != NEVER)
        virtual_later(v, peer->think_ns, serve_fin);
}

void virtual_serve(struct virtual *v, const struct segment *s)
{
    struct virtual_peer *peer = &v->peer;
    if (s->options.has_timestamps)
        peer->peer_tsval = s->options.tsval;
    if ((s->flags & TCP_SYN) != 0) {
        serve_open(v, s);
        return;
    }
    if (!peer->open)
        return;
    if ((s->flags & TCP_RST) != 0) {
        serve_reset(v, s);
        return;
    }
    if (seq_gt(s->ack, peer->snd_una) && seq_leq(s->ack, peer->snd_nxt)) {
        peer->snd_una = s->ack;
        peer->retransmissions = 0;
    }
    if (!peer->established)
        serve_established(v);
    serve_text(v, s);
    if (peer->fin_received && peer->fin_sent && peer->snd_una == peer->snd_nxt)
        peer->open = false;
}

/* What arrives at the prober, and what it may therefore say. */

static bool offers(const struct virtual *v, enum offer offer)
{
    return (v->plan.offers & OFFER_BIT(offer)) != 0;
}

static void note_arrival(struct virtual *v, const struct segment *s)
{
    uint32_t len = segment_seq_len(s);
    bool syn = (s->flags & TCP_SYN) != 0;
    uint32_t most = v->iss + 1 + (offers(v, OFFER_FASTOPEN) ? v->plan.payload_len : 0);
    bool answers = segment_is_syn_ack(s) && seq_gt(s->ack, v->iss) && seq_leq(s->ack, most);
    if (answers)
        v->sent_right = seq_max(v->sent_right, s->ack);
    if (!v->told && (s->flags == TCP_SYN || answers)) {
        v->told = true;
        v->told_timestamps = s->options.has_timestamps && !offers(v, WITHOUT_TIMESTAMPS);
        v->told_wscale = s->options.has_wscale && !offers(v, WITHOUT_WSCALE);
    }
    if ((s->flags & TCP_ACK) != 0) {
        uint32_t right =
            s->ack + ((uint32_t)s->window << (!syn && v->told_wscale ? v->peer.options.wscale : 0));
        v->right = v->has_right ? seq_max(v->right, right) : right;
        v->una = v->has_right ? seq_max(v->una, s->ack) : s->ack;
        v->has_right = true;
    }
    if (len == 0)
        return;
    ck_assert_uint_lt(v->range_count, VIRTUAL_RANGES_MAX);
    v->ranges[v->range_count].left = s->seq;
    v->ranges[v->range_count].right = s->seq + len;
    v->ranges[v->range_count++].syn = syn;
}

/* How far from a number on what arrived is without a gap. */
static uint32_t contiguous(const struct virtual *v, uint32_t next)
{
    for (unsigned i = 0; i < v->range_count; i++) {
        if (seq_leq(v->ranges[i].left, next) && seq_gt(v->ranges[i].right, next)) {
            next = v->ranges[i].right;
            i = UINT32_MAX; /* from the first one again */
        }
    }
    return next;
}

/* Whether everything from a SYN of the peer's up to ack arrived. */
static bool arrived(const struct virtual *v, uint32_t ack)
{
    for (unsigned i = 0; i < v->range_count; i++)
        if (v->ranges[i].syn && seq_gt(ack, v->ranges[i].left) &&
            seq_leq(ack, contiguous(v, v->ranges[i].left)))
            return true;
    return false;
}

static void check_options(const struct virtual *v, const struct outgoing *o)
{
    const struct tcp_options *options = &o->options;
    bool syn = is(o, TCP_SYN);
    bool answers_syn = is(o, TCP_SYN | TCP_ACK);
    uint16_t mss = v->plan.mss_announced != 0 ? v->plan.mss_announced : v->plan.mss;
    bool scales = answers_syn ? v->told_wscale : !offers(v, WITHOUT_WSCALE);
    ck_assert_int_eq(options->has_mss, syn && !offers(v, WITHOUT_MSS));
    ck_assert_int_eq(options->sack_permitted, syn && !offers(v, WITHOUT_SACK));
    ck_assert_int_eq(options->has_wscale, syn && scales);
    ck_assert_uint_eq(options->mss, options->has_mss ? mss : 0);
    ck_assert_uint_eq(options->wscale, options->has_wscale ? WSCALE : 0);
    ck_assert_uint_eq(options->sack_count, 0);
    ck_assert_int_eq(options->has_timestamps,
                     is(o, TCP_ACK) ? v->told_timestamps : syn && !offers(v, WITHOUT_TIMESTAMPS));
    if (options->has_timestamps)
        ck_assert_uint_eq(options->tsval, v->prober.tsval_offset + (uint32_t)(v->now_ns / MS));
    ck_assert_msg(options->tsecr == 0 || is(o, TCP_ACK), "an echo without ACK: RFC 7323, 3.2");
    ck_assert_uint_eq(o->window, !syn && v->told_wscale ? WINDOW >> WSCALE : WINDOW);
}

static void check_payload(const struct virtual *v, const struct outgoing *o)
{
    uint32_t offset = o->seq - (v->iss + 1);
    uint32_t mss = v->theirs.address.family == FAMILY_IPV4 ? 536 : 1220;
    if (o->payload_len == 0)
        return;
    if (o->flags == TCP_SYN) { /* RFC 7413, 4.1.3 */
        ck_assert(o->options.fast_open && o->options.fast_open_cookie_len > 0);
        ck_assert_uint_le(o->payload_len, mss - TCPOPT_SPACE_MAX);
        return;
    }
    ck_assert_uint_eq(o->flags & ~(unsigned)TCP_PSH, TCP_ACK);
    ck_assert_uint_lt(offset, v->plan.payload_len);
    ck_assert_uint_le(o->payload_len, v->plan.payload_len - offset);
    ck_assert_ptr_eq(o->payload, v->plan.payload + offset);
    if (v->peer.options.has_mss)
        mss = v->peer.options.mss < 64 ? 64 : v->peer.options.mss;
    mss = mss < v->plan.mss ? mss : v->plan.mss;
    if (v->trouble.hostile > 0)
        return; /* what was told last is anybody's */
    ck_assert_uint_le(o->payload_len, mss - (v->told_timestamps ? 12 : 0));
    if (v->trouble.seed == 0) /* a reordered acknowledgement is not acceptable: RFC 9293, 3.4 */
        ck_assert_msg(seq_geq(o->seq, v->una), "was acknowledged before: %s", virtual_story(v));
    if (o->payload_len > 1)
        ck_assert_msg(seq_leq(o->seq + o->payload_len, v->right), "beyond the window");
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Whether it follows another reset of an established connection. */
static bool resets_again(const struct virtual *v, const struct outgoing *o)
{
    bool room = v->sent_count > 0 && v->sent_count <= VIRTUAL_SENT_MAX;
    return room && o->flags == (TCP_RST | TCP_ACK) &&
           v->sent[v->sent_count - 1].segment.flags == o->flags;
}

/* Every number is ours: from the SYN to behind the FIN. A reset before the handshake is over may
 * stand where a wrong acknowledgement pointed. What carries no text stands behind everything that
 * was sent, or at the edge of the window: RFC 9293, 3.4; a second reset, where the peer is if all
 * was lost that it did not acknowledge. */
static void check_seq(const struct virtual *v, const struct outgoing *o)
{
    uint32_t fin = v->iss + 1 + v->plan.payload_len;
    if (is(o, TCP_SYN))
        ck_assert_uint_eq(o->seq, v->iss);
    else if (o->flags != TCP_RST)
        ck_assert_msg(seq_gt(o->seq, v->iss) && seq_leq(o->seq, fin + 1),
                      "%u (flags 0x%x) is not our number: %s", o->seq - v->iss, o->flags,
                      virtual_story(v));
    if (is(o, TCP_FIN))
        ck_assert_uint_eq(o->seq, fin);
    if (resets_again(v, o))
        ck_assert_uint_eq(o->seq - v->iss, v->conversation.ends[CLIENT].snd_una - v->iss);
    else if ((o->flags == TCP_ACK || o->flags == (TCP_RST | TCP_ACK)) && o->payload_len == 0 &&
             v->trouble.seed == 0)
        ck_assert_uint_eq(o->seq - v->iss, least(v->sent_right - v->iss, v->right - v->iss));
}

static void check_flags(const struct outgoing *o)
{
    static const unsigned allowed[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK,
                                       TCP_ACK | TCP_PSH, TCP_FIN | TCP_ACK, TCP_RST,
                                       TCP_RST | TCP_ACK};
    for (unsigned i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (o->flags == allowed[i])
            return;
    ck_abort_msg("flags 0x%x make no sense", o->flags);
}

/* RFC 5961, 7: an answer that says nothing new is rare. */
static void check_rate(struct virtual *v, const struct outgoing *o)
{
    bool ending = v->prober.phase == PROBER_DONE;
    bool bare = o->flags == TCP_ACK && o->payload_len == 0;
    bool repeats = (bare && v->acked && o->ack == v->last_ack) || (o->flags == TCP_RST && !ending);
    if (repeats) {
        ck_assert_msg(v->repeat_at_ns == 0 || v->now_ns - v->repeat_at_ns >= REPEAT_LEAST_NS,
                      "answers that say nothing new within 100 ms: %s", virtual_story(v));
        v->repeat_at_ns = v->now_ns;
    }
    if (is(o, TCP_ACK) && !is(o, TCP_SYN)) {
        v->acked = true;
        v->last_ack = o->ack;
    }
}

/* Flags of ECN are for the tests of ECN. */
static struct outgoing without_ecn(const struct virtual *v, const struct outgoing *o)
{
    struct outgoing plain = *o;
    if (offers(v, OFFER_ECN) || offers(v, OFFER_ACCECN))
        plain.flags &= (uint16_t) ~(TCP_AE | TCP_CWR | TCP_ECE);
    return plain;
}

static void check_sent(struct virtual *v, const struct outgoing *sent)
{
    const struct outgoing plain = without_ecn(v, sent), *o = &plain;
    ck_assert(endpoint_equal(&o->src, &v->ours));
    ck_assert(endpoint_equal(&o->dst, &v->theirs));
    ck_assert_uint_eq(o->ttl, v->plan.ttl);
    ck_assert_uint_ne(o->ip_id, 0);
    if (v->sent_count > 0 && v->sent_count <= VIRTUAL_SENT_MAX)
        ck_assert_uint_ne(o->ip_id, v->sent[v->sent_count - 1].segment.ip_id);
    check_flags(o);
    if (is(o, TCP_ACK))
        ck_assert_msg(arrived(v, o->ack), "acknowledges %u, which did not arrive: %s",
                      o->ack - v->peer.iss, virtual_story(v));
    else
        ck_assert_uint_eq(o->ack, 0);
    check_options(v, o);
    check_payload(v, o);
    check_seq(v, o);
    check_rate(v, o);
}

/* The run. */

static void know(struct virtual *v, struct segment *s)
{
    uint32_t una = v->conversation.ends[CLIENT].snd_una;
    s->time_ns = EPOCH_NS + (v->now_ns - v->start_ns);
    if (v->known == NULL)
        conversation_start(&v->conversation, s, v->steps, STEPS_MAX);
    v->known = &v->conversation;
    segment_arrives(&v->conversation, s, ORIGIN_WIRE);
    v->progress += v->conversation.ends[CLIENT].snd_una != una;
}

static void flush_echoes(struct virtual *v)
{
    for (;;) {
        struct virtual_event *first = NULL;
        for (unsigned i = 0; i < v->event_count; i++)
            if (v->events[i].kind == VIRTUAL_ECHO &&
                (first == NULL || earlier(&v->events[i], first)))
                first = &v->events[i];
        if (first == NULL)
            return;
        struct virtual_event echo = take_event(v, first);
        know(v, &echo.segment);
    }
}

static void happen(struct virtual *v, struct virtual_event *event)
{
    switch (event->kind) {
    case VIRTUAL_ECHO:
        know(v, &event->segment);
        break;
    case VIRTUAL_TO_PEER:
        v->rule(v, &event->segment);
        break;
    case VIRTUAL_TO_PROBER:
        flush_echoes(v);
        note_arrival(v, &event->segment);
        know(v, &event->segment);
        break;
    case VIRTUAL_ICMP:
        flush_echoes(v);
        icmp_error_arrives(&v->conversation, &event->segment);
        break;
    case VIRTUAL_CALL:
        event->call(v);
        break;
    }
}

static struct segment as_captured(const struct outgoing *o)
{
    return (struct segment){.src = o->src,
                            .dst = o->dst,
                            .seq = o->seq,
                            .ack = o->ack,
                            .flags = o->flags,
                            .window = o->window,
                            .payload = o->payload,
                            .payload_len = o->payload_len,
                            .payload_captured = o->payload_len,
                            .ip_id = o->ip_id,
                            .ttl = o->ttl,
                            .checksum = CHECKSUM_PARTIAL,
                            .options = o->options};
}

static void send_out(struct virtual *v, const struct outgoing *o)
{
    check_sent(v, o);
    if (v->sent_count < VIRTUAL_SENT_MAX)
        v->sent[v->sent_count] = (struct virtual_sent){.at_ns = v->now_ns, .segment = *o};
    struct segment s = as_captured(o);
    if (v->sent_count == 0)
        v->sent_right = v->iss + 1;
    bool syn = is(o, TCP_SYN); /* which may be let in without its octets */
    if (o->flags != TCP_RST)
        v->sent_right = seq_max(v->sent_right, o->seq + (syn ? 1 : segment_seq_len(&s)));
    if (v->echo_ns == 0)
        know(v, &s);
    else
        add_event(v, VIRTUAL_ECHO, v->now_ns + v->echo_ns)->segment = s;
    if (!in_mask(v->lose_ours, v->sent_count++))
        carry(v, VIRTUAL_TO_PEER, &s);
    if (v->watch != NULL)
        v->watch(v, o);
}

/* A segment out of nothing, near what the peer and the prober use. */
static void attack(struct virtual *v)
{
    static const unsigned flags[] = {TCP_ACK,
                                     TCP_ACK | TCP_PSH,
                                     TCP_FIN | TCP_ACK,
                                     TCP_RST,
                                     TCP_RST | TCP_ACK,
                                     TCP_SYN | TCP_ACK,
                                     TCP_SYN,
                                     0,
                                     TCP_FIN,
                                     TCP_SYN | TCP_FIN,
                                     TCP_FIN | TCP_PSH | TCP_URG,
                                     TCP_ACK | TCP_URG};
    uint64_t *seed = &v->trouble.seed;
    unsigned chosen = flags[next_random(seed) % (sizeof flags / sizeof flags[0])];
    uint32_t near = (uint32_t)(next_random(seed) % 5000) - 2000;
    bool far = next_random(seed) % 8 == 0;
    uint32_t seq = far ? (uint32_t)next_random(seed) : v->peer.iss + near;
    uint32_t ack = next_random(seed) % 4 == 0 ? (uint32_t)next_random(seed) : v->iss + near % 4;
    if ((chosen & TCP_RST) != 0 && next_random(seed) % 8 != 0)
        seq = (uint32_t)next_random(seed);
    if (next_random(seed) % 16 == 0)
        virtual_error(v, (uint8_t)next_random(seed), (uint8_t)next_random(seed),
                      (uint32_t)next_random(seed));
    else
        virtual_reply(v, chosen, seq, ack, (uint32_t)next_random(seed) % 3000);
}

static void pass_time(struct virtual *v, int64_t wake_ns)
{
    struct virtual_event *event = earliest(v);
    if (v->trouble.seed != 0 && v->trouble.hostile > 0 && dice(v) < v->trouble.hostile)
        attack(v);
    if (event == NULL || event->at_ns > wake_ns) {
        ck_assert_msg(wake_ns != NEVER, "waits for ever");
        v->now_ns = wake_ns;
        return;
    }
    struct virtual_event taken = take_event(v, event);
    if (taken.at_ns > v->now_ns)
        v->now_ns = taken.at_ns;
    happen(v, &taken);
}

/* The link still brings to the peer what was sent; it answers into the void. */
static void settle(struct virtual *v)
{
    flush_echoes(v);
    struct virtual_event *event;
    while ((event = earliest(v)) != NULL) {
        struct virtual_event taken = take_event(v, event);
        if (taken.kind != VIRTUAL_TO_PEER)
            continue;
        v->now_ns = taken.at_ns > v->now_ns ? taken.at_ns : v->now_ns;
        v->rule(v, &taken.segment);
    }
}

void virtual_run(struct virtual *v)
{
    const struct prober_numbers numbers = {
        .iss = v->iss, .tsval_offset = v->tsval_offset, .ip_id = v->ip_id};
    v->now_ns = v->start_ns;
    prober_init(&v->prober, &v->plan, &v->ours, &v->theirs, &numbers);
    for (unsigned calls = 0;; calls++) {
        ck_assert_msg(calls < CALLS_MAX, "no end: %s", virtual_story(v));
        struct prober_action action = prober_next(&v->prober, v->known, v->now_ns);
        if (action.verb == PROBER_SEND) {
            send_out(v, &action.segment);
        } else if (action.verb == PROBER_WAIT) {
            ck_assert_msg(action.wake_ns > v->now_ns, "wakes in the past");
            pass_time(v, action.wake_ns);
        } else {
            break;
        }
    }
    v->end_ns = v->now_ns;
    settle(v);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(prober_next(&v->prober, v->known, v->now_ns + i * SECOND).verb,
                         PROBER_STOP);
}

/* Reading the log. */

static const struct virtual_sent *nth_sent(const struct virtual *v, unsigned flags, unsigned nth)
{
    for (unsigned i = 0; i < v->sent_count && i < VIRTUAL_SENT_MAX; i++)
        if (v->sent[i].segment.flags == flags && nth-- == 0)
            return &v->sent[i];
    ck_abort_msg("there is no such segment with flags 0x%x in: %s", flags, virtual_story(v));
    return NULL;
}

unsigned virtual_count(const struct virtual *v, unsigned flags)
{
    unsigned count = 0;
    for (unsigned i = 0; i < v->sent_count && i < VIRTUAL_SENT_MAX; i++)
        count += v->sent[i].segment.flags == flags;
    return count;
}

int64_t virtual_when(const struct virtual *v, unsigned flags, unsigned nth)
{
    return nth_sent(v, flags, nth)->at_ns - v->start_ns;
}

const struct outgoing *virtual_find(const struct virtual *v, unsigned flags, unsigned nth)
{
    return &nth_sent(v, flags, nth)->segment;
}

const char *virtual_story(const struct virtual *v)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {{TCP_SYN, "SYN"}, {TCP_FIN, "FIN"}, {TCP_RST, "RST"}, {TCP_PSH, "PSH"}};
    static char text[16384];
    size_t len = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < v->sent_count && i < VIRTUAL_SENT_MAX; i++) {
        const struct outgoing *o = &v->sent[i].segment;
        bool named = false;
        if (len + 64 > sizeof text)
            break;
        if (i > 0)
            text[len++] = ' ';
        for (unsigned k = 0; k < sizeof names / sizeof names[0]; k++) {
            if (!is(o, names[k].flag))
                continue;
            len += (size_t)sprintf(text + len, "%s%s", named ? "+" : "", names[k].name);
            named = true;
        }
        if (is(o, TCP_ACK))
            len += (size_t)sprintf(text + len, "%sACK", named ? "+" : "");
        len += (size_t)sprintf(text + len, "@%lld",
                               (long long)((v->sent[i].at_ns - v->start_ns) / MS));
    }
    return text;
}
