/* SPDX-License-Identifier: BSD-2-Clause */
/* All connections in flight, at the edges in virtual time: whose a frame is, what is begun beside
 * them, and what is left when they are over. What flight/taps.h declares of captures is here. */
#include "flight/flights.h"

#include <stdlib.h>
#include <string.h>

#include "edges.h"
#include "fixtures/said.h"
#include "harness.h"
#include "network.h"
#include "tcp/offer.h"

#define SYN       TCP_SYN
#define SYN_ACK   (TCP_SYN | TCP_ACK)
#define RST       TCP_RST
#define LAST_PORT (EDGES_PORT + EDGES_PORTS - 1)

/* Memory: the linker puts this in place of calloc (--wrap). */

static size_t failing; /* what is asked for in this size is not there; 0: all is */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return size == failing ? NULL : __real_calloc(n, size);
}

/* flight/taps.h */

static unsigned followed, unfollowed;
static uint16_t pair[2];

int taps_follow(struct taps *taps, const uint16_t ports[2], struct error *error)
{
    (void)taps;
    (void)error;
    followed++;
    memcpy(pair, ports, sizeof pair);
    return 0;
}

void taps_unfollow(struct taps *taps, const uint16_t ports[2])
{
    (void)taps;
    ck_assert_mem_eq(pair, ports, sizeof pair);
    unfollowed++;
}

bool taps_see_all(const struct taps *taps)
{
    (void)taps;
    return false;
}

struct tap *taps_place(struct taps *taps, struct tap *place, const struct frame *frame,
                       struct recorder *into)
{
    (void)taps;
    (void)frame;
    (void)into;
    return place;
}

static struct throttle throttle;
static struct taps taps;

static void set_up(void)
{
    edges_reset();
    followed = unfollowed = 0;
    failing = 0;
}

static void tear_down(void)
{
    edges_close();
}

/* Whose a frame is */

static const struct {
    uint32_t dst;
    uint16_t port;
    unsigned count;
} strangers[] = {
    {EDGES_OWN, EDGES_PORT, 1},     {EDGES_OWN, LAST_PORT, 1},
    {EDGES_OWN, EDGES_PORT + 1, 0}, /* of the stretch, and not held */
    {EDGES_OWN, LAST_PORT + 1, 0},  /* of others */
    {EDGES_OWN, EDGES_PORT - 1, 0}, /* the same */
    {EDGES_OWN + 8, EDGES_PORT, 0}, /* passes by: this host is a router */
    {0x7f000001, EDGES_PORT, 0},    /* ours, but no connection comes from there */
};

static struct deliveries *deliveries_of(uint16_t port)
{
    const struct endpoint ours = {{FAMILY_IPV4, {192, 0, 2, 1}}, port};
    return lane_deliveries(flights.lane, &ours);
}

/* Segments of strangers to a port of ours: those that its guard sees too are counted. */
START_TEST(counts_what_reaches_the_guard)
{
    struct attempt attempt = edges_attempt(80);
    uint8_t bytes[64];
    edges_open();
    edges_begin(&attempt);
    deliveries_of(EDGES_PORT + 1)->guard = NULL;
    size_t len = network_segment(bytes, EDGES_SERVER, 8080, strangers[_i].dst, strangers[_i].port,
                                 1, SYN_ACK, 0);
    edges_arrive(bytes, len);
    unsigned count = 0;
    for (uint16_t port = EDGES_PORT; port <= LAST_PORT; port++)
        count += port != EDGES_PORT + 1 ? deliveries_of(port)->captured : 0;
    ck_assert_uint_eq(count, strangers[_i].count);
}
END_TEST

/* What was lost on this host before a connection began is none of its answers. */
START_TEST(delivery_is_counted_from_the_beginning)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    struct flight *first = edges_begin(&attempt);
    edges_show_all();
    edges.drops = true;
    edges_answer(first, RST | TCP_ACK, 0, first->iss + 1, 0);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.host.delivery, NOT_DELIVERED);
    struct flight *second = edges_begin(&attempt);
    ck_assert_uint_eq(second->ours.port, EDGES_PORT);
    edges_show_all();
    edges.drops = false;
    edges_answer(second, RST | TCP_ACK, 0, second->iss + 1, 0);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 2);
    ck_assert_int_eq(edges.host.delivery, DELIVERED);
}
END_TEST

