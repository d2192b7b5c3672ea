/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/flows.h"

#include <string.h>

#include "harness.h"
#include "tcp/outcome.h"
#include "tcp/steps.h"

#define START_NS     INT64_C(1795324083000000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct flows_config ordinary = {
    .key = {0x0706050403020100, 0x0f0e0d0c0b0a0908},
    .open_max = 100000,
    .linger_ns = INT64_MAX,
    .keep_steps = true,
};

static struct flows *make_flows(uint32_t open_max, int64_t linger_ns)
{
    struct flows_config config = ordinary;
    config.open_max = open_max;
    config.linger_ns = linger_ns;
    struct flows *flows = flows_new(&config);
    ck_assert_ptr_nonnull(flows);
    return flows;
}

/* From a client that the number stands for to the server; reply turns a segment round. */
static struct segment from_client(uint32_t number, unsigned flags, uint32_t seq, int64_t at_ns)
{
    struct segment s = {.time_ns = START_NS + at_ns,
                        .seq = seq,
                        .flags = (uint16_t)flags,
                        .window = 1000,
                        .checksum = CHECKSUM_GOOD};
    s.src.address =
        (struct address){FAMILY_IPV4, {10, 0, (uint8_t)(number >> 24), (uint8_t)(number >> 16)}};
    s.src.port = (uint16_t)number;
    s.dst.address = (struct address){FAMILY_IPV4, {192, 0, 2, 80}};
    s.dst.port = 443;
    return s;
}

static struct segment from_server(uint32_t number, unsigned flags, uint32_t seq, int64_t at_ns)
{
    struct segment s = from_client(number, flags, seq, at_ns);
    struct endpoint client = s.src;
    s.src = s.dst;
    s.dst = client;
    return s;
}

static struct conversation *take(struct flows *flows, struct segment s)
{
    return flows_input(flows, &s, SEGMENT_TCP, ORIGIN_WIRE);
}

static struct conversation *syn(struct flows *flows, uint32_t number, uint32_t seq, int64_t at_ns)
{
    struct conversation *c = take(flows, from_client(number, TCP_SYN, seq, at_ns));
    ck_assert_ptr_nonnull(c);
    return c;
}

/* SYN and the RST that refuses it: the conversation is over. */
static struct conversation *refused(struct flows *flows, uint32_t number, int64_t at_ns)
{
    struct conversation *c = syn(flows, number, 100, at_ns);
    struct segment reset = from_server(number, TCP_RST | TCP_ACK, 0, at_ns);
    reset.ack = 101;
    ck_assert_ptr_eq(take(flows, reset), c);
    ck_assert(conversation_over(c));
    return c;
}

static struct conversation *next_out(struct flows *flows)
{
    struct conversation *c = flows_next_finished(flows);
    ck_assert_ptr_nonnull(c);
    return c;
}

/* The next that waits is this one; it is given back. */
static void expect_out(struct flows *flows, const struct conversation *expected)
{
    struct conversation *c = next_out(flows);
    ck_assert_ptr_eq(c, expected);
    flows_release(flows, c);
}

START_TEST(both_directions_are_one_conversation)
{
    struct flows *flows = make_flows(10, INT64_MAX);
    struct conversation *c = syn(flows, 1, 100, 0);
    struct segment answer = from_server(1, TCP_SYN | TCP_ACK, 500, 1);
    ck_assert_ptr_eq(take(flows, answer), c);
    ck_assert_ptr_ne(syn(flows, 2, 100, 2), c);
    ck_assert_uint_eq(flows_open_count(flows), 2);
    ck_assert_uint_eq(c->ends[CLIENT].counts.segments, 1);
    ck_assert_uint_eq(c->ends[SERVER].counts.segments, 1);
    ck_assert_ptr_eq(flows_find(flows, &answer.src, &answer.dst), c);
    ck_assert_ptr_eq(flows_find(flows, &answer.dst, &answer.src), c);
    flows_finish(flows, c);
    ck_assert_ptr_null(flows_find(flows, &answer.src, &answer.dst));
    ck_assert_uint_eq(flows_open_count(flows), 1);
    flows_finish(flows, c); /* twice is once */
    ck_assert_uint_eq(flows_open_count(flows), 1);
    expect_out(flows, c);
    ck_assert_ptr_null(flows_next_finished(flows));
    flows_free(flows);
    flows_free(NULL);
}
END_TEST

