/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes out beside a connection, at the edges in virtual time: the SYNs of --path once it is
 * over, and the segments of --path-mtu once it is open. */
#include "flight/trace.h"

#include <string.h>

#include "edges.h"
#include "files/annotation.h"
#include "harness.h"

#define SYN      TCP_SYN
#define SYN_ACK  (TCP_SYN | TCP_ACK)
#define RST      TCP_RST
#define RATE     50 /* packets a second */
#define TTL      64 /* of what is not of the path */
#define EXCEEDED 11
#define MTU      1400

static void set_up(void)
{
    edges_reset();
    pace_init_even(&flights.side_pace, RATE);
}

static void tear_down(void)
{
    edges_close();
}

/* --path */

static void open_path(uint8_t hops_max)
{
    flights.hops_max = hops_max;
    edges_record();
    edges_open();
}

static void open_mtu(void)
{
    flights.measures = true;
    edges_record();
    edges_open();
}

/* Opens, with a round trip of that; the first segment is due. */
static struct flight *open_measured(struct attempt *attempt, int64_t rtt_ns)
{
    static const uint8_t payload[3 * 1460];
    attempt->plan.close = CLOSE_FIN;
    attempt->plan.path_mtu = true;
    attempt->plan.payload = payload;
    attempt->plan.payload_len = sizeof payload;
    struct flight *flight = edges_begin(attempt);
    edges_show_all();
    edges_pass(rtt_ns);
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    edges_show_all();
    return flight;
}

static bool is_of_path(const struct edges_sent *sent)
{
    return sent->segment.flags == SYN && sent->segment.ttl != TTL;
}

static unsigned path_syns(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < edges.sent_count; i++)
        count += is_of_path(&edges.sent[i]);
    return count;
}

/* The nth of them, from 0, among all that was sent. */
static unsigned path_syn(unsigned nth)
{
    unsigned at = 0;
    for (; at < edges.sent_count; at++)
        if (is_of_path(&edges.sent[at]) && nth-- == 0)
            return at;
    ck_abort_msg("no such SYN was sent");
}

/* The local kernel cannot send the nth segment on. */
static void hear_error(unsigned nth)
{
    uint8_t bytes[256];
    size_t len = edges_error_bytes(nth, 3, 1, 0, EDGES_OWN, bytes);
    const struct frame frame = {.time_ns = EPOCH + MS,
                                .bytes = bytes,
                                .captured_len = (uint32_t)len,
                                .wire_len = (uint32_t)len,
                                .link = LINK_RAW};
    flights_take_local_error(&flights, &frame);
}

/* A connection that is refused, and so over. */
static struct flight *refuse(const struct attempt *attempt)
{
    struct flight *flight = edges_begin(attempt);
    edges_show_all();
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    return flight;
}

/* The same, and its path has begun. */
static struct flight *be_refused(const struct attempt *attempt)
{
    struct flight *flight = refuse(attempt);
    edges_pass(0);
    return flight;
}

/* Silent hops are skipped as long as the target answers, else five of them. */
START_TEST(silent_hops_are_skipped)
{
    struct attempt attempt = edges_attempt(80);
    open_path(8);
    struct flight *flight = _i == 0 ? be_refused(&attempt) : edges_begin(&attempt);
    edges_show_all();
    edges_pass(3 * SECOND);
    for (int i = 0; i < 20 && edges.reported == 0; i++) {
        edges_show_all();
        const struct known_echoes *known = &flight->trace->side.echoes.known;
        ck_assert_int_eq(known->more != NULL, known->next > KNOWN_FIRST);
        edges_pass(SECOND / 2);
    }
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert(edges.has_path);
    ck_assert_uint_eq(path_syns(), _i == 0 ? 8 : 5);
    ck_assert_uint_eq(edges.path.hop_count, _i == 0 ? 8 : 5);
    for (uint8_t i = 0; i < edges.path.hop_count; i++)
        ck_assert_uint_eq(edges.sent[path_syn(i)].segment.ttl, i + 1);
    ck_assert_int_eq(edges.result.port_state, _i == 0 ? PORT_CLOSED : PORT_FILTERED);
}
END_TEST

