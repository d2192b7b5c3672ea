/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/flights.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "flight/landing.h"
#include "net/clock.h"
#include "wire/decode.h"

#define STEP_TOLD_NS 10000000000 /* from one warning to the next */

static int64_t look_at_clock(struct flights *flights)
{
    const struct clock_look look = clock_look();
    return timeofday_look(&flights->timeofday, look.before_ns, look.epoch_ns, look.after_ns);
}

int flights_open(struct flights *flights, struct error *error)
{
    struct flows_config config = {.open_max = UINT32_MAX,
                                  .linger_ns = INT64_MAX,
                                  .keep_steps = !flights->without_steps,
                                  .without_words = flights->without_words};
    if (random_fill(config.key, sizeof config.key, error) != 0 ||
        numbers_init(&flights->numbers, error) != 0)
        return -1;
    flights->edges = (struct flight_edges){
        .sender = flights->sender,
        .recorder = flights->recorder,
        .flows = flows_new(&config),
        .timers = flights->timers,
        .taps = flights->taps,
        .failure = flights->failure,
        .timeofday = &flights->timeofday,
        .throttle = flights->throttle,
        .held = &flights->held,
        .hop_names = flights->hop_names,
        .inquiries = flights->inquiries,
        .side_pace = &flights->side_pace,
        .hops_max = flights->hops_max,
    };
    flights->unsents = (struct unsents){.inquiries = flights->inquiries,
                                        .failure = flights->failure,
                                        .recorder = flights->recorder,
                                        .output = flights->output};
    if (flights->edges.flows == NULL)
        return error_set_memory(error, "out of memory");
    look_at_clock(flights);
    flights->step_told_ns = -STEP_TOLD_NS;
    return pool_open(&flights->pool, config.key, error);
}

uint32_t flights_count(const struct flights *flights)
{
    return flights->pool.count + flights->unsents.count;
}

const struct conversation *flights_conversation(const struct flights *flights)
{
    const struct flight *flight = pool_next(&flights->pool, NULL);
    while (flight != NULL && flight->is_control)
        flight = pool_next(&flights->pool, flight);
    return flight != NULL ? flight->conversation : NULL;
}

/* A fixed source port may be held at one address alone, that of the connection. */
bool flights_is_own_guard(const struct flights *flights, const struct attempt *attempt)
{
    const struct lane *lane = flights->lane;
    bool at_address =
        lane->first < lane->last || address_equal(&attempt->route.source, &attempt->server.address);
    return at_address && strcmp(attempt->route.interface, LOOPBACK) == 0 &&
           lane_deliveries(lane, &attempt->server) != NULL;
}

void flights_report_unsent(struct flights *flights, const struct attempt *attempt,
                           enum reason reason)
{
    unsents_add(&flights->unsents, attempt, reason);
}

/* A clock may be stepped many times a second: the first step is told at once, and those of the next
 * seconds together with one after them, or at the end. */
static void warn_of_step(struct flights *flights, int64_t step_ns, uint32_t concerned)
{
    int64_t now_ns = clock_monotonic_ns();
    flights->step_untold += concerned;
    if (flights->quiet || now_ns < flights->step_told_ns + STEP_TOLD_NS)
        return;
    warning("the clock was stepped by %+.6f s: the durations of connections in flight (%lu) are "
            "unknown",
            (double)step_ns / 1e9, (unsigned long)flights->step_untold);
    flights->step_untold = 0;
    flights->step_told_ns = now_ns;
}

static void warn_of_other_steps(const struct flights *flights)
{
    if (!flights->quiet && flights->step_untold > 0)
        warning("the clock was stepped again: the durations of %lu more connections are unknown",
                (unsigned long)flights->step_untold);
}

/* The stamps of connections in flight may be off by that step. */
static void distrust_stamps(struct flights *flights, int64_t step_ns)
{
    timeofday_adopt(&flights->timeofday);
    if (flights->pool.count == 0)
        return;
    warn_of_step(flights, step_ns, flights->pool.count);
    struct flight *flight = NULL;
    while ((flight = pool_next(&flights->pool, flight)) != NULL)
        flight->clock_was_set = true;
}

