/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections beside others, and the ports of both, over a network that is silent: what
 * net/transmit.h declares is here, and so is the report. Time passes as fast as timers are fired.
 */
#include "flight/flights.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "net/clock.h"
#include "network.h"
#include "tcp/offer.h"

#define SECOND   INT64_C(1000000000)
#define PORT     40000
#define PORTS    4
#define OWN      0xc0000201 /* 192.0.2.1 */
#define SENT_MAX 256

/* Memory: the linker puts this in place of calloc (--wrap). */

static size_t failing; /* what is asked for in this size is not there; 0: all is */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return size == failing ? NULL : __real_calloc(n, size);
}

static bool no_steps;  /* there is no room for a list of steps */
static bool no_echoes; /* nor for what was sent */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return no_echoes ? NULL : __real_malloc(size);
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    return no_steps && size % sizeof(struct step) == 0 ? NULL : __real_realloc(old, size);
}

/* The network */

static struct outgoing sent[SENT_MAX];
static unsigned sent_count;
static uint8_t bytes[4096];
static bool busy; /* there is no room for another segment */

static int take(const struct outgoing *segment, const uint8_t **out)
{
    ck_assert_uint_lt(sent_count, SENT_MAX);
    sent[sent_count++] = *segment;
    *out = bytes;
    return (int)network_segment(bytes, OWN, segment->src.port, OWN + 1, segment->dst.port,
                                segment->seq, (uint8_t)segment->flags, segment->payload_len);
}

struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *error)
{
    (void)ipv4;
    (void)ipv6;
    (void)error;
    return NULL;
}

int transmit_open_measuring(struct transmit *transmit, struct error *error)
{
    (void)transmit;
    (void)error;
    return 0;
}

void transmit_close(struct transmit *transmit)
{
    (void)transmit;
}

bool transmit_tells_protocol(const struct transmit *transmit)
{
    (void)transmit;
    return false;
}

int transmit_craft(struct transmit *transmit, const struct outgoing *segment, const uint8_t **out,
                   struct error *error)
{
    (void)transmit;
    (void)error;
    return take(segment, out);
}

int transmit_send(struct transmit *transmit, const struct outgoing *segment, unsigned ifindex,
                  const uint8_t **out, struct error *error)
{
    (void)transmit;
    (void)ifindex;
    (void)error;
    return take(segment, out);
}

enum host_error transmit_refusal(const struct transmit *transmit)
{
    (void)transmit;
    return HOST_ERROR_NONE;
}

void transmit_send_batch(struct transmit *transmit, struct transmission *batch, size_t count)
{
    (void)transmit;
    for (size_t i = 0; i < count; i++)
        batch[i].code = busy ? TRANSMIT_BUSY : take(&batch[i].segment, &batch[i].bytes);
}

/* The report */

static unsigned reported;
static struct offer_control control;
static uint16_t control_port;
static unsigned with_control_port;
static enum port_state control_port_state;

void output_connection(struct output *output, const struct conversation *conversation)
{
    (void)output;
    reported++;
    if (conversation->host != NULL)
        control = conversation->host->control;
    control_port = conversation->host != NULL ? conversation->host->control_port : 0;
    with_control_port += control_port != 0;
    if (control_port != 0)
        control_port_state = conversation->host->control_port_state;
}

void output_result(struct output *output, struct connection_result *result)
{
    (void)output;
    (void)result;
    reported++;
}

/* The connections */

static struct sender sender;
static struct recorder recorder;
static struct timers timers;
static struct failure failure;
static uint16_t ports[PORTS];
static struct lane lane;
static struct flights flights;
static struct tap tap = {.interface = "eth0", .recorded_as = -1, .unseen_recorded_as = -1};
static struct fast_open_cookie cookie;
static struct error error;

static void set_up(void)
{
    sent_count = reported = with_control_port = 0;
    sender = (struct sender){.queued = 0};
    recorder = (struct recorder){.recording = NULL};
    timers = (struct timers){0};
    failure = (struct failure){.failed = false};
    cookie = (struct fast_open_cookie){.len = 0};
    control = (struct offer_control){.made = false};
    control_port = 0;
    busy = no_steps = no_echoes = false;
    failing = 0;
    for (uint16_t i = 0; i < PORTS; i++)
        ports[i] = (uint16_t)(PORT + i);
    lane = (struct lane){.ports = ports, .count = PORTS, .first = PORT, .last = PORT + PORTS - 1};
    flights = (struct flights){.sender = &sender,
                               .recorder = &recorder,
                               .timers = &timers,
                               .failure = &failure,
                               .lane = &lane};
}

static void tear_down(void)
{
    flights_close(&flights);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
    ck_assert(!failure.failed);
}