/* What differs in one thing alone is another conversation. */
START_TEST(tuples_differ_by_anything)
{
    struct flows *flows = make_flows(100, INT64_MAX);
    struct segment s = from_client(7, TCP_SYN, 100, 0);
    struct segment others[6];
    for (unsigned i = 0; i < COUNT(others); i++)
        others[i] = s;
    others[0].src.port++;
    others[1].dst.port++;
    others[2].src.address.bytes[3] ^= 1;
    others[3].dst.address.bytes[0] ^= 128;
    others[4].src.address.family = others[4].dst.address.family = FAMILY_IPV6;
    others[5].src.address = s.dst.address; /* the ports stay where they are */
    others[5].dst.address = s.src.address;
    const struct conversation *c = take(flows, s);
    for (unsigned i = 0; i < COUNT(others); i++)
        ck_assert_ptr_ne(take(flows, others[i]), c);
    ck_assert_uint_eq(flows_open_count(flows), 1 + COUNT(others));
    flows_free(flows);
}
END_TEST

START_TEST(a_new_syn_begins_again)
{
    struct flows *flows = make_flows(10, INT64_MAX);
    struct conversation *first = syn(flows, 1, 100, 0);
    ck_assert_ptr_eq(syn(flows, 1, 100, 1000), first);
    ck_assert_uint_eq(first->ends[CLIENT].counts.syn_count, 2);
    ck_assert_ptr_null(flows_next_finished(flows));
    struct conversation *second = syn(flows, 1, 99, 2000);
    ck_assert_ptr_ne(second, first);
    ck_assert_uint_eq(second->ends[CLIENT].counts.syn_count, 1);
    ck_assert_int_eq(second->start_ns, START_NS + 2000);
    ck_assert_uint_eq(flows_open_count(flows), 1);
    expect_out(flows, first);
    struct segment answer = from_server(1, TCP_SYN | TCP_ACK, 500, 2001);
    ck_assert_ptr_eq(take(flows, answer), second);
    flows_free(flows);
}
END_TEST

/* The other end may open on the same tuple once the old connection is over, not before. */
START_TEST(the_server_may_begin_again)
{
    struct flows *flows = make_flows(10, INT64_MAX);
    struct conversation *open = syn(flows, 1, 100, 0);
    ck_assert_ptr_eq(take(flows, from_server(1, TCP_SYN, 7000, 1)), open);
    struct conversation *over = refused(flows, 2, 0);
    struct conversation *next = take(flows, from_server(2, TCP_SYN, 7000, 1));
    ck_assert_ptr_ne(next, over);
    ck_assert_uint_eq(next->endpoints[CLIENT].port, 443);
    expect_out(flows, over);
    flows_free(flows);
}
END_TEST

START_TEST(errors_begin_nothing)
{
    struct flows *flows = make_flows(10, INT64_MAX);
    struct segment error = from_client(1, 0, 100, 5);
    error.icmp = (struct icmp_error){.family = FAMILY_IPV4, .type = 3, .code = 13, .has_seq = true};
    ck_assert_ptr_null(flows_input(flows, &error, SEGMENT_ICMP_ERROR, ORIGIN_WIRE));
    ck_assert_uint_eq(flows_open_count(flows), 0);
    ck_assert_uint_eq(flows_lost(flows), 0);
    struct conversation *c = syn(flows, 1, 100, 0);
    ck_assert_ptr_eq(flows_input(flows, &error, SEGMENT_ICMP_ERROR, ORIGIN_WIRE), c);
    ck_assert_int_eq(c->icmp_reason, REASON_ADMIN_PROHIBITED);
    ck_assert_uint_eq(c->steps.count, 2);
    flows_free(flows);
}
END_TEST