/* Ports on the wire: those of the lane are captured anyway. */
static const struct {
    uint16_t ours, theirs;
    bool followed;
} wires[] = {
    {50000, 80, true},         {EDGES_PORT, 8080, false},   {LAST_PORT, 8080, false},
    {50000, LAST_PORT, false}, {LAST_PORT + 1, 8080, true},
};

START_TEST(a_translated_connection_is_followed)
{
    struct attempt attempt = edges_attempt(80);
    flights.taps = &taps;
    edges_record();
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    edges_translate(0, wires[_i].ours, wires[_i].theirs);
    edges_show_all();
    ck_assert_ptr_nonnull(flight->wire);
    ck_assert_uint_eq(followed, wires[_i].followed);
    ck_assert_uint_eq(edges_recorded("translated from=192.0.2.1 from-port=40000 to=192.0.2.2 "
                                     "to-port=80"),
                      1);
    const struct endpoint ours = {flight->ours.address, wires[_i].ours};
    const struct endpoint theirs = {attempt.server.address, wires[_i].theirs};
    edges.drops = true;
    edges_segment(&theirs, &ours, RST | TCP_ACK, 0, flight->iss + 1, 0);
    edges.delivered[0] = 1;
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.result.port_state, PORT_CLOSED);
    ck_assert(edges.host.sent.known && edges.host.received.known);
    ck_assert(endpoint_equal(&edges.host.sent.ends[CLIENT], &ours));
    ck_assert(endpoint_equal(&edges.host.sent.ends[SERVER], &theirs));
    ck_assert(endpoint_equal(&edges.host.received.ends[CLIENT], &ours));
    ck_assert(endpoint_equal(&edges.host.received.ends[SERVER], &theirs));
    ck_assert_uint_eq(unfollowed, wires[_i].followed);
    char wire[64];
    snprintf(wire, sizeof wire, "as-client-port=%u as-server=192.0.2.2 as-server-port=%u",
             wires[_i].ours, wires[_i].theirs);
    ck_assert_uint_eq(edges_recorded(wire), 2); /* as sent, and as received */
}
END_TEST

/* It may have another tuple later: the first is shown, and followed. */
START_TEST(a_tuple_that_changes_is_followed_once)
{
    struct attempt attempt = edges_attempt(80);
    flights.taps = &taps;
    edges_record();
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    edges_translate(0, 50000, 8080);
    edges_show(0);
    edges_pass(SECOND);
    edges_translate(1, 50007, 8087);
    edges_show(1);
    ck_assert_uint_eq(edges_recorded("translated"), 2);
    ck_assert_uint_eq(followed, 1);
    ck_assert_uint_eq(flight->wire->sent.ends[CLIENT].port, 50000);
    ck_assert_uint_eq(flight->wire->sent.ends[SERVER].port, 8080);
}
END_TEST

/* By its tuple, once that is known: whatever else its segments say. */
START_TEST(all_that_is_translated_belongs_to_it)
{
    struct attempt attempt = edges_attempt(80);
    attempt.plan.close = CLOSE_FIN;
    attempt.plan.hold_ns = SECOND;
    edges_record();
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    const struct endpoint ours = {flight->ours.address, 50000};
    const struct endpoint theirs = {attempt.server.address, 8080};
    edges_translate(0, 50000, 8080);
    edges_show(0);
    edges_segment(&theirs, &ours, SYN_ACK, 100, flight->iss + 1, 0);
    edges_segment(&theirs, &ours, TCP_ACK | TCP_PSH, 101, flight->iss + 1, 4);
    ck_assert_uint_eq(edges_recorded("translated"), 3);
    edges_segment(&theirs, &ours, RST, 105, 0, 0);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    for (unsigned i = 0; i < TRANSLATIONS_BUCKETS; i++)
        ck_assert_ptr_null(flights.translations.buckets[i]);
}
END_TEST

