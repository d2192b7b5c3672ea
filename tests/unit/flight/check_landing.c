/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host knows of a connection beside the wire gets into its result, each piece for itself.
 * The captures, the table of neighbours and the report stand here in place of the modules. */
#include "flight/landing.h"

#include "harness.h"
#include "net/routing/neighbour.h"
#include "tcp/outcome.h"

static const struct endpoint ours = {{FAMILY_IPV4, {192, 0, 2, 1}}, 40000};
static const struct endpoint server = {{FAMILY_IPV4, {192, 0, 2, 2}}, 80};
static struct flight_edges edges;
static struct timeofday timeofday;
static struct recorder recorder; /* nothing is recorded */
static struct taps taps;
static struct wire wire;
static struct inquiry inquiry;
static struct flight flight;
static bool all_is_seen;
static enum delivery delivery;
static enum neighbour neighbour;

enum delivery flight_delivery(const struct flight *of)
{
    ck_assert_ptr_eq(of, &flight);
    return delivery;
}

bool taps_see_all(const struct taps *of)
{
    ck_assert_ptr_eq(of, &taps);
    return all_is_seen;
}

enum neighbour neighbour_ask(struct netlink *netlink, unsigned ifindex,
                             const struct address *address)
{
    (void)netlink;
    (void)ifindex;
    (void)address;
    return neighbour;
}

/* What was reported. */
static struct connection_result result;
static struct host_facts host;
static bool has_host;
static unsigned reported;

static void keep(const struct connection_result *of)
{
    result = *of;
    has_host = of->host != NULL;
    host = of->host != NULL ? *of->host : (struct host_facts){.error = HOST_ERROR_NONE};
    reported++;
}

void output_connection(struct output *output, const struct conversation *conversation)
{
    struct connection_result of;
    (void)output;
    conversation_result(conversation, &of);
    keep(&of);
}

void output_result(struct output *output, struct connection_result *of)
{
    (void)output;
    keep(of);
}

/* A connection of which a SYN was sent. */
static void set_up(void)
{
    const struct segment syn = {
        .time_ns = 1000, .src = ours, .dst = server, .seq = 1, .flags = TCP_SYN};
    static const struct flows_config config = {.open_max = 8, .linger_ns = 1, .linger_max = 1};
    edges = (struct flight_edges){
        .flows = flows_new(&config), .recorder = &recorder, .timeofday = &timeofday};
    ck_assert_ptr_nonnull(edges.flows);
    wire = (struct wire){.sent.known = false};
    inquiry = (struct inquiry){.done = true};
    flight = (struct flight){.edges = &edges, .ours = ours, .attempt.server = server};
    flight.conversation = flows_input(edges.flows, &syn, SEGMENT_TCP, ORIGIN_WIRE);
    ck_assert_ptr_nonnull(flight.conversation);
    all_is_seen = false;
    delivery = DELIVERY_UNKNOWN;
    neighbour = NEIGHBOUR_UNKNOWN;
    reported = 0;
}

static void tear_down(void)
{
    flows_free(edges.flows);
}

static void report(void)
{
    landing_report(&flight, NULL, NULL, NULL);
    ck_assert_uint_eq(reported, 1);
    ck_assert_ptr_null(flight.conversation);
}

START_TEST(nothing_is_known_beside_the_wire)
{
    const struct target_facts facts = {.notes.labels = "", .address_count = 1};
    edges.taps = &taps;
    flight.wire = &wire;
    flight.inquiry = &inquiry;
    flight.attempt.facts = &facts;
    report();
    ck_assert(!has_host);
}
END_TEST

START_TEST(what_was_not_seen_is_told)
{
    edges.taps = &taps;
    all_is_seen = true;
    neighbour = _i == 0 ? NEIGHBOUR_SILENT : NEIGHBOUR_KNOWN;
    report();
    ck_assert(has_host && host.unseen);
    ck_assert_int_eq(host.neighbour_silent, _i == 0);
}
END_TEST

START_TEST(what_was_captured_was_seen)
{
    edges.taps = &taps;
    all_is_seen = flight.echoed = true;
    report();
    ck_assert(!has_host);
}
END_TEST

/* An error that came back shows that it left. */
START_TEST(what_was_answered_has_left)
{
    struct segment segment = {.time_ns = 2000,
                              .src = server,
                              .dst = ours,
                              .seq = 9,
                              .ack = 2,
                              .flags = TCP_RST | TCP_ACK};
    edges.taps = &taps;
    all_is_seen = true;
    if (_i == 1)
        segment = (struct segment){.time_ns = 2000,
                                   .src = ours,
                                   .dst = server,
                                   .seq = 1,
                                   .icmp = {.from = {FAMILY_IPV4, {192, 0, 2, 9}},
                                            .family = FAMILY_IPV4,
                                            .type = 3,
                                            .code = 1,
                                            .has_seq = true}};
    ck_assert_ptr_nonnull(flows_input(edges.flows, &segment,
                                      _i == 1 ? SEGMENT_ICMP_ERROR : SEGMENT_TCP, ORIGIN_WIRE));
    report();
    ck_assert_int_eq(result.port_state, _i == 1 ? PORT_UNREACHABLE : PORT_CLOSED);
    ck_assert(!has_host);
}
END_TEST

