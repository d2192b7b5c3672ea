/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/outcome.h"

#include <string.h>

#include "tcp/host.h"
#include "tcp/missed.h"

static bool prohibited(enum reason reason)
{
    return reason == REASON_ADMIN_PROHIBITED || reason == REASON_NET_PROHIBITED ||
           reason == REASON_HOST_PROHIBITED;
}

/* Whether the run ended before even the SYN was due again, and nothing had answered: TCP itself
 * takes a segment for lost only then (RFC 6298). */
static bool is_cut_short(const struct conversation *c)
{
    const struct end *client = &c->ends[CLIENT];
    return c->cut_short && client->syn_seen && client->counts.syn_count == 1 &&
           !c->ends[SERVER].syn_seen && !c->course.refused && !c->course.established &&
           !c->course.local_reset && c->icmp_reason == REASON_UNKNOWN;
}

static enum reason reason_of_silence(const struct course *course)
{
    if (course->local_reset)
        return REASON_LOCAL_RESET;
    return course->answered_wrongly ? REASON_UNACCEPTABLE_ANSWER : REASON_NO_RESPONSE;
}

static void judge_port(const struct conversation *c, struct connection_result *r)
{
    if (c->ends[SERVER].syn_seen) {
        r->port_state = PORT_OPEN;
        r->handshake.reason = REASON_SYN_ACK;
    } else if (c->course.refused) {
        r->port_state = PORT_CLOSED;
        r->handshake.reason = REASON_RESET;
    } else if (!c->ends[CLIENT].syn_seen || c->course.established || r->cut_short) {
        r->port_state = PORT_UNKNOWN;
        r->handshake.reason = REASON_UNKNOWN;
    } else if (c->icmp_reason != REASON_UNKNOWN) {
        r->port_state = prohibited(c->icmp_reason) ? PORT_FILTERED : PORT_UNREACHABLE;
        r->handshake.reason = c->icmp_reason;
    } else {
        r->port_state = PORT_FILTERED;
        r->handshake.reason = reason_of_silence(&c->course);
    }
}

/* Whose RST ended the connection, counting one that nothing has contradicted. */
static enum end_id reset_by(const struct conversation *c)
{
    return c->course.reset_by != NEITHER ? c->course.reset_by : c->course.doubted_by;
}

static enum handshake_result judge_handshake(const struct conversation *c, enum port_state port)
{
    static const enum handshake_result without_syn_ack[PORT_STATE_COUNT] = {
        [PORT_OPEN] = HANDSHAKE_HALF_OPEN,       [PORT_CLOSED] = HANDSHAKE_REFUSED,
        [PORT_FILTERED] = HANDSHAKE_UNREACHABLE, [PORT_UNREACHABLE] = HANDSHAKE_UNREACHABLE,
        [PORT_UNKNOWN] = HANDSHAKE_NOT_SEEN,
    };
    if (port == PORT_OPEN && c->course.established)
        return HANDSHAKE_COMPLETED;
    if (port == PORT_OPEN && (reset_by(c) == SERVER || c->course.local_reset))
        return HANDSHAKE_RESET;
    if (port == PORT_FILTERED && c->icmp_reason == REASON_UNKNOWN)
        return HANDSHAKE_NO_ANSWER;
    return without_syn_ack[port];
}

/* RFC 9293, 3.9.1.1: OPEN returns when the client is ESTABLISHED, whatever had to be sent again.
 * Unknown if the SYN was not captured, or if the first one was not the client's own that was
 * answered: then the round trip takes longer. */
static int64_t connect_ns(const struct conversation *c)
{
    int64_t since_ns = duration_between(c->first.syn_ns, c->times.connected_ns);
    return c->ends[CLIENT].syn_seen && since_ns >= c->times.syn_rtt_ns ? since_ns
                                                                       : DURATION_UNKNOWN;
}

static void tell_syn_times(const struct conversation *c, struct connection_result *r)
{
    uint32_t count = c->ends[CLIENT].counts.syn_count;
    r->handshake.syn_time_count = (uint8_t)(count < SYN_TIMES_MAX ? count : SYN_TIMES_MAX);
    for (uint32_t i = 0; i < r->handshake.syn_time_count; i++)
        r->handshake.syn_times_ns[i] = syn_times_at(&c->ends[CLIENT].syn_times, i);
}

