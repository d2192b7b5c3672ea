/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"
#include "net/clock.h"
#include "tcp/offer.h"
#include "wire/decode.h"

#define BUSY_PAUSE_NS     INT64_C(5000000) /* before a full send buffer is tried again */
#define BUSY_MOST_NS      INT64_C(60000000000)
#define TRIES_MORE        5
#define TRIES_MORE_ALONE  1  /* of what no throttle holds back: one target, or the loopback */
#define SEND_BATCH        32 /* segments of one connection before the capture is read again */
#define REFUSAL_GRACE_NS  INT64_C(20000000)
#define DELIVERY_PAUSE_NS INT64_C(5000000)

/* What the first segment brings besides. */
static void annotate_first(const struct flight *flight, struct annotation *annotation)
{
    snprintf(annotation->target, sizeof annotation->target, "%s", flight->attempt.target);
    annotation->place = flight->attempt.place;
    annotation->resolve_ns = flight->attempt.resolve_ns;
}

static void record(const struct flight *flight, const struct sighting *sighting, enum origin origin)
{
    struct recorder *recorder = flight->edges->recorder;
    struct annotation annotation = {.origin = flight->is_control ? ORIGIN_CONTROL : origin,
                                    .resolve_ns = DURATION_UNKNOWN,
                                    .translated = sighting->translated,
                                    .from = sighting->segment->src,
                                    .to = sighting->segment->dst};
    if (!recorder_works(recorder))
        return;
    if (flight->conversation == NULL && !flight->is_control)
        annotate_first(flight, &annotation);
    recorder_packet(recorder, sighting->recorded_as, sighting->frame, &annotation);
}

/* Everything that a conversation learns goes through here, so that the recording has it too. */
static void feed(struct flight *flight, const struct sighting *sighting, enum origin origin)
{
    bool first = flight->conversation == NULL;
    if (first && sighting->kind == SEGMENT_ICMP_ERROR)
        return;
    if (!first && sighting->kind == SEGMENT_TCP &&
        conversation_is_succeeded_by(flight->conversation, sighting->segment))
        return; /* a connection of the peer's own, on our tuple: not what this one is about */
    record(flight, sighting, origin);
    struct flows *flows = flight->edges->flows;
    struct conversation *c = flows_input(flows, sighting->segment, sighting->kind, origin);
    if (flows_lost(flows) > 0 || flows_unlisted(flows) > 0)
        failure_note_memory(flight->edges->failure);
    if (c == NULL || !first)
        return;
    flight->conversation = c;
    c->target = flight->attempt.target;
    c->place = flight->attempt.place;
    c->resolve_ns = flight->attempt.resolve_ns;
    c->interface = sighting->tap->interface;
}

/* The oldest segment that did not come back enters the conversation with the time of sending. */
static void take_unseen(struct flight *flight)
{
    struct segment segment;
    struct echo *echo = echoes_give_up(&flight->echoes);
    struct frame frame = {
        .time_ns = timeofday_at(flight->edges->timeofday, echo->sent.monotonic_ns),
        .bytes = echo->bytes,
        .captured_len = echo->sent.len < CAPTURE_SNAPLEN ? echo->sent.len : CAPTURE_SNAPLEN,
        .wire_len = echo->sent.len,
        .link = LINK_RAW,
    };
    struct sighting sighting = {
        .frame = &frame,
        .segment = &segment,
        .kind = segment_decode(&frame, &segment),
        .recorded_as = trace_unseen_interface(flight->edges->recorder, flight->attempt.tap),
        .tap = flight->attempt.tap,
    };
    if (sighting.kind == SEGMENT_TCP)
        feed(flight, &sighting, ORIGIN_USER_SPACE);
    free(echo);
}

static void take_all_unseen(struct flight *flight)
{
    while (flight->echoes.head != NULL)
        take_unseen(flight);
}

/* Neighbours that do not answer keep what waits for them in the send buffer, for seconds. A first
 * segment then has to wait; a later one counts as lost on its way, as it would be one hop further
 * on. */