/* What is read is stamped before the last look, or else there is another look first; so that a step
 * forward is known in time. After a step back, a stamp may seem older. */
static void watch_clock(struct flights *flights)
{
    int64_t step_ns = look_at_clock(flights);
    bool unseen = flights->reads && step_ns < 0;
    if (step_ns != 0 && (unseen || !timeofday_bridges(&flights->timeofday)))
        distrust_stamps(flights, step_ns);
}

void flights_reading(struct flights *flights)
{
    watch_clock(flights);
    flights->reads = true;
    flights->reading_ns = flights->timeofday.looked_ns;
}

void flights_have_read(struct flights *flights, bool all)
{
    watch_clock(flights);
    flights->reads = false;
    if (all)
        timeofday_drained(&flights->timeofday, flights->reading_ns);
}

/* What was kept for it beside the pool. */
static void forget(struct flights *flights, struct flight *flight)
{
    copies_free(&flight->copies);
    if (flight->wire == NULL)
        return;
    translations_forget(&flights->translations, flight);
    if (flight->wire->followed[0] != 0)
        taps_unfollow(flights->taps, flight->wire->followed);
    free(flight->wire);
    flight->wire = NULL;
}

static void leave_pool(struct flights *flights, struct flight *flight)
{
    watch_clock(flights);
    if (flight->queued)
        flights_flush(flights);
    flight_end(flight);
    pool_remove(&flights->pool, flight);
    if (flight->other != NULL)
        flight->other->other = NULL;
}

static void recycle(struct flights *flights, struct flight *flight)
{
    flight->next = flights->spare;
    flights->spare = flight;
}

/* Where the state of its host's control port stands, or is to stand; NULL: nowhere. A port says
 * nothing about itself. */
static struct host_note *note_of(struct flights *flights, const struct flight *flight)
{
    const struct conversation *c = flight->conversation;
    const struct endpoint *server = &flight->attempt.server;
    bool has_one = flight->attempt.control_port != 0 &&
                   (flight->is_control || (c != NULL && c->ends[SERVER].syn_seen));
    struct host_note *note = has_one ? host_notes_of(&flights->notes, &server->address) : NULL;
    bool own = note != NULL && !flight->is_control && note->control_port == server->port;
    if (flights->notes.lacks_memory)
        failure_note_memory(flights->failure);
    return own ? NULL : note;
}

/* control is what a plain connection beside it showed; NULL: there was none. */
static void land(struct flights *flights, struct flight *flight,
                 const struct offer_control *control)
{
    leave_pool(flights, flight);
    flight->attempt.astray = flight->conversation == NULL ||
                             !flight->conversation->ends[SERVER].syn_seen ||
                             flight_delivery(flight) == NOT_DELIVERED;
    if (flight->conversation != NULL)
        landing_report(flight, control, note_of(flights, flight), flights->output);
    else if (flight->refused)
        flights_report_unsent(flights, &flight->attempt,
                              landing_reason(flight->attempt.route.error));
    flight_free(flight);
    forget(flights, flight);
    flight->next = flights->landed;
    flights->landed = flight;
}

bool flights_next_landed(struct flights *flights, struct attempt *attempt)
{
    struct flight *flight = flights->landed;
    if (flight == NULL)
        return false;
    flights->landed = flight->next;
    *attempt = flight->attempt;
    recycle(flights, flight);
    return true;
}

/* A plain connection is over: so is the one that it was made beside. */
static void land_control(struct flights *flights, struct flight *control)
{
    struct flight *flight = control->other;
    struct host_note *note = note_of(flights, control);
    leave_pool(flights, control);
    struct offer_control found = landing_control(control);
    flight_free(control);
    forget(flights, control);
    recycle(flights, control);
    if (note != NULL) {
        note->state = (uint8_t)(found.made ? found.port_state : PORT_UNKNOWN);
        note->known = true;
    }
    if (flight == NULL)
        return;
    land(flights, flight, note == NULL ? &found : NULL);
}

/* Whether a plain connection can tell that the offer is why nothing answered. It needs a port of
 * its own. */