static void tell_handshake(const struct conversation *c, struct connection_result *r)
{
    r->cut_short = is_cut_short(c);
    judge_port(c, r);
    r->handshake.result = r->cut_short ? HANDSHAKE_NO_ANSWER : judge_handshake(c, r->port_state);
    r->handshake.connect_ns = connect_ns(c);
    r->handshake.syn_rtt_ns = c->times.syn_rtt_ns;
    r->handshake.ack_delay_ns = c->course.foreign && !c->course.bare_ack
                                    ? DURATION_UNKNOWN
                                    : duration_between(c->times.syn_ack_ns, c->times.ack_ns);
    r->handshake.total_ns = duration_between(c->initial_rtt.syn_ns, c->initial_rtt.ack_ns);
    r->handshake.syn_count = c->ends[CLIENT].counts.syn_count;
    r->handshake.synack_count = c->ends[SERVER].counts.syn_count;
    tell_syn_times(c, r);
}

/* Whether an end that had closed was sent octets that it never acknowledged: a TCP answers them by
 * a reset, to show that they are lost (RFC 9293, 3.6.1). Our own client resets when its patience
 * ends, whatever came. */
static bool was_sent_more(const struct conversation *c, enum end_id id)
{
    const struct end *end = &c->ends[id], *other = &c->ends[!id];
    bool ours = id == CLIENT && !c->course.foreign;
    bool gave_up = !end->fin_acked && end->counts.fin_count > 1;
    return !ours && !gave_up && !other->fin_seen && seq_gt(other->snd_nxt, other->snd_una) &&
           !missed_acknowledgements(&c->course, end);
}

/* Whether an end that resets does so because nothing came any more: the acknowledgement of its FIN,
 * which it repeated or which was the first one, or the other end's FIN. */
static bool gave_up_waiting(const struct conversation *c, enum end_id id)
{
    const struct end *end = &c->ends[id];
    if (!end->fin_seen || was_sent_more(c, id))
        return false;
    if (!end->fin_acked)
        return !missed_acknowledgements(&c->course, &c->ends[!id]) &&
               (id == c->course.first_fin || end->counts.fin_count > 1);
    return id == c->course.first_fin && !c->ends[!id].fin_seen;
}

static enum teardown_result judge_teardown(const struct conversation *c)
{
    const struct course *course = &c->course;
    enum end_id by = reset_by(c);
    if (course->first_fin == NEITHER)
        return by != NEITHER && course->established ? TEARDOWN_RESET : TEARDOWN_NONE;
    const struct end *first = &c->ends[course->first_fin];
    const struct end *other = &c->ends[!course->first_fin];
    if (first->fin_acked && other->fin_acked)
        return TEARDOWN_GRACEFUL;
    if (by != NEITHER && !gave_up_waiting(c, by))
        return TEARDOWN_RESET;
    if (by == NEITHER && missed_closing(course, c->ends))
        return TEARDOWN_GRACEFUL;
    bool acked = first->fin_acked ||
                 (first->counts.fin_count == 1 && missed_acknowledgements(course, other));
    if (!acked || other->fin_seen)
        return TEARDOWN_UNANSWERED;
    return TEARDOWN_HALF_CLOSED;
}

/* Whether the first FIN was acknowledged for all that is known, but nothing tells when. */
static bool is_ack_of_fin_missed(const struct conversation *c)
{
    const struct course *course = &c->course;
    enum end_id first = course->first_fin;
    return first != NEITHER && missed_acknowledgements(course, &c->ends[!first]) &&
           (course->fin_acked_by_fin || !c->ends[first].fin_acked);
}

static enum teardown_form judge_form(const struct conversation *c)
{
    if (c->course.fins_crossed)
        return FORM_SIMULTANEOUS;
    if (is_ack_of_fin_missed(c))
        return FORM_NONE;
    return c->course.fin_acked_by_fin ? FORM_THREE_SEGMENT : FORM_FOUR_SEGMENT;
}