static bool wait_for_room(struct flight *flight)
{
    bool first = flight->conversation == NULL && flight->echoes.head == NULL;
    int64_t now_ns = clock_monotonic_ns();
    if (!first)
        return true;
    if (flight->busy_since_ns == 0)
        flight->busy_since_ns = now_ns;
    prober_begin_again(&flight->prober);
    return now_ns - flight->busy_since_ns < BUSY_MOST_NS && !flight->cancelled;
}

/* This host does not let it out. Its firewall may have answered in the peer's place, and a first
 * segment waits for that. Returns whether the connection goes on: later segments count as lost. */
static bool take_refusal(struct flight *flight, int code, const struct sent *sent)
{
    bool first = flight->conversation == NULL && flight->echoes.head == NULL;
    if (code == TRANSMIT_UNSENT && !first)
        return !flight->cancelled;
    flight->attempt.route.error = sent->refusal;
    flight->refused = true;
    if (first && flight->edges->throttle != NULL && flight->attempt.throttled)
        throttle_unseen(flight->edges->throttle, sent->monotonic_ns);
    if (code == TRANSMIT_REFUSED && first && !echoes_push(&flight->echoes, sent))
        failure_note_memory(flight->edges->failure);
    return false;
}

/* What a failure to send means. Returns whether the connection goes on. */
static bool take_failure(struct flight *flight, int code, const struct sent *sent,
                         const struct error *error)
{
    if (code == TRANSMIT_BUSY && wait_for_room(flight))
        return true;
    if (code == TRANSMIT_REFUSED || code == TRANSMIT_UNSENT)
        return take_refusal(flight, code, sent);
    if (flight->cancelled)
        return false;
    failure_note(flight->edges->failure, error);
    return flight->conversation != NULL; /* the run is cancelled, and that resets what is open */
}

/* Returns whether the connection goes on. */
static bool take_sent(struct flight *flight, int code, const struct sent *sent,
                      const struct error *error)
{
    if (code != 0)
        return take_failure(flight, code, sent, error);
    flight->busy_since_ns = 0;
    if (flight->first_tsval == 0)
        flight->first_tsval = sent->mark.tsval;
    if (!echoes_push(&flight->echoes, sent))
        failure_note_memory(flight->edges->failure);
    return true;
}

static void note_syn(struct flight *flight, int64_t now_ns)
{
    bool is_first = flight->syn_ns == 0 || (flight->syn_unseen && flight->lost_syn_ns == 0);
    if (is_first && flight->edges->throttle != NULL)
        flight->era = flight->edges->throttle->era;
    flight->lost_syn_ns = flight->syn_unseen ? 0 : flight->syn_ns;
    flight->syn_ns = now_ns;
    flight->syn_unseen = false;
}

/* Segments without payload go out together: answers when what was captured is read, SYNs when
 * those of the round are queued. */
static bool send_segment(struct flight *flight, const struct outgoing *segment)
{
    struct error error;
    struct sent sent;
    struct sender *sender = flight->edges->sender;
    unsigned ifindex = flight->attempt.route.required_ifindex;
    if (segment->payload_len > 0 || sender_is_full(sender))
        sender_flush(sender, flight_sent);
    if (flight->stopped)
        return false; /* one of its own could not be sent */
    if (segment->payload_len == 0) {
        sender_queue(sender, segment, ifindex, flight);
        flight->queued = true;
        return true;
    }
    int code = sender_send(sender, segment, ifindex, &sent, &error);
    if (flags_are_of_syn(segment->flags))
        note_syn(flight, sent.monotonic_ns);
    return take_sent(flight, code, &sent, &error);
}

/* Of what was refused, and not sent, no echo comes: an answer by the firewall does, at once. */
static bool is_refused(const struct flight *flight)
{
    return flight->refused && flight->conversation == NULL;
}

static int64_t echo_due_ns(const struct flight *flight)
{
    const struct echo *oldest = flight->echoes.head;
    int64_t grace_ns = is_refused(flight) ? REFUSAL_GRACE_NS : ECHO_GRACE_NS;
    return oldest != NULL ? oldest->sent.monotonic_ns + grace_ns : INT64_MAX;
}