static bool wants_control(const struct flights *flights, const struct flight *flight)
{
    const struct conversation *c = flight->conversation;
    return flight->attempt.controlled && !flight->control_tried && !flight->cancelled &&
           c != NULL && c->ends[CLIENT].syn_seen && !c->ends[SERVER].syn_seen &&
           !c->course.local_reset && flights->lane->count > 1;
}

static struct flight *begin(struct flights *flights, const struct attempt *attempt, uint32_t nth,
                            bool is_control, struct error *error);

static void make_plain(struct attempt *attempt)
{
    attempt->plan.offers = 0;
    attempt->plan.payload_len = 0;
    attempt->plan.hold_ns = 0;
    attempt->plan.cookie = NULL;
    attempt->controlled = attempt->answered = attempt->on_link = false;
    attempt->control_port = 0;
}

/* Returns false where memory ran out. */
static bool look_again(struct flights *flights, struct flight *flight, int64_t at_ns)
{
    bool set = timers_set(flights->timers, &flight->timer, at_ns);
    if (!set)
        failure_note_memory(flights->failure);
    return set;
}

/* The port of a connection beside another is optional, memory is not. Returns as begin does. */
static struct flight *begin_beside(struct flights *flights, const struct flight *flight,
                                   const struct attempt *attempt)
{
    struct error error;
    struct flight *beside = begin(flights, attempt, flight->iss, true, &error);
    if (beside == NULL)
        (void)failure_note_if_memory(flights->failure, &error);
    return beside;
}

/* It opens and closes, and sends nothing. Returns false if none was begun; otherwise the flight
 * waits for it, or for the throttle. */
static bool begin_control(struct flights *flights, struct flight *flight, int64_t now_ns)
{
    struct attempt attempt = flight->attempt;
    struct throttle *throttle = flights->throttle;
    if (throttle != NULL && attempt.throttled && !throttle_take(throttle, now_ns))
        return look_again(flights, flight, throttle_next_ns(throttle));
    make_plain(&attempt);
    flight->control_tried = true;
    flight->other = begin_beside(flights, flight, &attempt);
    if (flight->other != NULL)
        flight->other->other = flight;
    return flight->other != NULL;
}

/* Returns false where there is no port for it. */
static bool ask_control_port(struct flights *flights, struct flight *flight, struct host_note *note)
{
    struct attempt attempt = flight->attempt;
    make_plain(&attempt);
    attempt.server.port = note->control_port = flight->attempt.control_port;
    attempt.control_port = attempt.server.port;
    attempt.plan.close = CLOSE_HALF_OPEN;
    flight->other = begin_beside(flights, flight, &attempt);
    if (flight->other == NULL) {
        note->state = PORT_UNKNOWN;
        note->known = true;
        return false;
    }
    flight->other->other = flight;
    return true;
}

#define CONTROL_LOOK_NS INT64_C(20000000) /* at what another connection asked */

/* Whether "open" holds against a port that ought to be closed, which each host is asked once.
 * Returns whether the flight waits for the answer, or for the throttle. */
static bool await_control_port(struct flights *flights, struct flight *flight, int64_t now_ns)
{
    struct throttle *throttle = flights->throttle;
    struct host_note *note = flight->cancelled ? NULL : note_of(flights, flight);
    if (note == NULL || note->known)
        return false;
    if (note->control_port != 0)
        return look_again(flights, flight, now_ns + CONTROL_LOOK_NS);
    if (throttle != NULL && flight->attempt.throttled && !throttle_take(throttle, now_ns))
        return look_again(flights, flight, throttle_next_ns(throttle));
    return ask_control_port(flights, flight, note);
}

/* Returns whether the flight waits for a connection beside it. */
static bool await_control(struct flights *flights, struct flight *flight, int64_t now_ns)
{
    return (wants_control(flights, flight) && begin_control(flights, flight, now_ns)) ||
           await_control_port(flights, flight, now_ns);
}

static void flight_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct flights *flights = context;
    struct flight *flight = (struct flight *)timer;
    if (flight_wake(flight, now_ns))
        return;
    if (flight->is_control)
        land_control(flights, flight);
    else if (flight->other == NULL && !await_control(flights, flight, now_ns))
        land(flights, flight, NULL);
}

void flights_flush(struct flights *flights)
{
    sender_flush(flights->sender, flight_sent);
}

