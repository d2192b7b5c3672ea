/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/conversation.h"

#include <stddef.h>
#include <string.h>

#include "tcp/missed.h"

_Static_assert(offsetof(struct conversation, initial_rtt) < 2 * CACHE_LINE &&
                   offsetof(struct conversation, history.letters) <= 3 * CACHE_LINE,
               "what every segment needs stands in the first lines");
_Static_assert(sizeof(struct conversation) <= 1024, "there are millions of them");

static bool is_plain_syn(const struct segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

/* One of which nothing is known yet. */
static const struct conversation blank = {
    .course = COURSE_BLANK,
    .initial_rtt = INITIAL_RTT_UNKNOWN,
    .first = FIRST_NONE,
    .ends = {[CLIENT] = END_UNKNOWN, [SERVER] = END_UNKNOWN},
    .times = TIMES_UNKNOWN,
    .done_ns = DURATION_UNKNOWN,
    .evidence = EVIDENCE_NONE,
    .resolve_ns = DURATION_UNKNOWN,
};

void conversation_start(struct conversation *c, const struct segment *first, struct step *steps,
                        uint32_t step_capacity)
{
    memcpy(c, &blank, sizeof *c);
    bool from_server = segment_is_syn_ack(first);
    c->endpoints[CLIENT] = from_server ? first->dst : first->src;
    c->endpoints[SERVER] = from_server ? first->src : first->dst;
    if (is_plain_syn(first)) {
        c->ends[CLIENT].state = STATE_CLOSED;
        c->ends[SERVER].state = STATE_LISTEN;
    }
    c->start_ns = c->end_ns = first->time_ns;
    if (from_server)
        history_flip(&c->history);
    c->steps.list = steps;
    c->steps.capacity = step_capacity < UINT8_MAX ? (uint8_t)step_capacity : UINT8_MAX;
}

enum end_id conversation_sender(const struct conversation *c, const struct endpoint *src)
{
    return endpoint_equal(src, &c->endpoints[CLIENT]) ? CLIENT : SERVER;
}

bool conversation_over(const struct conversation *c)
{
    const struct course *course = &c->course;
    if (course->reset_by != NEITHER || course->doubted_by != NEITHER)
        return true;
    return course->first_fin != NEITHER &&
           ((c->ends[CLIENT].fin_acked && c->ends[SERVER].fin_acked) ||
            missed_closing(course, c->ends));
}

/* Frames that were stamped on several queues or interfaces are out of order by less than the first;
 * what is more than the second, the whole capture shows (flows/stamps). */
#define DISORDER_MAX_NS INT64_C(10000000)
#define STEP_NS         INT64_C(1000000000)

void conversation_watch_clock(struct conversation *c, int64_t time_ns)
{
    if (time_ns >= c->end_ns)
        return;
    uint64_t by_ns = (uint64_t)c->end_ns - (uint64_t)time_ns;
    c->ran_back = true;
    if (by_ns > DISORDER_MAX_NS && by_ns <= STEP_NS)
        c->clock_was_set = true;
}

static void forget_times(struct times *times, int64_t wrong_ns)
{
    int64_t *const all[] = {
        &times->connected_ns,       &times->syn_ack_ns,   &times->ack_ns,
        &times->first_fin_ns,       &times->other_fin_ns, &times->reset_ns,
        &times->first_fin_acked_ns, &times->doubted_ns,   &times->last_fin_acked_ns};
    if (times->syn_ack_ns == wrong_ns || times->connected_ns == wrong_ns)
        times->syn_rtt_ns = DURATION_UNKNOWN;
    if (times->first_fin_acked_ns == wrong_ns)
        times->fin_rtt_ns = DURATION_UNKNOWN;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (*all[i] == wrong_ns)
            *all[i] = DURATION_UNKNOWN;
}

static void forget_first(struct first *first, int64_t wrong_ns)
{
    int64_t *const all[] = {&first->syn_ack_ns, &first->ack_ns, &first->fin_ns[CLIENT],
                            &first->fin_ns[SERVER], &first->rst_ns};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (*all[i] == wrong_ns)
            *all[i] = DURATION_UNKNOWN;
}

static void forget_steps(const struct steps *steps, int64_t wrong_ns)
{
    for (uint32_t i = 0; i < steps->count; i++) {
        struct step *step = &steps->list[i];
        if (step->time_ns == wrong_ns)
            step->time_ns = DURATION_UNKNOWN;
        if (step->last_time_ns == wrong_ns)
            step->last_time_ns = DURATION_UNKNOWN;
    }
}

void conversation_distrust(struct conversation *c, int64_t instead_ns)
{
    int64_t wrong_ns = c->end_ns;
    if (c->start_ns == wrong_ns || c->first.syn_ns == wrong_ns)
        c->clock_was_set = true; /* all is measured from there */
    if (c->initial_rtt.syn_ns == wrong_ns || c->initial_rtt.ack_ns == wrong_ns)
        c->initial_rtt.syn_ns = DURATION_UNKNOWN; /* nor from another segment to that one */
    forget_times(&c->times, wrong_ns);
    forget_first(&c->first, wrong_ns);
    forget_steps(&c->steps, wrong_ns);
    syn_times_forget(&c->ends[CLIENT].syn_times, duration_between(c->first.syn_ns, wrong_ns));
    for (enum end_id id = CLIENT; id < ENDS; id++)
        if (c->ends[id].control.time_ns == wrong_ns)
            c->ends[id].control.time_ns = DURATION_UNKNOWN;
    c->end_ns = instead_ns;
}

/* Whether its initial sequence number is known: from its SYN, or from an acknowledgement of it. */
static bool is_numbered(const struct end *a)
{
    return a->snd_nxt != a->iss;
}

/* In a capture of others, a SYN that is like the first one behind the end of a connection: a client
 * that draws its numbers anew may draw the same one. A frame that is delayed, or captured twice, is
 * the first one itself. Behind a refusal the same connection goes on: see asks_again. */
static bool opens_again(const struct conversation *c, enum end_id from, const struct segment *s)
{
    const struct end *a = &c->ends[from];
    bool refused = c->course.refused && c->course.reset_by == SERVER;
    bool same_frame = s->ip_id != 0 && s->ip_id == a->opening.ip_id;
    bool same_clock = s->options.has_timestamps && s->options.tsval == a->options.tsval;
    return c->course.foreign && from == CLIENT && a->syn_seen && conversation_over(c) && !refused &&
           !same_frame && !same_clock;
}

bool conversation_is_succeeded_by(const struct conversation *c, const struct segment *s)
{
    if (!segment_opens(s))
        return false;
    enum end_id from = conversation_sender(c, &s->src);
    const struct end *a = &c->ends[from];
    if (is_numbered(a) && s->seq == a->iss)
        return opens_again(c, from, s);
    if (from == CLIENT)
        return a->syn_seen || a->fin_seen || a->state != STATE_CLOSED;
    if (c->course.foreign &&
        (a->syn_seen || c->course.established)) /* as Wireshark and Zeek take it */
        return true;
    bool stragglers = a->state != STATE_LISTEN && !a->syn_seen && !c->ends[CLIENT].syn_seen;
    return stragglers || conversation_over(c);
}