/* A measurement that sent nothing is none. */
START_TEST(a_measurement_is_told)
{
    static struct measurement measurement;
    measurement.mtu.sent_count = (uint8_t)_i;
    flight.measurement = &measurement;
    report();
    ck_assert_ptr_eq(result.path_mtu, _i == 0 ? NULL : &measurement.mtu);
    ck_assert_ptr_null(result.path);
}
END_TEST

/* What a plain connection showed, unless it was cut short; or it sent nothing. */
START_TEST(a_control_that_has_landed_is_told)
{
    flight.cut_short = _i == 1;
    if (_i == 2)
        flight.conversation = NULL;
    const struct offer_control found = landing_control(&flight);
    ck_assert_int_eq(found.made, _i != 2);
    ck_assert_uint_eq(reported, 0);
    ck_assert_ptr_null(flight.conversation);
    if (_i == 2)
        return;
    ck_assert_int_eq(found.port_state, _i == 1 ? PORT_UNKNOWN : PORT_FILTERED);
    ck_assert_int_eq(found.reason, _i == 1 ? REASON_UNKNOWN : REASON_NO_RESPONSE);
    ck_assert_uint_eq(flows_open_count(edges.flows), 0);
}
END_TEST

START_TEST(a_translation_is_told)
{
    const struct translation known = {.known = true, .ends = {server, ours}};
    flight.wire = &wire;
    if (_i == 0)
        wire.sent = known;
    else
        wire.received = known;
    report();
    ck_assert(has_host);
    ck_assert_int_eq(host.sent.known, _i == 0);
    ck_assert_int_eq(host.received.known, _i == 1);
}
END_TEST

START_TEST(a_delivery_is_told)
{
    delivery = _i == 0 ? DELIVERED : NOT_DELIVERED;
    report();
    ck_assert(has_host);
    ck_assert_int_eq(host.delivery, delivery);
}
END_TEST

START_TEST(an_opinion_is_told)
{
    flight.inquiry = &inquiry;
    inquiry.opinion = (struct opinion){.result = OPINION_REFUSED, .duration_ns = 7};
    report();
    ck_assert(has_host);
    ck_assert_int_eq(host.opinion.result, OPINION_REFUSED);
    ck_assert_int_eq(host.opinion.duration_ns, 7);
}
END_TEST

/* Of a connection that has failed, and was not cut short. */
START_TEST(other_addresses_are_told)
{
    const struct resolved addresses[] = {{.address = server.address}, {.address = ours.address}};
    const struct target_facts facts = {
        .notes.labels = "", .addresses = addresses, .address_count = 2};
    flight.attempt.facts = &facts;
    flight.cut_short = _i == 1;
    report();
    ck_assert_int_eq(has_host, _i == 0);
    ck_assert_uint_eq(host.untried_count, _i == 0);
    ck_assert(_i == 1 || address_equal(&host.untried[0], &ours.address));
    ck_assert_int_eq(result.cut_short, _i == 1);
}
END_TEST

START_TEST(notes_are_told)
{
    const struct target_facts facts = {
        .notes = {.port_states = _i == 0 ? 2 : 0, .labels = _i == 0 ? "" : "site=a"}};
    flight.attempt.facts = &facts;
    report();
    ck_assert(has_host);
    ck_assert_ptr_eq(host.notes, &facts.notes);
}
END_TEST

START_TEST(a_control_port_is_told)
{
    const struct host_note note = {.control_port = 1, .state = PORT_CLOSED, .known = _i == 0};
    landing_report(&flight, NULL, &note, NULL);
    ck_assert_int_eq(has_host, _i == 0);
    ck_assert_uint_eq(host.control_port, _i == 0 ? 1 : 0);
    ck_assert_int_eq(host.control_port_state, _i == 0 ? PORT_CLOSED : 0);
}
END_TEST

START_TEST(a_control_is_told)
{
    const struct offer_control control = {.made = true, .port_state = PORT_OPEN, .connect_ns = 9};
    landing_report(&flight, &control, NULL, NULL);
    ck_assert(has_host && host.control.made);
    ck_assert_int_eq(host.control.port_state, PORT_OPEN);
    ck_assert_int_eq(host.control.connect_ns, 9);
}
END_TEST