int64_t flights_release(struct flights *flights, int64_t now_ns)
{
    struct flight *flight;
    while ((flight = flights->held.first) != NULL && !sender_is_full(flights->sender)) {
        if (!throttle_take(flights->throttle, now_ns))
            return throttle_next_ns(flights->throttle);
        flight_release(flight, now_ns);
    }
    return flight != NULL ? now_ns : INT64_MAX;
}

/* A tuple is never used twice at once; nor the other way round, where targets are ports of this
 * host: both would be one connection, as in a simultaneous open. */
static bool is_free(const struct pool *pool, const struct endpoint *ours,
                    const struct endpoint *theirs)
{
    return endpoint_difference(ours, theirs) != 0 && pool_find(pool, ours, theirs) == NULL &&
           pool_find(pool, theirs, ours) == NULL;
}

static bool choose_port(const struct flights *flights, const struct attempt *attempt, uint32_t nth,
                        struct endpoint *ours)
{
    const struct lane *lane = flights->lane;
    ours->address = attempt->route.source;
    for (uint32_t i = 0; i < lane->count; i++) {
        ours->port = lane_port(lane, nth + i);
        if (is_free(&flights->pool, ours, &attempt->server))
            return true;
    }
    return false;
}

static struct flight *new_flight(struct flights *flights)
{
    struct flight *flight = flights->spare;
    if (flight == NULL)
        return calloc(1, sizeof *flight);
    flights->spare = flight->next;
    *flight = (struct flight){0};
    return flight;
}

static bool is_source(const struct sources *sources, const struct address *address)
{
    for (unsigned i = 0; i < sources->count; i++)
        if (address_equal(&sources->list[i], address))
            return true;
    return false;
}

static void remember_source(struct sources *sources, const struct address *address)
{
    if (sources->count < SOURCES_MOST && !is_source(sources, address))
        sources->list[sources->count++] = *address;
}

/* Returns NULL if there is no port, with error->status STATUS_OK, or no memory. */
static struct flight *begin(struct flights *flights, const struct attempt *attempt, uint32_t nth,
                            bool is_control, struct error *error)
{
    int64_t now_ns = clock_monotonic_ns();
    struct endpoint ours;
    if (flights->pool.count == 0)
        timeofday_adopt(&flights->timeofday);
    *error = (struct error){.status = STATUS_OK};
    if (!choose_port(flights, attempt, nth, &ours))
        return NULL;
    struct flight *flight = new_flight(flights);
    if (flight == NULL) {
        error_set_memory(error, "out of memory");
        return NULL;
    }
    flight->is_control = is_control;
    flight->timer = (struct timer){.fire = flight_is_due, .context = flights};
    flight->edges = &flights->edges;
    flight->attempt = *attempt;
    flight->ours = ours;
    const struct prober_numbers numbers =
        numbers_draw(&flights->numbers, &ours, &attempt->server, now_ns);
    flight->iss = numbers.iss;
    flight->deliveries = lane_deliveries(flights->lane, &ours);
    if (flight->deliveries != NULL)
        flight->begun = delivery_begin(flight->deliveries, now_ns);
    remember_source(&flights->sources, &ours.address);
    pool_add(&flights->pool, flight);
    flight_begin(flight, &numbers, now_ns);
    return flight;
}

int flights_begin(struct flights *flights, const struct attempt *attempt, uint32_t nth,
                  struct error *error)
{
    if (begin(flights, attempt, nth, false, error) != NULL)
        return 0;
    if (error->status != STATUS_OK)
        return -1;
    error_set(error, STATUS_RUN, "all source ports are in use for the target");
    return FLIGHTS_NO_PORT;
}

/* Ports of the lane are captured anyway. */
static void follow(struct flights *flights, struct flight *flight, const struct segment *segment)
{
    const struct lane *lane = flights->lane;
    const uint16_t ports[2] = {segment->src.port, segment->dst.port};
    struct error error;
    for (int i = 0; i < 2; i++)
        if (ports[i] >= lane->first && ports[i] <= lane->last)
            return;
    if (flights->taps == NULL || flight->wire->followed[0] != 0)
        return;
    memcpy(flight->wire->followed, ports, sizeof ports);
    if (taps_follow(flights->taps, ports, &error) != 0)
        failure_note(flights->failure, &error);
}