/* In the time of the segments, from the last one of the conversation on. */
START_TEST(what_is_over_lingers)
{
    struct flows *flows = make_flows(10, 1000);
    struct conversation *over = refused(flows, 1, 0);
    struct conversation *open = syn(flows, 2, 100, 0);
    syn(flows, 3, 100, 999);
    ck_assert_ptr_null(flows_next_finished(flows));
    ck_assert_ptr_eq(take(flows, from_server(1, TCP_RST, 0, 999)), over); /* a straggler */
    syn(flows, 3, 100, 1998);
    ck_assert_ptr_null(flows_next_finished(flows));
    syn(flows, 3, 100, 1999);
    expect_out(flows, over);
    struct conversation *late = take(flows, from_server(1, TCP_RST, 0, 2000));
    ck_assert_uint_eq(late->ends[CLIENT].counts.segments + late->ends[SERVER].counts.segments, 1);
    syn(flows, 3, 100, INT64_C(1000000000000)); /* what is open waits for ever */
    expect_out(flows, late);
    ck_assert_ptr_eq(take(flows, from_server(2, TCP_ACK, 9, INT64_C(1000000000001))), open);
    ck_assert_ptr_null(flows_next_finished(flows));
    flows_free(flows);
}
END_TEST

START_TEST(lingers_in_the_order_of_silence)
{
    struct flows *flows = make_flows(10, 1000);
    struct conversation *a = refused(flows, 1, 0);
    struct conversation *b = refused(flows, 2, 10);
    take(flows, from_server(1, TCP_RST, 0, 20));
    syn(flows, 3, 100, 5000);
    expect_out(flows, b);
    expect_out(flows, a);
    flows_free(flows);
}
END_TEST

START_TEST(lingers_whatever_the_clock_says)
{
    static const int64_t ends[][2] = {
        {INT64_MIN + 1, INT64_MAX}, {INT64_MAX, INT64_MIN + 1}, {5000, 0}};
    struct flows *flows = make_flows(10, 1000);
    struct conversation *c = refused(flows, 1, 0);
    c->end_ns = ends[_i][0];
    struct segment s = from_client(2, TCP_SYN, 1, 0);
    s.time_ns = ends[_i][1];
    take(flows, s);
    ck_assert_ptr_null(flows_next_finished(flows));
    flows_free(flows);
}
END_TEST

/* What began before and goes on behind it, and nothing else. */
START_TEST(knows_what_spans_a_step_of_the_clock)
{
    struct flows *flows = make_flows(10, INT64_MAX);
    const struct conversation *before = refused(flows, 1, 0), *across = syn(flows, 2, 100, 0);
    flows_clock_was_set(flows);
    const struct conversation *after = refused(flows, 3, 0);
    ck_assert(!across->clock_was_set);
    take(flows, from_server(2, TCP_RST | TCP_ACK, 0, 5));
    ck_assert(across->clock_was_set && !before->clock_was_set && !after->clock_was_set);
    ck_assert(!across->ran_back);
    const struct conversation *disordered = syn(flows, 4, 100, 50);
    take(flows, from_client(4, TCP_SYN, 100, 49));
    ck_assert(disordered->ran_back && !disordered->clock_was_set);
    flows_free(flows);
}
END_TEST

/* A step back within a connection, where captures are watched for that, and no era begins. */
START_TEST(watches_the_clock_where_it_is_told_to)
{
    struct flows *flows = make_flows(10, INT64_MAX);
    const struct conversation *unwatched = syn(flows, 1, 100, 50);
    take(flows, from_client(1, TCP_SYN, 100, 49));
    ck_assert(!unwatched->ran_back);
    flows_watch_clock(flows);
    const struct conversation *watched = syn(flows, 2, 100, 50);
    take(flows, from_client(2, TCP_SYN, 100, 49));
    ck_assert(watched->ran_back && !watched->clock_was_set);
    flows_free(flows);
}
END_TEST

/* Where there is no room: what is over first, then what was silent longest. */
START_TEST(the_bound_evicts_the_most_silent)
{
    struct flows *flows = make_flows(4, INT64_MAX);
    struct conversation *a = syn(flows, 1, 100, 0);
    struct conversation *b = syn(flows, 2, 100, 1);
    struct conversation *over = refused(flows, 3, 2);
    struct conversation *d = syn(flows, 4, 100, 3);
    ck_assert_ptr_eq(syn(flows, 1, 100, 4), a); /* speaks again: now b is silent longest */
    ck_assert_ptr_null(flows_next_finished(flows));
    struct conversation *e = syn(flows, 5, 100, 5);
    syn(flows, 6, 100, 6);
    syn(flows, 7, 100, 7);
    ck_assert_uint_eq(flows_open_count(flows), 4);
    expect_out(flows, over);
    expect_out(flows, b);
    expect_out(flows, d);
    ck_assert_ptr_null(flows_next_finished(flows));
    syn(flows, 8, 100, 8);
    expect_out(flows, a);
    syn(flows, 9, 100, 9);
    expect_out(flows, e);
    flows_free(flows);
}
END_TEST

