/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold whatever the network and the peer do. HACKING lists it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/plausible.h"
#include "tcp/icmp.h"
#include "tcp/steps.h"
#include "world.h"

#define REPEAT_LEAST_NS (100 * MS)
#define SLACK_NS        (150 * MS) /* a late wake-up, and what a busy kernel costs */
#define RTO_MAX_NS      (60 * SECOND)

static bool is(const struct outgoing *s, unsigned flags)
{
    return (s->flags & flags) == flags;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* What is sent. */

static void check_form(struct world *w, const struct outgoing *s)
{
    static const unsigned allowed[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK,
                                       TCP_ACK | TCP_PSH, TCP_FIN | TCP_ACK, TCP_RST,
                                       TCP_RST | TCP_ACK};
    bool known = false;
    for (unsigned i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        known = known || s->flags == allowed[i];
    if (!known)
        world_fail(w, "legal", "flags 0x%x make no sense", s->flags);
    if (!endpoint_equal(&s->src, &w->s.ours) || !endpoint_equal(&s->dst, &w->s.theirs))
        world_fail(w, "legal", "a segment of another tuple");
    if (s->ttl != w->s.plan.ttl || s->ip_id == 0)
        world_fail(w, "legal", "TTL %u, IP identification %u", s->ttl, s->ip_id);
    if (w->failure.failed && w->failure.error.status != STATUS_RUN)
        world_fail(w, "legal", "an error without a status");
}

static void check_options(struct world *w, const struct outgoing *s)
{
    const struct oracle *o = &w->oracle;
    const struct tcp_options *options = &s->options;
    bool syn = is(s, TCP_SYN), acks = is(s, TCP_ACK);
    bool wscale = syn && (acks ? o->told_wscale : !world_offers(w, WITHOUT_WSCALE));
    bool timestamps = acks ? o->told_timestamps : syn && !world_offers(w, WITHOUT_TIMESTAMPS);
    bool mss = syn && !world_offers(w, WITHOUT_MSS), sack = syn && !world_offers(w, WITHOUT_SACK);
    uint32_t tsval = o->tsval_offset + (uint32_t)(uint64_t)(w->now_ns / MS);
    if (options->has_mss != mss || options->sack_permitted != sack ||
        options->has_wscale != wscale || options->mss != (mss ? w->s.plan.mss : 0) ||
        options->sack_count != 0)
        world_fail(w, "legal", "options that do not belong there");
    if (options->has_timestamps != timestamps || (timestamps && (tsval - options->tsval) > 1) ||
        (options->tsecr != 0 && !acks))
        world_fail(w, "legal", "timestamps against RFC 7323, 3.2");
    if (s->window != (!syn && o->told_wscale ? 64240 >> 7 : 64240))
        world_fail(w, "legal", "window %u", s->window);
}

static void check_ack(struct world *w, const struct outgoing *s)
{
    const struct oracle *o = &w->oracle;
    uint32_t base = o->opened ? o->irs : w->s.peer.iss;
    if (!is(s, TCP_ACK)) {
        if (s->ack != 0)
            world_fail(w, "legal", "an acknowledgement number without ACK");
        return;
    }
    if (!oracle_arrived(o, s->ack))
        world_fail(w, "legal", "acknowledges %d, which did not arrive", (int32_t)(s->ack - base));
    if (o->acked && after(o->last_ack, s->ack))
        world_fail(w, "legal", "takes the acknowledgement of %d back to %d",
                   (int32_t)(o->last_ack - base), (int32_t)(s->ack - base));
}

/* Every number is ours, and what carries no text stands where the peer takes it. */
static void check_seq(struct world *w, const struct outgoing *s)
{
    const struct oracle *o = &w->oracle;
    uint32_t fin = oracle_fin_seq(w);
    if (is(s, TCP_SYN) && s->seq != o->iss)
        world_fail(w, "legal", "a SYN with another number");
    if (is(s, TCP_FIN) && s->seq != fin)
        world_fail(w, "legal", "a FIN at %d", (int32_t)(s->seq - o->iss));
    if (is(s, TCP_SYN) || s->flags == TCP_RST)
        return;
    if (!after(s->seq, o->iss) || after(s->seq, fin + 1))
        world_fail(w, "legal", "%d is not our number", (int32_t)(s->seq - o->iss));
    bool bare = s->payload_len == 0 && !is(s, TCP_FIN);
    if (bare && s->seq != o->snd_max && !after(s->seq, o->una - 1) && oracle_is_benign(w) &&
        !o->unsure)
        world_fail(w, "legal", "stands at %d, below what is acknowledged",
                   (int32_t)(s->seq - o->iss));
    if (bare && after(s->seq, o->right) && oracle_is_benign(w))
        world_fail(w, "legal", "stands at %d, beyond the window", (int32_t)(s->seq - o->iss));
}

static void check_text(struct world *w, const struct outgoing *s)
{
    const struct oracle *o = &w->oracle;
    uint32_t offset = s->seq - (o->iss + 1), size = oracle_segment_size(w);
    if (s->payload_len == 0)
        return;
    if ((s->flags & ~(unsigned)TCP_PSH) != TCP_ACK || !o->syn_acked)
        world_fail(w, "legal", "data with flags 0x%x", s->flags);
    if (offset >= w->s.plan.payload_len || s->payload_len > w->s.plan.payload_len - offset ||
        s->payload != w->payload + offset)
        world_fail(w, "legal", "octets that nobody asked for");
    if (s->payload_len > size)
        world_fail(w, "legal", "%u octets where %u are allowed", s->payload_len, size);
    if (s->payload_len > 1 && after(s->seq + s->payload_len, o->right) && oracle_is_benign(w))
        world_fail(w, "legal", "beyond the window");
    bool last = offset + s->payload_len == w->s.plan.payload_len;
    if (is(s, TCP_PSH) != last)
        world_fail(w, "legal", "PSH inside of what is sent, or none at its end");
    bool silly = s->payload_len > 1 && !last && s->payload_len < size &&
                 s->payload_len < o->window_max / 2 && w->now_ns - o->last_text_ns < SECOND;
    if (silly && oracle_is_benign(w))
        world_fail(w, "silly-window", "%u octets of %u, window %u", s->payload_len, size,
                   o->window_max);
}

static bool ran_out_of_patience(const struct world *w)
{
    const struct oracle *o = &w->oracle;
    return w->now_ns - o->progress_ns >= w->s.plan.timeout_ns - MS &&
           (o->phase == PROBER_OPENING || o->phase == PROBER_SENDING ||
            o->phase == PROBER_CLOSING || o->phase == PROBER_AWAITING_FIN);
}

static bool answers_wrong_ack(const struct oracle *o, const struct outgoing *s)
{
    for (unsigned i = 0; i < o->wrong_ack_count && i < WRONG_ACKS_MAX; i++)
        if (s->flags == TCP_RST && o->wrong_acks[i] == s->seq)
            return true;
    return false;
}

/* No connection is reset that is well and that nobody asked to reset. */
static void check_reset(struct world *w, const struct outgoing *s)
{
    const struct oracle *o = &w->oracle;
    bool asked = w->cancelled || (o->opened && w->s.plan.close != CLOSE_FIN);
    bool icmp = o->icmp_fit_count > 0 && o->synack_sent;
    if (!is(s, TCP_RST) || asked || icmp || o->unsure || ran_out_of_patience(w) ||
        answers_wrong_ack(o, s))
        return;
    world_fail(w, "unasked-reset", "%.3f ms after the last progress, in phase %d",
               (double)(w->now_ns - o->progress_ns) / 1e6, (int)o->phase);
}

/* RFC 5961, 7: an answer that says nothing new is rare. And so is what is sent again. */
static void check_rate(struct world *w, const struct outgoing *s)
{
    const struct oracle *o = &w->oracle;
    bool ending = world_flight(w)->prober.phase == PROBER_DONE;
    bool bare = s->flags == TCP_ACK && s->payload_len == 0;
    bool repeats = (bare && o->acked && s->ack == o->last_ack) || (is(s, TCP_RST) && !ending);
    if (repeats && w->now_ns - o->repeat_at_ns < REPEAT_LEAST_NS - MS)
        world_fail(w, "storm", "answers without news %.3f ms apart",
                   (double)(w->now_ns - o->repeat_at_ns) / 1e6);
    const struct sent_list *list = is(s, TCP_SYN) ? &o->syns : is(s, TCP_FIN) ? &o->fins : NULL;
    if (list == NULL || list->tries == 0 || s->flags == (TCP_SYN | TCP_ACK) || o->synack_sent)
        return;
    bool syn = list == &o->syns;
    if (syn && list->tries == 1 && o->wrong_ack_reset)
        return; /* the peer forgets an older connection with the reset */
    unsigned linear = syn ? w->s.plan.syn_linear_timeouts : 0;
    unsigned doubled = list->tries - 1 > linear ? list->tries - 1 - linear : 0;
    int64_t rto_ns = doubled > 5 ? RTO_MAX_NS : SECOND << doubled;
    if (w->now_ns - list->last_ns < rto_ns - MS)
        world_fail(w, "retransmission", "sent again after %.3f ms, the %uth time",
                   (double)(w->now_ns - list->last_ns) / 1e6, list->tries);
}

/* RFC 3168, 6.1 and RFC 9768, 3.1.2 and 3.2.1: a SYN offers, a reset says nothing, and the others
 * only what the peer agreed to. */
void check_ecn(struct world *w, const struct outgoing *s)
{
    const unsigned all = TCP_AE | TCP_CWR | TCP_ECE;
    unsigned ace = s->flags & all, agreed = w->s.peer.syn_flags;
    unsigned offered = world_offers(w, OFFER_ACCECN) ? all
                       : world_offers(w, OFFER_ECN)  ? TCP_CWR | TCP_ECE
                                                     : 0;
    bool benign = oracle_is_benign(w) && w->s.peer.kind == PEER_TCP;
    if ((is(s, TCP_SYN) && !is(s, TCP_ACK) && ace != offered) ||
        ((is(s, TCP_RST) || offered == 0) && !is(s, TCP_SYN) && ace != 0))
        world_fail(w, "legal", "flags 0x%x of ECN", ace);
    if (is(s, TCP_SYN) || !benign)
        return;
    if (agreed == 0 && ace != 0)
        world_fail(w, "legal", "flags 0x%x of ECN, to which the peer did not agree", ace);
    if (offered != all && (ace & ~(unsigned)TCP_ECE) != 0)
        world_fail(w, "legal", "flags 0x%x of ECN, which is classic", ace);
    if (w->s.peer.ecn != 3 && offered != all && ace != 0)
        world_fail(w, "legal", "congestion is echoed that was not marked");
}

void check_segment(struct world *w, const struct outgoing *s)
{
    check_form(w, s);
    check_options(w, s);
    check_ack(w, s);
    check_seq(w, s);
    check_text(w, s);
    check_reset(w, s);
    check_rate(w, s);
}

/* The states: RFC 9293, figure 5, with what its section 3.10 adds; written down anew. */

static const uint16_t arrows[STATE_COUNT] = {
    [STATE_CLOSED] = 1 << STATE_LISTEN | 1 << STATE_SYN_SENT,
    [STATE_LISTEN] = 1 << STATE_SYN_RCVD | 1 << STATE_SYN_SENT | 1 << STATE_CLOSED,
    [STATE_SYN_SENT] = 1 << STATE_SYN_RCVD | 1 << STATE_ESTABLISHED | 1 << STATE_CLOSED,
    [STATE_SYN_RCVD] = 1 << STATE_ESTABLISHED | 1 << STATE_FIN_WAIT_1 | 1 << STATE_CLOSE_WAIT |
                       1 << STATE_LISTEN | 1 << STATE_CLOSED,
    [STATE_ESTABLISHED] = 1 << STATE_FIN_WAIT_1 | 1 << STATE_CLOSE_WAIT | 1 << STATE_CLOSED,
    [STATE_FIN_WAIT_1] = 1 << STATE_FIN_WAIT_2 | 1 << STATE_CLOSING | 1 << STATE_CLOSED,
    [STATE_FIN_WAIT_2] = 1 << STATE_TIME_WAIT | 1 << STATE_CLOSED,
    [STATE_CLOSE_WAIT] = 1 << STATE_LAST_ACK | 1 << STATE_CLOSED,
    [STATE_CLOSING] = 1 << STATE_TIME_WAIT | 1 << STATE_CLOSED,
    [STATE_LAST_ACK] = 1 << STATE_CLOSED,
    [STATE_TIME_WAIT] = 1 << STATE_CLOSED,
};

/* Several segments may enter in one step: those that were not captured, and their answer. */
static bool leads_to(unsigned from, unsigned to, unsigned most)
{
    unsigned reached = 1u << from;
    if (from == STATE_UNKNOWN || to == STATE_UNKNOWN)
        return true;
    for (unsigned step = 0; step < most; step++) {
        unsigned before = reached;
        for (unsigned state = 0; state < STATE_COUNT; state++)
            if ((before >> state & 1) != 0 && (state == from || state != STATE_CLOSED))
                reached |= arrows[state]; /* what was closed stays so */
    }
    return (reached >> to & 1) != 0;
}

static void check_states(struct world *w, const struct conversation *c)
{
    struct oracle *o = &w->oracle;
    bool moved = false;
    for (enum end_id id = CLIENT; id < ENDS; id++) {
        unsigned to = c->ends[id].state;
        if (o->has_states && o->states[id] != to && !leads_to(o->states[id], to, 5))
            world_fail(w, "arrows", "%s from %s to %s", end_name(id),
                       state_name((enum tcp_state)o->states[id]), state_name((enum tcp_state)to));
        moved = moved || !o->has_states || o->states[id] != to;
        o->states[id] = (uint8_t)to;
    }
    o->has_states = true;
    if (moved && o->move_count < MOVES_MAX)
        memcpy(o->moves[o->move_count++], o->states, sizeof o->states);
}

static void check_memory(struct world *w, const struct conversation *c)
{
    const struct flight *flight = world_flight(w);
    const struct echo *oldest = flight->echoes.head;
    if (c->steps.count > STEPS_MAX || c->history.len > HISTORY_MAX ||
        c->ends[SERVER].sent.held_count > STREAM_HELD_MAX)
        world_fail(w, "memory", "%u steps, %u letters", c->steps.count, c->history.len);
    if (flows_open_count(w->flights.edges.flows) > 1)
        world_fail(w, "memory", "%u connections for one", flows_open_count(w->flights.edges.flows));
    if (oldest != NULL && w->now_ns - oldest->sent.monotonic_ns > ECHO_GRACE_NS + SLACK_NS)
        world_fail(w, "memory", "an echo is awaited for ever");
}

/* News is acknowledged at once, and the rest as often as the rate allows. */
static void check_answer(struct world *w, const struct conversation *c)
{
    const struct oracle *o = &w->oracle;
    const struct prober *p = &world_flight(w)->prober;
    bool silent = p->phase == PROBER_DONE || world_flight(w)->stopped ||
                  c->course.reset_by != NEITHER || p->phase <= PROBER_OPENING || w->failure.failed;
    if (silent || !o->must_answer || o->sent_in_step > 0)
        return;
    if (w->now_ns - o->repeat_at_ns > REPEAT_LEAST_NS)
        world_fail(w, "answers", "a segment of the peer's is not acknowledged");
    for (unsigned i = 0; i < o->candidate_count && !o->many_islands && !o->old_timestamps; i++)
        if (o->candidates[i].irs == o->irs && after(o->candidates[i].edge, o->last_ack) &&
            oracle_is_benign(w))
            world_fail(w, "answers", "%d is acknowledged, where %d arrived",
                       (int32_t)(o->last_ack - o->irs), (int32_t)(o->candidates[i].edge - o->irs));
}

static int64_t backed_off(int64_t first_ns, unsigned times)
{
    return times > 6 || first_ns << times > RTO_MAX_NS ? RTO_MAX_NS : first_ns << times;
}

/* What is not acknowledged is sent again in time: RFC 6298. */
static void check_liveness(struct world *w, const struct conversation *c)
{
    const struct oracle *o = &w->oracle;
    const struct prober *p = &world_flight(w)->prober;
    int64_t first_ns = 3 * SECOND; /* RFC 6298, 5.7 */
    if (c != NULL && c->times.syn_rtt_ns != DURATION_UNKNOWN)
        first_ns = 3 * c->times.syn_rtt_ns > SECOND ? 3 * c->times.syn_rtt_ns : SECOND;
    if (p->phase == PROBER_OPENING && o->syns.tries > 0 && o->decided == UNDECIDED &&
        w->now_ns - o->syns.last_ns > backed_off(SECOND, o->syns.tries - 1) + SLACK_NS)
        world_fail(w, "retransmission", "the SYN is not sent again");
    if (p->phase != PROBER_SENDING && p->phase != PROBER_CLOSING)
        return;
    int64_t since_ns = o->last_text_ns > o->progress_ns ? o->last_text_ns : o->progress_ns;
    since_ns = o->una_ns > since_ns ? o->una_ns : since_ns;
    if (w->now_ns - since_ns > backed_off(first_ns, o->backoff + 1) + SLACK_NS)
        world_fail(w, "retransmission", "what is not acknowledged is not sent again");
}

void check_step(struct world *w, const struct conversation *c)
{
    if (c != NULL) {
        check_states(w, c);
        check_memory(w, c);
        check_answer(w, c);
    }
    if (!world_flight(w)->stopped && !w->failure.failed)
        check_liveness(w, c);
}

/* What is reported. */

static bool rtt_is_true(const struct sent_list *list, const struct answer *answer, int64_t rtt_ns)
{
    for (unsigned i = 0; i < answer->sendings; i++) {
        const struct sending *sending = &list->list[i];
        bool fits = answer->epoch_ns - sending->user_ns == rtt_ns ||
                    (sending->echo_ns != 0 && answer->epoch_ns - sending->echo_ns == rtt_ns);
        bool alone =
            answer->sendings == 1 || (answer->has_timestamps && sending->tsval == answer->tsecr);
        if (fits && alone)
            return true;
    }
    return false;
}

static void check_rtt(struct world *w, const struct connection_result *r)
{
    const struct oracle *o = &w->oracle;
    int64_t syn_rtt_ns = r->handshake.syn_rtt_ns, fin_rtt_ns = r->teardown.fin_rtt_ns;
    bool quiet = w->s.attack_count == 0 && !w->s.peer.wild;
    if (syn_rtt_ns != DURATION_UNKNOWN && !rtt_is_true(&o->syns, &o->syn_answer, syn_rtt_ns) &&
        o->syns.count < SENDINGS_MAX)
        world_fail(w, "rtt", "of the SYN: %" PRId64 " ns is that of no sending", syn_rtt_ns);
    if (syn_rtt_ns == DURATION_UNKNOWN && o->syns.count == 1 && o->syn_answer.came && quiet &&
        o->decided != DECIDED_ICMP && !o->synack_sent && w->s.peer.opens_at_ns == NEVER)
        world_fail(w, "rtt", "of the SYN is not known, though it was sent once");
    bool fits = false;
    for (unsigned i = 0; i < o->fin_answer_count; i++)
        fits = fits || rtt_is_true(&o->fins, &o->fin_answers[i], fin_rtt_ns);
    if (quiet && fin_rtt_ns != DURATION_UNKNOWN && r->teardown.initiator == CLIENT && !fits)
        world_fail(w, "rtt", "of the FIN: %" PRId64 " ns is that of no sending", fin_rtt_ns);
}

static bool icmp_may_say(const struct world *w, enum reason reason)
{
    const struct oracle *o = &w->oracle;
    for (unsigned i = 0; i < ICMP_TYPES * 256u; i++) {
        struct icmp_error error = {.family = (uint8_t)w->s.ours.address.family,
                                   .type = (uint8_t)(i / 256),
                                   .code = (uint8_t)i};
        if ((o->icmp_fits[i / 256][i % 256 / 64] >> i % 64 & 1) != 0 &&
            icmp_reason(&error) == reason)
            return true;
    }
    return false;
}

static void check_port(struct world *w, const struct connection_result *r)
{
    const struct oracle *o = &w->oracle;
    enum decision decided = o->decided;
    const char *name = port_state_name(r->port_state);
    bool icmp = r->handshake.reason >= REASON_NET_UNREACH &&
                r->handshake.reason <= REASON_PARAMETER_PROBLEM;
    if (r->port_state == PORT_OPEN && !o->opened)
        world_fail(w, "sound", "open without an acceptable SYN/ACK");
    if (r->port_state == PORT_CLOSED && !o->refused)
        world_fail(w, "sound", "closed without an acceptable RST");
    if (icmp && !icmp_may_say(w, r->handshake.reason))
        world_fail(w, "sound", "%s without an ICMP error about the SYN",
                   reason_name(r->handshake.reason));
    if (o->local_rst || w->cancelled)
        return;
    if (decided == DECIDED_OPEN && r->port_state != PORT_OPEN)
        world_fail(w, "right", "%s, though the SYN was answered in time", name);
    if (decided == DECIDED_CLOSED && r->port_state != PORT_CLOSED)
        world_fail(w, "right", "%s, though the SYN was refused", name);
    if (decided == DECIDED_ICMP && !icmp && !o->opened && !o->refused)
        world_fail(w, "right", "%s, though a router said why", name);
    if (decided == UNDECIDED && o->begun &&
        (r->port_state != PORT_FILTERED ||
         (r->handshake.reason != REASON_NO_RESPONSE &&
          r->handshake.reason != REASON_UNACCEPTABLE_ANSWER) ||
         (r->handshake.reason == REASON_UNACCEPTABLE_ANSWER && r->segments[SERVER] == 0)))
        world_fail(w, "right", "%s (%s), though nothing answered", name,
                   reason_name(r->handshake.reason));
}

/* What the peer is, is what is said of it. */
static void check_truth(struct world *w, const struct connection_result *r)
{
    enum peer_kind kind = w->s.peer.kind;
    bool answers = kind == PEER_TCP || kind == PEER_STALE;
    if (!oracle_is_benign(w))
        return;
    if (r->port_state == PORT_OPEN && !answers)
        world_fail(w, "right", "open, where nobody listens");
    if (r->port_state == PORT_CLOSED && kind != PEER_REFUSES)
        world_fail(w, "right", "closed, where nobody refused");
    if (r->teardown.result == TEARDOWN_GRACEFUL &&
        (!w->peer.fin_received || w->peer.had != w->s.plan.payload_len))
        world_fail(w, "right", "graceful, though the peer did not get all");
    if (w->peer.wrong_octets && w->fault_total[FAULT_CORRUPT] == 0)
        world_fail(w, "legal", "the peer got other octets than were to be sent");
}

static void check_teardown(struct world *w, const struct connection_result *r)
{
    const struct oracle *o = &w->oracle;
    bool both = o->fin_answer_count > 0 && oracle_fin_arrived(o) && o->acked_fin;
    bool graceful = r->teardown.result == TEARDOWN_GRACEFUL;
    if (graceful && (!both || o->fins.tries == 0))
        world_fail(w, "sound", "graceful, though not both FINs were acknowledged");
    if (!graceful && both && oracle_is_benign(w) && !o->rst_fits && !o->local_rst && !o->rst_sent &&
        !o->hindered)
        world_fail(w, "right", "%s, though both FINs were acknowledged",
                   teardown_result_name(r->teardown.result));
    if (r->teardown.result == TEARDOWN_RESET && !o->rst_fits && !o->rst_sent && !o->local_rst)
        world_fail(w, "sound", "reset, without a reset that counts");
    if (r->handshake.result == HANDSHAKE_COMPLETED &&
        (!o->syn_acked || !(o->acked || o->synack_sent)))
        world_fail(w, "sound", "completed, without an acknowledgement of ours");
    if (r->bytes_acked[CLIENT] > w->s.plan.payload_len)
        world_fail(w, "sound", "%" PRIu64 " octets acknowledged of %u", r->bytes_acked[CLIENT],
                   w->s.plan.payload_len);
}

static void check_times(struct world *w, const struct connection_result *r)
{
    bool in_order = oracle_is_benign(w) && w->fault_total[FAULT_ECHO_LAST] == 0 &&
                    w->fault_total[FAULT_ECHO_LATE] == 0 && w->fault_total[FAULT_ECHO_LOSS] == 0;
    const char *flaw = implausible(r, in_order);
    if (flaw != NULL)
        world_fail(w, "plausible", "%s", flaw);
}

/* However much came, what opened and closed the connection is in the list. */
static void check_moves(struct world *w, const struct connection_result *r)
{
    const struct oracle *o = &w->oracle;
    unsigned shown = 0;
    for (uint32_t i = 0; i < r->step_count && shown < o->move_count; i++)
        shown += memcmp(o->moves[shown], r->steps[i].states, sizeof o->moves[shown]) == 0;
    if (shown < o->move_count)
        world_fail(w, "whole", "the move to %s and %s is not in the list",
                   state_name((enum tcp_state)o->moves[shown][CLIENT]),
                   state_name((enum tcp_state)o->moves[shown][SERVER]));
}

static void check_list(struct world *w, const struct connection_result *r)
{
    uint8_t states[ENDS] = {STATE_UNKNOWN, STATE_UNKNOWN};
    for (uint32_t i = 0; i < r->step_count; i++) {
        const struct step *step = &r->steps[i];
        for (unsigned id = 0; id < ENDS; id++) {
            if (!leads_to(states[id], step->states[id], 10) && states[id] != step->states[id])
                world_fail(w, "arrows", "step %u goes back from %s to %s", i,
                           state_name((enum tcp_state)states[id]),
                           state_name((enum tcp_state)step->states[id]));
            states[id] = step->states[id];
        }
        if (step->verdict >= VERDICT_COUNT || step->note >= NOTE_COUNT || step->count == 0)
            world_fail(w, "report", "step %u makes no sense", i);
    }
}

void oracle_reports(struct world *w, const struct connection_result *r)
{
    if (w->failed || !w->oracle.begun)
        return;
    check_port(w, r);
    check_truth(w, r);
    check_teardown(w, r);
    check_rtt(w, r);
    check_times(w, r);
    check_list(w, r);
    check_moves(w, r);
}

/* At the end. */

/* Whoever opens a connection closes it, or resets it. */
static void check_closed(struct world *w)
{
    const struct oracle *o = &w->oracle;
    bool over = w->result.teardown.result == TEARDOWN_GRACEFUL || o->rst_sent || o->rst_fits ||
                o->local_rst || o->hindered || o->refused;
    if (o->syn_acked && !over)
        world_fail(w, "closed", "the connection is left open");
}

/* Each wait has its patience, which payload renews with 4096 octets or half a segment. */
static void check_duration(struct world *w)
{
    const struct plan *plan = &w->s.plan;
    const struct oracle *o = &w->oracle;
    int64_t parts = 1 + plan->payload_len / oracle_patience_octets(w);
    int64_t bound_ns = plan->timeout_ns * (3 + parts) + plan->hold_ns + plan->time_wait_ns +
                       ECHO_GRACE_NS + 10 * SLACK_NS + (plan->path_mtu ? 120 * SECOND : 0);
    if (o->begun && w->now_ns - o->begun_ns > bound_ns + 3 * SECOND)
        world_fail(w, "ends", "after %.1f s, where %.1f s are the bound",
                   (double)(w->now_ns - o->begun_ns) / 1e9, (double)bound_ns / 1e9);
}

/* A segment for each that came; ten a second that say nothing new; and what is ours to say, once
 * and again for each time that a second passes without an answer. */
static void check_amount(struct world *w)
{
    const struct oracle *o = &w->oracle;
    uint64_t seconds = (uint64_t)((w->now_ns - o->begun_ns) / SECOND) + 1;
    uint32_t window = oracle_is_benign(w) ? o->window_max : o->window_first;
    uint64_t smallest = least(oracle_segment_size(w), window / 2);
    uint64_t pieces = w->s.plan.payload_len / (smallest > 0 ? smallest : 1) + 2;
    uint64_t most = o->received + 12 * seconds + 2 * seconds + pieces * (1 + seconds);
    if (o->sent > most)
        world_fail(w, "storm", "%u segments for %u, in %u s", o->sent, o->received,
                   (unsigned)seconds);
    if (o->octets_sent > (uint64_t)w->s.plan.payload_len * (1 + seconds) + o->probes)
        world_fail(w, "storm", "%" PRIu64 " octets of payload for %u", o->octets_sent,
                   w->s.plan.payload_len);
}

/* The peer's side of it, where what was sent last reached it. */
static void check_peer(struct world *w)
{
    const struct oracle *o = &w->oracle;
    bool sure = w->s.clean_link && oracle_is_benign(w) && o->opened &&
                w->s.peer.shut_until_ns == 0 && !w->s.peer.acks_by_octet;
    if (sure && w->peer.state == P_OPEN && !w->peer.reset_challenged)
        world_fail(w, "closed", "the peer is left with a connection");
    if (sure && w->peer.state == P_SYN_RCVD && !w->peer.reset_challenged)
        world_fail(w, "closed", "the peer is left half open");
}

void oracle_at_end(struct world *w)
{
    if (!w->oracle.begun)
        return;
    if (w->reports[0] != 1)
        world_fail(w, "report", "%u reports of one connection", w->reports[0]);
    check_closed(w);
    check_duration(w);
    check_amount(w);
    check_peer(w);
}
