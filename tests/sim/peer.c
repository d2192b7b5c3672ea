/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer.h"

#include <string.h>

#include "world.h"

#define RETRIES_MAX    6u
#define BURST          10u /* segments before an acknowledgement: RFC 6928 */
#define TSVAL_START    0xfffff000u
#define KEEP_ALIVE_MAX 200 /* of them in a run */
#define TTL            57
#define OLD_SEQ        0x11223344u
#define OLD_ACK        0x55667788u

static const struct peer_config *config_of(const struct world *w)
{
    return &w->s.peer;
}

void peer_start(struct world *w)
{
    struct peer *p = &w->peer;
    const struct peer_config *config = config_of(w);
    memset(p, 0, sizeof *p);
    p->state = P_LISTEN;
    p->stale = config->kind == PEER_STALE;
    p->syn_ack_at_ns = p->rto_at_ns = p->delayed_ack_at_ns = p->keep_alive_at_ns = NEVER;
    p->think_at_ns = p->stream_at_ns = p->open_at_ns = NEVER;
    p->reopen_at_ns = config->shut_until_ns > 0 ? START_NS + config->shut_until_ns : NEVER;
    p->snd_una = p->snd_nxt = p->snd_max = config->iss;
    p->rto_ns = config->rto_ns;
    p->mss = 536;
    if (config->opens_at_ns != NEVER && config->kind == PEER_TCP)
        p->open_at_ns = START_NS + config->opens_at_ns;
}

static uint32_t window_now(const struct world *w)
{
    const struct peer_config *config = config_of(w);
    if (w->now_ns - START_NS < config->shut_until_ns)
        return 0;
    uint32_t most = 65535u << (w->peer.scaled && config->wscale > 0 && config->wscale < 8
                                   ? (unsigned)config->wscale
                                   : 0);
    return config->window < most ? config->window : most;
}

/* The field, and so what the client can know of the window. */
static uint16_t window_field(struct world *w, bool syn)
{
    struct peer *p = &w->peer;
    unsigned shift = 0;
    if (!syn && p->scaled)
        shift = (unsigned)(config_of(w)->wscale < 14 ? config_of(w)->wscale : 14);
    uint32_t field = window_now(w) >> shift;
    if (field == 0 && window_now(w) > 0)
        field = 1;
    if (field > 65535)
        field = 65535;
    if (syn && config_of(w)->front == FRONT_PROXY)
        field = 0;
    uint32_t right = p->rcv_nxt + (field << shift);
    if (after(right, p->rcv_right))
        p->rcv_right = right;
    return (uint16_t)field;
}

static void add_option(struct packet *out, const uint8_t *option, uint32_t len)
{
    if (out->options_len + len > OPTIONS_MAX)
        return;
    memcpy(out->options + out->options_len, option, len);
    out->options_len += len;
}

static void add_timestamps(const struct world *w, struct packet *out)
{
    uint32_t tsval = TSVAL_START + (uint32_t)((w->now_ns - START_NS) / MS);
    uint32_t tsecr = w->peer.ts_recent;
    uint8_t option[12] = {1,
                          1,
                          8,
                          10,
                          (uint8_t)(tsval >> 24),
                          (uint8_t)(tsval >> 16),
                          (uint8_t)(tsval >> 8),
                          (uint8_t)tsval,
                          (uint8_t)(tsecr >> 24),
                          (uint8_t)(tsecr >> 16),
                          (uint8_t)(tsecr >> 8),
                          (uint8_t)tsecr};
    add_option(out, option, sizeof option);
}

/* That the client did not offer, and that run backwards: RFC 7323, 3.2 has it ignore them. */
static void add_unasked_timestamps(const struct world *w, struct packet *out)
{
    const uint8_t option[12] = {1, 1, 8, 10, (uint8_t)(UINT8_MAX - w->peer.ip_id), 0, 0, 0,
                                1, 2, 3, 4};
    add_option(out, option, sizeof option);
}