START_TEST(holds_one_alone)
{
    struct flows *flows = make_flows(1, INT64_MAX);
    for (uint32_t i = 0; i < 100; i++) {
        struct conversation *c = syn(flows, i, 100, i);
        ck_assert_uint_eq(flows_open_count(flows), 1);
        if (i > 0)
            flows_release(flows, next_out(flows));
        ck_assert_ptr_null(flows_next_finished(flows));
        ck_assert_uint_eq(c->endpoints[CLIENT].port, i);
    }
    flows_free(flows);
}
END_TEST

/* By their start, whatever was heard last and whether they are over; equals as they came. */
START_TEST(finishes_all_in_order)
{
    struct flows *flows = make_flows(100000, INT64_MAX);
    enum { MANY = 3000 };
    static int64_t started[MANY];
    uint64_t random = 1;
    for (uint32_t i = 0; i < MANY; i++) {
        started[i] = (int64_t)(next_random(&random) % 500);
        if (next_random(&random) % 2 == 0)
            refused(flows, i, started[i]);
        else
            syn(flows, i, 100, started[i]);
    }
    struct conversation *early = refused(flows, MANY, 0);
    flows_finish(flows, early); /* waits already, and stays in front */
    for (uint32_t i = 0; i < MANY; i += 7)
        syn(flows, i, 100, 1000);
    flows_finish_all(flows);
    ck_assert_uint_eq(flows_open_count(flows), 0);
    expect_out(flows, early);
    int64_t last_ns = INT64_MIN;
    for (uint32_t i = 0; i < MANY; i++) {
        struct conversation *c = next_out(flows);
        ck_assert_int_ge(c->start_ns, last_ns);
        ck_assert_int_eq(c->start_ns - START_NS, started[c->endpoints[CLIENT].port]);
        last_ns = c->start_ns;
        flows_release(flows, c);
    }
    ck_assert_ptr_null(flows_next_finished(flows));
    flows_finish_all(flows);
    ck_assert_ptr_null(flows_next_finished(flows));
    syn(flows, 1, 100, 0);
    flows_free(flows);
}
END_TEST

/* Room for steps grows as they come, to the bound. */
START_TEST(steps_grow_to_the_bound)
{
    struct flows *flows = make_flows(10, INT64_MAX);
    for (uint32_t i = 0; i < 200; i++) {
        struct conversation *c = syn(flows, 1, 100, i);
        ck_assert_uint_eq(c->steps.count, i < STEPS_MAX ? i + 1 : STEPS_MAX);
        ck_assert_uint_ge(c->steps.capacity, c->steps.count);
        ck_assert_uint_le(c->steps.capacity, STEPS_MAX);
        ck_assert_uint_eq(c->steps.omitted, i < STEPS_MAX ? 0 : i + 1 - STEPS_MAX);
        ck_assert_uint_eq(c->steps.list[0].seq, 100);
    }
    flows_free(flows);
}
END_TEST

START_TEST(steps_are_kept_where_wanted)
{
    struct flows_config config = ordinary;
    config.keep_steps = false;
    struct flows *flows = flows_new(&config);
    const struct conversation *c = syn(flows, 1, 100, 0);
    ck_assert_ptr_null(c->steps.list);
    ck_assert_uint_eq(c->steps.count, 0);
    ck_assert_uint_eq(c->steps.omitted, 1);
    flows_free(flows);
}
END_TEST

/* A model: numbers whose tuples meet in the table's last places, so that they run over its end,
 * inserted and taken out at random. */
enum { CROWD = 700, STEPS = 20000 };

static void gather_crowd(uint32_t numbers[CROWD], unsigned low_bits)
{
    uint64_t mask = (UINT64_C(1) << low_bits) - 1;
    unsigned count = 0;
    for (uint32_t number = 0; count < CROWD; number++) {
        struct segment s = from_client(number, TCP_SYN, 0, 0);
        if ((endpoint_pair_hash(&s.src, &s.dst, ordinary.key) & mask) >= mask - 2)
            numbers[count++] = number;
    }
}

