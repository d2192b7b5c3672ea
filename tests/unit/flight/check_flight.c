/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection in flight, at the edges in virtual time: when it sends, what it takes for its own,
 * what it waits for, and what it says in the end. And what it takes of memory: a million are to
 * fit. */
#include "flight/flight.h"

#include <string.h>

#include "edges.h"
#include "harness.h"
#include "tcp/offer.h"

#define SYN         TCP_SYN
#define SYN_ACK     (TCP_SYN | TCP_ACK)
#define RST         TCP_RST
#define RATE        8 /* SYNs a second */
#define PROBE_MOST  2048
#define SYN_BYTES   60 /* IPv4 */
#define STEPS_KEPT  2  /* of a SYN and its answer */
#define SNAPLEN     512
#define IPV4_HEADER 20

static struct throttle throttle;

static void set_up(void)
{
    edges_reset();
}

static void use_throttle(uint32_t rate)
{
    throttle_init(&throttle, rate);
    flights.throttle = &throttle;
}

static void open_recorded(void)
{
    edges_record();
    edges_open();
}

static struct attempt throttled_attempt(uint16_t port)
{
    struct attempt attempt = edges_attempt(port);
    attempt.throttled = true;
    return attempt;
}

/* The flight is over, with that verdict. */
static void be_reported(enum port_state state, enum reason reason)
{
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(flights_count(&flights), 0);
    ck_assert_int_eq(edges.result.port_state, state);
    ck_assert_int_eq(edges.result.handshake.reason, reason);
}

/* What is recorded */

/* The first packet alone says whose it is. */
START_TEST(the_first_packet_tells_the_target)
{
    struct attempt attempt = edges_attempt(80);
    open_recorded();
    const struct target_facts facts = {.notes.labels = "site=a"};
    attempt.facts = &facts;
    attempt.place = 5;
    attempt.resolve_ns = 7000;
    const struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    ck_assert_uint_eq(edges.kept_count, 1);
    ck_assert_str_eq(edges.kept[0].comment,
                     "tcpshake: place=5 resolved-in-ns=7000 target=host.example");
    edges_pass(SECOND + MS);
    edges_show_all();
    ck_assert_uint_eq(edges.kept_count, 2);
    ck_assert_uint_eq(flight->first_tsval, edges.sent[0].segment.options.tsval);
    ck_assert_uint_ne(flight->first_tsval, edges.sent[1].segment.options.tsval);
    ck_assert_str_eq(edges.kept[1].comment, "");
    ck_assert_int_eq(edges.kept[0].interface, tap.recorded_as);
    ck_assert_int_eq(edges.kept[1].interface, tap.recorded_as);
    edges_close();
    ck_assert_str_eq(edges.result.target, "host.example");
    ck_assert_int_eq(edges.result.resolve_ns, 7000);
    ck_assert_str_eq(edges.result.interface, "eth0");
    ck_assert_uint_eq(edges_recorded("site=a"), 1);
}
END_TEST

/* An error about another segment of this tuple says nothing before there is one of ours. */
START_TEST(an_error_before_all_is_anothers)
{
    struct attempt attempt = edges_attempt(80);
    open_recorded();
    const struct flight *flight = edges_begin(&attempt);
    edges.sent[0].bytes[IPV4_HEADER + 7] ^= 1; /* its number */
    edges_error(0, 3, 1, 0);
    ck_assert_uint_eq(edges.kept_count, 0);
    ck_assert_ptr_null(flight->conversation);
    edges.sent[0].bytes[IPV4_HEADER + 7] ^= 1;
    edges_error(0, 3, 1, 0);
    ck_assert_uint_eq(edges.kept_count, 2);
    edges_pass(0); /* it is over at once */
    be_reported(PORT_UNREACHABLE, REASON_HOST_UNREACH);
    edges_close();
}
END_TEST

/* Without memory for what came back the run ends: it may take a second copy for another segment. */
START_TEST(what_came_back_needs_memory)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    if (_i == 0)
        flight->echoes.known.lacks_memory = true;
    else
        flight->copies.lacks_memory = true;
    edges_show_all();
    ck_assert(failure.failed && failure.error.out_of_memory);
    failure.failed = false;
    edges_close();
}
END_TEST

/* What no capture shows counts with the time of sending, after 200 ms and not before. */
START_TEST(what_was_not_captured_counts_as_sent)
{
    struct attempt attempt = edges_attempt(80);
    open_recorded();
    struct flight *flight = edges_begin(&attempt);
    edges_pass(200 * MS - 1);
    ck_assert_uint_eq(edges.kept_count, 0);
    ck_assert_ptr_null(flight->conversation);
    edges_pass(1);
    ck_assert_uint_eq(edges.kept_count, 1);
    ck_assert_ptr_nonnull(flight->conversation);
    ck_assert_int_eq(edges.kept[0].time_ns, EPOCH);
    ck_assert_int_eq(edges.linktypes[edges.kept[0].interface], 101); /* LINKTYPE_RAW */
    ck_assert_uint_eq(edges.kept[0].captured_len, edges.sent[0].len);
    ck_assert_uint_eq(edges.kept[0].wire_len, edges.sent[0].len);
    ck_assert_ptr_nonnull(strstr(edges.kept[0].comment, "time-from-user-space"));
    edges_close();
}
END_TEST

/* An open connection with two segments of payload that no capture showed. */
static struct flight *send_payload(struct attempt *attempt)
{
    static const uint8_t payload[2 * 1460];
    attempt->plan.close = CLOSE_FIN;
    attempt->plan.payload = payload;
    attempt->plan.payload_len = sizeof payload;
    struct flight *flight = edges_begin(attempt);
    edges_show_all();
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    edges_pass(0);
    return flight;
}

static unsigned unshown(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < edges.sent_count; i++)
        count += !edges.sent[i].shown;
    return count;
}