/* By a tuple that this host has made of ours. */
static bool find_translated(struct flights *flights, const struct sighting *sighting,
                            struct match *match)
{
    const struct segment *segment = sighting->segment;
    if (translations_find(&flights->translations, segment, match))
        return true;
    if (!translations_recognize(&flights->pool, segment, sighting->kind, match))
        return false;
    struct flight *flight = match->flight;
    if (flight->wire == NULL)
        flight->wire = calloc(1, sizeof *flight->wire);
    if (flight->wire == NULL || !translations_add(&flights->translations, segment, match)) {
        failure_note_memory(flights->failure);
        return false;
    }
    follow(flights, flight, segment);
    return true;
}

/* A device on the way has translated a SYN of --path or a segment of --path-mtu, and its error
 * quotes it so. */
static bool find_quoted(const struct flights *flights, const struct sighting *sighting,
                        struct match *match)
{
    struct quote quote;
    struct flight *flight = NULL;
    if ((flights->hops_max == 0 && !flights->measures) || sighting->kind != SEGMENT_ICMP_ERROR ||
        !quote_decode(sighting->frame, &quote))
        return false;
    while ((flight = pool_next(&flights->pool, flight)) != NULL &&
           !flight_recognizes(flight, &quote))
        ;
    *match = (struct match){.flight = flight, .sent = true};
    return flight != NULL;
}

/* Remembers how it is on the wire, and gives it our own addresses and ports again. */
static void translate_back(const struct match *match, enum segment_kind kind,
                           struct segment *segment)
{
    struct flight *flight = match->flight;
    if (kind == SEGMENT_TCP) {
        struct translation *seen = match->sent ? &flight->wire->sent : &flight->wire->received;
        if (!seen->known) {
            seen->ends[CLIENT] = match->sent ? segment->src : segment->dst;
            seen->ends[SERVER] = match->sent ? segment->dst : segment->src;
        }
        seen->known = true;
    }
    segment->src = match->sent ? flight->ours : flight->attempt.server;
    segment->dst = match->sent ? flight->attempt.server : flight->ours;
}

/* A stranger's segment to a port of ours reaches its guard too. */
static void count_stranger(const struct flights *flights, const struct segment *segment)
{
    struct deliveries *deliveries = lane_deliveries(flights->lane, &segment->dst);
    if (deliveries != NULL && is_source(&flights->sources, &segment->dst.address))
        delivery_count(deliveries, segment, clock_monotonic_ns());
}

/* A bridge has the frames of its ports, too. What this host says of its own segments passes lo. */
static void note_place(struct flight *flight, const struct sighting *sighting)
{
    const struct route *route = &flight->attempt.route;
    const char *interface = sighting->tap->interface;
    bool here = sighting->translated || strcmp(interface, route->interface) == 0;
    if (route->required_ifindex == 0)
        return;
    if (sighting->kind == SEGMENT_TCP) {
        flight->heard_here |= here;
    } else {
        flight->erred = true;
        flight->erred_here |= here || strcmp(interface, LOOPBACK) == 0;
    }
}

static void take(const struct match *match, const struct sighting *sighting)
{
    struct flight *flight = match->flight;
    if (!match->sent || sighting->kind == SEGMENT_ICMP_ERROR)
        note_place(flight, sighting);
    bool copied = copies_take(&flight->copies, sighting->segment, sighting->tap->ifindex);
    if (flight->copies.lacks_memory)
        failure_note_memory(flight->edges->failure);
    if (copied)
        return;
    if (sighting->kind == SEGMENT_ICMP_ERROR) {
        flight_take_icmp(flight, sighting);
    } else if (match->sent) {
        flight_take_outgoing(flight, sighting);
    } else {
        if (flight->deliveries != NULL)
            delivery_count(flight->deliveries, sighting->segment, clock_monotonic_ns());
        flight_take_incoming(flight, sighting);
    }
}

/* By its tuple as we know it. */
static bool find_by_tuple(const struct pool *pool, const struct sighting *sighting,
                          struct match *match)
{
    const struct segment *segment = sighting->segment;
    match->sent = true;
    match->flight = sighting->kind == SEGMENT_TCP
                        ? pool_find_segment(pool, &segment->src, &segment->dst, &match->sent)
                        : pool_find(pool, &segment->src, &segment->dst);
    return match->flight != NULL;
}