struct model {
    uint32_t numbers[CROWD];
    struct conversation *expected[CROWD];
    uint32_t present;
    struct flows *flows;
};

static void model_step(struct model *m, uint64_t *random, bool growing)
{
    unsigned i = (unsigned)(next_random(random) % CROWD);
    bool in = m->expected[i] != NULL;
    struct segment s = from_client(m->numbers[i], TCP_SYN, 100, 0);
    ck_assert_ptr_eq(flows_find(m->flows, &s.dst, &s.src), m->expected[i]);
    if (in && next_random(random) % (growing ? 8 : 2) == 0) {
        flows_finish(m->flows, m->expected[i]);
        expect_out(m->flows, m->expected[i]);
        m->expected[i] = NULL;
        m->present--;
    } else if (in || growing || next_random(random) % 4 == 0) {
        const struct conversation *old = m->expected[i];
        m->expected[i] = syn(m->flows, m->numbers[i], 100, 0);
        m->present += !in;
        ck_assert(!in || m->expected[i] == old);
        ck_assert(endpoint_equal(&m->expected[i]->endpoints[CLIENT], &s.src));
    }
    ck_assert_uint_eq(flows_open_count(m->flows), m->present);
}

/* Only what was open is lost to the bound; what was over had been waiting anyway. */
START_TEST(evictions_are_counted)
{
    struct flows *flows = make_flows(2, INT64_MAX);
    syn(flows, 1, 100, 0);
    refused(flows, 2, 1);
    syn(flows, 3, 100, 2); /* in place of what is over */
    ck_assert_uint_eq(flows_evicted(flows), 0);
    syn(flows, 4, 100, 3); /* in place of the first */
    ck_assert_uint_eq(flows_evicted(flows), 1);
    ck_assert_uint_eq(flows_next_finished(flows)->endpoints[CLIENT].port, 2);
    ck_assert_uint_eq(flows_open_count(flows), 2);
    flows_free(flows);
}
END_TEST

/* Whoever allows none gets the newest alone. */
START_TEST(the_newest_is_always_held)
{
    struct flows *flows = make_flows(0, INT64_MAX);
    for (uint16_t port = 1; port <= 3; port++) {
        ck_assert_ptr_nonnull(syn(flows, port, 100, port));
        ck_assert_uint_eq(flows_open_count(flows), 1);
    }
    ck_assert_uint_eq(flows_evicted(flows), 2);
    flows_free(flows);
}
END_TEST

/* Handed out early, a conversation knows its stragglers and is never finished. */
START_TEST(what_is_over_is_handed_out_early)
{
    struct flows *flows = make_flows(100, 1000);
    syn(flows, 1, 100, 0);
    ck_assert(!flows_has_over(flows));
    ck_assert_ptr_null(flows_next_over(flows, INT64_MAX));
    struct conversation *two = refused(flows, 2, 10), *three = refused(flows, 3, 20);
    ck_assert(flows_has_over(flows));
    ck_assert_ptr_null(flows_next_over(flows, START_NS + 9));
    ck_assert_ptr_eq(flows_next_over(flows, START_NS + 10), two);
    ck_assert_ptr_null(flows_next_over(flows, START_NS + 10));
    ck_assert_ptr_eq(flows_next_over(flows, INT64_MAX), three);
    ck_assert(!flows_has_over(flows));
    ck_assert_ptr_eq(take(flows, from_server(2, TCP_RST | TCP_ACK, 0, 30)), two);
    ck_assert_ptr_null(flows_next_over(flows, INT64_MAX));
    struct conversation *again = syn(flows, 3, 5000, 40);
    ck_assert_uint_eq(again->ends[CLIENT].counts.segments, 1);
    ck_assert_ptr_null(flows_next_finished(flows)); /* nothing of its predecessor */
    ck_assert_uint_eq(flows_open_count(flows), 3);
    syn(flows, 1, 100, 2000);
    ck_assert_uint_eq(flows_open_count(flows), 2); /* the linger is the same */
    ck_assert_ptr_null(flows_next_finished(flows));
    refused(flows, 4, 2001);
    ck_assert_ptr_nonnull(flows_next_over(flows, INT64_MAX));
    flows_finish_all(flows);
    for (uint16_t port = 1; port <= 3; port += 2) {
        struct conversation *c = flows_next_finished(flows);
        ck_assert_uint_eq(c->endpoints[CLIENT].port, port);
        flows_release(flows, c);
    }
    ck_assert_ptr_null(flows_next_finished(flows));
    ck_assert_uint_eq(flows_open_count(flows), 0);
    flows_free(flows);
}
END_TEST