static struct attempt attempt_to(uint32_t address, uint16_t port)
{
    return (struct attempt){
        .target = "target",
        .tap = &tap,
        .server = {{FAMILY_IPV4,
                    {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
                     (uint8_t)address}},
                   port},
        .route = {.source = {FAMILY_IPV4, {192, 0, 2, 1}}, .interface = "eth0"},
        .plan = {.timeout_ns = SECOND / 2, .mss = 1460, .ttl = 64, .cookie = &cookie}};
}

static struct flight *begin(const struct attempt *attempt)
{
    ck_assert_msg(flights_begin(&flights, attempt, 0, &error) == 0, "%s", error.text);
    flights_flush(&flights);
    return pool_next(&flights.pool, NULL);
}

/* The connection beside another, or NULL. */
static const struct flight *find_control(void)
{
    const struct flight *flight = pool_next(&flights.pool, NULL);
    while (flight != NULL && !flight->is_control)
        flight = pool_next(&flights.pool, flight);
    return flight;
}

/* Time passes until what is beside has begun, or to the end. */
static const struct flight *pass_time(bool to_the_end)
{
    const struct flight *beside = NULL;
    for (int i = 0; i < 1000 && (beside == NULL || to_the_end); i++) {
        if (!timers_fire_one(&timers, timers_next_ns(&timers)))
            return beside;
        flights_flush(&flights);
        beside = find_control();
    }
    return beside;
}

/* It opens and closes, and nothing else: neither offers, payload, hold nor cookie. */
START_TEST(a_control_is_plain)
{
    static const uint8_t payload[] = {1, 2, 3};
    struct attempt attempt = attempt_to(OWN + 1, 80);
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    attempt.controlled = true;
    attempt.plan.offers = OFFER_BIT(OFFER_ECN) | OFFER_BIT(OFFER_FASTOPEN);
    attempt.plan.hold_ns = 5 * SECOND;
    attempt.plan.payload = payload;
    attempt.plan.payload_len = sizeof payload;
    attempt.on_link = true;
    begin(&attempt);
    const struct flight *beside = pass_time(false);
    ck_assert_ptr_nonnull(beside);
    ck_assert_uint_eq(beside->attempt.plan.offers, 0);
    ck_assert_int_eq(beside->attempt.plan.hold_ns, 0);
    ck_assert_uint_eq(beside->attempt.plan.payload_len, 0);
    ck_assert_ptr_null(beside->attempt.plan.cookie);
    ck_assert(!beside->attempt.controlled && !beside->attempt.on_link);
    ck_assert_uint_eq(beside->attempt.control_port, 0);
    ck_assert_uint_eq(beside->attempt.server.port, 80);
    ck_assert_uint_ne(beside->ours.port, PORT);
    pass_time(true);
    ck_assert_uint_eq(reported, 1);
    ck_assert(control.made);
    ck_assert_int_eq(control.port_state, PORT_FILTERED);
    ck_assert_uint_eq(flights_count(&flights), 0);
}
END_TEST

/* One port is none for a connection beside. */
START_TEST(a_control_needs_a_port_of_its_own)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    lane.count = 1;
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    attempt.controlled = true;
    attempt.plan.offers = OFFER_BIT(OFFER_ECN);
    begin(&attempt);
    ck_assert_ptr_null(pass_time(true));
    ck_assert_uint_eq(reported, 1);
    ck_assert(!control.made);
}
END_TEST

/* --path is the way of the connection that was asked for. */
START_TEST(a_control_is_not_traced)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    unsigned traced = 0;
    flights.hops_max = 3;
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    attempt.controlled = true;
    attempt.plan.offers = OFFER_BIT(OFFER_ECN);
    uint16_t port = begin(&attempt)->ours.port;
    pass_time(true);
    ck_assert_uint_eq(reported, 1);
    ck_assert(control.made);
    for (unsigned i = 0; i < sent_count; i++) {
        if (sent[i].ttl >= 64)
            continue;
        traced++;
        ck_assert_uint_eq(sent[i].src.port, port);
    }
    ck_assert_uint_ge(traced, 3);
}
END_TEST

/* Where a port of this host is the target, the connection comes from another one: both would be
 * one end. Nor is a tuple used twice at once, in either direction. */
START_TEST(ports_are_those_that_are_free)
{
    struct attempt attempt = attempt_to(OWN, PORT);
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    ck_assert_uint_eq(begin(&attempt)->ours.port, PORT + 1);
    ck_assert_uint_eq(begin(&attempt)->ours.port, PORT + 2);
    attempt.server.port = PORT + 1; /* whose connection to PORT is under way */
    ck_assert_uint_eq(begin(&attempt)->ours.port, PORT + 2);
    ck_assert_uint_eq(begin(&attempt)->ours.port, PORT + 3);
    ck_assert_int_eq(flights_begin(&flights, &attempt, 0, &error), FLIGHTS_NO_PORT);
}
END_TEST