/* When it is to be looked at again: its prober's wish, or the time to give an echo up. */
static void wake_at(struct flight *flight, int64_t wake_ns)
{
    int64_t due_ns = echo_due_ns(flight);
    if (!timers_set(flight->edges->timers, &flight->timer, due_ns < wake_ns ? due_ns : wake_ns))
        failure_note_memory(flight->edges->failure);
}

static struct side_probe side_probe_of(struct flight *flight)
{
    const struct flight_edges *edges = flight->edges;
    const struct route *route = &flight->attempt.route;
    return (struct side_probe){
        .prober = &flight->prober,
        .sender = edges->sender,
        .recorder = edges->recorder,
        .failure = edges->failure,
        .timeofday = edges->timeofday,
        .pace = edges->side_pace,
        .tap = flight->attempt.tap,
        .ifindex = route->required_ifindex,
        .unlimited = strcmp(route->interface, LOOPBACK) == 0,
    };
}

static bool begin_measurement(struct flight *flight)
{
    const struct flight_edges *edges = flight->edges;
    struct measurement *measurement = calloc(1, sizeof *measurement);
    flight->measurement = measurement;
    if (measurement == NULL) {
        failure_note_memory(edges->failure);
        return false;
    }
    measurement->mtu.ours = flight->ours;
    measurement->mtu.theirs = flight->attempt.server;
    measurement->mtu.device_bytes = flight->attempt.route.device_mtu;
    measurement->search =
        (struct mtu_search){.most = measurement->mtu.device_bytes,
                            .round_trip_ns = flight->conversation->times.syn_rtt_ns};
    measurement->side = side_probe_of(flight);
    return true;
}

/* When the measurement has to go on, or MEASUREMENT_OVER; then the prober goes on. */
static int64_t measure(struct flight *flight, int64_t now_ns)
{
    int64_t wake_ns = MEASUREMENT_OVER;
    sender_flush(flight->edges->sender, flight_sent); /* what is sent beside it goes at once */
    if (flight->measurement != NULL || begin_measurement(flight))
        wake_ns = measurement_advance(flight->measurement, flight->conversation, now_ns);
    if (wake_ns == MEASUREMENT_OVER)
        prober_has_measured(&flight->prober, flight->measurement != NULL
                                                 ? measurement_told(flight->measurement)
                                                 : 0);
    return wake_ns;
}

/* Does what the prober wants to be done at that time. */
static void advance(struct flight *flight, int64_t now_ns)
{
    for (int sent = 0; !flight->stopped && sent < SEND_BATCH; sent++) {
        struct prober_action action = prober_next(&flight->prober, flight->conversation, now_ns);
        if (action.verb == PROBER_WAIT && prober_measures(&flight->prober)) {
            action.wake_ns = measure(flight, now_ns);
            if (action.wake_ns == MEASUREMENT_OVER)
                continue;
        }
        if (action.verb == PROBER_WAIT) {
            wake_at(flight, action.wake_ns);
            return;
        }
        flight->stopped = action.verb == PROBER_STOP || !send_segment(flight, &action.segment);
        if (!flight->stopped && flight->busy_since_ns != 0) {
            wake_at(flight, now_ns + BUSY_PAUSE_NS);
            return;
        }
    }
    wake_at(flight, now_ns); /* to go on; or its end may wait for something */
}

void flight_sent(void *owner, int code, const struct sent *sent, const struct error *error)
{
    struct flight *flight = owner;
    int64_t wake_ns = flight->timer.due_ns;
    flight->queued = false;
    if (flags_are_of_syn(sent->mark.flags))
        note_syn(flight, sent->monotonic_ns);
    if (!take_sent(flight, code, sent, error)) {
        flight->stopped = true;
        wake_ns = sent->monotonic_ns;
    } else if (flight->busy_since_ns != 0) {
        wake_ns = sent->monotonic_ns + BUSY_PAUSE_NS;
    }
    wake_at(flight, wake_ns);
}