/* A long one is recorded as a capture would show it. */
START_TEST(what_answers_show_was_sent)
{
    struct attempt attempt = edges_attempt(80);
    open_recorded();
    struct flight *flight = send_payload(&attempt);
    unsigned count = unshown(), latest = edges.sent_count - 1;
    ck_assert_uint_ge(count, 2);
    ck_assert_uint_eq(edges_recorded("time-from-user-space"), 0);
    if (_i == 0)
        edges_answer(flight, TCP_ACK, 101, flight->prober.snd_nxt, 0);
    else
        edges_error(latest, 3, 1, 0);
    ck_assert_uint_eq(edges_recorded("time-from-user-space"), count);
    const struct edges_kept *last = &edges.kept[edges.kept_count - 2];
    ck_assert_uint_eq(last->wire_len, edges.sent[latest].len);
    ck_assert_uint_eq(last->captured_len, SNAPLEN);
    edges_close();
}
END_TEST

/* A reset of this tuple that is not ours is the local kernel's; a second copy of ours is not. */
START_TEST(foreign_resets_are_the_kernels)
{
    struct attempt attempt = edges_attempt(80);
    open_recorded();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    ck_assert_uint_eq(edges_count(RST), 1);
    struct edges_sent *reset = &edges.sent[edges.sent_count - 1];
    if (_i == 1)
        reset->bytes[5] ^= 1;
    edges_show(edges.sent_count - 1);
    if (_i == 0)
        edges_show(edges.sent_count - 1);
    ck_assert_uint_eq(edges_recorded("sent-by-the-local-kernel"), (unsigned)_i);
    ck_assert(flight->echoed);
    edges_close();
}
END_TEST

/* The peer opens a connection of its own on our tuple, once ours is over. */
START_TEST(what_succeeds_it_is_another_connection)
{
    struct attempt attempt = edges_attempt(80);
    open_recorded();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    unsigned kept_count = edges.kept_count;
    edges_answer(flight, SYN, 5000, 0, 0);
    ck_assert_uint_eq(edges.kept_count, kept_count);
    edges_pass(MS);
    be_reported(PORT_CLOSED, REASON_RESET);
    edges_close();
}
END_TEST

/* What the kernel says */

static const struct {
    int code;
    enum host_error refusal;
    int64_t after_ns; /* the firewall may answer in the peer's place */
    enum reason reason;
} refusals[] = {
    {TRANSMIT_REFUSED, HOST_EPERM, 20 * MS, REASON_ADMIN_PROHIBITED},
    {TRANSMIT_UNSENT, HOST_EHOSTUNREACH, 0, REASON_HOST_UNREACH},
    {TRANSMIT_UNSENT, HOST_ENETUNREACH, 0, REASON_NO_ROUTE},
};

START_TEST(what_is_refused_at_first_is_over)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    edges.code = refusals[_i].code;
    edges.refusal = refusals[_i].refusal;
    edges_begin(&attempt);
    if (refusals[_i].after_ns > 0) {
        edges_pass(refusals[_i].after_ns - 1);
        ck_assert_uint_eq(edges.reported, 0);
    }
    edges_pass(1);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert(!edges.result.has_client);
    ck_assert_int_eq(edges.result.handshake.reason, refusals[_i].reason);
    ck_assert_int_eq(edges.host.error, refusals[_i].refusal);
    edges_close();
}
END_TEST

START_TEST(a_firewall_of_this_host_answers_in_place)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    edges.code = TRANSMIT_REFUSED;
    edges.refusal = HOST_EPERM;
    edges_begin(&attempt);
    edges_pass(5 * MS);
    edges_error(0, 3, 3, 0);
    edges_pass(20 * MS);
    be_reported(PORT_UNREACHABLE, REASON_PORT_UNREACH);
    ck_assert(edges.result.has_client);
    edges_close();
}
END_TEST

/* Later segments count as lost on their way, or end the connection. */
static const struct {
    int code;
    unsigned syns;
    int64_t over_ns;
} later_refusals[] = {
    {TRANSMIT_BUSY, 3, 7 * SECOND},
    {TRANSMIT_UNSENT, 3, 7 * SECOND},
    {TRANSMIT_REFUSED, 2, SECOND},
};

START_TEST(what_is_refused_later_is_lost)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    attempt.plan.timeout_ns = 7 * SECOND;
    edges_begin(&attempt);
    edges_show_all();
    edges_pass(SECOND - 1);
    edges.code = later_refusals[_i].code;
    edges_pass(1);
    edges.code = 0;
    edges_pass(later_refusals[_i].over_ns - SECOND - 1 + MS);
    edges_show_all();
    edges_pass(MS);
    ck_assert_uint_eq(edges_count(SYN) + edges.busy_count, later_refusals[_i].syns);
    be_reported(PORT_FILTERED, REASON_NO_RESPONSE);
    edges_close();
}
END_TEST

/* Then the capture may still show what was sent before. */
START_TEST(what_was_sent_before_a_refusal_is_waited_for)
{
    struct attempt attempt = edges_attempt(80);
    open_recorded();
    attempt.plan.close = CLOSE_FIN;
    attempt.plan.hold_ns = 50 * MS;
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    ck_assert_uint_eq(edges_count(TCP_ACK), 1);
    edges_pass(10 * MS);
    edges_show_all();
    edges_pass(35 * MS);
    edges_answer(flight, TCP_ACK | TCP_PSH, 101, flight->iss + 1, 10);
    ck_assert_uint_eq(edges_count(TCP_ACK), 2);
    edges.code = TRANSMIT_REFUSED;
    edges_pass(60 * MS); /* its FIN is refused */
    ck_assert_uint_eq(edges.reported, 0);
    edges_show_all();
    edges_pass(MS);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(edges.kept_count, 6); /* with the end of it */
    ck_assert_uint_eq(edges_recorded("time-from-user-space"), 0);
    edges_close();
}
END_TEST