/* What was kept of a connection beside another one goes with it. */
START_TEST(nothing_is_left_of_a_control)
{
    struct attempt attempt = edges_attempt(80);
    attempt.controlled = true;
    attempt.plan.offers = OFFER_BIT(OFFER_ECN);
    edges_open();
    const struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_pass(3 * SECOND);
    struct flight *control = flight->other;
    ck_assert_ptr_nonnull(control);
    edges_translate(edges.sent_count - 1, 50000, 80);
    edges_show_all();
    ck_assert_ptr_nonnull(control->wire);
    edges_pass(SECOND);
    edges_answer(control, RST | TCP_ACK, 0, control->iss + 1, 0);
    edges_pass(4 * SECOND);
    ck_assert_uint_eq(flights_count(&flights), 0);
    for (unsigned i = 0; i < TRANSLATIONS_BUCKETS; i++)
        ck_assert_ptr_null(flights.translations.buckets[i]);
}
END_TEST

/* The run ends without memory for it. */
START_TEST(a_translation_needs_memory)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    const struct flight *flight = edges_begin(&attempt);
    edges_translate(0, 50000, 8080);
    failing = sizeof *flight->wire;
    edges_show(0);
    failing = 0;
    ck_assert_ptr_null(flight->wire);
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
}
END_TEST

/* This host hands a segment on from one interface to another: it is the same. */
START_TEST(a_copy_at_another_interface_is_passed_over)
{
    struct attempt attempt = edges_attempt(80);
    edges_record();
    edges_open();
    const struct flight *flight = edges_begin(&attempt);
    edges_show(0);
    tap.ifindex += _i == 0;
    edges_show(0);
    ck_assert_uint_eq(edges.kept_count, _i == 0 ? 1 : 2);
    ck_assert_uint_eq(flight->conversation->ends[CLIENT].seen, 1);
    for (int i = 0; i < 2 * COPIES_FEW; i++)
        edges_show(0); /* more than are kept without memory of their own */
    ck_assert_int_eq(flight->copies.many != NULL, _i == 1);
}
END_TEST

/* The ports of this run, where the target is this host: each is held at its own address alone, if
 * there is only one. */
static const struct {
    const char *interface;
    uint32_t source, target;
    uint16_t port;
    bool one, own;
} guarded[] = {
    {LOOPBACK, EDGES_OWN, EDGES_OWN, EDGES_PORT, false, true},
    {LOOPBACK, EDGES_OWN, EDGES_SERVER, LAST_PORT, false, true},
    {LOOPBACK, EDGES_OWN, EDGES_OWN, LAST_PORT + 1, false, false},
    {LOOPBACK, EDGES_OWN, EDGES_OWN, EDGES_PORT - 1, false, false},
    {"eth0", EDGES_OWN, EDGES_OWN, EDGES_PORT, false, false},
    {LOOPBACK, EDGES_OWN, EDGES_OWN, EDGES_PORT, true, true},
    {LOOPBACK, EDGES_OWN, EDGES_SERVER, EDGES_PORT, true, false},
};

START_TEST(knows_its_own_guards)
{
    struct attempt attempt = edges_attempt(guarded[_i].port);
    edges_open();
    snprintf(attempt.route.interface, sizeof attempt.route.interface, "%s", guarded[_i].interface);
    attempt.route.source.bytes[3] = guarded[_i].source & 0xff;
    attempt.server.address.bytes[3] = guarded[_i].target & 0xff;
    if (guarded[_i].one)
        flights.lane->last = flights.lane->first;
    ck_assert_int_eq(flights_is_own_guard(&flights, &attempt), guarded[_i].own);
}
END_TEST

/* What is begun beside */

static struct attempt offering_attempt(void)
{
    struct attempt attempt = edges_attempt(80);
    attempt.controlled = true;
    attempt.plan.offers = OFFER_BIT(OFFER_ECN);
    attempt.plan.close = CLOSE_FIN;
    return attempt;
}

static struct flight *control_of(const struct flight *flight)
{
    ck_assert_ptr_nonnull(flight->other);
    ck_assert(flight->other->is_control);
    return flight->other;
}

/* Whatever arrives meanwhile, a connection waits for the one beside it; what is recorded of that is
 * marked. connect(2) is not asked about it. */
static unsigned asked;