static void add_syn_options(const struct world *w, struct packet *out, bool answers)
{
    static const uint8_t agreed[] = {34, 6, 1, 2, 3, 4, 30, 12, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t odd[] = {34, 2, 30, 4, 0, 0x81, 253, 4, 0xf9, 0x89, 1};
    const struct peer_config *config = config_of(w);
    uint8_t mss[] = {2, 4, (uint8_t)(config->mss >> 8), (uint8_t)config->mss};
    uint8_t wscale[] = {1, 3, 3, (uint8_t)config->wscale};
    if (config->mss != 0)
        add_option(out, mss, sizeof mss);
    if (config->wscale >= 0 && (!answers || w->peer.scaled))
        add_option(out, wscale, sizeof wscale);
    if (config->odd_options)
        add_option(out, odd, sizeof odd);
    if (config->agrees && answers)
        add_option(out, agreed, sizeof agreed);
}

/* A proxy sends what precedes the peer's own segments, a device the SYN/ACK alone. */
static uint8_t ttl_of(const struct world *w, bool syn)
{
    static const uint8_t nearer[FRONTS] = {
        [FRONT_NONE] = TTL, [FRONT_PROXY] = TTL + 2, [FRONT_DEVICE] = 250};
    bool fronted = syn || (config_of(w)->front == FRONT_PROXY && w->peer.state == P_SYN_RCVD);
    return fronted ? nearer[config_of(w)->front] : TTL;
}

void peer_send(struct world *w, unsigned flags, uint32_t seq, uint32_t len)
{
    struct peer *p = &w->peer;
    struct bytes_frame frame;
    bool syn = (flags & F_SYN) != 0;
    struct packet out = {
        .src = w->s.theirs,
        .dst = w->s.ours,
        .seq = seq,
        .ack = (flags & F_ACK) != 0 ? p->rcv_nxt : 0,
        .flags = (uint16_t)flags,
        .window = window_field(w, syn),
        .ip_id = ++p->ip_id,
        .ttl = ttl_of(w, syn),
        .ecn = config_of(w)->ecn,
        .payload_len = len,
    };
    if (syn)
        add_syn_options(w, &out, (flags & F_ACK) != 0);
    if (syn && (flags & F_ACK) != 0)
        out.flags |= config_of(w)->syn_flags;
    if ((flags & F_RST) == 0 &&
        (p->timestamps || (syn && (flags & F_ACK) == 0 && config_of(w)->timestamps)))
        add_timestamps(w, &out);
    if (config_of(w)->odd_options && p->heard_syn && !p->offered_timestamps)
        add_unasked_timestamps(w, &out);
    if ((flags & F_ACK) != 0)
        p->delayed_ack_at_ns = NEVER;
    frame_write(&frame, &out);
    if (!w->has_kept || (flags & (F_SYN | F_FIN)) != 0) {
        w->kept = frame;
        w->has_kept = true;
    }
    if (w->trace) {
        char text[128];
        world_tell(w, "          <- peer  %s",
                   packet_text(&out, config_of(w)->iss, w->oracle.iss, text));
    }
    link_carry(w, TO_HOST, &frame, w->now_ns);
}

static void acknowledge(struct world *w)
{
    peer_send(w, F_ACK, w->peer.snd_nxt, 0);
}

/* RFC 9293, 3.10.7.1. */
static void refuse(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if ((in->flags & F_RST) != 0)
        return;
    p->reset_sent = true;
    if ((in->flags & F_ACK) != 0) {
        peer_send(w, F_RST, in->ack, 0);
        return;
    }
    uint32_t rcv_nxt = p->rcv_nxt;
    p->rcv_nxt = in->seq + packet_seq_len(in);
    peer_send(w, F_RST | F_ACK, 0, 0);
    p->rcv_nxt = rcv_nxt;
}

static void set_timer(struct world *w)
{
    struct peer *p = &w->peer;
    p->rto_at_ns = p->snd_una != p->snd_max ? w->now_ns + p->rto_ns : NEVER;
}

static uint32_t data_end(const struct world *w)
{
    return config_of(w)->iss + 1 + w->peer.out_len;
}

/* One segment of what is left, if the window and the burst allow. */
static bool send_more(struct world *w)
{
    struct peer *p = &w->peer;
    uint32_t end = data_end(w);
    uint32_t left = after(end, p->snd_nxt) ? end - p->snd_nxt : 0;
    uint32_t room = after(p->snd_right, p->snd_nxt) ? p->snd_right - p->snd_nxt : 0;
    uint32_t size = p->mss - (p->timestamps ? 12u : 0u);
    uint32_t len = left < size ? left : size;
    len = len < room ? len : room;
    bool fin = p->fin_queued && p->snd_nxt + len == end &&
               (len == 0 ? left == 0 : config_of(w)->fin_with_data);
    if ((len == 0 && !fin) || p->snd_nxt - p->snd_una >= BURST * p->mss || after(p->snd_nxt, end))
        return false;
    peer_send(w, F_ACK | (fin ? F_FIN : F_PSH), p->snd_nxt, len);
    p->snd_nxt += len + fin;
    if (after(p->snd_nxt, p->snd_max))
        p->snd_max = p->snd_nxt;
    return true;
}

static void output(struct world *w)
{
    struct peer *p = &w->peer;
    bool sent = false;
    if (p->state != P_OPEN)
        return;
    for (unsigned i = 0; i < BURST && send_more(w); i++)
        sent = true;
    if (sent && p->rto_at_ns == NEVER)
        set_timer(w);
}

static void close_now(struct world *w)
{
    w->peer.fin_queued = true;
    w->peer.think_at_ns = w->peer.stream_at_ns = NEVER;
    output(w);
}

static void reset_now(struct world *w)
{
    struct peer *p = &w->peer;
    peer_send(w, F_RST | F_ACK, p->snd_nxt, 0);
    p->reset_sent = true;
    p->state = P_CLOSED;
    p->rto_at_ns = p->think_at_ns = p->stream_at_ns = p->delayed_ack_at_ns = NEVER;
}

static void learn_options(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    p->offered_timestamps = in->has_timestamps;
    p->timestamps = in->has_timestamps && config_of(w)->timestamps;
    p->scaled = in->has_wscale && config_of(w)->wscale >= 0;
    p->mss = in->has_mss ? in->mss : 536;
    if (p->mss < 64)
        p->mss = 64;
    p->ts_recent = in->tsval;
    p->irs = in->seq;
    p->rcv_nxt = p->rcv_right = in->seq + 1;
    p->snd_right = config_of(w)->iss + 1 + in->window;
    p->heard_syn = true;
}

static void send_syn(struct world *w, bool acks)
{
    struct peer *p = &w->peer;
    peer_send(w, acks ? F_SYN | F_ACK : F_SYN, config_of(w)->iss, 0);
    p->snd_nxt = p->snd_max = config_of(w)->iss + 1;
    if (!config_of(w)->syn_cookies || p->state != P_LISTEN)
        set_timer(w);
}

static void listen_takes(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if ((in->flags & F_RST) != 0)
        return;
    if (p->cookie_sent && (in->flags & (F_ACK | F_SYN)) == F_ACK &&
        in->ack == config_of(w)->iss + 1 && in->seq == p->irs + 1)
        p->state = P_SYN_RCVD; /* and on it goes with the same segment */
    else if ((in->flags & F_ACK) != 0)
        refuse(w, in);
    else if ((in->flags & F_SYN) != 0 && p->syn_ack_at_ns == NEVER) {
        learn_options(w, in);
        p->syn_ack_at_ns = w->now_ns + config_of(w)->accept_ns;
    }
}

static void established(struct world *w)
{
    struct peer *p = &w->peer;
    const struct peer_config *config = config_of(w);
    p->state = P_OPEN;
    p->established = true;
    p->retries = 0;
    p->rto_ns = config->rto_ns;
    p->out_len = config->before_len;
    if (config->stream_len > 0)
        p->stream_at_ns = w->now_ns + config->stream_every_ns;
    else if (config->close == CLOSES_FIRST)
        p->fin_queued = true;
    if (config->close == CLOSES_AT_ONCE)
        p->think_at_ns = w->now_ns + config->think_ns;
    if (config->keep_alive_ns != NEVER)
        p->keep_alive_at_ns = w->now_ns + config->keep_alive_ns;
}

/* Our FIN came: RFC 9293, 3.10.7.4, eighth, and what the application makes of it. */
static void client_closed(struct world *w)
{
    struct peer *p = &w->peer;
    const struct peer_config *config = config_of(w);
    p->fin_received = true;
    p->rcv_nxt++;
    if (config->close == RESETS_ON_FIN) {
        reset_now(w);
        return;
    }
    if (!p->fin_queued)
        p->out_len += config->after_len;
    if (config->close == CLOSES_LAST || config->close == CLOSES_FIRST) {
        p->stream_at_ns = NEVER;
        p->think_at_ns = w->now_ns + config->think_ns;
    }
}

/* Keeps what fits into the window, also behind a gap. Returns whether the edge moved. */
static bool take_text(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    uint32_t before = p->had;
    uint32_t len = in->payload_len;
    if (config_of(w)->acks_by_octet && len > 1 && in->seq == p->rcv_nxt)
        len = 1;
    for (uint32_t i = 0; i < len && !p->fin_received; i++) {
        uint32_t at = in->seq + i - (p->irs + 1);
        if (at >= w->s.plan.payload_len || at < p->had || after(in->seq + i + 1, p->rcv_right))
            continue;
        p->wrong_octets = p->wrong_octets || in->payload[i] != w->payload[at];
        p->have[at] = 1;
    }
    while (p->had < w->s.plan.payload_len && p->have[p->had])
        p->had++;
    p->rcv_nxt += p->had - before;
    if (config_of(w)->close == RESETS_ON_DATA && p->had > before)
        reset_now(w);
    return p->had > before;
}

static bool take_ack(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if (after(in->ack, p->snd_max)) {
        acknowledge(w);
        return false;
    }
    uint32_t right = in->ack + ((uint32_t)in->window << (p->scaled ? 7 : 0));
    if (after(right, p->snd_right))
        p->snd_right = right;
    if (!after(in->ack, p->snd_una))
        return true;
    p->snd_una = in->ack;
    if (after(p->snd_una, p->snd_nxt))
        p->snd_nxt = p->snd_una;
    p->retries = 0;
    p->rto_ns = config_of(w)->rto_ns;
    set_timer(w);
    return true;
}

/* RFC 9293, 3.10.7.4, first. */
static bool acceptable(const struct world *w, const struct packet *in)
{
    const struct peer *p = &w->peer;
    uint32_t len = packet_seq_len(in);
    if (len == 0)
        return is_between(p->rcv_nxt, in->seq, p->rcv_right);
    return after(in->seq + len, p->rcv_nxt) && after(p->rcv_right, in->seq);
}

static void finish_if_done(struct world *w)
{
    struct peer *p = &w->peer;
    bool fin_acked = p->fin_queued && after(p->snd_una, data_end(w));
    if (p->state != P_OPEN || !p->fin_received || !fin_acked)
        return;
    bool first = config_of(w)->close == CLOSES_FIRST || config_of(w)->close == CLOSES_AT_ONCE;
    p->state = first ? P_TIME_WAIT : P_CLOSED;
    p->rto_at_ns = p->keep_alive_at_ns = p->delayed_ack_at_ns = NEVER;
}

static void take_reset(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if (in->seq == p->rcv_nxt) {
        p->reset_received = true;
        bool back = p->state == P_SYN_RCVD && config_of(w)->opens_at_ns == NEVER;
        p->state = back ? P_LISTEN : P_CLOSED;
        p->rto_at_ns = p->think_at_ns = p->stream_at_ns = NEVER;
        p->keep_alive_at_ns = p->delayed_ack_at_ns = p->syn_ack_at_ns = NEVER;
    } else if (acceptable(w, in)) {
        p->reset_challenged = true;
        acknowledge(w);
    }
}

static void answer_text(struct world *w, bool moved, bool fin)
{
    struct peer *p = &w->peer;
    int64_t delay_ns = config_of(w)->delayed_ack_ns;
    if (p->state == P_CLOSED)
        return;
    if (fin && p->think_at_ns == w->now_ns) {
        close_now(w); /* one segment acknowledges and closes */
        return;
    }
    if (!moved || fin || delay_ns == 0)
        acknowledge(w);
    else if (p->delayed_ack_at_ns == NEVER)
        p->delayed_ack_at_ns = w->now_ns + delay_ns;
}

static void open_takes(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if ((in->flags & F_RST) != 0) {
        take_reset(w, in);
        return;
    }
    bool shut = p->rcv_right == p->rcv_nxt && in->seq == p->rcv_nxt;
    bool bare_fin = packet_seq_len(in) == 1 && (in->flags & F_FIN) != 0;
    if (!acceptable(w, in) && !(shut && bare_fin)) {
        acknowledge(w);
        if (shut && (in->flags & (F_ACK | F_SYN)) == F_ACK)
            take_ack(w, in);
        return;
    }
    if ((in->flags & F_SYN) != 0) {
        acknowledge(w);
        return;
    }
    if ((in->flags & F_ACK) == 0 || !take_ack(w, in))
        return;
    if (in->has_timestamps && !after(in->seq, p->rcv_nxt))
        p->ts_recent = in->tsval;
    bool moved = take_text(w, in);
    if (p->state == P_CLOSED)
        return;
    bool fin =
        (in->flags & F_FIN) != 0 && in->seq + in->payload_len == p->rcv_nxt && !p->fin_received;
    if (fin)
        client_closed(w);
    if (p->state != P_OPEN && p->state != P_TIME_WAIT)
        return;
    if (packet_seq_len(in) > 0)
        answer_text(w, moved, fin);
    output(w);
    finish_if_done(w);
}

static void syn_rcvd_takes(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if ((in->flags & F_RST) != 0) {
        take_reset(w, in);
    } else if ((in->flags & F_SYN) != 0 && in->seq == p->irs) {
        if ((in->flags & F_ACK) != 0 && in->ack == config_of(w)->iss + 1) {
            p->snd_una = in->ack;
            established(w);
            acknowledge(w);
            output(w);
        } else {
            p->ts_recent = in->has_timestamps ? in->tsval : p->ts_recent;
            send_syn(w, true);
        }
    } else if ((in->flags & F_SYN) != 0 || (in->flags & F_ACK) == 0) {
        acknowledge(w);
    } else if (in->ack != config_of(w)->iss + 1) {
        refuse(w, in);
    } else {
        p->snd_una = in->ack;
        p->scaled = p->scaled && config_of(w)->wscale >= 0;
        set_timer(w);
        if (config_of(w)->front == FRONT_PROXY)
            acknowledge(w);
        established(w);
        open_takes(w, in);
        output(w);
    }
}

/* A SYN of its own is out: RFC 9293, 3.10.7.3. */
static void syn_sent_takes(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if ((in->flags & (F_SYN | F_RST | F_ACK)) == F_SYN) {
        learn_options(w, in);
        p->state = P_SYN_RCVD;
        send_syn(w, true);
    } else if ((in->flags & (F_SYN | F_RST | F_ACK)) == (F_SYN | F_ACK) &&
               in->ack == config_of(w)->iss + 1) {
        learn_options(w, in);
        p->snd_una = in->ack;
        set_timer(w);
        established(w);
        acknowledge(w);
        output(w);
    }
}

/* RFC 5961, 4.2: whoever holds a connection answers a SYN with where it stands. */
static bool stale_takes(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if (!p->stale)
        return false;
    if ((in->flags & F_RST) != 0 && in->seq == OLD_ACK)
        p->stale = false;
    if ((in->flags & F_SYN) != 0) {
        p->rcv_nxt = OLD_ACK;
        peer_send(w, F_ACK, OLD_SEQ, 0);
    }
    return true;
}

static void unreachable_takes(struct world *w, const struct packet *in)
{
    struct bytes_frame frame;
    struct icmp_packet error = {.from = w->s.theirs.address,
                                .src = in->src,
                                .dst = in->dst,
                                .seq = in->seq,
                                .type = config_of(w)->icmp_type,
                                .code = config_of(w)->icmp_code};
    error.from.bytes[1] ^= 1; /* a router's */
    frame_write_icmp(&frame, &error, in->seq % 7 == 0 ? 4 : 8);
    world_tell(w, "          <- router ICMP %u/%u", error.type, error.code);
    link_carry(w, TO_HOST, &frame, w->now_ns);
}

static void tcp_takes(struct world *w, const struct packet *in)
{
    struct peer *p = &w->peer;
    if (stale_takes(w, in))
        return;
    if (p->state == P_LISTEN)
        listen_takes(w, in);
    switch (p->state) {
    case P_LISTEN:
        break;
    case P_SYN_SENT:
        syn_sent_takes(w, in);
        break;
    case P_SYN_RCVD:
        syn_rcvd_takes(w, in);
        break;
    case P_OPEN:
        open_takes(w, in);
        break;
    case P_TIME_WAIT:
        if ((in->flags & F_RST) == 0)
            acknowledge(w);
        break;
    case P_CLOSED:
        refuse(w, in);
        break;
    }
}

void peer_take(struct world *w, const struct bytes_frame *frame, bool damaged)
{
    struct packet in;
    struct icmp_packet icmp;
    if (frame_read(frame->bytes, frame->len, frame->len, &in, &icmp) != PARSED_TCP ||
        in.validity != VALID_SURELY || !endpoint_equal(&in.dst, &w->s.theirs) ||
        !endpoint_equal(&in.src, &w->s.ours))
        return;
    w->oracle.maybe = w->oracle.maybe || damaged;
    switch (config_of(w)->kind) {
    case PEER_TCP:
    case PEER_STALE:
        tcp_takes(w, &in);
        break;
    case PEER_REFUSES:
        refuse(w, &in);
        break;
    case PEER_UNREACHABLE:
        unreachable_takes(w, &in);
        break;
    default:
        break;
    }
    struct rng junk = rng_for(w->s.seed, 1000 + w->frames[TO_PEER]);
    if (config_of(w)->wild && rng_percent(&junk, 30))
        hostile_junk(w, &junk);
}

static int64_t sooner(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

int64_t peer_next_ns(const struct peer *p)
{
    int64_t ns = sooner(p->syn_ack_at_ns, p->rto_at_ns);
    ns = sooner(ns, sooner(p->delayed_ack_at_ns, p->keep_alive_at_ns));
    ns = sooner(ns, sooner(p->think_at_ns, p->stream_at_ns));
    return sooner(ns, sooner(p->reopen_at_ns, p->open_at_ns));
}

static void send_again(struct world *w)
{
    struct peer *p = &w->peer;
    p->rto_at_ns = NEVER;
    if (++p->retries > RETRIES_MAX)
        return; /* it gives up in silence, and keeps its socket */
    p->rto_ns *= 2;
    if (p->state == P_SYN_RCVD || p->state == P_SYN_SENT) {
        send_syn(w, p->state == P_SYN_RCVD);
    } else if (p->state == P_OPEN) {
        p->snd_nxt = p->snd_una;
        send_more(w);
        set_timer(w);
    }
}

static void send_syn_ack(struct world *w)
{
    struct peer *p = &w->peer;
    p->syn_ack_at_ns = NEVER;
    if (p->state != P_LISTEN)
        return;
    p->cookie_sent = config_of(w)->syn_cookies;
    if (!p->cookie_sent)
        p->state = P_SYN_RCVD;
    send_syn(w, true);
}

static void stream_on(struct world *w)
{
    struct peer *p = &w->peer;
    const struct peer_config *config = config_of(w);
    uint32_t more =
        config->stream_len - p->streamed < 1000 ? config->stream_len - p->streamed : 1000;
    p->streamed += more;
    p->out_len += more;
    p->stream_at_ns = NEVER;
    if (p->streamed < config->stream_len)
        p->stream_at_ns = w->now_ns + config->stream_every_ns;
    else if (config->close == CLOSES_FIRST)
        p->fin_queued = true;
    output(w);
}

static void keep_alive(struct world *w)
{
    struct peer *p = &w->peer;
    p->keep_alive_at_ns = w->now_ns + config_of(w)->keep_alive_ns;
    if (p->ip_id > KEEP_ALIVE_MAX)
        p->keep_alive_at_ns = NEVER;
    if (p->state == P_OPEN && p->snd_una == p->snd_max)
        peer_send(w, F_ACK, p->snd_nxt - 1, w->s.seed % 3 == 0);
}

static void open_on_its_own(struct world *w)
{
    struct peer *p = &w->peer;
    p->open_at_ns = NEVER;
    if (p->state != P_LISTEN || p->syn_ack_at_ns != NEVER || p->heard_syn)
        return;
    p->state = P_SYN_SENT;
    send_syn(w, false);
}

void peer_act(struct world *w)
{
    struct peer *p = &w->peer;
    if (p->syn_ack_at_ns <= w->now_ns)
        send_syn_ack(w);
    if (p->open_at_ns <= w->now_ns)
        open_on_its_own(w);
    if (p->rto_at_ns <= w->now_ns)
        send_again(w);
    if (p->delayed_ack_at_ns <= w->now_ns)
        acknowledge(w);
    if (p->think_at_ns <= w->now_ns)
        close_now(w);
    if (p->stream_at_ns <= w->now_ns)
        stream_on(w);
    if (p->keep_alive_at_ns <= w->now_ns)
        keep_alive(w);
    if (p->reopen_at_ns <= w->now_ns) {
        p->reopen_at_ns = NEVER;
        if (p->state == P_OPEN)
            acknowledge(w);
    }
    finish_if_done(w);
}