static enum origin origin_of(enum echo_match match, const struct segment *segment)
{
    bool reset = (segment->flags & TCP_RST) != 0;
    return match == ECHO_FOREIGN && reset ? ORIGIN_LOCAL_KERNEL : ORIGIN_WIRE;
}

/* Looked at at once, and in its turn: what a trace has to send waits for the timers. */
static void wake_for_trace(struct flight *flight)
{
    wake_at(flight, clock_monotonic_ns());
}

/* Whether it tells if SYNs leave this host. One to a neighbour may still wait for its address. */
static bool tells_departures(const struct flight *flight)
{
    return flight->edges->throttle != NULL && flight->attempt.throttled && !flight->attempt.on_link;
}

static void note_unseen(struct flight *flight, const struct sent *sent)
{
    if (!flags_are_of_syn(sent->mark.flags) || !tells_departures(flight))
        return;
    flight->syn_unseen = true;
    throttle_unseen(flight->edges->throttle, sent->monotonic_ns);
}

/* Its frame was read late. */
static void note_seen(struct flight *flight)
{
    if (flight->syn_unseen)
        throttle_seen_late(flight->edges->throttle, flight->syn_ns);
    flight->syn_unseen = false;
}

void flight_take_outgoing(struct flight *flight, const struct sighting *sighting)
{
    if (flight->trace != NULL && trace_take_outgoing(flight->trace, sighting))
        return;
    if (flight->measurement != NULL && measurement_take_outgoing(flight->measurement, sighting))
        return;
    enum echo_match match = echoes_match(&flight->echoes, sighting->segment);
    if (echoes_lack_memory(&flight->echoes))
        failure_note_memory(flight->edges->failure);
    flight->echoed = flight->echoed || match != ECHO_FOREIGN;
    if (match == ECHO_LATE)
        note_seen(flight);
    else
        feed(flight, sighting, origin_of(match, sighting->segment));
    int64_t now_ns = clock_monotonic_ns();
    if (prober_repeats_syn(&flight->prober, now_ns) || prober_gives_up_syn(&flight->prober, now_ns))
        wake_at(flight, now_ns); /* its timer has to look at the throttle */
    else
        advance(flight, now_ns);
}

static void catch_up(struct flight *flight, int64_t now_ns)
{
    if (!flight->stopped && !flight->held && !flight->cancelled)
        prober_catch_up(&flight->prober, now_ns);
}

/* Tells the throttle of the first answer. */
static void note_answer(struct flight *flight, int64_t now_ns)
{
    struct throttle *throttle = flight->edges->throttle;
    if (flight->attempt.answered)
        return;
    flight->attempt.answered = true;
    if (throttle != NULL && flight->attempt.throttled)
        throttle_answered(throttle, flight->era,
                          flight->lost_syn_ns != 0 ? flight->lost_syn_ns : INT64_MIN, now_ns);
}

#define COOKIE_ROOM 18u /* beside the options that every SYN has */
#define MPTCP_ROOM  4u

/* RFC 7413, 4.1.1; a cookie that finds no room beside the other options cannot be sent. */
static void learn_cookie(const struct flight *flight, const struct segment *segment)
{
    struct fast_open_cookie *cookie = flight->attempt.plan.cookie;
    const struct tcp_options *o = &segment->options;
    unsigned offers = flight->attempt.plan.offers;
    uint32_t room = COOKIE_ROOM - ((offers & OFFER_BIT(OFFER_MPTCP)) != 0 ? MPTCP_ROOM : 0);
    if (cookie == NULL || (offers & OFFER_BIT(OFFER_FASTOPEN)) == 0 ||
        !segment_is_syn_ack(segment) || !o->fast_open || o->fast_open_cookie_len == 0 ||
        o->fast_open_cookie_len > room)
        return;
    cookie->len = o->fast_open_cookie_len;
    memcpy(cookie->octets, o->fast_open_cookie, sizeof cookie->octets);
}

static void hold_back(struct flight *flight, int64_t now_ns)
{
    struct held *held = flight->edges->held;
    flight->held = true;
    flight->held_ns = now_ns;
    flight->held_after = NULL;
    flight->held_before = held->last;
    *(held->last != NULL ? &held->last->held_after : &held->first) = flight;
    held->last = flight;
    wake_at(flight, INT64_MAX);
}