/* The bounds hold for those too. */
START_TEST(what_was_handed_out_makes_room)
{
    struct flows_config config = ordinary;
    config.open_max = 3;
    config.linger_max = 2;
    struct flows *flows = flows_new(&config);
    for (uint32_t number = 1; number <= 3; number++) {
        refused(flows, number, number);
        ck_assert_ptr_nonnull(flows_next_over(flows, INT64_MAX));
    }
    ck_assert_uint_eq(flows_open_count(flows), 2);
    for (uint32_t number = 4; number <= 6; number++)
        syn(flows, number, 100, number);
    ck_assert_uint_eq(flows_open_count(flows), 3);
    ck_assert_uint_eq(flows_evicted(flows), 0);
    ck_assert_ptr_null(flows_next_finished(flows));
    flows_free(flows);
}
END_TEST

/* What was fetched for a segment may be finished, given back and used again before it comes. */
START_TEST(what_was_fetched_may_be_gone)
{
    struct flows *flows = make_flows(100, 1000);
    struct segment first = from_client(1, TCP_SYN, 100, 0);
    struct flows_ahead none;
    flows_expect(flows, &first, &none);
    flows_fetch(flows, &none);
    struct conversation *c = syn(flows, 1, 100, 0);
    struct segment second = from_server(1, TCP_SYN | TCP_ACK, 500, 1);
    struct flows_ahead ahead;
    flows_expect(flows, &second, &ahead);
    flows_fetch(flows, &ahead);
    ck_assert_ptr_eq(flows_input_expected(flows, &ahead, &second, SEGMENT_TCP, ORIGIN_WIRE), c);
    ck_assert_ptr_eq(flows_input_expected(flows, &none, &first, SEGMENT_TCP, ORIGIN_WIRE), c);
    ck_assert_uint_eq(c->ends[CLIENT].counts.segments, 2);

    flows_finish(flows, c); /* waits to be reported */
    struct conversation *next =
        flows_input_expected(flows, &ahead, &second, SEGMENT_TCP, ORIGIN_WIRE);
    ck_assert_ptr_ne(next, c);
    ck_assert_uint_eq(next->ends[SERVER].counts.segments, 1);
    flows_finish(flows, next);
    flows_release(flows, c);
    flows_release(flows, next);
    ck_assert_ptr_eq(syn(flows, 2, 100, 2), next); /* the place, not the connection */
    ck_assert_ptr_eq(syn(flows, 3, 100, 2), c);
    struct conversation *last =
        flows_input_expected(flows, &ahead, &second, SEGMENT_TCP, ORIGIN_WIRE);
    ck_assert_ptr_ne(last, c);
    ck_assert_ptr_ne(last, next);
    ck_assert(endpoint_equal(&last->endpoints[SERVER], &second.src));

    struct conversation *over = refused(flows, 4, 3);
    struct segment straggler = from_client(4, TCP_ACK, 101, 4);
    ck_assert_ptr_eq(flows_next_over(flows, INT64_MAX), over);
    flows_expect(flows, &straggler, &ahead);
    flows_fetch(flows, &ahead);
    flows_finish(flows, over); /* told already: given back at once */
    ck_assert_ptr_ne(flows_input_expected(flows, &ahead, &straggler, SEGMENT_TCP, ORIGIN_WIRE),
                     NULL);
    ck_assert_uint_eq(flows_open_count(flows), 4);
    flows_free(flows);
}
END_TEST