/* Returns the frame itself, or a copy of it in *converted with another stamp; *certain: the stamp
 * is right. */
static const struct frame *convert_stamp(struct flights *flights, const struct frame *frame,
                                         struct frame *converted, bool *certain)
{
    *certain = true;
    if (timeofday_is_later(&flights->timeofday, frame->time_ns))
        watch_clock(flights);
    if (flights->timeofday.count == 0 || frame->time_ns == 0)
        return frame;
    *converted = *frame;
    *certain = timeofday_convert(&flights->timeofday, &converted->time_ns);
    return converted;
}

static void distrust(struct flights *flights, struct flight *flight)
{
    if (!flight->clock_was_set)
        warn_of_step(flights, timeofday_step_ns(&flights->timeofday), 1);
    flight->clock_was_set = true;
}

void flights_take_frame(void *context, struct tap *tap, const struct frame *captured)
{
    struct flights *flights = context;
    struct segment segment;
    struct match match;
    struct frame converted;
    bool certain;
    const struct frame *frame = convert_stamp(flights, captured, &converted, &certain);
    struct sighting sighting = {
        .frame = frame, .segment = &segment, .kind = segment_decode(frame, &segment)};
    if (sighting.kind != SEGMENT_TCP && sighting.kind != SEGMENT_ICMP_ERROR)
        return;
    bool ours = find_by_tuple(&flights->pool, &sighting, &match);
    sighting.translated = !ours && (find_translated(flights, &sighting, &match) ||
                                    find_quoted(flights, &sighting, &match));
    if (!ours && !sighting.translated) {
        if (sighting.kind == SEGMENT_TCP)
            count_stranger(flights, &segment);
        return;
    }
    sighting.tap = taps_place(flights->taps, tap, frame, flights->recorder);
    if (sighting.tap == NULL)
        return;
    sighting.recorded_as = sighting.tap->recorded_as;
    if (sighting.translated)
        translate_back(&match, sighting.kind, &segment);
    if (!certain)
        distrust(flights, match.flight);
    take(&match, &sighting);
}

/* A capture of the loopback interface shows it too, unless this host translates what it is about.
 */
void flights_take_local_error(void *context, const struct frame *heard)
{
    struct flights *flights = context;
    struct segment segment;
    struct frame converted;
    bool certain;
    const struct frame *frame = convert_stamp(flights, heard, &converted, &certain);
    struct sighting sighting = {
        .frame = frame,
        .segment = &segment,
        .kind = segment_decode(frame, &segment),
    };
    struct flight *flight = sighting.kind == SEGMENT_ICMP_ERROR
                                ? pool_find(&flights->pool, &segment.src, &segment.dst)
                                : NULL;
    if (flight == NULL || (flights->hears_loopback && flight->wire == NULL))
        return;
    sighting.tap = flight->attempt.tap;
    if (!certain)
        distrust(flights, flight);
    flight_take_local_error(flight, &sighting);
}

void flights_cancel(struct flights *flights)
{
    int64_t now_ns = clock_monotonic_ns();
    struct flight *flight = NULL;
    flights_flush(flights);
    unsents_end(&flights->unsents);
    while ((flight = pool_next(&flights->pool, flight)) != NULL)
        flight_cancel(flight, now_ns);
    flights_flush(flights);
}

void flights_close(struct flights *flights)
{
    struct attempt landed;
    struct flight *flight;
    flights_flush(flights);
    unsents_end(&flights->unsents);
    while ((flight = pool_next(&flights->pool, NULL)) != NULL)
        if (flight->is_control)
            land_control(flights, flight);
        else
            land(flights, flight, NULL);
    while (flights_next_landed(flights, &landed))
        ;
    warn_of_other_steps(flights);
    while ((flight = flights->spare) != NULL) {
        flights->spare = flight->next;
        free(flight);
    }
    host_notes_free(&flights->notes);
    pool_close(&flights->pool);
    flows_free(flights->edges.flows);
    flights->edges.flows = NULL;
}