static void let_through(struct flight *flight)
{
    struct held *held = flight->edges->held;
    if (!flight->held)
        return;
    flight->held = false;
    *(flight->held_before != NULL ? &flight->held_before->held_after : &held->first) =
        flight->held_after;
    *(flight->held_after != NULL ? &flight->held_after->held_before : &held->last) =
        flight->held_before;
}

/* Acts on what arrived. What answers a SYN that waits for the throttle ends that wait. */
static void go_on(struct flight *flight, int64_t now_ns)
{
    advance(flight, now_ns);
    if (!prober_repeats_syn(&flight->prober, now_ns))
        let_through(flight);
}

void flight_take_incoming(struct flight *flight, const struct sighting *sighting)
{
    if (flight->trace != NULL && trace_take_incoming(flight->trace, sighting)) {
        wake_for_trace(flight);
        return;
    }
    flight->heard = true;
    int64_t now_ns = clock_monotonic_ns();
    while (echoes_acknowledged(&flight->echoes, sighting->segment))
        take_unseen(flight);
    if (flight->measurement != NULL &&
        measurement_take_incoming(flight->measurement, flight->conversation, sighting)) {
        advance(flight, now_ns);
        return;
    }
    if (flight->conversation != NULL) { /* before our SYN nothing can be an answer */
        feed(flight, sighting, ORIGIN_WIRE);
        if (flight->conversation->ends[SERVER].seen)
            note_answer(flight, now_ns);
        if (flight->conversation->ends[SERVER].syn_seen)
            learn_cookie(flight, sighting->segment);
    }
    catch_up(flight, now_ns);
    go_on(flight, now_ns);
}

/* The connection is over when its path is followed: an error that comes later, even about a SYN of
 * its own, changes its verdict no more than without --path. */
static void take_icmp_of_path(struct flight *flight, const struct sighting *sighting)
{
    if (trace_take_icmp(flight->trace, sighting))
        wake_for_trace(flight);
}

void flight_take_icmp(struct flight *flight, const struct sighting *sighting)
{
    if (flight->trace != NULL) {
        take_icmp_of_path(flight, sighting);
        return;
    }
    if (flight->measurement != NULL && measurement_take_icmp(flight->measurement, sighting)) {
        advance(flight, clock_monotonic_ns());
        return;
    }
    while (echoes_quoted(&flight->echoes, sighting->segment))
        take_unseen(flight);
    feed(flight, sighting, ORIGIN_WIRE);
    advance(flight, clock_monotonic_ns());
}

void flight_take_local_error(struct flight *flight, const struct sighting *sighting)
{
    struct sighting unseen = *sighting;
    take_all_unseen(flight);
    unseen.recorded_as = trace_unseen_interface(flight->edges->recorder, flight->attempt.tap);
    if (flight->trace != NULL) {
        take_icmp_of_path(flight, &unseen);
        return;
    }
    if (flight->measurement != NULL && measurement_take_icmp(flight->measurement, &unseen))
        return;
    feed(flight, &unseen, ORIGIN_WIRE);
    advance(flight, clock_monotonic_ns());
}

/* At the end of the wait, a SYN is sent again if it may have been lost because SYNs were sent too
 * fast, or its answer because a capture dropped frames. */
static void try_again_in_doubt(struct flight *flight, int64_t now_ns)
{
    unsigned most = flight->attempt.throttled ? TRIES_MORE : TRIES_MORE_ALONE;
    if (flight->attempt.answered || flight->tries_more >= most ||
        !prober_gives_up_syn(&flight->prober, now_ns) ||
        !throttle_doubts(flight->edges->throttle, flight->syn_ns, flight->syn_unseen))
        return;
    flight->tries_more++;
    prober_try_again(&flight->prober, now_ns);
}