/* After one that was refused, nothing is sent that was to follow. */
START_TEST(nothing_follows_what_was_refused)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    attempt.plan.close = CLOSE_FIN;
    attempt.plan.payload = (const uint8_t *)"1234";
    attempt.plan.payload_len = 4;
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges.code = TRANSMIT_REFUSED;
    edges.refusal = HOST_EPERM;
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    ck_assert_uint_eq(edges.sent_count, 2); /* the acknowledgement, and no payload */
    edges_close();
}
END_TEST

/* A hard error ends the run; a connection that is open goes on, to be reset. */
START_TEST(another_failure_ends_the_run)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    edges.code = -1;
    if (_i == 1) {
        edges.code = 0;
        attempt.plan.close = CLOSE_FIN;
        struct flight *flight = edges_begin(&attempt);
        edges_show_all();
        edges.code = -1;
        edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
        edges.code = 0;
    } else {
        edges_begin(&attempt);
    }
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "cannot send");
    edges_pass(MS);
    ck_assert_uint_eq(flights_count(&flights), (unsigned)_i);
    flights_cancel(&flights);
    ck_assert_int_eq(edges_count(RST) + edges_count(RST | TCP_ACK) > 0, _i);
    failure.failed = false;
    edges_close();
    ck_assert_uint_eq(edges.reported, (unsigned)_i);
}
END_TEST

/* A first segment for which there is no room waits, for a minute; then the run fails. */
START_TEST(there_is_no_room_for_a_minute)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    edges.code = TRANSMIT_BUSY;
    edges_begin(&attempt);
    edges_pass(60 * SECOND - 10 * MS);
    ck_assert(!failure.failed);
    ck_assert_uint_ge(edges.busy_count, 60 * 200 - 3);
    ck_assert_uint_le(edges.busy_count, 60 * 200);
    if (_i == 0) {
        edges_pass(20 * MS);
        ck_assert(failure.failed);
        ck_assert_uint_eq(flights_count(&flights), 0);
        failure.failed = false;
    } else {
        flights_cancel(&flights); /* then it is not waited for */
        edges_pass(5 * MS);
        ck_assert(!failure.failed);
        ck_assert_uint_eq(flights_count(&flights), 0);
    }
    edges_close();
}
END_TEST

/* The same for a SYN that brings payload along, which goes at once. */
START_TEST(a_syn_with_payload_waits_for_room)
{
    static const uint8_t payload[] = {1, 2, 3};
    struct fast_open_cookie cookie = {.len = 8};
    struct attempt attempt = edges_attempt(80);
    edges_open();
    attempt.plan.offers = OFFER_BIT(OFFER_FASTOPEN);
    attempt.plan.cookie = &cookie;
    attempt.plan.payload = payload;
    attempt.plan.payload_len = sizeof payload;
    attempt.plan.close = CLOSE_FIN;
    attempt.route.required_ifindex = 9;
    edges.code = TRANSMIT_BUSY;
    const struct flight *flight = edges_begin(&attempt);
    edges_pass(20 * MS - 1);
    ck_assert_uint_eq(edges.busy_count, 4);
    edges.code = 0;
    edges_pass(1);
    ck_assert_uint_eq(edges_count(SYN), 1);
    ck_assert_uint_eq(edges.sent[0].segment.payload_len, sizeof payload);
    ck_assert_int_eq(flight->syn_ns, START + 20 * MS);
    ck_assert_uint_eq(edges.sent[0].ifindex, 9); /* that is required, if one is */
    edges_close();
}
END_TEST

/* Once there was room, nothing waits for it any more. */
START_TEST(room_is_waited_for_once)
{
    static const uint8_t payload[4 * 1460];
    struct attempt attempt = edges_attempt(80);
    attempt.plan.close = CLOSE_FIN;
    attempt.plan.payload = payload;
    attempt.plan.payload_len = sizeof payload;
    edges_open();
    edges.code = TRANSMIT_BUSY;
    struct flight *flight = edges_begin(&attempt);
    edges_pass(5 * MS);
    edges.code = 0;
    edges_pass(5 * MS);
    ck_assert_uint_eq(edges_count(SYN), 1);
    ck_assert_int_eq(edges_when(SYN, 0), 10 * MS);
    ck_assert_uint_eq(edges.sent[0].ifindex, 0);
    edges_show_all();
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    ck_assert_uint_eq(edges.sent_count, 1 + 1 + 4);
    edges_show_all();
    edges_answer(flight, RST, 101, 0, 0);
    edges_pass(0);
    be_reported(PORT_OPEN, REASON_SYN_ACK);
    edges_close();
}
END_TEST

/* The throttle */

/* Its first SYN goes; the next one, due after 1 s, has to wait until 1.9 s. */
static struct flight *begin_before_the_rate(const struct attempt *attempt)
{
    use_throttle(1);
    edges_open();
    ck_assert(throttle_take(&throttle, START + 900 * MS));
    struct flight *flight = edges_begin(attempt);
    edges_show_all();
    return flight;
}

static const struct cohort *first_cohort(void)
{
    const struct cohort *cohort = departures_of(&throttle.departures, START);
    ck_assert_ptr_nonnull(cohort);
    return cohort;
}

/* A SYN that no capture shows may not have left, unless it waits for a neighbour. */
static const struct {
    bool throttled, on_link, late;
    unsigned unseen;
} departures[] = {
    {true, false, false, 1},
    {false, false, false, 0},
    {true, true, false, 0},
    {true, false, true, 0},
};

