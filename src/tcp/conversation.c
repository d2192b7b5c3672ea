/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/conversation.h"

#include <string.h>

#include "tcp/arrival.h"
#include "tcp/history.h"
#include "tcp/missed.h"
#include "tcp/steps.h"
#include "wire/seq.h"

static bool is_syn_ack(const struct segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

static bool is_plain_syn(const struct segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

/* A SYN whatever else it carries; a FIN with it makes no sense, but is somebody's attempt. */
static bool opens(const struct segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* One of which nothing is known yet. */
static const struct conversation blank = {
    .first_fin = NEITHER,
    .reset_by = NEITHER,
    .doubted_by = NEITHER,
    .last_syn_ns = DURATION_UNKNOWN,
    .first_ack_ns = DURATION_UNKNOWN,
    .first = {.syn_ack_ns = DURATION_UNKNOWN,
              .ack_ns = DURATION_UNKNOWN,
              .syn_ns = DURATION_UNKNOWN,
              .fin_ns = {DURATION_UNKNOWN, DURATION_UNKNOWN},
              .rst_ns = DURATION_UNKNOWN,
              .rst_by = NEITHER},
    .ends = {[CLIENT] = {.state = STATE_UNKNOWN, .window_shift = WINDOW_UNSCALED},
             [SERVER] = {.state = STATE_UNKNOWN, .window_shift = WINDOW_UNSCALED}},
    .resolve_ns = DURATION_UNKNOWN,
    .syn_ack_ns = DURATION_UNKNOWN,
    .ack_ns = DURATION_UNKNOWN,
    .total_from_ns = DURATION_UNKNOWN,
    .syn_rtt_ns = DURATION_UNKNOWN,
    .first_fin_ns = DURATION_UNKNOWN,
    .first_fin_acked_ns = DURATION_UNKNOWN,
    .other_fin_ns = DURATION_UNKNOWN,
    .last_fin_acked_ns = DURATION_UNKNOWN,
    .reset_ns = DURATION_UNKNOWN,
    .fin_rtt_ns = DURATION_UNKNOWN,
};

void conversation_start(struct conversation *c, const struct segment *first, struct step *steps,
                        uint32_t step_capacity)
{
    memcpy(c, &blank, sizeof *c);
    bool from_server = is_syn_ack(first);
    c->endpoints[CLIENT] = from_server ? first->dst : first->src;
    c->endpoints[SERVER] = from_server ? first->src : first->dst;
    if (is_plain_syn(first)) {
        c->ends[CLIENT].state = STATE_CLOSED;
        c->ends[SERVER].state = STATE_LISTEN;
    }
    c->start_ns = c->end_ns = first->time_ns;
    if (from_server)
        history_flip(c);
    c->steps = steps;
    c->step_capacity = step_capacity < UINT16_MAX ? (uint16_t)step_capacity : UINT16_MAX;
}

enum end_id conversation_sender(const struct conversation *c, const struct endpoint *src)
{
    return endpoint_equal(src, &c->endpoints[CLIENT]) ? CLIENT : SERVER;
}

/* Sets the time once; returns whether it did. */
static bool set_once(int64_t *time_ns, int64_t now_ns)
{
    if (*time_ns != DURATION_UNKNOWN)
        return false;
    *time_ns = now_ns;
    return true;
}

/* The first acknowledgement of the first SYN/ACK, by the flags alone. */
static void note_first_ack(struct conversation *c, enum end_id from, const struct segment *s)
{
    if (from == CLIENT && (s->flags & TCP_ACK) != 0 && c->first.ack_ns == DURATION_UNKNOWN &&
        c->first.syn_ack_ns != DURATION_UNKNOWN && seq_gt(s->ack, c->first.syn_ack_seq))
        c->first.ack_ns = s->time_ns;
}

/* What begins and ends: how many, and the first of each kind, by the flags alone. */
static void count_control(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    if (opens(s)) {
        c->last_syn_ns = s->time_ns;
        a->syn_count += from == CLIENT;
        if (from == CLIENT)
            set_once(&c->first.syn_ns, s->time_ns);
    } else if (from == SERVER && is_syn_ack(s)) {
        a->syn_count++;
        if (set_once(&c->first.syn_ack_ns, s->time_ns))
            c->first.syn_ack_seq = s->seq;
    }
    if ((s->flags & TCP_FIN) != 0) {
        a->fin_count++;
        set_once(&c->first.fin_ns[from], s->time_ns);
    }
    if ((s->flags & TCP_RST) != 0 && set_once(&c->first.rst_ns, s->time_ns))
        c->first.rst_by = from;
}

/* What is counted whatever becomes of the segment. */
static void count(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    a->segments++;
    a->bytes += segment_carried_len(s);
    c->end_ns = s->time_ns;
    if ((s->flags & (TCP_SYN | TCP_RST)) == 0)
        note_first_ack(c, from, s);
    if ((s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0)
        count_control(c, from, s);
    else if ((s->flags & TCP_ACK) != 0 && s->payload_len == 0 && s->checksum != CHECKSUM_BAD)
        c->bare_ack = true;
}

static bool is_thrown_away(enum verdict verdict)
{
    return verdict == VERDICT_UNEXPECTED || verdict == VERDICT_OUT_OF_WINDOW ||
           verdict == VERDICT_CHALLENGE_ACK;
}

/* Wireshark's tcp.analysis.initial_rtt: from the last SYN to the first segment with ACK and without
 * SYN, of either end. In captures of others by the flags alone, as there; of our own connections
 * not one that its receiver has to throw away. */
static void time_first_ack(struct conversation *c, const struct segment *s,
                           const struct finding *finding)
{
    if ((s->flags & (TCP_SYN | TCP_ACK)) != TCP_ACK || c->first_ack_ns != DURATION_UNKNOWN ||
        c->last_syn_ns == DURATION_UNKNOWN ||
        (!c->foreign && is_thrown_away((enum verdict)finding->verdict)))
        return;
    c->first_ack_ns = s->time_ns;
    c->total_from_ns = c->last_syn_ns;
}

static void remember(struct end *a, const struct segment *s)
{
    a->seen = true;
    if ((s->flags & TCP_ACK) != 0)
        a->ack_due = a->challenge_due = false;
    a->last.seq = s->seq;
    a->last.ack = s->ack;
    a->last.payload_len = s->payload_len;
    a->last.tsval = s->options.tsval;
    a->last.flags = s->flags;
    if ((s->flags & TCP_RST) == 0) /* a reset's window offers nothing */
        a->last.window = s->window;
    a->last.ip_id = s->ip_id;
    a->last.time_ms = milliseconds_of(s->time_ns);
    a->last_valid = true;
}

/* Where steps are not wanted, building one would be for nothing, and cost as much as the rest. */
__attribute__((noinline)) static void add_step(struct conversation *c, enum end_id from,
                                               const struct segment *s,
                                               const struct finding *finding, bool changed)
{
    const struct end *ends = c->ends;
    struct step step = {
        .time_ns = s->time_ns,
        .last_time_ns = s->time_ns,
        .bytes = s->payload_len,
        .seq = s->seq,
        .ack = s->ack,
        .len = s->payload_len,
        .count = 1,
        .flags = s->flags,
        .window = s->window,
        .ttl = s->ttl,
        .from = (uint8_t)from,
        .states = {(uint8_t)ends[CLIENT].state, (uint8_t)ends[SERVER].state},
        .verdict = (uint8_t)finding->verdict,
        .note = (uint8_t)finding->note,
    };
    steps_add(c, &step, changed);
}

static void take(struct conversation *c, enum end_id from, const struct segment *s,
                 enum origin origin)
{
    struct end *ends = c->ends;
    const enum tcp_state before[ENDS] = {ends[CLIENT].state, ends[SERVER].state};
    if (!c->without_words)
        history_add(c, from, s);
    count(c, from, s);
    struct finding finding = segment_arrives(c, from, s, origin);
    time_first_ack(c, s, &finding);
    if (s->checksum != CHECKSUM_BAD)
        remember(&ends[from], s);
    if (state_synchronized(ends[CLIENT].state) && state_synchronized(ends[SERVER].state))
        c->established = true;
    if (c->step_capacity == 0) {
        c->steps_omitted++;
        return;
    }
    if (origin == ORIGIN_USER_SPACE && finding.note == NOTE_NONE)
        finding.note = NOTE_USER_SPACE_TIME;
    bool changed = before[CLIENT] != ends[CLIENT].state || before[SERVER] != ends[SERVER].state;
    add_step(c, from, s, &finding, changed);
}

/* What the receiver makes of the checksum. Captures of others lie about lengths and leave sums to
 * the card: they are held to neither at first. */
static enum checksum_state believed(const struct end *a, const struct segment *s,
                                    enum origin origin)
{
    if (origin != ORIGIN_FOREIGN)
        return s->cut > 0 ? CHECKSUM_BAD : s->checksum;
    return s->checksum == CHECKSUM_BAD && !a->checksum_good ? CHECKSUM_UNKNOWN : s->checksum;
}

void conversation_segment(struct conversation *c, const struct segment *s, enum origin origin)
{
    conversation_segment_from(c, conversation_sender(c, &s->src), s, origin);
}

void conversation_segment_from(struct conversation *c, enum end_id from, const struct segment *s,
                               enum origin origin)
{
    struct end *a = &c->ends[from];
    if (s->checksum == CHECKSUM_GOOD)
        a->checksum_good = true;
    c->foreign = origin == ORIGIN_FOREIGN;
    if (origin != ORIGIN_FOREIGN && from == CLIENT)
        a->has_ts_recent = false; /* what is ours may be late here, and was not for its receiver */
    enum checksum_state checksum = believed(a, s, origin);
    if (checksum == s->checksum) {
        take(c, from, s, origin);
    } else {
        struct segment judged = *s;
        judged.checksum = checksum;
        take(c, from, &judged, origin);
    }
}

/* RFC 5927, 4.1: an error counts only where its quote is of something in flight. */
static bool quotes_what_is_in_flight(const struct end *end, const struct segment *error)
{
    return error->icmp.has_seq && end->seen &&
           seq_within(error->seq, end->snd_una, end->snd_nxt - end->snd_una);
}

void conversation_icmp(struct conversation *c, const struct segment *error)
{
    enum end_id quoted = conversation_sender(c, &error->src);
    const struct end *end = &c->ends[quoted];
    bool intact = error->checksum != CHECKSUM_BAD && (c->foreign || error->cut == 0);
    bool counts = intact && quotes_what_is_in_flight(end, error);
    enum reason reason = icmp_reason(&error->icmp);
    if (counts && quoted == CLIENT && end->state == STATE_SYN_SENT && reason != REASON_UNKNOWN)
        c->icmp_reason = reason;
    c->end_ns = error->time_ns;
    struct step step = {
        .time_ns = error->time_ns,
        .last_time_ns = error->time_ns,
        .seq = error->seq,
        .count = 1,
        .from = (uint8_t)!quoted,
        .ttl = error->ttl,
        .states = {(uint8_t)c->ends[CLIENT].state, (uint8_t)c->ends[SERVER].state},
        .verdict = VERDICT_UNEXPECTED,
        .note = !intact  ? NOTE_BAD_CHECKSUM
                : counts ? NOTE_ICMP
                         : NOTE_ICMP_IGNORED,
        .is_icmp = true,
        .icmp_type = error->icmp.type,
        .icmp_code = error->icmp.code,
        .icmp_family = error->icmp.family,
        .icmp_from = error->icmp.from,
    };
    steps_add(c, &step, false);
}

bool conversation_fin_arrived(const struct conversation *c, enum end_id from)
{
    const struct end *a = &c->ends[from];
    return a->fin_seen && seq_gt(a->sent.next, a->fin_seq);
}

bool conversation_over(const struct conversation *c)
{
    if (c->first_fin == NEITHER)
        return c->reset_by != NEITHER || c->doubted_by != NEITHER;
    return c->reset_by != NEITHER || c->doubted_by != NEITHER ||
           (c->ends[CLIENT].fin_acked && c->ends[SERVER].fin_acked) || missed_closing(c);
}

/* Whether its initial sequence number is known: from its SYN, or from an acknowledgement of it. */
static bool is_numbered(const struct end *a)
{
    return a->snd_nxt != a->iss;
}

bool conversation_is_succeeded_by(const struct conversation *c, const struct segment *s)
{
    if (!opens(s))
        return false;
    enum end_id from = conversation_sender(c, &s->src);
    const struct end *a = &c->ends[from];
    if (is_numbered(a) && s->seq == a->iss)
        return false;
    if (from == CLIENT)
        return a->syn_seen || a->fin_seen || a->state != STATE_CLOSED;
    if (c->foreign && (a->syn_seen || c->established)) /* as Wireshark and Zeek take it */
        return true;
    bool stragglers = a->state != STATE_LISTEN && !a->syn_seen && !c->ends[CLIENT].syn_seen;
    return stragglers || conversation_over(c);
}
