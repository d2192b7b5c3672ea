/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/flights.h"

#include <stdlib.h>

#include "base/random.h"
#include "flight/landing.h"
#include "wire/decode.h"

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
        .failure = flights->failure,
        .throttle = flights->throttle,
        .held = &flights->held,
        .trace_rate = flights->trace_rate.hops_max > 0 ? &flights->trace_rate : NULL,
    };
    if (flights->edges.flows == NULL)
        return error_set(error, STATUS_RUN, "out of memory");
    clock_watch_look(&flights->clock);
    return pool_open(&flights->pool, config.key, error);
}

uint32_t flights_count(const struct flights *flights)
{
    return flights->pool.count;
}

const struct conversation *flights_conversation(const struct flights *flights)
{
    const struct flight *flight = pool_next(&flights->pool, NULL);
    return flight != NULL ? flight->conversation : NULL;
}

void flights_report_unsent(struct flights *flights, const struct attempt *attempt,
                           enum reason reason)
{
    landing_report_unsent(attempt, reason, flights->recorder, flights->output);
}

void flights_watch_clock(struct flights *flights)
{
    int64_t step_ns = clock_watch_look(&flights->clock);
    if (step_ns == 0 || flights->pool.count == 0)
        return;
    if (!flights->quiet)
        warning("the clock was stepped by %+.6f s: the durations of connections in flight (%lu) "
                "are unknown",
                (double)step_ns / 1e9, (unsigned long)flights->pool.count);
    struct flight *flight = NULL;
    while ((flight = pool_next(&flights->pool, flight)) != NULL)
        flight->clock_was_set = true;
}

static void land(struct flights *flights, struct flight *flight)
{
    flights_watch_clock(flights);
    if (flight->queued)
        flights_flush(flights);
    flight_end(flight);
    pool_remove(&flights->pool, flight);
    if (flight->attempt.astray != NULL)
        *flight->attempt.astray =
            flight->conversation == NULL || !flight->conversation->ends[SERVER].syn_seen;
    if (flight->conversation != NULL)
        landing_report(flight, flights->output);
    else if (flight->refused)
        flights_report_unsent(flights, &flight->attempt,
                              landing_reason(flight->attempt.route.error));
    flight_free(flight);
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
    flight->next = flights->spare;
    flights->spare = flight;
    return true;
}

static void flight_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct flight *flight = (struct flight *)timer;
    if (!flight_wake(flight, now_ns))
        land(context, flight);
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

/* A tuple is never used twice at once. */
static bool choose_port(const struct flights *flights, const struct attempt *attempt, uint32_t nth,
                        struct endpoint *ours)
{
    const struct lane *lane = flights->lane;
    ours->address = attempt->route.source;
    for (uint32_t i = 0; i < lane->count; i++) {
        ours->port = lane_port(lane, nth + i);
        if (pool_find(&flights->pool, ours, &attempt->server) == NULL)
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

int flights_begin(struct flights *flights, const struct attempt *attempt, uint32_t nth,
                  struct error *error)
{
    int64_t now_ns = clock_monotonic_ns();
    struct endpoint ours;
    if (!choose_port(flights, attempt, nth, &ours)) {
        error_set(error, STATUS_RUN, "all source ports are in use for the target");
        return FLIGHTS_NO_PORT;
    }
    struct flight *flight = new_flight(flights);
    if (flight == NULL)
        return error_set(error, STATUS_RUN, "out of memory");
    flight->timer = (struct timer){.fire = flight_is_due, .context = flights};
    flight->edges = &flights->edges;
    flight->attempt = *attempt;
    flight->ours = ours;
    pool_add(&flights->pool, flight);
    const struct prober_numbers numbers =
        numbers_draw(&flights->numbers, &ours, &attempt->server, now_ns);
    flight_begin(flight, &numbers, now_ns);
    return 0;
}

/* A device on the way has translated the SYN, and its error quotes it so. */
static void take_translated(const struct pool *pool, struct sighting *sighting)
{
    struct quote quote;
    struct flight *flight = NULL;
    if (!quote_decode(sighting->frame, &quote))
        return;
    while ((flight = pool_next(pool, flight)) != NULL && !flight_recognizes(flight, &quote))
        ;
    if (flight == NULL)
        return;
    struct segment translated = *sighting->segment;
    translated.src = flight->ours;
    translated.dst = flight->attempt.server;
    sighting->segment = &translated;
    sighting->translated = true;
    flight_take_icmp(flight, sighting);
}

void flights_take_frame(void *context, struct tap *tap, const struct frame *frame)
{
    const struct pool *pool = &((struct flights *)context)->pool;
    struct segment segment;
    struct flight *flight;
    struct sighting sighting = {
        .frame = frame,
        .segment = &segment,
        .kind = segment_decode(frame, &segment),
        .recorded_as = tap->recorded_as,
    };
    if (sighting.kind == SEGMENT_ICMP_ERROR) {
        if ((flight = pool_find(pool, &segment.src, &segment.dst)) != NULL)
            flight_take_icmp(flight, &sighting);
        else if (((struct flights *)context)->trace_rate.hops_max > 0)
            take_translated(pool, &sighting);
    } else if (sighting.kind == SEGMENT_TCP) {
        bool outgoing;
        if ((flight = pool_find_segment(pool, &segment.src, &segment.dst, &outgoing)) != NULL)
            (outgoing ? flight_take_outgoing : flight_take_incoming)(flight, &sighting);
    }
}

void flights_take_local_error(void *context, const struct frame *frame)
{
    const struct pool *pool = &((struct flights *)context)->pool;
    struct segment segment;
    struct sighting sighting = {
        .frame = frame,
        .segment = &segment,
        .kind = segment_decode(frame, &segment),
    };
    struct flight *flight =
        sighting.kind == SEGMENT_ICMP_ERROR ? pool_find(pool, &segment.src, &segment.dst) : NULL;
    if (flight != NULL)
        flight_take_local_error(flight, &sighting);
}

void flights_cancel(struct flights *flights)
{
    int64_t now_ns = clock_monotonic_ns();
    struct flight *flight = NULL;
    flights_flush(flights);
    while ((flight = pool_next(&flights->pool, flight)) != NULL)
        flight_cancel(flight, now_ns);
}

void flights_close(struct flights *flights)
{
    struct attempt landed;
    struct flight *flight;
    flights_flush(flights);
    while ((flight = pool_next(&flights->pool, NULL)) != NULL)
        land(flights, flight);
    while (flights_next_landed(flights, &landed))
        ;
    while ((flight = flights->spare) != NULL) {
        flights->spare = flight->next;
        free(flight);
    }
    pool_close(&flights->pool);
    flows_free(flights->edges.flows);
    flights->edges.flows = NULL;
}