START_TEST(syns_that_are_not_seen_are_counted)
{
    struct attempt attempt = edges_attempt(80);
    use_throttle(0);
    edges_open();
    attempt.throttled = departures[_i].throttled;
    attempt.on_link = departures[_i].on_link;
    throttle_take(&throttle, edges.now_ns);
    edges_begin(&attempt);
    edges_pass(200 * MS);
    ck_assert_uint_eq(first_cohort()->unseen, departures[_i].late || departures[_i].unseen == 1);
    if (departures[_i].late)
        edges_show_all();
    ck_assert_uint_eq(first_cohort()->unseen, departures[_i].unseen);
    edges_close();
}
END_TEST

/* Only the SYN before the one that was answered counts as lost, if it was seen to leave; and only
 * the first answer, to a target that was begun since the rate changed. */
static const struct {
    bool seen;      /* the first SYN */
    unsigned again; /* the others are */
    unsigned lost;
} answers[] = {
    {true, 0, 0}, {true, 1, 1}, {false, 1, 0}, {false, 0, 0}, {false, 2, 1},
};

START_TEST(the_first_answer_is_told)
{
    struct attempt attempt = throttled_attempt(80);
    attempt.plan.timeout_ns = 7 * SECOND;
    use_throttle(0);
    throttle.era = 3;
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    if (answers[_i].seen)
        edges_show_all();
    edges.sent[0].shown = true; /* or never is */
    edges_pass(5 * MS);
    for (unsigned i = 0; i < answers[_i].again; i++) {
        edges_pass(SECOND << i);
        edges_show_all();
    }
    edges_show_all();
    ck_assert_uint_eq(edges_count(SYN), 1 + answers[_i].again);
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    ck_assert(flight->attempt.answered);
    ck_assert_uint_eq(throttle.answers_in_all, 1);
    ck_assert_uint_eq(throttle.kept + throttle.lost, 1);
    ck_assert_uint_eq(throttle.lost, answers[_i].lost);
    ck_assert_uint_eq(throttle.first_kept + throttle.first_lost, 1);
    ck_assert_int_eq(flight->syn_ns,
                     START + 5 * MS + SECOND * ((1 << answers[_i].again) - 1) - 5 * MS);
    edges_close();
}
END_TEST

/* SYNs that are due again go as the throttle lets them, in the order in which they were due, and
 * what follows them is later by as much. */
START_TEST(syns_that_are_due_wait_in_order)
{
    static const int64_t due_ns[] = {1000 * MS, 1125 * MS, 1250 * MS, 1375 * MS,
                                     3000 * MS, 3125 * MS, 3250 * MS, 3375 * MS};
    struct attempt attempt = throttled_attempt(80);
    attempt.plan.timeout_ns = 20 * SECOND;
    use_throttle(RATE);
    edges_open();
    for (uint16_t i = 0; i < 3; i++) {
        attempt.server.port = (uint16_t)(80 + i);
        edges_begin(&attempt);
    }
    attempt.server.port = 90;
    edges_pass(125 * MS);
    edges_begin(&attempt); /* due when the second of the others may go */
    edges_show_all();
    edges_pass(4 * SECOND);
    const struct edges_sent *again = edges.sent + 4;
    ck_assert_uint_eq(edges.sent_count, 4 + 8);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(again[i].at_ns - START, due_ns[i]);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(again[i].segment.dst.port, again[i + 4].segment.dst.port);
    ck_assert_uint_eq(again[3].segment.dst.port, 90);
    edges_close();
    ck_assert_ptr_null(flights.held.first);
    ck_assert_ptr_null(flights.held.last);
}
END_TEST

/* While captures drop frames, silence means little: SYNs are sent again, five times or once. */
START_TEST(silence_is_doubted_where_frames_are_dropped)
{
    struct attempt attempt = edges_attempt(80);
    attempt.throttled = _i == 0;
    use_throttle(0);
    edges_open();
    edges_begin(&attempt);
    for (unsigned i = 1; i <= 30; i++) {
        edges_show_all();
        throttle_watch(&throttle, i, edges.now_ns);
        edges_pass(SECOND);
    }
    ck_assert_uint_eq(edges_count(SYN), 2 + (_i == 0 ? 5 : 1));
    be_reported(PORT_FILTERED, REASON_NO_RESPONSE);
    edges_close();
}
END_TEST

/* A firewall of this host that limits the rate refuses some SYNs and lets others out: those are
 * sent again, until the time is over. */
START_TEST(what_others_pass_is_tried_again)
{
    struct attempt attempt = throttled_attempt(80);
    use_throttle(0);
    edges_open();
    edges.code = TRANSMIT_REFUSED;
    edges.refusal = HOST_EPERM;
    throttle.lost_here_ns = _i == 0 ? START - 1 : INT64_MIN;
    edges_begin(&attempt);
    edges_pass(_i == 0 ? 3600 * MS - 1 : THROTTLE_REMEMBERS_NS - 1);
    ck_assert_uint_eq(edges.reported, 0);
    edges_pass(100 * MS);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.result.handshake.reason, REASON_ADMIN_PROHIBITED);
    ck_assert_uint_eq(edges_count(SYN), _i == 0 ? 6 : 1);
    for (unsigned i = 0; i < edges_count(SYN); i++)
        ck_assert_int_eq(edges_when(SYN, i), i * THROTTLE_REMEMBERS_NS);
    edges_close();
}
END_TEST

/* Which rate a target was begun at: that of its first SYN that left. */
START_TEST(the_first_that_left_tells_the_rate)
{
    struct attempt attempt = throttled_attempt(80);
    use_throttle(0);
    throttle.era = 3;
    edges_open();
    const struct flight *flight = edges_begin(&attempt);
    ck_assert_uint_eq(flight->era, 3);
    if (_i == 0)
        edges_show_all();
    throttle.era = 5;
    edges_pass(SECOND);
    ck_assert_uint_eq(edges_count(SYN), 2);
    ck_assert_uint_eq(flight->era, _i == 0 ? 3 : 5);
    edges_close();
}
END_TEST