/* The nth connection begins with the nth port, so that each comes again after all others. */
START_TEST(ports_come_in_their_turn)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    for (uint16_t i = 0; i < PORTS; i++) {
        attempt.server.port = (uint16_t)(80 + i);
        ck_assert_int_eq(flights_begin(&flights, &attempt, 2u + i, &error), 0);
        ck_assert_uint_eq(pool_next(&flights.pool, NULL)->ours.port, PORT + (2u + i) % PORTS);
    }
    attempt.server.port = 81; /* which has the port that is next */
    ck_assert_int_eq(flights_begin(&flights, &attempt, 3, &error), 0);
    ck_assert_uint_eq(pool_next(&flights.pool, NULL)->ours.port, PORT);
}
END_TEST

/* The server takes the SYN of a half-open connection, so that its end is looked at. */
static void be_answered(struct flight *flight)
{
    const struct segment answer = {.time_ns = 1,
                                   .src = flight->attempt.server,
                                   .dst = flight->ours,
                                   .seq = 1,
                                   .ack = flight->iss + 1,
                                   .flags = TCP_SYN | TCP_ACK,
                                   .window = 1000};
    const struct frame frame = {.bytes = bytes};
    const struct sighting sighting = {
        .frame = &frame, .segment = &answer, .kind = SEGMENT_TCP, .tap = &tap};
    flight_take_incoming(flight, &sighting);
}

/* The port that ought to be closed is asked once for each host, whichever port was open first. */
START_TEST(a_control_port_is_asked_once)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    attempt.control_port = 4;
    attempt.plan.close = CLOSE_HALF_OPEN;
    struct flight *first = begin(&attempt);
    be_answered(first);
    attempt.server.port = 81;
    struct flight *second = begin(&attempt);
    be_answered(second);
    const struct flight *beside = pass_time(false);
    ck_assert_ptr_nonnull(beside);
    ck_assert_uint_eq(beside->attempt.server.port, 4);
    pass_time(true);
    ck_assert_uint_eq(reported, 2);
    ck_assert_uint_eq(with_control_port, 2);
    ck_assert_uint_eq(control_port, 4);
    ck_assert_int_eq(control_port_state, PORT_FILTERED);
    unsigned asked = 0;
    for (unsigned i = 0; i < sent_count; i++)
        asked += sent[i].dst.port == 4 && sent[i].flags == TCP_SYN;
    ck_assert_uint_eq(asked, 1);
}
END_TEST

/* Without memory for what is beside a connection the run ends: it would be without it in the
 * report.
 */
START_TEST(what_is_beside_needs_memory)
{
    static const size_t sizes[] = {sizeof(struct flight), sizeof(struct host_note *),
                                   sizeof(struct host_note)};
    struct attempt attempt = attempt_to(OWN + 1, 80);
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    attempt.control_port = 4;
    attempt.plan.close = CLOSE_HALF_OPEN;
    struct flight *flight = begin(&attempt);
    failing = sizes[_i];
    be_answered(flight);
    ck_assert_ptr_null(pass_time(true));
    ck_assert_uint_eq(reported, 1);
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
}
END_TEST

/* Nor is there a path, a path MTU, or a second opinion without memory. */
static void ask(void *context, struct inquiry *inquiry)
{
    (void)context;
    (void)inquiry;
    ck_abort_msg("there was no memory to ask");
}

static const struct inquiries inquiries = {.ask = ask};

START_TEST(what_follows_needs_memory)
{
    static const size_t sizes[] = {sizeof(struct trace), sizeof(struct measurement),
                                   sizeof(struct inquiry)};
    struct attempt attempt = attempt_to(OWN + 1, 80);
    flights.hops_max = _i == 0 ? 3 : 0;
    flights.inquiries = _i == 2 ? &inquiries : NULL;
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    attempt.plan.path_mtu = _i == 1;
    attempt.plan.close = CLOSE_FIN;
    struct flight *flight = begin(&attempt);
    failing = sizes[_i];
    if (_i == 1)
        be_answered(flight);
    pass_time(true);
    ck_assert_uint_eq(reported, 1);
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
}
END_TEST

/* A report without its steps would be a wrong one. */
START_TEST(steps_need_memory)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    begin(&attempt);
    no_steps = true;
    pass_time(true);
    ck_assert_uint_eq(reported, 1);
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
}
END_TEST

/* What was sent cannot be known again without memory for it: the SYN, or those of its path. */
START_TEST(echoes_need_memory)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    flights.hops_max = _i == 0 ? 0 : 3;
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    no_echoes = _i == 0;
    begin(&attempt);
    ck_assert_int_eq(failure.failed, _i == 0);
    no_echoes = _i == 1;
    if (_i == 1)
        pass_time(true);
    no_echoes = false;
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
}
END_TEST