/* An error about a SYN of the connection that comes only then, as that of a neighbour that is asked
 * for longer than -W, changes the verdict no more than without --path. */
START_TEST(a_late_error_is_no_verdict)
{
    struct attempt attempt = edges_attempt(80);
    open_path(3);
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    while (path_syns() == 0)
        edges_pass(SECOND / 2);
    ck_assert_ptr_nonnull(flight->trace);
    edges_show_all();
    if (_i == 0)
        edges_error(0, 3, 1, 0);
    else
        hear_error(0);
    edges_pass(5 * SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.result.port_state, PORT_FILTERED);
    ck_assert_int_eq(edges.result.handshake.reason, REASON_NO_RESPONSE);
}
END_TEST

/* Every SYN is answered at once, by routers and then by the target; shown: captures see it. */
static void trace(struct flight *flight, unsigned hops, bool shown)
{
    for (unsigned i = 0; i <= hops; i++) {
        for (int j = 0; j < 40 && path_syns() == i; j++)
            edges_pass(MS);
        unsigned at = path_syn(i);
        edges_pass(MS);
        if (shown)
            edges_show_all();
        if (i < hops)
            edges_error(at, EXCEEDED, 0, 0);
        else
            edges_answer(flight, SYN_ACK, 700, flight->iss + 1, 0);
    }
}

/* An answer shows that what it answers was sent, though no capture saw it. What opens is reset,
 * once. All goes out where it must. */
START_TEST(each_hop_is_asked)
{
    struct attempt attempt = edges_attempt(80);
    attempt.route.required_ifindex = 9;
    open_path(8);
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    edges_show_all();
    edges_pass(0);
    unsigned resets = edges_count(RST);
    trace(flight, 3, _i == 0);
    edges_answer(flight, SYN_ACK, 700, flight->iss + 1, 0);
    edges_answer(flight, TCP_ACK, 701, flight->iss + 1, 0); /* it opens all the same */
    edges_pass(MS);
    ck_assert_uint_eq(edges_count(RST), resets + 1);
    edges_answer(flight, SYN_ACK, 700, flight->iss + 1, 0);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges_count(RST), resets + 1);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(edges.path.end_ttl, 4);
    ck_assert_uint_eq(edges.path.sent_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(edges.path.hops[i].answered, 1);
        ck_assert_int_eq(edges.path.hops[i].rtt_ns, MS);
        ck_assert_int_eq(edges.path.hops[i].answer, i < 3 ? PATH_TIME_EXCEEDED : PATH_SYN_ACK);
    }
    ck_assert_int_eq(edges.result.port_state, PORT_OPEN);
    ck_assert(endpoint_equal(&edges.path.ours, &flight->ours));
    ck_assert(endpoint_equal(&edges.path.theirs, &attempt.server));
    ck_assert_uint_eq(edges_recorded("tcpshake: path"), 4 + 3 + 4 + 1); /* with the reset */
    for (unsigned i = 0; i < edges.sent_count; i++)
        ck_assert_uint_eq(edges.sent[i].ifindex, 9);
}
END_TEST

/* No more a second than routers answer, but on the loopback interface. Each has a time stamp of its
 * own, however soon it follows. */
START_TEST(the_path_is_paced)
{
    struct attempt attempt = edges_attempt(80);
    open_path(8);
    snprintf(attempt.route.interface, sizeof attempt.route.interface, "%s",
             _i == 0 ? "eth0" : LOOPBACK);
    struct flight *flight = be_refused(&attempt);
    for (unsigned i = 0; i < 3; i++) {
        for (int j = 0; j < 40 && path_syns() == i; j++)
            edges_pass(MS);
        edges_show_all();
        edges_error(path_syn(i), EXCEEDED, 0, 0);
        edges_pass(0);
    }
    for (unsigned i = 1; i < 3; i++) {
        const struct edges_sent *one = &edges.sent[path_syn(i - 1)];
        const struct edges_sent *next = &edges.sent[path_syn(i)];
        ck_assert_int_eq(next->at_ns - one->at_ns, _i == 0 ? SECOND / RATE : 0);
        ck_assert_int_gt((int32_t)(next->segment.options.tsval - one->segment.options.tsval), 0);
    }
    ck_assert_ptr_nonnull(flight->trace);
}
END_TEST