static void ask(void *context, struct inquiry *inquiry)
{
    (void)context;
    asked++;
    inquiry->done = true;
    inquiry->opinion = (struct opinion){.result = OPINION_TIMED_OUT};
}

static const struct inquiries inquiries = {.ask = ask};

START_TEST(a_control_is_waited_for)
{
    struct attempt attempt = offering_attempt();
    asked = 0;
    flights.inquiries = &inquiries;
    edges_record();
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_pass(3 * SECOND);
    struct flight *control = control_of(flight);
    ck_assert_ptr_eq(flights_conversation(&flights), flight->conversation);
    edges_show_all();
    edges_show(0); /* the captures show an old copy: it is looked at again */
    edges_pass(MS);
    ck_assert_uint_eq(edges.reported, 0);
    ck_assert_uint_eq(asked, 1);
    edges_answer(control, RST | TCP_ACK, 0, control->iss + 1, 0);
    edges_pass(MS);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(asked, 1);
    ck_assert(edges.host.control.made);
    ck_assert_int_eq(edges.host.control.port_state, PORT_CLOSED);
    ck_assert_int_eq(edges.host.control.result, HANDSHAKE_REFUSED);
    ck_assert_int_eq(edges.host.control.connect_ns, MS);
    ck_assert_uint_eq(edges_recorded("tcpshake: control"), 2);
    ck_assert_uint_eq(edges_recorded("target=host.example"), 1);
}
END_TEST

/* What is shown of a run is a connection that was asked for, however many are beside. */
START_TEST(what_is_shown_is_no_control)
{
    struct attempt attempt = offering_attempt();
    edges_open();
    ck_assert_ptr_null(flights_conversation(&flights));
    edges_begin(&attempt);
    attempt.server.port = 81;
    const struct flight *latest = edges_begin(&attempt);
    edges_show_all();
    edges_pass(3 * SECOND);
    edges_show_all();
    ck_assert_uint_eq(flights_count(&flights), 4);
    ck_assert_ptr_nonnull(latest->conversation);
    ck_assert_ptr_eq(flights_conversation(&flights), latest->conversation);
}
END_TEST

/* The local kernel reset it: that is why nothing came, and no offer. */
START_TEST(what_was_reset_here_needs_no_control)
{
    struct attempt attempt = offering_attempt();
    edges_open();
    edges_begin(&attempt);
    edges_show_all();
    if (_i == 1) {
        struct edges_sent *sent = &edges.sent[edges.sent_count++];
        uint8_t bytes[64];
        *sent = edges.sent[0];
        size_t len = network_segment(bytes, EDGES_OWN, EDGES_PORT, EDGES_SERVER, 80,
                                     sent->segment.seq + 1, RST, 0);
        edges_arrive(bytes, len);
        edges_pass(MS);
        ck_assert_uint_eq(edges.reported, 1);
    }
    edges_pass(3 * SECOND + MS);
    ck_assert_uint_eq(edges.reported, (unsigned)_i);
}
END_TEST

/* Its SYN waits for the throttle, as that of the control port does, if SYNs of the target do. */
START_TEST(what_is_beside_waits_for_the_throttle)
{
    struct attempt attempt = _i < 2 ? offering_attempt() : edges_attempt(80);
    throttle_init(&throttle, 1);
    flights.throttle = &throttle;
    edges_open();
    attempt.throttled = _i % 2 == 0;
    attempt.control_port = _i < 2 ? 0 : 4;
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    if (_i < 2)
        edges_pass(3 * SECOND - MS);
    else
        edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    edges_show_all();
    throttle_take(&throttle, edges.now_ns); /* another target's */
    unsigned before = edges_count(SYN);
    edges_pass(500 * MS);
    ck_assert_uint_eq(edges_count(SYN), attempt.throttled ? before : before + 1);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges_count(SYN), before + 1 + !attempt.throttled);
}
END_TEST

/* The control port is asked with a half-open connection; where there is no port for that, its state
 * is unknown. */