/* Whatever came of the target shows that answers reach this host. */
START_TEST(what_was_answered_is_not_doubted)
{
    struct attempt attempt = throttled_attempt(80);
    use_throttle(0);
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, TCP_ACK, 100, flight->iss + 77, 0); /* of an older connection */
    edges_show_all();
    ck_assert(flight->attempt.answered);
    for (unsigned i = 1; i <= 30; i++) {
        throttle_watch(&throttle, i, edges.now_ns);
        edges_pass(SECOND / 10);
        edges_show_all();
    }
    edges_pass(1);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_uint_eq(flight->tries_more, 0);
    edges_close();
}
END_TEST

/* In a simultaneous open, our SYN/ACK goes whatever the rate is, and tells nothing of it. */
START_TEST(a_syn_that_answers_is_none_of_the_throttles)
{
    struct attempt attempt = throttled_attempt(80);
    use_throttle(0);
    edges_open();
    throttle_take(&throttle, edges.now_ns);
    throttle_take(&throttle, edges.now_ns);
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, SYN, 100, 0, 0);
    ck_assert_uint_eq(edges_count(SYN_ACK), 1);
    edges_pass(250 * MS);
    ck_assert_uint_eq(first_cohort()->unseen, 0);
    ck_assert_int_eq(flight->syn_ns, START);
    edges_close();
}
END_TEST

/* What waits is let through as far as there is room in the sender's queue, and then at once. */
START_TEST(a_full_queue_is_sent_before_more)
{
    struct attempt attempt = throttled_attempt(80);
    struct flight *flight = begin_before_the_rate(&attempt);
    edges_pass(1100 * MS);
    ck_assert_ptr_eq(flights.held.first, flight);
    throttle_init(&throttle, 0);
    sender.queued = TRANSMIT_BATCH;
    ck_assert_int_eq(flights_release(&flights, edges.now_ns), edges.now_ns);
    ck_assert_ptr_eq(flights.held.first, flight);
    sender.queued = 0;
    ck_assert_int_eq(flights_release(&flights, edges.now_ns), INT64_MAX);
    ck_assert_ptr_null(flights.held.first);
    ck_assert_uint_eq(sender.queued, 1);
    edges_close();
}
END_TEST

/* A refused SYN did not leave, which counts as for one that no capture shows. */
START_TEST(what_is_refused_is_counted)
{
    struct attempt attempt = throttled_attempt(80);
    attempt.throttled = _i == 0;
    use_throttle(0);
    edges_open();
    edges.code = _i < 2 ? TRANSMIT_REFUSED : TRANSMIT_UNSENT;
    edges.refusal = HOST_EPERM;
    throttle_take(&throttle, edges.now_ns);
    edges_begin(&attempt);
    ck_assert_uint_eq(first_cohort()->unseen, _i == 0);
    edges_close();
}
END_TEST

/* An echo that is due meanwhile makes it wait no longer: it goes when the throttle lets it. */
START_TEST(what_is_held_is_not_late)
{
    struct attempt attempt = throttled_attempt(80);
    struct flight *flight = begin_before_the_rate(&attempt);
    edges_pass(950 * MS);
    edges_answer(flight, TCP_ACK, 100, flight->iss + 77, 0);
    ck_assert_uint_eq(edges_count(RST), 1); /* which no capture shows */
    edges_pass(950 * MS - 1);
    ck_assert_uint_eq(edges_count(SYN), 1);
    edges_pass(1);
    ck_assert_uint_eq(edges_count(SYN), 2);
    edges_close();
}
END_TEST

/* What is answered meanwhile waits no longer: its timers are its own again. */
START_TEST(what_is_answered_is_held_no_longer)
{
    struct attempt attempt = throttled_attempt(80);
    attempt.plan.close = CLOSE_FIN;
    attempt.plan.hold_ns = 200 * MS;
    struct flight *flight = begin_before_the_rate(&attempt);
    edges_pass(1100 * MS);
    ck_assert_ptr_eq(flights.held.first, flight);
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    ck_assert_ptr_null(flights.held.first);
    edges_show_all();
    edges_pass(200 * MS);
    ck_assert_int_eq(edges_when(TCP_FIN | TCP_ACK, 0), 1300 * MS);
    ck_assert_uint_eq(edges_count(SYN), 1);
    edges_answer(flight, RST, 101, 0, 0);
    edges_show_all();
    edges_close();
}
END_TEST

/* The others of those that wait keep their order, wherever in it one was. */
START_TEST(what_goes_leaves_the_others_in_order)
{
    struct attempt attempt = throttled_attempt(80);
    struct flight *waiting[3];
    use_throttle(1);
    edges_open();
    ck_assert(throttle_take(&throttle, START + 900 * MS));
    for (uint16_t i = 0; i < 3; i++) {
        attempt.server.port = (uint16_t)(80 + i);
        waiting[i] = edges_begin(&attempt);
        edges_pass(1);
    }
    edges_show_all();
    edges_pass(1100 * MS);
    struct flight *gone = waiting[_i];
    edges_answer(gone, RST | TCP_ACK, 0, gone->iss + 1, 0);
    const struct flight *first = waiting[_i == 0], *last = waiting[_i == 2 ? 1 : 2];
    ck_assert_ptr_eq(flights.held.first, first);
    ck_assert_ptr_eq(first->held_after, last);
    ck_assert_ptr_null(last->held_after);
    ck_assert_ptr_eq(flights.held.last, last);
    ck_assert_ptr_eq(last->held_before, first);
    ck_assert_ptr_null(first->held_before);
    edges_close();
}
END_TEST