/* No room is no end, but no way is, and a failure ends the run. */
START_TEST(the_path_ends_where_nothing_is_sent)
{
    static const int codes[] = {TRANSMIT_BUSY, TRANSMIT_UNSENT, TRANSMIT_REFUSED, -1};
    struct attempt attempt = edges_attempt(80);
    open_path(3);
    refuse(&attempt);
    edges.code = codes[_i];
    edges_pass(0);
    ck_assert_uint_eq(edges.reported, _i != 0);
    ck_assert_int_eq(failure.failed, codes[_i] == -1);
    failure.failed = false;
    edges.code = 0;
    edges_pass(10 * SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(edges.path.sent_count, _i == 0 ? 2 : 0);
}
END_TEST

/* The connection was over before its path: so its end is recorded, and what became of its answers
 * is not asked of the path's. */
START_TEST(the_path_is_no_part_of_the_connection)
{
    struct attempt attempt = edges_attempt(80);
    struct endpoint ends[ENDS];
    struct host_facts host;
    bool has_host;
    int64_t done_ns = 0;
    open_path(3);
    struct flight *flight = be_refused(&attempt);
    int64_t over_ns = edges.now_ns;
    edges_pass(5 * MS);
    edges_show_all();
    edges.drops = true;
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    edges_pass(SECOND / RATE); /* nor waited for */
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert(edges.has_host);
    ck_assert_int_eq(edges.host.delivery, DELIVERED);
    ck_assert(
        end_parse(edges.kept[edges.kept_count - 1].comment, ends, &done_ns, &host, &has_host));
    ck_assert_int_eq(done_ns, EPOCH + over_ns - START);
}
END_TEST

/* A copy of what was sent beside the connection, and was captured already, is none of it either. */
START_TEST(copies_are_no_part_of_the_connection)
{
    struct attempt attempt = edges_attempt(80);
    struct flight *flight;
    if (_i == 0) {
        open_path(3);
        be_refused(&attempt);
    } else {
        open_mtu();
        flight = open_measured(&attempt, 20 * MS);
        edges_pass(50 * MS);
        ck_assert(prober_measures(&flight->prober));
    }
    edges_show_all();
    unsigned kept_count = edges.kept_count;
    edges_show(edges.sent_count - 1);
    ck_assert_uint_eq(edges.kept_count, kept_count);
}
END_TEST

/* Without memory to know them, the run ends. */
START_TEST(copies_need_memory)
{
    struct attempt attempt = edges_attempt(80);
    if (_i == 0) {
        open_path(3);
        be_refused(&attempt)->trace->side.echoes.known.lacks_memory = true;
    } else {
        open_mtu();
        struct flight *flight = open_measured(&attempt, 20 * MS);
        edges_pass(50 * MS);
        flight->measurement->side.echoes.known.lacks_memory = true;
        edges.sent[edges.sent_count - 1].shown = false;
    }
    edges_show_all();
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
}
END_TEST

/* The local kernel cannot send a SYN on: nothing is to be waited for. */
START_TEST(a_local_error_ends_the_path)
{
    struct attempt attempt = edges_attempt(80);
    open_path(3);
    be_refused(&attempt);
    edges_show_all();
    hear_error(path_syn(0));
    edges_pass(SECOND / RATE);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(edges.path.end_ttl, 1);
    ck_assert_int_eq(edges.path.hops[0].answer, PATH_UNREACHABLE);
}
END_TEST

/* A hop may take three times as long as the target did. */
START_TEST(the_path_is_as_patient_as_the_target_is_far)
{
    struct attempt attempt = edges_attempt(80);
    open_path(3);
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_pass(300 * MS);
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    edges_pass(0);
    ck_assert_uint_eq(path_syns(), 1);
    edges_show_all();
    edges_pass(900 * MS - 1);
    ck_assert_uint_eq(path_syns(), 1);
    edges_pass(1);
    ck_assert_uint_eq(path_syns(), 2);
}
END_TEST

/* The end of the run, and a clock that was set, end it. */
START_TEST(the_path_is_left)
{
    struct attempt attempt = edges_attempt(80);
    open_path(3);
    struct flight *flight = be_refused(&attempt);
    ck_assert_ptr_nonnull(flight->trace);
    if (_i == 0)
        flights_cancel(&flights);
    else
        flight->clock_was_set = true;
    edges_pass(_i == 0 ? 0 : SECOND / 2);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert(!edges.result.cut_short);
    ck_assert_uint_eq(path_syns(), 1);
}
END_TEST

/* Names */

static const char *name;
static unsigned asked;

static const char *find(void *context, const struct address *address, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    asked++;
    ck_assert_uint_eq(address->family, FAMILY_IPV4);
    return name;
}

static const struct hop_names hop_names = {.find = find};

/* The names of hops that answered are waited for, for a second. */
static const struct {
    const char *name;
    int64_t wait_ns;
} names[] = {{"router.example", 0}, {"", 0}, {NULL, SECOND}};

START_TEST(names_are_waited_for)
{
    struct attempt attempt = edges_attempt(80);
    name = names[_i].name;
    asked = 0;
    flights.hop_names = &hop_names;
    open_path(1);
    be_refused(&attempt);
    ck_assert_uint_eq(asked, 0);
    edges_pass(MS);
    edges_show_all();
    edges_error(path_syn(0), EXCEEDED, 0, 0);
    edges_pass(SECOND / RATE - MS);
    ck_assert_uint_ge(asked, 1);
    ck_assert_uint_eq(edges.reported, names[_i].wait_ns == 0);
    if (names[_i].wait_ns > 0) {
        edges_pass(names[_i].wait_ns - 1);
        ck_assert_uint_eq(edges.reported, 0);
        edges_pass(5 * MS);
    }
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_str_eq(edges.path.hops[0].name, _i == 0 ? name : "");
    ck_assert_uint_eq(edges_recorded("router.example"), _i == 0);
}
END_TEST

/* Each router of a hop has a name of its own. */
#define OTHER_ROUTER (EDGES_ROUTER - 1)

static const char *find_by_address(void *context, const struct address *address, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return address->bytes[3] == (EDGES_ROUTER & 0xff) ? "first.example" : "other.example";
}

static const struct hop_names names_of_each = {.find = find_by_address};

START_TEST(each_router_of_a_hop_has_a_name)
{
    struct attempt attempt = edges_attempt(80);
    uint8_t bytes[256];
    flights.hop_names = &names_of_each;
    open_path(2);
    be_refused(&attempt);
    edges_show_all();
    edges_pass(230 * MS); /* the first hop is silent */
    edges_show_all();
    edges_error(path_syn(1), EXCEEDED, 0, 0);
    edges_pass(SECOND / RATE);
    edges_show_all();
    ck_assert_uint_eq(path_syns(), 3);
    ck_assert_uint_eq(edges.sent[path_syn(2)].segment.ttl, 1);
    edges_error(path_syn(2), EXCEEDED, 0, 0);
    size_t len = edges_error_bytes(path_syn(0), EXCEEDED, 0, 0, OTHER_ROUTER, bytes);
    edges_arrive(bytes, len);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_str_eq(edges.path.hops[0].name, "first.example");
    ck_assert_str_eq(edges.path.hops[0].other_name, "other.example");
    ck_assert_uint_eq(edges_recorded("first.example"), 2); /* of two hops */
    ck_assert_uint_eq(edges_recorded("other.example"), 1);
}
END_TEST

/* A hop that is silent has none, and one that is known is not asked for again. */
START_TEST(names_are_asked_for_once)
{
    struct attempt attempt = edges_attempt(80);
    name = "router.example";
    asked = 0;
    flights.hop_names = &hop_names;
    open_path(3);
    be_refused(&attempt);
    edges_show_all();
    edges_pass(230 * MS);
    ck_assert_uint_eq(path_syns(), 2);
    ck_assert_uint_eq(asked, 0);
    edges_show_all();
    edges_error(path_syn(1), EXCEEDED, 0, 0);
    edges_pass(3 * SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(asked, 1);
}
END_TEST

/* A device on the way has translated the tuple that an error quotes. */
START_TEST(a_translated_quote_is_recognized)
{
    struct attempt attempt = edges_attempt(80);
    open_path(1);
    be_refused(&attempt);
    edges_show_all();
    edges_translate(path_syn(0), 50000, 80);
    edges_error(path_syn(0), EXCEEDED, 0, 0);
    ck_assert_uint_eq(edges_recorded("tcpshake: path translated from=192.0.2.1 from-port=40000 "
                                     "to=192.0.2.2 to-port=80"),
                      1);
    edges_pass(SECOND / RATE);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(edges.path.hops[0].answered, 1);
}
END_TEST

/* --path-mtu */

static unsigned last_sent(void)
{
    ck_assert_uint_gt(edges.sent_count, 0);
    return edges.sent_count - 1;
}

/* Answers what fits, until the measurement is over; told: a router says what does not. */
static void measure(const struct flight *flight, bool told, bool shown)
{
    unsigned answered = last_sent();
    for (int i = 0; i < 4000 && prober_measures(&flight->prober); i++) {
        edges_pass(5 * MS);
        unsigned at = last_sent();
        if (at == answered || !edges.sent[at].segment.measures)
            continue;
        answered = at;
        if (shown)
            edges_show_all();
        if (edges.sent[at].len <= MTU)
            edges_answer(flight, TCP_ACK, 101, flight->iss + 1, 0);
        else if (told)
            edges_error(at, 3, 4, MTU);
    }
    edges_pass(0);
}

static uint32_t largest_payload(void)
{
    uint32_t largest = 0;
    for (unsigned i = 0; i < edges.sent_count; i++)
        if (!edges.sent[i].segment.measures && edges.sent[i].len > largest)
            largest = edges.sent[i].len;
    return largest;
}

/* A kernel that is told a path MTU goes by it; one that is not does not know. */
static const struct {
    bool told, shown;
} paths[] = {{true, true}, {true, false}, {false, true}, {false, false}};

START_TEST(the_path_mtu_is_measured)
{
    struct attempt attempt = edges_attempt(80);
    attempt.route.mtu = 1300; /* is what is measured, and not believed */
    attempt.route.required_ifindex = 9;
    open_mtu();
    struct flight *flight = open_measured(&attempt, 20 * MS);
    measure(flight, paths[_i].told, paths[_i].shown);
    ck_assert(!prober_measures(&flight->prober));
    ck_assert_uint_eq(largest_payload(), paths[_i].told ? MTU : 1500);
    edges_answer(flight, RST | TCP_ACK, 101, flight->iss + 1, 0);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert(edges.has_mtu);
    const struct mtu_verdict verdict = path_mtu_judge(&edges.mtu);
    ck_assert_uint_eq(verdict.bytes, MTU);
    ck_assert_uint_eq(verdict.beyond, MTU + 1);
    ck_assert_int_eq(verdict.told, paths[_i].told);
    if (paths[_i].told)
        ck_assert_uint_eq(edges.mtu.sent_count, 4); /* 1200 twice, 1500, and what was told */
    ck_assert_uint_eq(edges.mtu.device_bytes, 1500);
    ck_assert(endpoint_equal(&edges.mtu.ours, &flight->ours));
    ck_assert(endpoint_equal(&edges.mtu.theirs, &attempt.server));
    for (unsigned i = 0; i < edges.sent_count; i++)
        ck_assert_uint_eq(edges.sent[i].ifindex, 9);
    ck_assert_uint_ge(edges_recorded("tcpshake: path-mtu device-mtu=1500"), edges.mtu.sent_count);
}
END_TEST

/* What a router says is acted on at once, at the pace; silence after three round trips. */
START_TEST(the_measurement_goes_on)
{
    struct attempt attempt = edges_attempt(80);
    open_mtu();
    struct flight *flight = open_measured(&attempt, 300 * MS);
    edges_pass(100 * MS);
    edges_show_all();
    ck_assert_uint_eq(edges.sent[last_sent()].len, 1200);
    unsigned first = last_sent();
    edges_answer(flight, TCP_ACK, 101, flight->iss + 1, 0);
    ck_assert_uint_eq(last_sent(), first + 1);
    ck_assert_uint_eq(edges.sent[first + 1].len, 1500);
    edges_pass(100 * MS);
    edges_show_all();
    if (_i == 0) {
        edges_error(first + 1, 3, 4, MTU);
        ck_assert_uint_eq(last_sent(), first + 2);
        ck_assert_uint_eq(edges.sent[first + 2].len, MTU);
    } else {
        edges_pass(800 * MS - 1);
        ck_assert_uint_eq(last_sent(), first + 1);
        edges_pass(1);
        ck_assert_uint_eq(last_sent(), first + 2);
    }
}
END_TEST

/* However soon answers come: as the SYNs of a path. */
START_TEST(the_measurement_is_paced)
{
    struct attempt attempt = edges_attempt(80);
    open_mtu();
    snprintf(attempt.route.interface, sizeof attempt.route.interface, "%s",
             _i == 0 ? "eth0" : LOOPBACK);
    struct flight *flight = open_measured(&attempt, MS);
    edges_pass(100 * MS);
    edges_show_all();
    unsigned first = last_sent();
    int64_t began_ns = edges.sent[first].at_ns;
    edges.now_ns = began_ns + MS;
    edges_answer(flight, TCP_ACK, 101, flight->iss + 1, 0);
    edges_pass(SECOND / RATE);
    ck_assert_uint_eq(last_sent(), first + 1);
    ck_assert_int_eq(edges.sent[first + 1].at_ns - began_ns, _i == 0 ? SECOND / RATE : MS);
}
END_TEST

/* An error about what was measured is none of the connection's, and one about anything else is. */
START_TEST(each_error_has_its_place)
{
    struct attempt attempt = edges_attempt(80);
    uint8_t bytes[256];
    open_mtu();
    struct flight *flight = open_measured(&attempt, 20 * MS);
    edges_pass(50 * MS);
    edges_show_all();
    unsigned before = edges.kept_count, of_mtu = edges_recorded("tcpshake: path-mtu");
    unsigned about = _i == 0 ? 0 : last_sent(); /* our SYN, or what is measured */
    size_t len = edges_error_bytes(about, 3, 4, 1000, _i < 2 ? EDGES_ROUTER : EDGES_OWN, bytes);
    const struct frame frame = {.time_ns = EPOCH + MS,
                                .bytes = bytes,
                                .captured_len = (uint32_t)len,
                                .wire_len = (uint32_t)len,
                                .link = LINK_RAW};
    if (_i < 2)
        edges_arrive(bytes, len);
    else
        flights_take_local_error(&flights, &frame);
    ck_assert_uint_eq(edges.kept_count, before + 1);
    ck_assert_uint_eq(edges_recorded("tcpshake: path-mtu"), of_mtu + (_i != 0));
    ck_assert_uint_eq(flight->measurement->mtu.told_bytes, _i == 1 ? 1000 : 0);
}
END_TEST

/* What is to be sent follows the measurement at once. */
START_TEST(what_was_measured_is_used_at_once)
{
    struct attempt attempt = edges_attempt(80);
    open_mtu();
    struct flight *flight = open_measured(&attempt, 300 * MS);
    edges_pass(SECOND / RATE);
    for (unsigned i = 0; i < 2; i++) {
        edges_show_all();
        ck_assert(prober_measures(&flight->prober));
        edges_answer(flight, TCP_ACK, 101, flight->iss + 1, 0);
        edges_pass(SECOND / RATE);
    }
    ck_assert(!prober_measures(&flight->prober));
    ck_assert_uint_gt(largest_payload(), 0);
    edges_answer(flight, RST, 101, 0, 0);
    edges_show_all();
}
END_TEST

/* What opens a window that was shut is the connection's: it waits for that. */
START_TEST(what_opens_the_window_is_the_connections)
{
    struct attempt attempt = edges_attempt(80);
    open_mtu();
    struct flight *flight = open_measured(&attempt, 20 * MS);
    edges_pass(50 * MS);
    edges_show_all();
    unsigned recorded = edges_recorded("tcpshake: path-mtu");
    if (_i == 0)
        flight->conversation->ends[SERVER].rcv_right = flight->measurement->mtu.seq_end;
    edges_answer(flight, TCP_ACK, 101, flight->iss + 1, 0);
    ck_assert_uint_eq(edges_recorded("tcpshake: path-mtu"), recorded + (_i == 1));
    ck_assert_uint_eq(flight->measurement->mtu.sent[0].answer,
                      _i == 0 ? MTU_NO_ANSWER : MTU_ACKNOWLEDGED);
}
END_TEST

/* A reset ends the connection, whatever is measured, and whether captures have shown that. */
START_TEST(a_reset_is_the_connections)
{
    struct attempt attempt = edges_attempt(80);
    open_mtu();
    struct flight *flight = open_measured(&attempt, 20 * MS);
    edges_pass(100 * MS);
    edges_show_all();
    edges_answer(flight, TCP_ACK, 101, flight->iss + 1, 0);
    ck_assert_uint_eq(edges_recorded("tcpshake: path-mtu"), 2);
    if (_i == 0)
        edges_show_all(); /* the second segment */
    ck_assert(prober_measures(&flight->prober));
    edges_answer(flight, RST, 101, 0, 0);
    if (_i == 0)
        edges_show_all();
    edges_pass(250 * MS);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert(edges.has_mtu);
    ck_assert_uint_eq(edges_recorded("tcpshake: path-mtu"), 3);
}
END_TEST

/* What measured nothing says nothing. */
START_TEST(no_measurement_is_reported_where_none_was_made)
{
    struct attempt attempt = edges_attempt(80);
    open_mtu();
    attempt.plan.close = CLOSE_FIN;
    attempt.plan.path_mtu = true;
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges.code = 0;
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    edges_show_all();
    flights_cancel(&flights);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.has_mtu, edges.mtu.sent_count > 0);
}
END_TEST

/* As of a path, though --path is not wanted. */
START_TEST(a_translated_quote_of_a_measurement_is_recognized)
{
    struct attempt attempt = edges_attempt(80);
    open_mtu();
    struct flight *flight = open_measured(&attempt, 20 * MS);
    edges_pass(50 * MS);
    edges_show_all();
    edges_translate(last_sent(), 50000, 80);
    edges_error(last_sent(), 3, 4, 1000);
    ck_assert_uint_eq(flight->measurement->mtu.told_bytes, 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("side");
    TCase *path = tcase_create("path");
    tcase_add_checked_fixture(path, set_up, tear_down);
    tcase_add_loop_test(path, silent_hops_are_skipped, 0, 2);
    tcase_add_loop_test(path, a_late_error_is_no_verdict, 0, 2);
    tcase_add_loop_test(path, each_hop_is_asked, 0, 2);
    tcase_add_loop_test(path, the_path_is_paced, 0, 2);
    tcase_add_loop_test(path, the_path_ends_where_nothing_is_sent, 0, 4);
    tcase_add_test(path, the_path_is_no_part_of_the_connection);
    tcase_add_loop_test(path, copies_are_no_part_of_the_connection, 0, 2);
    tcase_add_loop_test(path, copies_need_memory, 0, 2);
    tcase_add_test(path, a_local_error_ends_the_path);
    tcase_add_test(path, the_path_is_as_patient_as_the_target_is_far);
    tcase_add_loop_test(path, the_path_is_left, 0, 2);
    tcase_add_loop_test(path, names_are_waited_for, 0, 3);
    tcase_add_test(path, each_router_of_a_hop_has_a_name);
    tcase_add_test(path, names_are_asked_for_once);
    tcase_add_test(path, a_translated_quote_is_recognized);
    suite_add_tcase(suite, path);
    TCase *mtu = tcase_create("path MTU");
    tcase_add_checked_fixture(mtu, set_up, tear_down);
    tcase_add_loop_test(mtu, the_path_mtu_is_measured, 0, 4);
    tcase_add_loop_test(mtu, the_measurement_goes_on, 0, 2);
    tcase_add_loop_test(mtu, each_error_has_its_place, 0, 3);
    tcase_add_test(mtu, what_was_measured_is_used_at_once);
    tcase_add_loop_test(mtu, the_measurement_is_paced, 0, 2);
    tcase_add_loop_test(mtu, what_opens_the_window_is_the_connections, 0, 2);
    tcase_add_loop_test(mtu, a_reset_is_the_connections, 0, 2);
    tcase_add_test(mtu, no_measurement_is_reported_where_none_was_made);
    tcase_add_test(mtu, a_translated_quote_of_a_measurement_is_recognized);
    suite_add_tcase(suite, mtu);
    return run_suite(suite);
}