START_TEST(a_control_port_is_asked_half_open)
{
    struct attempt attempt = edges_attempt(4);
    edges_open();
    for (unsigned i = 0; i < EDGES_PORTS && _i == 1; i++)
        edges_begin(&attempt);
    attempt.server.port = 80;
    attempt.control_port = 4;
    attempt.plan.close = CLOSE_FIN;
    attempt.plan.hold_ns = SECOND;
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    edges_show_all();
    edges_answer(flight, RST, 101, 0, 0);
    edges_pass(300 * MS);
    if (_i == 0) {
        struct flight *control = control_of(flight);
        unsigned resets = edges_count(RST);
        edges_show_all();
        edges_answer(control, SYN_ACK, 100, control->iss + 1, 0);
        edges_show_all();
        edges_pass(0);
        ck_assert_uint_eq(edges_count(RST), resets + 1);
        ck_assert_uint_eq(edges_count(TCP_ACK), 1);
    }
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(edges.host.control_port, 4);
    ck_assert_int_eq(edges.host.control_port_state, _i == 0 ? PORT_OPEN : PORT_UNKNOWN);
    ck_assert(!edges.host.control.made); /* that of an offer */
}
END_TEST

/* Whether "open" holds is asked where something was open. */
START_TEST(a_closed_port_needs_no_control_port)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    attempt.control_port = 4;
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    edges_pass(MS);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(edges_count(SYN), 1);
}
END_TEST

/* At the end of the run nothing is begun. */
START_TEST(nothing_is_asked_at_the_end)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    attempt.control_port = 4;
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    flights_cancel(&flights);
    edges_show_all();
    edges_pass(MS);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(edges_count(SYN), 1);
}
END_TEST

/* What is left */

/* A target without a way waits for the second opinion too, up to the end of the run. */
static struct inquiry *waiting;

static void keep_waiting(void *context, struct inquiry *inquiry)
{
    (void)context;
    waiting = inquiry;
}

static void withdraw(void *context, const struct inquiry *inquiry)
{
    (void)context;
    ck_assert_ptr_eq(inquiry, waiting);
    waiting = NULL;
}

static const struct inquiries slow = {.ask = keep_waiting, .withdraw = withdraw};

START_TEST(what_is_not_sent_waits_for_an_opinion)
{
    struct attempt attempt = edges_attempt(80);
    flights.inquiries = &slow;
    edges_open();
    flights_report_unsent(&flights, &attempt, REASON_NO_ROUTE);
    ck_assert_uint_eq(flights_count(&flights), 1);
    ck_assert_uint_eq(edges.reported, 0);
    ck_assert_ptr_nonnull(waiting);
    flights_cancel(&flights);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_ptr_null(waiting);
    ck_assert_uint_eq(flights_count(&flights), 0);
    flights_report_unsent(&flights, &attempt, REASON_NO_ROUTE);
    ck_assert_uint_eq(edges.reported, 2);
}
END_TEST

START_TEST(what_waits_for_an_opinion_is_reported_at_the_end)
{
    struct attempt attempt = edges_attempt(80);
    flights.inquiries = &slow;
    edges_open();
    flights_report_unsent(&flights, &attempt, REASON_NO_ROUTE);
    ck_assert_uint_eq(edges.reported, 0);
    flights_close(&flights);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_ptr_null(waiting);
}
END_TEST

/* The time of day was set: durations of what is in flight are unknown, which a line says. */
START_TEST(a_clock_that_was_set_is_told)
{
    struct attempt attempt = edges_attempt(80);
    flights.quiet = false;
    edges_record();
    edges_open();
    if (_i == 0) {
        const struct flight *flight = edges_begin(&attempt);
        edges_show_all();
        edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    }
    edges.stepped_ns = 2 * SECOND;
    said_begin();
    flights_reading(&flights);
    flights_have_read(&flights, true);
    ck_assert_str_eq(said(), _i == 0 ? "tcpshake: the clock was stepped by +2.000000 s: the "
                                       "durations of connections in flight (1) are unknown\n"
                                     : "");
    said_end();
    flights_cancel(&flights);
    edges_show_all();
    edges_pass(SECOND);
    ck_assert_uint_eq(edges_recorded("clock-was-set"), _i == 0);
    if (_i == 0)
        ck_assert_int_eq(edges.result.handshake.connect_ns, DURATION_UNKNOWN);
}
END_TEST