/* A SYN that is due again waits for the throttle, and its prober waits as much longer. */
static bool is_held_back(struct flight *flight, int64_t now_ns)
{
    struct throttle *throttle = flight->edges->throttle;
    if (throttle == NULL || flight->cancelled)
        return false;
    if (flight->held) {
        wake_at(flight, INT64_MAX); /* an echo was due */
        return true;
    }
    try_again_in_doubt(flight, now_ns);
    if (!flight->attempt.throttled || !prober_repeats_syn(&flight->prober, now_ns))
        return false;
    if (flight->edges->held->first == NULL && throttle_take(throttle, now_ns))
        return false;
    hold_back(flight, now_ns);
    return true;
}

void flight_release(struct flight *flight, int64_t now_ns)
{
    let_through(flight);
    prober_postpone(&flight->prober, now_ns - flight->held_ns);
    advance(flight, now_ns);
}

static bool delivery_is_awaited(const struct flight *flight, int64_t now_ns)
{
    return flight->heard && flight->deliveries != NULL &&
           delivery_is_pending(flight->deliveries, &flight->begun, now_ns);
}

/* The kernel gives a socket that is bound to an interface what comes by that one alone; the guard
 * is bound to none, and counts it all the same. In a VRF, that is any of its interfaces. What this
 * host answers over lo itself is for the interface that has the address. */
static bool came_elsewhere(const struct flight *flight)
{
    const struct route *route = &flight->attempt.route;
    bool here = flight->heard_here && route->required_ifindex != LOOPBACK_IFINDEX;
    bool elsewhere = flight->heard ? !here : flight->erred && !flight->erred_here;
    return elsewhere && route->required_ifindex != 0 && route->required_ifindex == route->ifindex;
}

enum delivery flight_delivery(const struct flight *flight)
{
    if (flight->trace != NULL)
        return (enum delivery)flight->delivery;
    if (came_elsewhere(flight))
        return NOT_DELIVERED;
    return flight->heard && flight->deliveries != NULL
               ? delivery_judge(flight->deliveries, &flight->begun)
               : DELIVERY_UNKNOWN;
}

static bool begin_trace(struct flight *flight)
{
    const struct flight_edges *edges = flight->edges;
    const struct conversation *c = flight->conversation;
    struct trace *trace = calloc(1, sizeof *trace);
    flight->delivery = flight_delivery(flight) & 3u;
    flight->trace = trace;
    if (trace == NULL) {
        failure_note_memory(edges->failure);
        return false;
    }
    trace->began_ns = timeofday_at(edges->timeofday, clock_monotonic_ns());
    trace->path.ours = flight->ours;
    trace->path.theirs = flight->attempt.server;
    trace->tracer = (struct tracer){.hops_max = edges->hops_max,
                                    .target_answers = c->ends[SERVER].seen,
                                    .round_trip_ns = c->times.syn_rtt_ns};
    trace->side = side_probe_of(flight);
    trace->names = edges->hop_names;
    return true;
}

/* Returns false when it is over, or was not wanted. */
static bool go_on_with_trace(struct flight *flight, int64_t now_ns)
{
    bool wanted = flight->edges->hops_max > 0 && flight->conversation != NULL &&
                  !flight->cancelled && !flight->clock_was_set && !flight->is_control;
    if (!wanted || (flight->trace == NULL && !begin_trace(flight)))
        return false;
    int64_t wake_ns = trace_advance(flight->trace, now_ns);
    if (wake_ns != TRACE_OVER)
        wake_at(flight, wake_ns);
    return wake_ns != TRACE_OVER;
}

static void opinion_has_come(void *owner)
{
    wake_at(owner, clock_monotonic_ns());
}

/* When the verdict stands, connect(2) is asked. Returns false when it has answered, or when that is
 * not wanted. */
static bool await_opinion(struct flight *flight)
{
    const struct inquiries *inquiries = flight->edges->inquiries;
    if (inquiries == NULL || flight->cancelled || flight->is_control ||
        flight->conversation == NULL)
        return false;
    if (flight->inquiry == NULL)
        flight->inquiry = inquiry_begin(inquiries, &flight->attempt.server,
                                        flight->attempt.route.ifindex, opinion_has_come, flight);
    if (flight->inquiry == NULL)
        failure_note_memory(flight->edges->failure);
    if (flight->inquiry == NULL || flight->inquiry->done)
        return false;
    wake_at(flight, INT64_MAX);
    return true;
}