/* SYNs of a target that none is to hold back, as on the loopback interface, do not wait. */
START_TEST(what_is_not_throttled_does_not_wait)
{
    struct attempt attempt = edges_attempt(80);
    begin_before_the_rate(&attempt);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges_count(SYN), 2);
    edges_close();
}
END_TEST

/* What left is not in doubt because others did not. */
START_TEST(what_left_is_not_doubted)
{
    struct attempt attempt = throttled_attempt(80);
    use_throttle(0);
    throttle.lost_here_ns = START + SECOND;
    edges_open();
    edges_begin(&attempt);
    edges_show_all();
    edges_pass(SECOND);
    if (_i == 0)
        edges_show_all();
    edges_pass(2 * SECOND + MS);
    ck_assert_uint_eq(edges_count(SYN), _i == 0 ? 2 : 3);
    edges_close();
}
END_TEST

/* Nor is what waited given up sooner: the time that it waited is none of its own. */
START_TEST(what_was_held_has_as_long)
{
    struct attempt attempt = throttled_attempt(80);
    begin_before_the_rate(&attempt);
    edges_pass(1900 * MS);
    ck_assert_uint_eq(edges_count(SYN), 2);
    edges_show_all();
    edges_pass(2000 * MS - 1);
    ck_assert_uint_eq(edges.reported, 0);
    edges_pass(2);
    be_reported(PORT_FILTERED, REASON_NO_RESPONSE);
    edges_close();
}
END_TEST

/* A frame that the capture shows when a SYN is due, or would be given up, is no reason to pass by
 * the throttle. */
START_TEST(a_late_frame_passes_nothing_by)
{
    struct attempt attempt = throttled_attempt(80);
    use_throttle(0);
    edges_open();
    throttle_watch(&throttle, 1, START);
    edges_begin(&attempt);
    uint64_t taken = throttle.sent_in_all;
    edges_show_all();
    edges_pass(SECOND - 1);
    edges.now_ns++;
    edges_show(0);
    edges_pass(0);
    ck_assert_uint_eq(edges_count(SYN), 2);
    ck_assert_uint_eq(throttle.sent_in_all, taken + 1);
    edges_pass(2 * SECOND - 1);
    edges.now_ns++;
    edges_show_all();
    edges_pass(0);
    ck_assert_uint_eq(edges.reported, 0);
    ck_assert_uint_eq(edges_count(SYN), 3);
    ck_assert_uint_eq(throttle.sent_in_all, taken + 2);
    edges_close();
}
END_TEST

/* The end */

/* A reset that cannot be sent any more fails nothing: the run is over. */
START_TEST(nothing_fails_at_the_end)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    attempt.plan.close = CLOSE_FIN;
    attempt.plan.hold_ns = SECOND;
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0);
    edges_show_all();
    edges.code = -1;
    flights_cancel(&flights);
    ck_assert(!failure.failed);
    edges_pass(MS);
    be_reported(PORT_OPEN, REASON_SYN_ACK);
    edges_close();
}
END_TEST

/* What was refused was not sent, whenever the end comes. */
START_TEST(what_was_refused_was_not_sent)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    edges.code = TRANSMIT_REFUSED;
    edges.refusal = HOST_EPERM;
    edges_begin(&attempt);
    edges_close();
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert(!edges.result.has_client);
    ck_assert_int_eq(edges.result.handshake.reason, REASON_ADMIN_PROHIBITED);
}
END_TEST

/* A connection beside it ends with it, and tells what it knows. */
START_TEST(a_control_ends_with_it)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    attempt.controlled = true;
    attempt.plan.offers = OFFER_BIT(OFFER_ECN);
    edges_begin(&attempt);
    edges_show_all();
    edges_pass(3 * SECOND);
    edges_show_all();
    ck_assert_uint_eq(flights_count(&flights), 2);
    edges_close();
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert(edges.host.control.made);
}
END_TEST

/* The run ends while it waits: silence means nothing then. */
START_TEST(what_is_cancelled_is_cut_short)
{
    struct attempt attempt = edges_attempt(80);
    open_recorded();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    if (_i == 1)
        edges_answer(flight, SYN_ACK, 100, flight->iss + 1, 0); /* its reset is not seen yet */
    flights_cancel(&flights);
    edges_pass(MS);
    edges_show_all();
    edges_pass(MS);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.result.cut_short, _i == 0);
    ck_assert_uint_eq(edges_recorded("cut-short"), _i == 0);
    edges_close();
}
END_TEST

/* Nothing waits for the throttle any more that is over. */
START_TEST(what_ends_is_held_no_longer)
{
    struct attempt attempt = throttled_attempt(80);
    use_throttle(1);
    edges_open();
    ck_assert(throttle_take(&throttle, START + 600 * MS));
    edges_begin(&attempt);
    attempt.server.port = 81;
    edges_begin(&attempt);
    edges_show_all();
    edges_pass(1100 * MS);
    ck_assert_ptr_nonnull(flights.held.first);
    ck_assert_ptr_ne(flights.held.first, flights.held.last);
    flights_cancel(&flights);
    edges_pass(MS);
    ck_assert_uint_eq(edges.reported, 2);
    ck_assert_ptr_null(flights.held.first);
    ck_assert_ptr_null(flights.held.last);
    edges_close();
}
END_TEST

/* A connection that connect(2) is asked about, once it is over. */
static struct inquiry *asked;
static unsigned asked_count, withdrawn_count;

static void ask(void *context, struct inquiry *inquiry)
{
    (void)context;
    asked = inquiry;
    asked_count++;
}

static void withdraw(void *context, const struct inquiry *inquiry)
{
    (void)context;
    (void)inquiry;
    withdrawn_count++;
}

static const struct inquiries inquiries = {.ask = ask, .withdraw = withdraw};