/* A clock that is put right by a little: while nothing is in flight; before the SYN in flight is
 * seen; while it is read; while the SYN/ACK is on its way; just after all was read; while the
 * SYN/ACK is read. */
enum moment { IDLE, SENT, AFTER_ECHO, WAITING, DRAINED, BEFORE_ANSWER };

static const struct {
    enum moment moment;
    int64_t step_ns;
    bool told;
} small_steps[] = {
    {IDLE, 5 * MS / 2, false},          {IDLE, -5 * MS / 2, false},
    {SENT, 5 * MS / 2, false},          {AFTER_ECHO, 5 * MS / 2, false},
    {AFTER_ECHO, -5 * MS / 2, true},    {WAITING, 5 * MS / 2, false},
    {WAITING, -5 * MS / 2, true},       {DRAINED, 5 * MS / 2, false},
    {DRAINED, -5 * MS / 2, false},      {BEFORE_ANSWER, 5 * MS / 2, false},
    {BEFORE_ANSWER, -5 * MS / 2, true},
};

static void step_at(int nth, enum moment moment)
{
    if (small_steps[nth].moment == moment)
        edges.stepped_ns = small_steps[nth].step_ns;
}

START_TEST(a_small_step_of_the_clock_is_bridged)
{
    struct attempt attempt = edges_attempt(80);
    bool told = small_steps[_i].told;
    flights.quiet = false;
    edges_record();
    edges_open();
    said_begin();
    step_at(_i, IDLE);
    flights_reading(&flights);
    flights_have_read(&flights, true);
    const struct flight *flight = edges_begin(&attempt);
    step_at(_i, SENT);
    flights_reading(&flights);
    edges_show_all();
    step_at(_i, AFTER_ECHO);
    flights_have_read(&flights, true);
    step_at(_i, WAITING);
    edges_pass(19 * MS);
    flights_reading(&flights);
    flights_have_read(&flights, small_steps[_i].moment == DRAINED);
    step_at(_i, DRAINED);
    edges_pass(MS);
    flights_reading(&flights);
    step_at(_i, BEFORE_ANSWER);
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    flights_have_read(&flights, true);
    edges_show_all();
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(strstr(said(), "s: the durations of connections in flight (1) are "
                                    "unknown\n") != NULL,
                     told);
    said_end();
    ck_assert_uint_eq(edges_recorded("clock-was-set"), told);
    ck_assert_int_eq(edges.result.handshake.connect_ns, told ? DURATION_UNKNOWN : 20 * MS);
    ck_assert_int_eq(edges.result.start_ns,
                     EPOCH + (small_steps[_i].moment == IDLE ? small_steps[_i].step_ns : 0));
}
END_TEST

/* Where a stamp can stand for two times, the connection that it belongs to has no times, and no
 * other. */
START_TEST(an_ambiguous_stamp_is_told)
{
    struct attempt attempts[2] = {edges_attempt(80), edges_attempt(81)};
    const struct flight *of[2];
    flights.quiet = false;
    edges_open();
    flights_reading(&flights);
    flights_have_read(&flights, true);
    for (unsigned i = 0; i < 2; i++)
        of[i] = edges_begin(&attempts[i]);
    edges_show_all();
    said_begin();
    edges_pass(20 * MS);
    edges.stepped_ns = -5 * MS / 2;
    flights_reading(&flights);
    edges_answer(of[0], SYN_ACK, 100, of[0]->iss + 1, 0);
    edges_answer(of[0], SYN_ACK, 100, of[0]->iss + 1, 0);
    flights_have_read(&flights, true);
    ck_assert_str_eq(said(), "tcpshake: the clock was stepped by -0.002500 s: the durations of "
                             "connections in flight (1) are unknown\n");
    said_end();
    edges_show_all();
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.result.handshake.connect_ns, DURATION_UNKNOWN);
    flights_reading(&flights);
    flights_have_read(&flights, true);
    flights_reading(&flights);
    edges_answer(of[1], SYN_ACK, 100, of[1]->iss + 1, 0);
    flights_have_read(&flights, true);
    edges_show_all();
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 2);
    ck_assert_int_eq(edges.result.handshake.connect_ns, SECOND + 20 * MS);
}
END_TEST