static int64_t reset_ns(const struct conversation *c)
{
    bool doubted = c->course.reset_by == NEITHER && c->course.doubted_by != NEITHER;
    return doubted ? c->times.doubted_ns : c->times.reset_ns;
}

/* When it ended: the last acknowledgement of a FIN, or the RST. */
static int64_t closed_ns(const struct conversation *c, enum teardown_result result)
{
    if (result != TEARDOWN_GRACEFUL)
        return reset_ns(c);
    bool both = c->ends[CLIENT].fin_acked && c->ends[SERVER].fin_acked;
    return both ? c->times.last_fin_acked_ns : DURATION_UNKNOWN;
}

static void tell_teardown(const struct conversation *c, struct connection_result *r)
{
    bool fin = c->course.first_fin != NEITHER;
    bool timeless = is_ack_of_fin_missed(c);
    r->teardown.result = judge_teardown(c);
    r->teardown.reset_by = reset_by(c);
    r->teardown.local_reset = c->course.local_reset;
    bool graceful = r->teardown.result == TEARDOWN_GRACEFUL;
    bool reset = r->teardown.result == TEARDOWN_RESET;
    r->teardown.form = graceful ? judge_form(c) : FORM_NONE;
    r->teardown.initiator = fin ? c->course.first_fin : reset ? reset_by(c) : NEITHER;
    r->teardown.fin_rtt_ns = timeless ? DURATION_UNKNOWN : c->times.fin_rtt_ns;
    r->teardown.peer_fin_delay_ns =
        timeless || c->course.fins_crossed
            ? DURATION_UNKNOWN
            : duration_between(c->times.first_fin_acked_ns, c->times.other_fin_ns);
    r->teardown.total_ns =
        duration_between(c->times.first_fin_ns, closed_ns(c, r->teardown.result));
    r->teardown.reset_after_ns = duration_between(c->times.syn_ack_ns, reset_ns(c));
    for (enum end_id id = CLIENT; id < ENDS; id++)
        r->teardown.fin_count[id] = c->ends[id].counts.fin_count;
}

static void tell_first(const struct conversation *c, struct connection_result *r)
{
    r->first.syn_ns = c->first.syn_ns;
    r->first.syn_ack_ns = c->first.syn_ack_ns;
    r->first.ack_ns = c->first.ack_ns;
    r->first.fin_ns[CLIENT] = c->first.fin_ns[CLIENT];
    r->first.fin_ns[SERVER] = c->first.fin_ns[SERVER];
    r->first.rst_ns = c->first.rst_ns;
    r->first.rst_by = c->first.rst_by;
}

/* Without the numbers of SYN and FIN. That of a FIN may not have been counted: where the numbers of
 * the end began behind it, with its acknowledgement. Where nothing is missing, more than was sent
 * is no payload: it is a FIN in place of which another one, forged ahead of it, is held to be the
 * end's. */
static uint64_t payload_acked(const struct end *end)
{
    uint64_t controls = (end->syn_seen && end->acked > 0 ? 1u : 0u) + (end->fin_acked ? 1u : 0u);
    uint64_t payload = end->acked > controls ? end->acked - controls : 0;
    return end->missed || payload < end->counts.bytes ? payload : end->counts.bytes;
}

static void tell_end(const struct conversation *c, struct connection_result *r, enum end_id id)
{
    const struct end *end = &c->ends[id];
    r->ends[id] = c->endpoints[id];
    r->states[id] = end->state;
    r->has_options[id] = end->syn_seen;
    memcpy(&r->options[id], &end->options, sizeof end->options);
    r->openings[id] = end->opening;
    r->iss[id] = end->iss;
    r->segments[id] = end->counts.segments;
    r->bytes[id] = end->counts.bytes;
    r->bytes_acked[id] = payload_acked(end);
    r->repeats[id] = end->repeats;
    r->missed[id] = end->missed;
}

/* Where the server has sent to: a segment without text stands there too (RFC 9293, 3.10.7.4 puts no
 * octets in it, and SEQ=SND.NXT). An RST may stand anywhere in the window. */