START_TEST(finds_its_way_in_a_crowd)
{
    static struct model m;
    uint64_t random = (uint64_t)_i + 1;
    memset(&m, 0, sizeof m);
    m.flows = make_flows(100000, INT64_MAX);
    gather_crowd(m.numbers, 4 + 3 * (unsigned)_i);
    for (unsigned step = 0; step < STEPS; step++)
        model_step(&m, &random, step % 8000 < 5000);
    for (unsigned i = 0; i < CROWD; i++) {
        struct segment s = from_client(m.numbers[i], TCP_ACK, 101, 0);
        struct flows_ahead ahead;
        flows_expect(m.flows, &s, &ahead);
        ck_assert_ptr_eq(flows_find(m.flows, &s.src, &s.dst), m.expected[i]);
        flows_fetch(m.flows, &ahead);
        if (m.expected[i] != NULL)
            ck_assert_ptr_eq(flows_input_expected(m.flows, &ahead, &s, SEGMENT_TCP, ORIGIN_WIRE),
                             m.expected[i]);
    }
    ck_assert_uint_eq(flows_lost(m.flows), 0);
    flows_free(m.flows);
}
END_TEST

static unsigned pieces;

static void note_piece(void *memory, size_t size)
{
    pieces++;
    ck_assert_uint_eq(size, 2u << 20);
    ck_assert_uint_eq((uintptr_t)memory % size, 0);
}

/* As many as fill two of them and begin a third, each found in its place. */
START_TEST(large_pieces_are_filled)
{
    struct flows_config config = ordinary;
    const uint32_t many = 2 * (uint32_t)((2u << 20) / sizeof(struct conversation)) + 100;
    config.open_max = UINT32_MAX;
    config.on_memory = note_piece;
    pieces = 0;
    struct flows *flows = flows_new(&config);
    ck_assert_ptr_nonnull(flows);
    for (uint32_t i = 0; i < many; i++)
        syn(flows, i, i, 0);
    ck_assert_uint_eq(pieces, 3);
    unsigned wrong = 0;
    for (uint32_t i = 0; i < many; i++) {
        struct segment s = from_client(i, TCP_SYN, i, 0);
        const struct conversation *c = flows_find(flows, &s.src, &s.dst);
        wrong += c == NULL || c->ends[CLIENT].iss != i || c->ends[CLIENT].counts.segments != 1;
    }
    ck_assert_uint_eq(wrong, 0);
    flows_free(flows);
}
END_TEST

/* The list of steps starts with two; an error makes room for itself as a segment does. */
START_TEST(errors_have_steps)
{
    struct flows_config config = ordinary;
    config.keep_steps = true;
    struct flows *flows = flows_new(&config);
    ck_assert_ptr_nonnull(flows);
    struct conversation *c = syn(flows, 1, 100, 0);
    struct segment error = from_client(1, 0, 100, 1);
    error.icmp = (struct icmp_error){.family = FAMILY_IPV4, .type = 3, .code = 1, .has_seq = true};
    for (unsigned i = 2; i < 6; i++) {
        ck_assert_ptr_eq(flows_input(flows, &error, SEGMENT_ICMP_ERROR, ORIGIN_WIRE), c);
        ck_assert_uint_eq(c->steps.count, i);
    }
    ck_assert(!flows_has_finished(flows));
    flows_finish(flows, c);
    ck_assert(flows_has_finished(flows));
    flows_free(flows);
}
END_TEST

/* What is not asked for is left out, and nothing else. */
START_TEST(words_may_be_left_out)
{
    struct flows_config config = ordinary;
    struct connection_result result;
    config.without_words = _i == 1;
    struct flows *flows = flows_new(&config);
    ck_assert_ptr_nonnull(flows);
    conversation_result(refused(flows, 1, 0), &result);
    ck_assert_int_eq(result.port_state, PORT_CLOSED);
    ck_assert_int_eq(result.handshake.result, HANDSHAKE_REFUSED);
    ck_assert_str_eq(result.history, _i == 1 ? "" : "Sr");
    ck_assert(result.completeness == 0 || _i == 0);
    flows_free(flows);
}
END_TEST

static struct conversation *twin(struct flows *flows, uint32_t number, uint16_t ip_id,
                                 enum origin origin)
{
    struct segment s = from_client(number, TCP_SYN, 100, number);
    s.ip_id = ip_id;
    struct conversation *c = flows_input(flows, &s, SEGMENT_TCP, origin);
    ck_assert_ptr_nonnull(c);
    return c;
}

/* SYNs without IP identification that come twice in the same millisecond: sent again, unless they
 * are a third of at least 16 that a foreign capture holds. every: which of the connections have
 * one. copies: of the last of these. */