START_TEST(a_second_opinion_is_waited_for)
{
    struct attempt attempt = edges_attempt(80);
    asked_count = withdrawn_count = 0;
    flights.inquiries = &inquiries;
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    edges_pass(10 * SECOND);
    ck_assert_uint_eq(asked_count, 1);
    ck_assert_uint_eq(edges.reported, 0);
    ck_assert(endpoint_equal(&asked->server, &attempt.server));
    ck_assert_uint_eq(asked->ifindex, attempt.route.ifindex);
    if (_i == 0) {
        asked->opinion = (struct opinion){.result = OPINION_REFUSED, .duration_ns = 7};
        asked->done = true;
        asked->answered(asked->owner);
    } else {
        flights_cancel(&flights);
    }
    edges_pass(0);
    be_reported(PORT_CLOSED, REASON_RESET);
    ck_assert_int_eq(edges.host.opinion.result, _i == 0 ? OPINION_REFUSED : OPINION_NONE);
    ck_assert_uint_eq(asked_count, 1);
    ck_assert_uint_eq(withdrawn_count, (unsigned)_i);
    edges_close();
}
END_TEST

/* What reached this host's TCP: what was captured a moment ago may be on its way. */
START_TEST(delivery_is_waited_for_a_moment)
{
    struct attempt attempt = edges_attempt(80);
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_pass(100 * MS);
    edges.drops = true;
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    edges_pass(20 * MS);
    ck_assert_uint_eq(edges.reported, 0);
    edges.delivered[0] = _i == 0;
    edges_pass(_i == 0 ? 5 * MS : 40 * MS);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.host.delivery, _i == 0 ? DELIVERED : NOT_DELIVERED);
    edges_close();
}
END_TEST

/* With -I, answers by another interface are not the socket's, whatever the guard counts, nor is
 * anything that lo shows for another one; in a VRF, whose route leads over one of its interfaces,
 * they are, and so is what an own link-local address of another interface answers over lo. */
static const struct {
    unsigned required, route;
    const char *over, *comes_by;
    enum delivery delivery;
} bound[] = {
    {7, 7, "eth0", "eth0", DELIVERED}, {7, 7, "eth0", "eth1", NOT_DELIVERED},
    {9, 7, "eth0", "eth1", DELIVERED}, {0, 7, "eth0", "eth1", DELIVERED},
    {1, 1, "lo", "lo", NOT_DELIVERED}, {7, 7, "lo", "lo", DELIVERED},
};

START_TEST(answers_come_by_the_interface_that_was_asked_for)
{
    struct attempt attempt = edges_attempt(80);
    attempt.route.required_ifindex = bound[_i].required;
    attempt.route.ifindex = bound[_i].route;
    snprintf(attempt.route.interface, sizeof attempt.route.interface, "%s", bound[_i].over);
    edges_open();
    snprintf(tap.interface, sizeof tap.interface, "%s", bound[_i].comes_by);
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    edges_pass(SECOND);
    ck_assert_uint_eq(edges.reported, 1);
    ck_assert_int_eq(edges.host.delivery, bound[_i].delivery);
    edges_close();
}
END_TEST

/* Nor are ICMP errors: tcp_v4_err() of the kernel looks for a socket of the interface that they
 * came by. What this host says of its own segments comes by lo. */
static const struct {
    unsigned required, route;
    const char *comes_by[2]; /* copies of it */
    enum reason reason;
} erring[] = {
    {7, 7, {"eth0"}, REASON_HOST_UNREACH},         {7, 7, {"eth1"}, REASON_DROPPED_ON_THIS_HOST},
    {7, 7, {"eth1", "eth0"}, REASON_HOST_UNREACH}, {7, 7, {"lo"}, REASON_HOST_UNREACH},
    {9, 7, {"eth1"}, REASON_HOST_UNREACH},         {0, 7, {"eth1"}, REASON_HOST_UNREACH},
};

START_TEST(errors_come_by_the_interface_that_was_asked_for)
{
    struct attempt attempt = edges_attempt(80);
    attempt.route.required_ifindex = erring[_i].required;
    attempt.route.ifindex = erring[_i].route;
    snprintf(attempt.route.interface, sizeof attempt.route.interface, "eth0");
    edges_open();
    edges_begin(&attempt);
    edges_show_all();
    for (size_t i = 0; i < 2 && erring[_i].comes_by[i] != NULL; i++) {
        snprintf(tap.interface, sizeof tap.interface, "%s", erring[_i].comes_by[i]);
        edges_error(0, 3, 1, 0);
    }
    edges_pass(5 * SECOND);
    be_reported(erring[_i].reason == REASON_HOST_UNREACH ? PORT_UNREACHABLE : PORT_FILTERED,
                erring[_i].reason);
    edges_close();
}
END_TEST

/* Where nothing came of the target, nothing of it is on its way. */
START_TEST(a_strangers_segment_is_not_waited_for)
{
    struct attempt attempt = edges_attempt(80);
    struct endpoint stranger = attempt.server;
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    edges_pass(3 * SECOND - 1);
    edges_show_all();
    edges.drops = true;
    stranger.port = 99;
    edges_segment(&stranger, &flight->ours, SYN, 5, 0, 0);
    ck_assert_uint_eq(flight->deliveries->captured, 1);
    edges_pass(2);
    be_reported(PORT_FILTERED, REASON_NO_RESPONSE);
    edges_close();
}
END_TEST

START_TEST(two_kibibytes_at_most)
{
    size_t bytes = sizeof(struct flight) + sizeof(struct conversation) + sizeof(struct echo) +
                   SYN_BYTES + STEPS_KEPT * sizeof(struct step);
    ck_assert_uint_le(bytes, PROBE_MOST);
}
END_TEST