/* Nor is a second opinion asked for where there is no way, without memory. */
START_TEST(a_question_needs_memory)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    flights.inquiries = &inquiries;
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    failing = sizeof(struct inquiry);
    flights_report_unsent(&flights, &attempt, REASON_NO_ROUTE);
    ck_assert_uint_eq(reported, 1);
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
}
END_TEST

/* The same for a connection with an offer that failed. */
START_TEST(a_control_needs_memory)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    attempt.controlled = true;
    attempt.plan.offers = OFFER_BIT(OFFER_ECN);
    begin(&attempt);
    failing = sizeof(struct flight);
    ck_assert_ptr_null(pass_time(true));
    ck_assert(!control.made);
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
}
END_TEST

/* A first segment that the kernel has no room for is tried again soon. */
START_TEST(what_has_no_room_waits)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    busy = true;
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    begin(&attempt);
    for (int i = 0; i < 3; i++) {
        int64_t due_ns = timers_next_ns(&timers);
        ck_assert_int_le(due_ns, clock_monotonic_ns() + SECOND / 100);
        ck_assert(timers_fire_one(&timers, due_ns));
        flights_flush(&flights);
        ck_assert_uint_eq(sent_count, 0);
        ck_assert_uint_eq(flights_count(&flights), 1);
    }
    busy = false;
    ck_assert(timers_fire_one(&timers, timers_next_ns(&timers)));
    flights_flush(&flights);
    ck_assert_uint_eq(sent_count, 1);
}
END_TEST

/* RFC 7413: a cookie that has no room beside the options of a SYN cannot be sent, and an option
 * without one brings none. It comes with the SYN/ACK. */
static const struct {
    unsigned offers;
    uint8_t len, kept; /* before, it was of 6 octets */
} cookies[] = {
    {OFFER_BIT(OFFER_FASTOPEN), 8, 8},
    {OFFER_BIT(OFFER_FASTOPEN), 0, 6},
    {OFFER_BIT(OFFER_FASTOPEN), 16, 16},
    {OFFER_BIT(OFFER_FASTOPEN) | OFFER_BIT(OFFER_MPTCP), 14, 14},
    {OFFER_BIT(OFFER_FASTOPEN) | OFFER_BIT(OFFER_MPTCP), 16, 6},
    {OFFER_BIT(OFFER_MPTCP), 8, 6},
};

START_TEST(a_cookie_is_kept_where_it_can_be_sent)
{
    struct attempt attempt = attempt_to(OWN + 1, 80);
    ck_assert_int_eq(flights_open(&flights, &error), 0);
    attempt.plan.offers = (uint8_t)cookies[_i].offers;
    cookie.len = 6;
    struct flight *flight = begin(&attempt);
    const struct segment answer = {
        .time_ns = 1,
        .src = flight->attempt.server,
        .dst = flight->ours,
        .seq = 1,
        .ack = flight->iss + 1,
        .flags = TCP_SYN | TCP_ACK,
        .window = 1000,
        .options = {.fast_open = true, .fast_open_cookie_len = cookies[_i].len}};
    const struct frame frame = {.bytes = bytes};
    const struct sighting sighting = {
        .frame = &frame, .segment = &answer, .kind = SEGMENT_TCP, .tap = &tap};
    flight_take_incoming(flight, &sighting);
    ck_assert_uint_eq(cookie.len, cookies[_i].kept);
    struct segment later = answer;
    const struct sighting again = {
        .frame = &frame, .segment = &later, .kind = SEGMENT_TCP, .tap = &tap};
    later.flags = TCP_ACK;
    later.seq = 2;
    later.options.fast_open_cookie_len = 10;
    flight_take_incoming(flight, &again);
    ck_assert_uint_eq(cookie.len, cookies[_i].kept);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("beside");
    TCase *tests = tcase_create("connections");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_control_is_plain);
    tcase_add_test(tests, a_control_needs_a_port_of_its_own);
    tcase_add_test(tests, a_control_is_not_traced);
    tcase_add_test(tests, ports_are_those_that_are_free);
    tcase_add_test(tests, ports_come_in_their_turn);
    tcase_add_test(tests, a_control_port_is_asked_once);
    tcase_add_loop_test(tests, what_is_beside_needs_memory, 0, 3);
    tcase_add_loop_test(tests, what_follows_needs_memory, 0, 3);
    tcase_add_test(tests, steps_need_memory);
    tcase_add_loop_test(tests, echoes_need_memory, 0, 2);
    tcase_add_test(tests, a_question_needs_memory);
    tcase_add_test(tests, a_control_needs_memory);
    tcase_add_test(tests, what_has_no_room_waits);
    tcase_add_loop_test(tests, a_cookie_is_kept_where_it_can_be_sent, 0,
                        sizeof cookies / sizeof cookies[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