static const struct {
    uint32_t connections, every;
    uint16_t ip_id;
    enum origin origin;
    unsigned copies;
} twins[] = {
    {7, 1, 0, ORIGIN_FOREIGN, 0},                             /* 14 are too few */
    {8, 1, 0, ORIGIN_FOREIGN, 1},  {8, 1, 0, ORIGIN_WIRE, 0}, /* our own captures are known */
    {8, 1, 9, ORIGIN_FOREIGN, 1},  /* the number tells them: nothing is watched */
    {40, 2, 0, ORIGIN_FOREIGN, 1}, /* 20 of 60 */
    {40, 4, 0, ORIGIN_FOREIGN, 0}, /* 10 of 50 */
};

START_TEST(most_frames_twice_are_copies)
{
    struct flows *flows = make_flows(100, INT64_MAX);
    const struct conversation *last = NULL;
    for (uint32_t i = 1; i <= twins[_i].connections; i++) {
        const struct conversation *c = twin(flows, i, twins[_i].ip_id, twins[_i].origin);
        if (i % twins[_i].every == 0)
            last = twin(flows, i, twins[_i].ip_id, twins[_i].origin);
        ck_assert(i % twins[_i].every != 0 || last == c);
    }
    ck_assert_ptr_nonnull(last);
    ck_assert_uint_eq(last->ends[CLIENT].repeats.duplicates, twins[_i].copies);
    ck_assert_uint_eq(last->ends[CLIENT].repeats.syn, 1 - twins[_i].copies);
    ck_assert_int_eq(last->course.capture_doubles, twins[_i].copies > 0 && twins[_i].ip_id == 0);
    flows_free(flows);
}
END_TEST

/* What is known of the capture holds from the first pair on; what it shows later counts too. */
START_TEST(copies_are_told_from_the_first_on)
{
    struct flows *flows = make_flows(100, INT64_MAX);
    flows_presume_doubling(flows);
    flows_presume_doubling(flows);
    twin(flows, 1, 0, ORIGIN_FOREIGN);
    const struct conversation *first = twin(flows, 1, 0, ORIGIN_FOREIGN);
    ck_assert_uint_eq(first->ends[CLIENT].repeats.duplicates, 1);
    ck_assert_uint_eq(first->ends[CLIENT].repeats.syn, 0);
    flows_free(flows);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flows");
    TCase *tcase = tcase_create("flows");
    tcase_add_test(tcase, both_directions_are_one_conversation);
    tcase_add_test(tcase, copies_are_told_from_the_first_on);
    tcase_add_test(tcase, large_pieces_are_filled);
    tcase_add_test(tcase, errors_have_steps);
    tcase_add_loop_test(tcase, words_may_be_left_out, 0, 2);
    tcase_add_loop_test(tcase, most_frames_twice_are_copies, 0, (int)COUNT(twins));
    tcase_add_test(tcase, tuples_differ_by_anything);
    tcase_add_test(tcase, a_new_syn_begins_again);
    tcase_add_test(tcase, the_server_may_begin_again);
    tcase_add_test(tcase, errors_begin_nothing);
    tcase_add_test(tcase, what_is_over_lingers);
    tcase_add_test(tcase, lingers_in_the_order_of_silence);
    tcase_add_loop_test(tcase, lingers_whatever_the_clock_says, 0, 3);
    tcase_add_test(tcase, knows_what_spans_a_step_of_the_clock);
    tcase_add_test(tcase, watches_the_clock_where_it_is_told_to);
    tcase_add_test(tcase, the_bound_evicts_the_most_silent);
    tcase_add_test(tcase, holds_one_alone);
    tcase_add_test(tcase, finishes_all_in_order);
    tcase_add_test(tcase, steps_grow_to_the_bound);
    tcase_add_test(tcase, steps_are_kept_where_wanted);
    tcase_add_test(tcase, evictions_are_counted);
    tcase_add_test(tcase, the_newest_is_always_held);
    tcase_add_test(tcase, what_is_over_is_handed_out_early);
    tcase_add_test(tcase, what_was_handed_out_makes_room);
    tcase_add_test(tcase, what_was_fetched_may_be_gone);
    tcase_add_loop_test(tcase, finds_its_way_in_a_crowd, 0, 3);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