/* One line in ten seconds, and one at the end; nothing with quiet. */
START_TEST(many_steps_of_the_clock_are_told_together)
{
    struct attempt attempt = edges_attempt(80);
    flights.quiet = _i == 1;
    edges_open();
    said_begin();
    for (unsigned i = 0; i < 14; i++) {
        edges_begin(&attempt);
        edges.stepped_ns += 2 * SECOND;
        flights_reading(&flights);
        flights_have_read(&flights, true);
        flights_cancel(&flights);
        edges_pass(SECOND);
    }
    ck_assert_uint_eq(edges.reported, 14);
    flights_close(&flights);
    ck_assert_str_eq(said(), _i == 1 ? ""
                                     : "tcpshake: the clock was stepped by +2.000000 s: the "
                                       "durations of connections in flight (1) are unknown\n"
                                       "tcpshake: the clock was stepped by +2.000000 s: the "
                                       "durations of connections in flight (10) are unknown\n"
                                       "tcpshake: the clock was stepped again: the durations of 3 "
                                       "more connections are unknown\n");
    said_end();
}
END_TEST

/* As long as a segment waits in the sender's queue, its connection is not over. */
START_TEST(what_is_queued_is_sent_before_the_end)
{
    struct attempt attempt = edges_attempt(80);
    struct error error;
    edges_open();
    ck_assert_int_eq(flights_begin(&flights, &attempt, 0, &error), 0);
    for (int i = 0; i < 50; i++) {
        edges.now_ns += SECOND / 10;
        while (timers_fire_one(&timers, edges.now_ns))
            ;
    }
    ck_assert_uint_eq(edges.sent_count, 0);
    ck_assert_uint_eq(flights_count(&flights), 1);
    flights_flush(&flights);
    ck_assert_uint_eq(edges_count(SYN), 1);
    edges_show_all();
    edges_pass(10 * SECOND);
    ck_assert_uint_eq(flights_count(&flights), 0);
    ck_assert_uint_eq(edges.reported, 1);
}
END_TEST

/* What is handed back tells how it went. What was not delivered may have come to an address that
 * this host has no more. */
START_TEST(what_has_landed_tells_of_its_answer)
{
    struct attempt attempt = edges_attempt(80);
    attempt.route.required_ifindex = attempt.route.ifindex = _i == 2 ? 7 : 0;
    edges_open();
    if (_i == 2)
        snprintf(tap.interface, sizeof tap.interface, "%s", "eth1");
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, _i == 1 ? (RST | TCP_ACK) : SYN_ACK, 100, flight->iss + 1, 0);
    edges_show_all();
    edges_pass(SECOND);
    ck_assert(flights_next_landed(&flights, &attempt));
    ck_assert(attempt.answered);
    ck_assert_int_eq(attempt.astray, _i != 0);
    ck_assert(!flights_next_landed(&flights, &attempt));
    ck_assert_ptr_eq(flights.spare, flight);
    ck_assert_ptr_eq(edges_begin(&attempt), flight); /* its place is used again */
    ck_assert_ptr_null(flights.spare);
    ck_assert_uint_eq(flight->delivery, DELIVERY_UNKNOWN);
    ck_assert(!flight->heard && !flight->stopped && flight->conversation == NULL);
    edges_show_all();
}
END_TEST

/* So many addresses of this host are kept in mind, and no more. */
START_TEST(sources_are_bounded)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    const struct numbers numbers = flights.numbers;
    for (unsigned i = 0; i < SOURCES_MOST + 4; i++) {
        attempt.route.source.bytes[3] = (uint8_t)(1 + i);
        edges_begin(&attempt);
        edges_begin(&attempt);
    }
    ck_assert_uint_eq(flights.sources.count, SOURCES_MOST);
    for (unsigned i = 0; i < SOURCES_MOST; i++)
        ck_assert_uint_eq(flights.sources.list[i].bytes[3], 1 + i);
    ck_assert_mem_eq(&flights.numbers, &numbers, sizeof numbers);
    edges_show_all();
}
END_TEST

/* The kernel tells the socket what the captures do not show: the loopback interface, unless one of
 * them shows it and the tuple is ours. */