/* Formats that show no steps need none. */
START_TEST(steps_are_kept_where_they_are_shown)
{
    struct attempt attempt = edges_attempt(80);
    flights.without_steps = _i == 1;
    edges_open();
    struct flight *flight = edges_begin(&attempt);
    edges_show_all();
    ck_assert_uint_eq(flight->conversation->steps.count > 0, _i == 0);
    edges_answer(flight, RST | TCP_ACK, 0, flight->iss + 1, 0);
    edges_pass(MS);
    be_reported(PORT_CLOSED, REASON_RESET);
    edges_close();
}
END_TEST

/* Where the guard does not count, or nothing was heard: strangers' segments to the port prove
 * nothing of this connection's. */
START_TEST(what_was_not_heard_was_not_delivered)
{
    struct deliveries deliveries = {.captured = 1, .delivered = 1};
    struct flight flight = {.heard = true};
    ck_assert_int_eq(flight_delivery(&flight), DELIVERY_UNKNOWN);
    flight.deliveries = &deliveries;
    ck_assert_int_eq(flight_delivery(&flight), DELIVERED);
    flight.heard = false;
    ck_assert_int_eq(flight_delivery(&flight), DELIVERY_UNKNOWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flight");
    TCase *tests = tcase_create("memory");
    tcase_add_test(tests, two_kibibytes_at_most);
    suite_add_tcase(suite, tests);
    TCase *delivery = tcase_create("delivery");
    tcase_add_test(delivery, what_was_not_heard_was_not_delivered);
    suite_add_tcase(suite, delivery);
    TCase *recorded = tcase_create("recorded");
    tcase_add_checked_fixture(recorded, set_up, NULL);
    tcase_add_test(recorded, the_first_packet_tells_the_target);
    tcase_add_test(recorded, an_error_before_all_is_anothers);
    tcase_add_loop_test(recorded, what_came_back_needs_memory, 0, 2);
    tcase_add_test(recorded, what_was_not_captured_counts_as_sent);
    tcase_add_loop_test(recorded, what_answers_show_was_sent, 0, 2);
    tcase_add_loop_test(recorded, foreign_resets_are_the_kernels, 0, 2);
    tcase_add_test(recorded, what_succeeds_it_is_another_connection);
    suite_add_tcase(suite, recorded);
    TCase *kernel = tcase_create("kernel");
    tcase_add_checked_fixture(kernel, set_up, NULL);
    tcase_add_loop_test(kernel, what_is_refused_at_first_is_over, 0, 3);
    tcase_add_test(kernel, a_firewall_of_this_host_answers_in_place);
    tcase_add_loop_test(kernel, what_is_refused_later_is_lost, 0, 3);
    tcase_add_test(kernel, what_was_sent_before_a_refusal_is_waited_for);
    tcase_add_test(kernel, nothing_follows_what_was_refused);
    tcase_add_loop_test(kernel, another_failure_ends_the_run, 0, 2);
    tcase_add_loop_test(kernel, there_is_no_room_for_a_minute, 0, 2);
    tcase_add_test(kernel, a_syn_with_payload_waits_for_room);
    tcase_add_test(kernel, room_is_waited_for_once);
    suite_add_tcase(suite, kernel);
    TCase *throttled = tcase_create("throttled");
    tcase_add_checked_fixture(throttled, set_up, NULL);
    tcase_add_loop_test(throttled, syns_that_are_not_seen_are_counted, 0, 4);
    tcase_add_loop_test(throttled, the_first_answer_is_told, 0, sizeof answers / sizeof answers[0]);
    tcase_add_test(throttled, syns_that_are_due_wait_in_order);
    tcase_add_loop_test(throttled, silence_is_doubted_where_frames_are_dropped, 0, 2);
    tcase_add_loop_test(throttled, what_others_pass_is_tried_again, 0, 2);
    tcase_add_loop_test(throttled, what_is_refused_is_counted, 0, 3);
    tcase_add_test(throttled, what_is_held_is_not_late);
    tcase_add_test(throttled, what_is_answered_is_held_no_longer);
    tcase_add_test(throttled, what_was_held_has_as_long);
    tcase_add_loop_test(throttled, what_goes_leaves_the_others_in_order, 0, 3);
    tcase_add_test(throttled, what_is_not_throttled_does_not_wait);
    tcase_add_loop_test(throttled, what_left_is_not_doubted, 0, 2);
    tcase_add_loop_test(throttled, the_first_that_left_tells_the_rate, 0, 2);
    tcase_add_test(throttled, what_was_answered_is_not_doubted);
    tcase_add_test(throttled, a_syn_that_answers_is_none_of_the_throttles);
    tcase_add_test(throttled, a_full_queue_is_sent_before_more);
    tcase_add_test(throttled, a_late_frame_passes_nothing_by);
    suite_add_tcase(suite, throttled);
    TCase *end = tcase_create("end");
    tcase_add_checked_fixture(end, set_up, NULL);
    tcase_add_test(end, nothing_fails_at_the_end);
    tcase_add_test(end, what_was_refused_was_not_sent);
    tcase_add_test(end, a_control_ends_with_it);
    tcase_add_loop_test(end, what_is_cancelled_is_cut_short, 0, 2);
    tcase_add_test(end, what_ends_is_held_no_longer);
    tcase_add_loop_test(end, a_second_opinion_is_waited_for, 0, 2);
    tcase_add_loop_test(end, delivery_is_waited_for_a_moment, 0, 2);
    tcase_add_loop_test(end, answers_come_by_the_interface_that_was_asked_for, 0, 6);
    tcase_add_loop_test(end, errors_come_by_the_interface_that_was_asked_for, 0, 6);
    tcase_add_test(end, a_strangers_segment_is_not_waited_for);
    tcase_add_loop_test(end, steps_are_kept_where_they_are_shown, 0, 2);
    suite_add_tcase(suite, end);
    return run_suite(suite);
}