/* Nothing was sent, and the report says why; where there is no route, also with what it was asked
 * for: an interface that -I names, and the source. */
START_TEST(what_was_not_sent_is_told)
{
    const struct resolved addresses[] = {{.address = server.address}, {.address = ours.address}};
    const struct target_facts facts = {
        .notes.labels = "site=a", .addresses = addresses, .address_count = 2};
    const struct opinion opinion = {.result = OPINION_PROHIBITED};
    struct attempt attempt = {.target = "host.example",
                              .facts = &facts,
                              .place = 3,
                              .server = server,
                              .resolve_ns = 5000,
                              .route = {.source = ours.address,
                                        .required_ifindex = _i == 0 ? 3 : 0,
                                        .interface = "eth9",
                                        .error = HOST_EACCES,
                                        .table = 77}};
    landing_report_unsent(&attempt, _i < 2 ? REASON_NO_ROUTE : REASON_LOCAL_ERROR, &opinion,
                          &recorder, NULL);
    ck_assert_uint_eq(reported, 1);
    ck_assert_str_eq(host.asked_interface, _i == 0 ? "eth9" : "");
    ck_assert(_i == 2 || address_equal(&host.asked_source, &ours.address));
    ck_assert(_i < 2 || host.asked_source.family == FAMILY_NONE);
    ck_assert(has_host && !result.has_client);
    ck_assert_int_eq(host.error, HOST_EACCES);
    ck_assert_uint_eq(host.table, 77);
    ck_assert_int_eq(host.opinion.result, OPINION_PROHIBITED);
    ck_assert_uint_eq(host.untried_count, 1);
    ck_assert_ptr_eq(result.notes, &facts.notes);
    ck_assert_int_eq(result.handshake.reason, _i < 2 ? REASON_NO_ROUTE : REASON_LOCAL_ERROR);
    ck_assert_int_eq(result.resolve_ns, 5000);
    ck_assert_uint_eq(result.place, 3);
}
END_TEST

/* So many of the other addresses of a name are told, and no more. */
START_TEST(other_addresses_are_bounded)
{
    static struct resolved addresses[UNTRIED_MOST + 4];
    const struct target_facts facts = {
        .notes.labels = "", .addresses = addresses, .address_count = UNTRIED_MOST + (unsigned)_i};
    for (uint8_t i = 0; i < UNTRIED_MOST + 4; i++)
        addresses[i].address = (struct address){FAMILY_IPV4, {192, 0, 2, i}};
    flight.attempt.facts = &facts;
    report();
    ck_assert_uint_eq(host.untried_count, _i == 0 ? UNTRIED_MOST - 1 : UNTRIED_MOST);
    for (unsigned i = 0; i < host.untried_count; i++)
        ck_assert_uint_eq(host.untried[i].bytes[3], 1 + i);
}
END_TEST

static const struct {
    enum host_error error;
    enum reason reason;
} reasons[] = {
    {HOST_EPERM, REASON_ADMIN_PROHIBITED}, {HOST_EHOSTUNREACH, REASON_HOST_UNREACH},
    {HOST_ENETUNREACH, REASON_NO_ROUTE},   {HOST_EINVAL, REASON_LOCAL_ERROR},
    {HOST_ERROR_NONE, REASON_LOCAL_ERROR},
};

START_TEST(an_error_has_a_reason)
{
    ck_assert_int_eq(landing_reason(reasons[_i].error), reasons[_i].reason);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("landing");
    TCase *tests = tcase_create("landing");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, nothing_is_known_beside_the_wire);
    tcase_add_loop_test(tests, what_was_not_seen_is_told, 0, 2);
    tcase_add_test(tests, what_was_captured_was_seen);
    tcase_add_loop_test(tests, what_was_answered_has_left, 0, 2);
    tcase_add_loop_test(tests, a_measurement_is_told, 0, 2);
    tcase_add_loop_test(tests, a_control_that_has_landed_is_told, 0, 3);
    tcase_add_loop_test(tests, a_translation_is_told, 0, 2);
    tcase_add_loop_test(tests, a_delivery_is_told, 0, 2);
    tcase_add_test(tests, an_opinion_is_told);
    tcase_add_loop_test(tests, other_addresses_are_told, 0, 2);
    tcase_add_loop_test(tests, notes_are_told, 0, 2);
    tcase_add_loop_test(tests, a_control_port_is_told, 0, 2);
    tcase_add_test(tests, a_control_is_told);
    tcase_add_loop_test(tests, what_was_not_sent_is_told, 0, 3);
    tcase_add_loop_test(tests, other_addresses_are_bounded, 0, 4);
    tcase_add_loop_test(tests, an_error_has_a_reason, 0, 5);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