static uint32_t sent_up_to(const struct end *server)
{
    const struct stream *sent = &server->sent;
    bool tells = server->last_valid && (server->last.flags & (TCP_RST | TCP_SYN)) == 0;
    uint32_t up_to = sent->held_count > 0 ? sent->held[sent->held_count - 1].right : sent->next;
    return tells ? seq_max(up_to, server->last.seq) : up_to;
}

/* What the server sent and what never crossed. Beyond the window that the client offers, nothing is
 * believed. */
static void tell_hole(const struct conversation *c, struct connection_result *r)
{
    const struct end *server = &c->ends[SERVER], *client = &c->ends[CLIENT];
    uint32_t up_to = sent_up_to(server), bytes = up_to - server->sent.next;
    r->hole.waited_ns = DURATION_UNKNOWN;
    if (!server->syn_seen || !client->offered || !seq_gt(up_to, server->sent.next) ||
        seq_gt(up_to, client->rcv_right))
        return;
    for (unsigned i = 0; i < server->sent.held_count; i++)
        bytes -= server->sent.held[i].right - server->sent.held[i].left;
    r->hole.seq = server->sent.next;
    r->hole.bytes = bytes;
    if (c->done_ns == DURATION_UNKNOWN || c->clock_was_set || !server->last_valid)
        return;
    uint32_t waited_ms = milliseconds_of(c->done_ns) - server->last.time_ms;
    if (waited_ms <= UINT32_MAX / 2)
        r->hole.waited_ns = waited_ms * INT64_C(1000000);
}

/* What lies between two times of which the clock was set in between. */
static void forget_durations(struct connection_result *r)
{
    r->end_ns = r->done_ns = DURATION_UNKNOWN;
    r->handshake.connect_ns = DURATION_UNKNOWN;
    r->handshake.syn_rtt_ns = r->handshake.ack_delay_ns = r->handshake.total_ns = DURATION_UNKNOWN;
    r->handshake.syn_time_count = 0;
    r->teardown.fin_rtt_ns = r->teardown.peer_fin_delay_ns = r->teardown.total_ns =
        r->teardown.reset_after_ns = DURATION_UNKNOWN;
    r->first.syn_ns = r->first.syn_ack_ns = r->first.ack_ns = r->first.rst_ns = DURATION_UNKNOWN;
    r->first.fin_ns[CLIENT] = r->first.fin_ns[SERVER] = DURATION_UNKNOWN;
}

void conversation_result(const struct conversation *c, struct connection_result *r)
{
    memset(r, 0, sizeof *r);
    r->target = c->target;
    r->place = c->place;
    r->done = c->done;
    r->done_ns = c->done_ns;
    r->interface = c->interface;
    r->has_client = true;
    r->resolve_ns = c->resolve_ns;
    r->start_ns = c->start_ns;
    r->end_ns = c->end_ns;
    tell_end(c, r, CLIENT);
    tell_end(c, r, SERVER);
    tell_handshake(c, r);
    tell_teardown(c, r);
    tell_first(c, r);
    tell_hole(c, r);
    if (c->clock_was_set)
        forget_durations(r);
    if (!c->ends[SERVER].seen && c->ends[SERVER].state == STATE_LISTEN)
        r->states[SERVER] = STATE_UNKNOWN; /* LISTEN was a presumption that nothing bore out */
    if (c->course.doubted_by != NEITHER)
        r->states[CLIENT] = r->states[SERVER] = STATE_CLOSED;
    r->completeness = c->history.completeness;
    r->conn_state = history_conn_state(&c->history, (r->bytes[CLIENT] | r->bytes[SERVER]) != 0);
    r->history = c->history.letters;
    r->evidence = &c->evidence;
    r->steps = c->steps.list;
    r->step_count = c->steps.count;
    r->steps_omitted = c->steps.omitted;
    r->path = c->path != NULL ? c->path->hops : NULL;
    r->path_mtu = c->path != NULL ? c->path->mtu : NULL;
    if (c->host != NULL)
        host_judge(c->host, r);
}
