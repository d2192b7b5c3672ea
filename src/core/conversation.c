/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/conversation.h"

#include <string.h>

#include "core/arrival.h"
#include "core/history.h"
#include "core/seq.h"
#include "core/steps.h"

static bool is_syn_ack(const struct segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

static bool is_plain_syn(const struct segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

void conversation_start(struct conversation *c, const struct segment *first, struct step *steps,
                        uint32_t step_capacity)
{
    memset(c, 0, sizeof *c);
    bool from_server = is_syn_ack(first);
    c->endpoints[CLIENT] = from_server ? first->dst : first->src;
    c->endpoints[SERVER] = from_server ? first->src : first->dst;
    bool from_the_start = is_plain_syn(first);
    c->ends[CLIENT].state = from_the_start ? STATE_CLOSED : STATE_UNKNOWN;
    c->ends[SERVER].state = from_the_start ? STATE_LISTEN : STATE_UNKNOWN;
    c->start_ns = c->end_ns = first->time_ns;
    int64_t *unknown[] = {&c->last_syn_ns,  &c->syn_ack_ns,         &c->ack_ns,
                          &c->first_ack_ns, &c->total_from_ns,      &c->syn_rtt_ns,
                          &c->first_fin_ns, &c->first_fin_acked_ns, &c->other_fin_ns,
                          &c->fin_rtt_ns,   &c->last_fin_acked_ns,  &c->reset_ns};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        *unknown[i] = DURATION_UNKNOWN;
    c->first_fin = c->reset_by = NEITHER;
    c->steps = steps;
    c->step_capacity = step_capacity;
}

enum end_id conversation_sender(const struct conversation *c, const struct endpoint *src)
{
    return endpoint_equal(src, &c->endpoints[CLIENT]) ? CLIENT : SERVER;
}

/* What is counted whatever becomes of the segment. */
static void count(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    a->segments++;
    a->bytes += s->payload_len;
    c->end_ns = s->time_ns;
    if (is_syn_ack(s) || is_plain_syn(s))
        a->syn_count++;
    if ((s->flags & TCP_FIN) != 0)
        a->fin_count++;
    if (is_plain_syn(s))
        c->last_syn_ns = s->time_ns;
}

/* Wireshark's tcp.analysis.initial_rtt: from the last SYN to the first segment with ACK and without
 * SYN, of either end; but not one that its receiver has to throw away. */
static void time_first_ack(struct conversation *c, const struct segment *s,
                           const struct finding *finding)
{
    if ((s->flags & (TCP_SYN | TCP_ACK)) != TCP_ACK || c->first_ack_ns != DURATION_UNKNOWN ||
        c->last_syn_ns == DURATION_UNKNOWN || finding->verdict == VERDICT_UNEXPECTED ||
        finding->verdict == VERDICT_OUT_OF_WINDOW || finding->verdict == VERDICT_CHALLENGE_ACK)
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
    a->last_valid = true;
}

void conversation_segment(struct conversation *c, const struct segment *s, enum origin origin)
{
    enum end_id from = conversation_sender(c, &s->src);
    enum tcp_state before[ENDS] = {c->ends[CLIENT].state, c->ends[SERVER].state};
    history_add(c, from, s);
    count(c, from, s);
    struct finding finding = segment_arrives(c, from, s, origin);
    time_first_ack(c, s, &finding);
    if (s->checksum != CHECKSUM_BAD)
        remember(&c->ends[from], s);
    if (state_synchronized(c->ends[CLIENT].state) && state_synchronized(c->ends[SERVER].state))
        c->established = true;
    if (origin == ORIGIN_USER_SPACE && finding.note == NOTE_NONE)
        finding.note = NOTE_USER_SPACE_TIME;
    bool changed =
        before[CLIENT] != c->ends[CLIENT].state || before[SERVER] != c->ends[SERVER].state;
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
        .states = {(uint8_t)c->ends[CLIENT].state, (uint8_t)c->ends[SERVER].state},
        .verdict = (uint8_t)finding.verdict,
        .note = (uint8_t)finding.note,
    };
    steps_add(c, &step, changed);
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
    bool counts = quotes_what_is_in_flight(end, error);
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
        .note = counts ? NOTE_ICMP : NOTE_ICMP_IGNORED,
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
    return c->reset_by != NEITHER || (c->ends[CLIENT].fin_acked && c->ends[SERVER].fin_acked);
}

bool conversation_is_succeeded_by(const struct conversation *c, const struct segment *s)
{
    if (!is_plain_syn(s))
        return false;
    enum end_id from = conversation_sender(c, &s->src);
    const struct end *a = &c->ends[from];
    if (a->syn_seen && s->seq == a->iss)
        return false;
    if (from == CLIENT)
        return a->syn_seen || a->fin_seen || a->state != STATE_CLOSED;
    bool stragglers = a->state != STATE_LISTEN && !a->syn_seen && !c->ends[CLIENT].syn_seen;
    return stragglers || conversation_over(c);
}