/* A firewall of this host that limits the rate lets the SYN out later. */
static void ask_again(struct flight *flight, int64_t now_ns)
{
    flight->stopped = flight->refused = flight->refusal_known = false;
    prober_begin_again(&flight->prober);
    hold_back(flight, now_ns);
}

/* A refused SYN tells nothing of its target if many were refused and others were not. Returns
 * whether the flight waits for what is known of these, or for the throttle. */
static bool await_others(struct flight *flight, int64_t now_ns)
{
    const struct throttle *throttle = flight->edges->throttle;
    if (!is_refused(flight) || flight->echoes.head != NULL || flight->cancelled ||
        throttle == NULL || !flight->attempt.throttled)
        return false;
    if (flight->refused_since_ns == 0)
        flight->refused_since_ns = flight->syn_ns;
    if (!flight->refusal_known) {
        flight->refusal_known = true;
        wake_at(flight, flight->syn_ns + THROTTLE_REMEMBERS_NS);
        return true;
    }
    if (now_ns - flight->refused_since_ns > flight->attempt.plan.timeout_ns ||
        !throttle_loses_here(throttle, flight->syn_ns))
        return false;
    ask_again(flight, now_ns);
    return true;
}

bool flight_wake(struct flight *flight, int64_t now_ns)
{
    if (flight->queued)
        return true; /* flight_sent sets its timer again */
    if (is_refused(flight) && echo_due_ns(flight) <= now_ns)
        echoes_free(&flight->echoes);
    while (echo_due_ns(flight) <= now_ns) {
        note_unseen(flight, &flight->echoes.head->sent);
        take_unseen(flight);
    }
    catch_up(flight, now_ns);
    if (!flight->stopped && is_held_back(flight, now_ns))
        return true;
    if (flight->stopped && await_others(flight, now_ns))
        return true;
    if (!flight->stopped)
        advance(flight, now_ns);
    else if (flight->echoes.head != NULL)
        wake_at(flight, INT64_MAX);
    else if (flight->trace == NULL && delivery_is_awaited(flight, now_ns))
        wake_at(flight, now_ns + DELIVERY_PAUSE_NS);
    else
        return go_on_with_trace(flight, now_ns) || await_opinion(flight);
    return true;
}

void flight_begin(struct flight *flight, const struct prober_numbers *numbers, int64_t now_ns)
{
    prober_init(&flight->prober, &flight->attempt.plan, &flight->ours, &flight->attempt.server,
                numbers);
    advance(flight, now_ns);
}

void flight_cancel(struct flight *flight, int64_t now_ns)
{
    flight->cancelled = true;
    flight->cut_short = !flight->stopped;
    prober_cancel(&flight->prober);
    if (!flight->stopped)
        advance(flight, now_ns);
    else if (flight->trace != NULL || flight->inquiry != NULL)
        wake_at(flight, now_ns);
}

void flight_end(struct flight *flight)
{
    let_through(flight);
    if (!is_refused(flight))
        take_all_unseen(flight);
    echoes_free(&flight->echoes);
    if (flight->trace != NULL)
        trace_end(flight->trace);
    if (flight->measurement != NULL)
        measurement_end(flight->measurement);
    timers_unset(flight->edges->timers, &flight->timer);
}

bool flight_recognizes(const struct flight *flight, const struct quote *quote)
{
    return (flight->trace != NULL && path_knows_quote(&flight->trace->path, quote)) ||
           (flight->measurement != NULL && path_mtu_knows_quote(&flight->measurement->mtu, quote));
}

void flight_free(struct flight *flight)
{
    free(flight->trace);
    free(flight->measurement);
    flight->trace = NULL;
    if (flight->inquiry != NULL)
        inquiry_end(flight->edges->inquiries, flight->inquiry);
    flight->inquiry = NULL;
    flight->measurement = NULL;
}