static const struct {
    bool hears, translated, taken;
} locals[] = {
    {false, false, true},
    {true, false, false},
    {true, true, true},
    {false, true, true},
};

START_TEST(local_errors_are_taken)
{
    struct attempt attempt = edges_attempt(80);
    uint8_t bytes[256];
    flights.hears_loopback = locals[_i].hears;
    edges_record();
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    if (locals[_i].translated) {
        flight->wire = calloc(1, sizeof *flight->wire);
        ck_assert_ptr_nonnull(flight->wire);
    }
    size_t len = edges_error_bytes(0, 3, 1, 0, EDGES_OWN, bytes);
    const struct frame frame = {.time_ns = EPOCH + MS,
                                .bytes = bytes,
                                .captured_len = (uint32_t)len,
                                .wire_len = (uint32_t)len,
                                .link = LINK_RAW};
    flights_take_local_error(&flights, &frame);
    ck_assert_uint_eq(edges.kept_count, locals[_i].taken ? 2 : 0);
    for (unsigned i = 0; i < edges.kept_count; i++)
        ck_assert_int_eq(edges.linktypes[edges.kept[i].interface], 101); /* LINKTYPE_RAW */
    edges_pass(10 * MS);
    ck_assert_uint_eq(edges.reported, locals[_i].taken);
    if (locals[_i].taken)
        ck_assert_int_eq(edges.result.handshake.reason, REASON_HOST_UNREACH);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flights");
    TCase *frames = tcase_create("frames");
    tcase_add_checked_fixture(frames, set_up, tear_down);
    tcase_add_loop_test(frames, counts_what_reaches_the_guard, 0, 7);
    tcase_add_test(frames, delivery_is_counted_from_the_beginning);
    tcase_add_loop_test(frames, a_translated_connection_is_followed, 0, 5);
    tcase_add_loop_test(frames, local_errors_are_taken, 0, 4);
    tcase_add_test(frames, a_tuple_that_changes_is_followed_once);
    tcase_add_test(frames, all_that_is_translated_belongs_to_it);
    tcase_add_test(frames, nothing_is_left_of_a_control);
    tcase_add_test(frames, a_translation_needs_memory);
    tcase_add_loop_test(frames, a_copy_at_another_interface_is_passed_over, 0, 2);
    tcase_add_loop_test(frames, knows_its_own_guards, 0, sizeof guarded / sizeof guarded[0]);
    suite_add_tcase(suite, frames);
    TCase *beside = tcase_create("beside");
    tcase_add_checked_fixture(beside, set_up, tear_down);
    tcase_add_test(beside, a_control_is_waited_for);
    tcase_add_test(beside, what_is_shown_is_no_control);
    tcase_add_loop_test(beside, what_was_reset_here_needs_no_control, 0, 2);
    tcase_add_loop_test(beside, what_is_beside_waits_for_the_throttle, 0, 4);
    tcase_add_loop_test(beside, a_control_port_is_asked_half_open, 0, 2);
    tcase_add_test(beside, a_closed_port_needs_no_control_port);
    tcase_add_test(beside, nothing_is_asked_at_the_end);
    suite_add_tcase(suite, beside);
    TCase *end = tcase_create("end");
    tcase_add_checked_fixture(end, set_up, tear_down);
    tcase_add_test(end, what_is_not_sent_waits_for_an_opinion);
    tcase_add_test(end, what_waits_for_an_opinion_is_reported_at_the_end);
    tcase_add_loop_test(end, a_clock_that_was_set_is_told, 0, 2);
    tcase_add_loop_test(end, a_small_step_of_the_clock_is_bridged, 0,
                        sizeof small_steps / sizeof small_steps[0]);
    tcase_add_test(end, an_ambiguous_stamp_is_told);
    tcase_add_loop_test(end, many_steps_of_the_clock_are_told_together, 0, 2);
    tcase_add_test(end, what_is_queued_is_sent_before_the_end);
    tcase_add_loop_test(end, what_has_landed_tells_of_its_answer, 0, 3);
    tcase_add_test(end, sources_are_bounded);
    suite_add_tcase(suite, end);
    return run_suite(suite);
}
