/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/prober.h"

#include <string.h>

#include "harness.h"
#include "virtual.h"
#include "wire/seq.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Plans and peers. */

static void full(struct virtual *v)
{
    (void)v;
}

static void to_silence(struct virtual *v)
{
    v->rule = virtual_ignore;
}

static void to_silence_briefly(struct virtual *v)
{
    v->rule = virtual_ignore;
    v->plan.timeout_ns = 999 * MS;
}

static void to_silence_until_a_syn_is_due(struct virtual *v)
{
    v->rule = virtual_ignore;
    v->plan.timeout_ns = 3 * SECOND;
}

static void to_silence_for_long(struct virtual *v)
{
    v->rule = virtual_ignore;
    v->plan.timeout_ns = 200 * SECOND;
}

static void to_late_listener(struct virtual *v)
{
    v->lose_ours = 3; /* both SYNs of the first two seconds */
}

static void hold(struct virtual *v)
{
    v->plan.hold_ns = 2 * SECOND;
}

static void hold_while_peer_closes(struct virtual *v)
{
    v->plan.hold_ns = 3600 * SECOND;
    v->peer.closes_first = true;
}

static void half_open(struct virtual *v)
{
    v->plan.close = CLOSE_HALF_OPEN;
}

static void abort_plan(struct virtual *v)
{
    v->plan.close = CLOSE_ABORT;
}

static void abort_after_hold(struct virtual *v)
{
    v->plan.close = CLOSE_ABORT;
    v->plan.hold_ns = SECOND;
}

static void no_time_wait(struct virtual *v)
{
    v->plan.time_wait_ns = 0;
}

static void peer_closes_first(struct virtual *v)
{
    v->plan.hold_ns = SECOND;
    v->peer.closes_first = true;
}

static void peer_thinks(struct virtual *v)
{
    v->peer.think_ns = 100 * MS;
}

static void peer_never_closes(struct virtual *v)
{
    v->peer.think_ns = NEVER;
}

static void peer_greets(struct virtual *v)
{
    v->peer.banner_len = 2500;
    v->plan.hold_ns = SECOND;
}

static void our_fins_are_lost(struct virtual *v)
{
    v->lose_ours = ~UINT64_C(3); /* everything after SYN and ACK */
}

static void two_fins_are_lost(struct virtual *v)
{
    v->lose_ours = 4 + 8;
}

static void our_last_ack_is_lost(struct virtual *v)
{
    v->lose_ours = 8;
}

static void our_last_two_acks_are_lost(struct virtual *v)
{
    v->lose_ours = 8 + 16;
    v->plan.time_wait_ns = SECOND;
}

static void handshake_ack_is_lost_in_hold(struct virtual *v)
{
    v->lose_ours = 2;
    v->plan.hold_ns = SECOND;
}

static void syn_ack_is_lost(struct virtual *v)
{
    v->lose_theirs = 1;
    v->peer.rto_ns = 400 * MS;
}

static void one_payload(struct virtual *v)
{
    virtual_payload(v, 100);
}

static void payload_is_lost(struct virtual *v)
{
    virtual_payload(v, 100);
    v->lose_ours = 4;
}

static void old_stack(struct virtual *v)
{
    v->peer.options = (struct tcp_options){.has_mss = false};
    v->peer.window = v->peer.syn_window = 5840;
}

static void syn_and_fin_are_lost(struct virtual *v)
{
    v->lose_ours = 1 + 8;
}

static void syn_and_fin_are_lost_without_timestamps(struct virtual *v)
{
    v->lose_ours = 1 + 8;
    old_stack(v);
}

static void payload_and_fin_are_lost(struct virtual *v)
{
    virtual_payload(v, 100);
    v->lose_ours = 4 + 16;
}

static void payload_is_lost_for_good(struct virtual *v)
{
    virtual_payload(v, 100);
    v->lose_ours = ~UINT64_C(3);
}

/* RFC 6298: the SYN at 0, 1, 3 s and on, doubled to a minute at most; the FIN as after a round trip
 * of 20 ms. With --hold 0 the FIN follows the handshake's ACK at once. */
static const struct {
    void (*set)(struct virtual *v);
    const char *story;
    int64_t end_ms;
    bool left_open; /* the peer still has a connection at the end */
} courses[] = {
    {full, "SYN@0 ACK@20 FIN+ACK@20 ACK@40", 540, false},
    {to_silence, "SYN@0 SYN@1000 SYN@3000", 5000, false},
    {to_silence_briefly, "SYN@0", 999, false},
    {to_silence_until_a_syn_is_due, "SYN@0 SYN@1000", 3000, false},
    {to_silence_for_long,
     "SYN@0 SYN@1000 SYN@3000 SYN@7000 SYN@15000 SYN@31000 SYN@63000 SYN@123000 SYN@183000", 200000,
     false},
    {to_late_listener, "SYN@0 SYN@1000 SYN@3000 ACK@3020 FIN+ACK@3020 ACK@3040", 3540, false},
    {hold, "SYN@0 ACK@20 FIN+ACK@2020 ACK@2040", 2540, false},
    {hold_while_peer_closes, "SYN@0 ACK@20 ACK@40 FIN+ACK@40", 60, false},
    {half_open, "SYN@0 RST@20", 20, false},
    {abort_plan, "SYN@0 ACK@20 RST+ACK@20", 20, false},
    {abort_after_hold, "SYN@0 ACK@20 RST+ACK@1020", 1020, false},
    {no_time_wait, "SYN@0 ACK@20 FIN+ACK@20 ACK@40", 40, false},
    {peer_closes_first, "SYN@0 ACK@20 ACK@40 FIN+ACK@40", 60, false},
    {peer_thinks, "SYN@0 ACK@20 FIN+ACK@20 ACK@140", 640, false},
    {peer_never_closes, "SYN@0 ACK@20 FIN+ACK@20 RST+ACK@5040", 5040, false},
    {peer_greets, "SYN@0 ACK@20 ACK@40 ACK@40 ACK@40 FIN+ACK@1020 ACK@1040", 1540, false},
    {our_fins_are_lost,
     "SYN@0 ACK@20 FIN+ACK@20 FIN+ACK@1020 FIN+ACK@3020 RST+ACK@5020 RST+ACK@5020", 5020, true},
    {two_fins_are_lost, "SYN@0 ACK@20 FIN+ACK@20 FIN+ACK@1020 FIN+ACK@3020 ACK@3040", 3540, false},
    {our_last_ack_is_lost, "SYN@0 ACK@20 FIN+ACK@20 ACK@40 ACK@340", 540, false},
    {our_last_two_acks_are_lost, "SYN@0 ACK@20 FIN+ACK@20 ACK@40 ACK@340 ACK@640", 1040, false},
    {handshake_ack_is_lost_in_hold, "SYN@0 ACK@20 ACK@320 FIN+ACK@1020 ACK@1040", 1540, false},
    {syn_ack_is_lost, "SYN@0 ACK@420 FIN+ACK@420 ACK@440", 940, false},
    {one_payload, "SYN@0 ACK@20 PSH+ACK@20 FIN+ACK@40 ACK@60", 560, false},
    {payload_is_lost, "SYN@0 ACK@20 PSH+ACK@20 PSH+ACK@1020 FIN+ACK@1040 ACK@1060", 1560, false},
    {payload_is_lost_for_good,
     "SYN@0 ACK@20 PSH+ACK@20 PSH+ACK@1020 PSH+ACK@3020 RST+ACK@5020 RST+ACK@5020", 5020, true},
    {payload_and_fin_are_lost,
     "SYN@0 ACK@20 PSH+ACK@20 PSH+ACK@1020 FIN+ACK@1040 FIN+ACK@2040 ACK@2060", 2560, false},
    {syn_and_fin_are_lost, "SYN@0 SYN@1000 ACK@1020 FIN+ACK@1020 FIN+ACK@2020 ACK@2040", 2540,
     false},
    /* 5.7: three seconds where the handshake gave no round trip */
    {syn_and_fin_are_lost_without_timestamps,
     "SYN@0 SYN@1000 ACK@1020 FIN+ACK@1020 FIN+ACK@4020 ACK@4040", 4540, false},
};

/* Each by several clocks, over both families, and with an echo at once, soon and late. */
static const int64_t clocks[] = {0, 1, 1000 * SECOND, INT64_C(9000000000) * SECOND};
static const int64_t echoes[] = {0, 20000, 9 * MS};

static void run_course(struct virtual *v, int i)
{
    courses[i].set(v);
    virtual_run(v);
    ck_assert_str_eq(virtual_story(v), courses[i].story);
    ck_assert_int_eq((v->end_ns - v->start_ns) / MS, courses[i].end_ms);
    ck_assert_int_eq(v->peer.open, courses[i].left_open);
}

START_TEST(takes_its_course)
{
    for (unsigned i = 0; i < COUNT(clocks) * COUNT(echoes) * 2; i++) {
        static struct virtual v;
        virtual_init(&v);
        v.start_ns = clocks[i % COUNT(clocks)];
        v.echo_ns = echoes[i / COUNT(clocks) % COUNT(echoes)];
        if (i % 2 == 1)
            virtual_use_ipv6(&v);
        run_course(&v, _i);
    }
}
END_TEST

START_TEST(takes_its_course_at_the_wrap)
{
    static const uint32_t numbers[] = {0,          1,          0x7ffffffe, 0x7fffffff, 0x80000000,
                                       0xfffffffd, 0xfffffffe, 0xffffffff, 0xffffff80};
    for (unsigned i = 0; i < COUNT(numbers) * COUNT(numbers); i++) {
        static struct virtual v;
        virtual_init(&v);
        v.iss = numbers[i / COUNT(numbers)];
        v.peer.iss = numbers[i % COUNT(numbers)];
        v.ip_id = (uint16_t)v.iss;
        run_course(&v, _i);
    }
}
END_TEST

/* What a stack of today offers: MSS, SACK-permitted, timestamps, NOP, window scale. */
START_TEST(sends_the_syn_of_a_real_stack)
{
    static const uint8_t expected[] = {2,    4,    0x05, 0xb4, 4, 2, 8, 10, 0x00, 0x0f,
                                       0x42, 0x3f, 0,    0,    0, 0, 1, 3,  3,    7};
    static struct virtual v;
    uint8_t options[TCPOPT_SPACE_MAX];
    virtual_init(&v);
    v.tsval_offset = 0xffffffff; /* the clock says 1000 s */
    to_silence(&v);
    virtual_run(&v);
    const struct outgoing *syn = virtual_find(&v, TCP_SYN, 0);
    ck_assert_uint_eq(syn->seq, v.iss);
    ck_assert_uint_eq(syn->ack, 0);
    ck_assert_uint_eq(syn->window, 64240);
    ck_assert_uint_eq(syn->payload_len, 0);
    ck_assert_uint_eq(tcpopt_encode(&syn->options, options), sizeof expected);
    ck_assert_mem_eq(options, expected, sizeof expected);
    const struct outgoing *again = virtual_find(&v, TCP_SYN, 1);
    ck_assert_uint_eq(again->seq, v.iss);
    ck_assert_uint_eq(again->options.tsval - syn->options.tsval, 1000);
    ck_assert_uint_ne(again->ip_id, syn->ip_id);
}
END_TEST

START_TEST(identification_is_never_zero)
{
    static const uint16_t starts[] = {0, 1, 0xfffd, 0xfffe, 0xffff};
    static struct virtual v;
    virtual_init(&v);
    v.ip_id = starts[_i];
    virtual_run(&v); /* the rig looks at each segment */
    ck_assert_uint_eq(v.sent_count, 4);
}
END_TEST

/* What the handshake agrees on holds for everything after it. */
START_TEST(echoes_timestamps)
{
    static struct virtual v;
    virtual_init(&v);
    virtual_run(&v);
    const struct outgoing *ack = virtual_find(&v, TCP_ACK, 0);
    ck_assert(ack->options.has_timestamps);
    ck_assert_uint_eq(ack->options.tsecr, 0xfffffe00u + 10);
    ck_assert_uint_eq(virtual_find(&v, TCP_ACK, 1)->options.tsecr, 0xfffffe00u + 30);
    ck_assert_uint_eq(ack->window, 501);
    ck_assert_int_eq(v.conversation.ends[CLIENT].state, STATE_TIME_WAIT);
    ck_assert_int_eq(v.conversation.ends[SERVER].state, STATE_CLOSED);
}
END_TEST

START_TEST(speaks_to_a_peer_without_options)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), courses[0].story);
    ck_assert(!virtual_find(&v, TCP_ACK, 0)->options.has_timestamps);
    ck_assert_uint_eq(virtual_find(&v, TCP_ACK, 0)->window, 64240);
}
END_TEST

/* Payload. */

static void mss_by_option(struct virtual *v)
{
    v->peer.options.mss = 600;
}

static void mss_by_route(struct virtual *v)
{
    v->plan.mss = 1000;
}

/* The loopback interface: more than a datagram holds. */
static void mss_huge(struct virtual *v)
{
    v->plan.mss = v->peer.options.mss = 65496;
    v->peer.window = v->peer.syn_window = 65535;
    virtual_payload(v, VIRTUAL_STREAM_MAX);
}

static void mss_tiny(struct virtual *v)
{
    v->peer.options.mss = 20;
}

static void mss_none(struct virtual *v)
{
    v->peer.options.mss = 0;
}

static void mss_default_ipv6(struct virtual *v)
{
    virtual_use_ipv6(v);
    old_stack(v);
}

/* RFC 9293, 3.7.1; RFC 6691: what the timestamps take is not payload. */
static const struct {
    void (*set)(struct virtual *v);
    uint32_t most;
} sizes[] = {
    {full, 1448},   {mss_by_option, 588}, {mss_by_route, 988}, {mss_huge, 65388},
    {mss_tiny, 52}, {mss_none, 52},       {old_stack, 536},    {mss_default_ipv6, 1220},
};

static void check_delivery(const struct virtual *v)
{
    ck_assert_uint_eq(v->peer.received_len, v->plan.payload_len);
    ck_assert_mem_eq(v->peer.received, v->plan.payload, v->plan.payload_len);
    ck_assert(v->peer.fin_received);
}

/* The nth segment with payload, from 0 on; NULL: there are no more. */
static const struct virtual_sent *nth_data(const struct virtual *v, unsigned nth)
{
    for (unsigned i = 0; i < v->sent_count && i < VIRTUAL_SENT_MAX; i++)
        if (v->sent[i].segment.payload_len > 0 && nth-- == 0)
            return &v->sent[i];
    return NULL;
}

/* RFC 9293, 3.9.1.2: there is nothing more to come, and not before. */
START_TEST(pushes_the_end_of_the_payload)
{
    static struct virtual v;
    virtual_init(&v);
    virtual_payload(&v, 5000);
    virtual_run(&v);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(nth_data(&v, i)->segment.flags, i < 3 ? TCP_ACK : TCP_ACK | TCP_PSH);
    ck_assert_ptr_null(nth_data(&v, 4));
}
END_TEST

/* Keeps what it is given, and shows a little room of it. */
static void show_little_room(struct virtual *v, const struct segment *s)
{
    bool first = s->payload_len > 0 && v->peer.received_len == 0;
    if (first)
        v->lose_theirs = UINT64_C(1) << v->theirs_count;
    virtual_serve(v, s);
    if (!first)
        return;
    v->peer.window = 100;
    virtual_acknowledge(v, 0, v->peer.snd_nxt, 0);
}

static void show_all_room(struct virtual *v)
{
    v->peer.window = 1000;
    virtual_acknowledge(v, 0, v->peer.snd_nxt, 0);
}

/* RFC 9293, 3.8.6.2.1: a little room is worth no segment, unless it stays that for an RTO. */
START_TEST(waits_for_room_that_is_worth_a_segment)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    v.rule = show_little_room;
    v.plan.timeout_ns = 60 * SECOND;
    v.peer.window = v.peer.syn_window = 600;
    virtual_payload(&v, 1600);
    if (_i == 0)
        virtual_later(&v, 300 * MS, show_all_room);
    virtual_run(&v);
    const struct virtual_sent *next = nth_data(&v, 2);
    ck_assert_uint_eq(nth_data(&v, 0)->segment.payload_len, 536);
    ck_assert_uint_eq(nth_data(&v, 1)->segment.payload_len, _i == 0 ? 536 : 100);
    ck_assert_int_eq(nth_data(&v, 1)->at_ns - v.start_ns, _i == 0 ? 310 * MS : 1040 * MS);
    ck_assert_ptr_nonnull(next);
    check_delivery(&v);
}
END_TEST

/* Takes one octet of each segment. */
static void take_an_octet(struct virtual *v, const struct segment *s)
{
    struct segment cut = *s;
    cut.payload_len = s->payload_len > 1 ? 1 : s->payload_len;
    virtual_serve(v, &cut);
}

/* Patience is renewed by half a segment: such a peer cannot hold us for as many waits as there are
 * octets. */
START_TEST(loses_patience_with_a_peer_that_takes_octets)
{
    static struct virtual v;
    virtual_init(&v);
    v.rule = take_an_octet;
    virtual_payload(&v, 1000);
    virtual_run(&v);
    ck_assert_int_eq(virtual_when(&v, TCP_RST | TCP_ACK, 0), 5020 * MS);
    ck_assert_uint_gt(v.progress, 2);
}
END_TEST

/* Takes half of each segment of 52 octets. */
static void take_half_of_little(struct virtual *v, const struct segment *s)
{
    struct segment cut = *s;
    cut.payload_len = s->payload_len > 26 ? 26 : s->payload_len;
    virtual_serve(v, &cut);
}

/* A peer that asks for tiny segments, and takes a second for half of each. */
START_TEST(loses_patience_with_a_peer_that_takes_little)
{
    static struct virtual v;
    virtual_init(&v);
    mss_tiny(&v);
    v.rule = take_half_of_little;
    virtual_payload(&v, 4000);
    virtual_run(&v);
    ck_assert_int_eq(virtual_when(&v, TCP_RST | TCP_ACK, 0), 5020 * MS);
    ck_assert_uint_gt(v.progress, 2);
}
END_TEST

START_TEST(sends_no_more_than_the_peer_takes_at_once)
{
    static struct virtual v;
    uint32_t most = 0;
    virtual_init(&v);
    virtual_payload(&v, 5000);
    sizes[_i].set(&v);
    virtual_run(&v);
    for (unsigned i = 0; i < v.sent_count && i < VIRTUAL_SENT_MAX; i++)
        if (v.sent[i].segment.payload_len > most)
            most = v.sent[i].segment.payload_len;
    ck_assert_uint_eq(most, sizes[_i].most);
    check_delivery(&v);
}
END_TEST

START_TEST(keeps_to_a_small_window)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    v.peer.window = v.peer.syn_window = 700;
    virtual_payload(&v, 3000);
    virtual_run(&v); /* the rig sees what goes beyond */
    check_delivery(&v);
    ck_assert_int_le(v.end_ns - v.start_ns, 2 * SECOND);
}
END_TEST

static void open_window(struct virtual *v)
{
    v->peer.window = 501;
    v->peer.rcv_right = v->peer.rcv_nxt + 501;
    virtual_acknowledge(v, 0, v->peer.snd_nxt, 0);
}

/* RFC 9293, 3.8.6.1: probed after an RTO, then ever more rarely; then everything flows. */
START_TEST(probes_a_shut_window)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    v.peer.window = v.peer.syn_window = 0;
    virtual_payload(&v, 400);
    virtual_later(&v, 3500 * MS, open_window);
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 ACK@1020 ACK@3020 PSH+ACK@3510 "
                                        "FIN+ACK@3530 ACK@3550");
    ck_assert_uint_eq(nth_data(&v, 1)->segment.payload_len, 1);
    ck_assert_uint_eq(nth_data(&v, 1)->segment.seq, v.iss + 1);
    ck_assert_uint_eq(nth_data(&v, 2)->segment.payload_len, 400);
    check_delivery(&v);
}
END_TEST

/* A reset and an acknowledgement have to be acceptable to a peer whose window is shut: RFC 9293,
 * 3.4. The probe's octet was never taken. */
START_TEST(resets_a_peer_whose_window_stays_shut)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    v.peer.window = v.peer.syn_window = 0;
    v.peer.banner_len = 100;
    v.peer.rto_ns = 2 * SECOND;
    v.lose_theirs = 2; /* the banner comes when the window was probed */
    virtual_payload(&v, 400);
    virtual_run(&v);
    ck_assert_int_eq(v.end_ns - v.start_ns, 5020 * MS);
    ck_assert_uint_eq(virtual_find(&v, TCP_RST | TCP_ACK, 0)->seq, v.iss + 1);
    ck_assert_int_ne(v.peer.reset_at_ns, NEVER);
    ck_assert(!v.peer.open);
    ck_assert_int_eq(v.conversation.course.reset_by, CLIENT);
}
END_TEST

/* A proxy's SYN/ACK shuts the window until its own connection stands: the FIN waits, but not for
 * ever. */
START_TEST(holds_the_fin_before_a_shut_window)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    v.peer.window = v.peer.syn_window = 0;
    if (_i == 0)
        virtual_later(&v, 100 * MS, open_window);
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), _i == 0 ? "SYN@0 ACK@20 FIN+ACK@110 ACK@130"
                                                : "SYN@0 ACK@20 FIN+ACK@1020 ACK@1040");
    ck_assert(!v.peer.open);
}
END_TEST

/* RFC 6298, 2.2: three times the round trip of the handshake, where that is more than a second. */
START_TEST(waits_longer_on_a_long_way)
{
    static struct virtual v;
    virtual_init(&v);
    v.delay_ns = 200 * MS;
    v.echo_ns = 0;
    v.peer.rto_ns = 5 * SECOND;
    v.lose_ours = 4;
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@400 FIN+ACK@400 FIN+ACK@1600 ACK@2000");
}
END_TEST

/* Its time-out runs from when it was sent. */
START_TEST(times_the_fin_that_waited)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    v.peer.window = v.peer.syn_window = 0;
    v.lose_ours = 4;
    virtual_later(&v, 900 * MS, open_window);
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 FIN+ACK@910 FIN+ACK@1910 ACK@1930");
}
END_TEST

static void stay_shut(struct virtual *v, const struct segment *s)
{
    if ((s->flags & (TCP_SYN | TCP_RST)) != 0)
        virtual_serve(v, s);
}

START_TEST(gives_up_before_a_shut_window)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    v.rule = stay_shut;
    v.peer.window = v.peer.syn_window = 0;
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 ACK@320 ACK@620 ACK@920 FIN+ACK@1020 "
                                        "ACK@1220 ACK@1520 FIN+ACK@3020 RST+ACK@5020");
    ck_assert(!v.peer.open);
}
END_TEST

/* Losses, each segment of the exchange in turn, in either direction. */
START_TEST(loses_any_one_segment)
{
    for (unsigned lost = 0; lost < 24; lost++) {
        static struct virtual v;
        virtual_init(&v);
        virtual_payload(&v, 9000);
        v.peer.banner_len = 3000;
        v.plan.time_wait_ns = 2 * SECOND;
        *(_i == 0 ? &v.lose_ours : &v.lose_theirs) = UINT64_C(1) << lost;
        virtual_run(&v);
        check_delivery(&v);
        ck_assert(!v.peer.open);
        ck_assert_int_eq(v.conversation.course.reset_by, NEITHER);
        ck_assert_uint_eq(v.conversation.ends[SERVER].sent.next, v.peer.snd_nxt);
        ck_assert_int_le(v.end_ns - v.start_ns, 6 * SECOND);
    }
}
END_TEST

/* RFC 6928: ten segments, until they are acknowledged. */
START_TEST(begins_with_ten_segments)
{
    static struct virtual v;
    unsigned at_once = 0;
    virtual_init(&v);
    virtual_payload(&v, 20000);
    virtual_run(&v);
    for (unsigned i = 0; i < v.sent_count; i++)
        at_once += v.sent[i].segment.payload_len > 0 && v.sent[i].at_ns == v.start_ns + 20 * MS;
    ck_assert_uint_eq(at_once, 10);
    check_delivery(&v);
}
END_TEST

/* A whole flight lost costs one time-out, not one for each segment; then one segment goes out, and
 * two for each that is acknowledged: RFC 5681, 3.1. */
START_TEST(recovers_a_lost_flight)
{
    static struct virtual v;
    virtual_init(&v);
    virtual_payload(&v, 14000);
    v.lose_ours = UINT64_C(0x3ff) << 2;
    virtual_run(&v);
    check_delivery(&v);
    ck_assert_uint_eq(nth_data(&v, 10)->segment.seq, v.iss + 1);
    ck_assert_int_eq(nth_data(&v, 10)->at_ns - v.start_ns, 1020 * MS);
    ck_assert_int_eq(nth_data(&v, 11)->at_ns - v.start_ns, 1040 * MS);
    ck_assert_int_eq(virtual_when(&v, TCP_FIN | TCP_ACK, 0), 1100 * MS);
}
END_TEST

static void greet(struct virtual *v)
{
    virtual_acknowledge(v, TCP_PSH, v->peer.snd_nxt, 100);
    v->peer.snd_nxt += 100;
}

/* The rig sees that what the peer had all the same is not sent again, and that an acknowledgement
 * between the retransmission and its answer stands behind everything that was sent. */
START_TEST(goes_on_behind_what_the_peer_has)
{
    static struct virtual v;
    virtual_init(&v);
    virtual_payload(&v, 20000);
    v.lose_ours = 4;
    virtual_later(&v, 1015 * MS, greet);
    virtual_run(&v);
    check_delivery(&v);
    ck_assert_ptr_nonnull(nth_data(&v, 14));
    ck_assert_ptr_null(nth_data(&v, 15));
}
END_TEST

/* A peer at four seconds' distance takes longer than one patience, and is heard all the time. */
START_TEST(is_patient_while_there_is_progress)
{
    static struct virtual v;
    virtual_init(&v);
    virtual_payload(&v, 20000);
    v.delay_ns = 2 * SECOND;
    v.peer.rto_ns = NEVER;
    virtual_run(&v);
    check_delivery(&v);
    ck_assert_int_eq(virtual_when(&v, TCP_FIN | TCP_ACK, 0), 12 * SECOND);
}
END_TEST

/* The handshake, where the peer is not as it should be. */

static void answer_wrongly(struct virtual *v, const struct segment *s)
{
    if ((s->flags & TCP_RST) != 0) {
        v->rule = virtual_serve;
        v->peer.reset_at_ns = v->now_ns;
    } else if (v->theirs_count % 2 == 0) {
        virtual_reply(v, TCP_SYN | TCP_ACK, v->peer.iss - 5000, s->seq + 1 - 7, 0);
    } else {
        virtual_reply(v, TCP_ACK, v->peer.iss - 5000, s->seq + 1 + 7, 0);
    }
}

/* RFC 9293, 3.10.7.3: <SEQ=SEG.ACK><CTL=RST>, and the SYN goes on; it may still succeed. */
START_TEST(resets_a_wrong_acknowledgement)
{
    static struct virtual v;
    virtual_init(&v);
    v.rule = answer_wrongly;
    v.theirs_count = (unsigned)_i;
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 RST@20 SYN@22 ACK@42 FIN+ACK@42 ACK@62");
    ck_assert_uint_eq(virtual_find(&v, TCP_RST, 0)->seq, v.iss + 1 + (_i == 0 ? -7u : 7u));
    ck_assert(!virtual_find(&v, TCP_RST, 0)->options.has_timestamps);
    ck_assert(v.conversation.ends[SERVER].fin_acked);
}
END_TEST

static void echo_wrongly(struct virtual *v, const struct segment *s)
{
    if ((s->flags & TCP_SYN) == 0)
        return;
    v->rule = virtual_serve;
    v->peer.peer_tsval = s->options.tsval - 100000;
    virtual_reply(v, TCP_SYN | TCP_ACK, v->peer.iss - 5000, s->seq + 1, 0);
}

/* Linux resets what echoes a timestamp that was never sent, and asks again when the SYN times out.
 */
START_TEST(resets_a_wrong_echo)
{
    static struct virtual v;
    virtual_init(&v);
    v.rule = echo_wrongly;
    v.peer.options.has_wscale = false; /* this peer has told ours only once it is accepted */
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 RST@20 SYN@1000 ACK@1020 FIN+ACK@1020 ACK@1040");
    ck_assert_uint_eq(virtual_find(&v, TCP_RST, 0)->seq, v.iss + 1);
}
END_TEST

/* Linux: the first time-outs of a SYN are alike where tcp_syn_linear_timeouts says so. */
START_TEST(asks_as_the_kernel_does)
{
    static const char *const stories[] = {
        "SYN@0 SYN@1000 SYN@3000 SYN@7000",
        "SYN@0 SYN@1000 SYN@2000 SYN@4000 SYN@8000",
        "SYN@0 SYN@1000 SYN@2000 SYN@3000 SYN@4000 SYN@5000 SYN@7000",
    };
    static const uint8_t linear[] = {0, 1, 4};
    static struct virtual v;
    virtual_init(&v);
    v.rule = virtual_ignore;
    v.plan.timeout_ns = 9 * SECOND;
    v.plan.syn_linear_timeouts = linear[_i];
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), stories[_i]);
}
END_TEST

static void answer_wrongly_ever(struct virtual *v, const struct segment *s)
{
    if ((s->flags & TCP_SYN) != 0)
        virtual_reply(v, TCP_ACK, 4711, s->seq + 4711, 0);
}

START_TEST(stays_patient_with_wrong_acknowledgements)
{
    static struct virtual v;
    virtual_init(&v);
    v.rule = answer_wrongly_ever;
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 RST@20 SYN@22 SYN@2022 RST@2042");
    ck_assert_int_eq(v.end_ns - v.start_ns, 5 * SECOND);
}
END_TEST

static void wrong_then_right(struct virtual *v, const struct segment *s)
{
    if ((s->flags & TCP_SYN) != 0)
        virtual_reply(v, TCP_ACK, 4711, s->seq + 4711, 0);
    virtual_serve(v, s);
}

/* Whatever was answered just before, the handshake is acknowledged; at every ISS of the peer. */
START_TEST(acknowledges_the_handshake_after_a_reset)
{
    for (uint32_t iss = 0xfffffffc; iss != 4; iss++) {
        static struct virtual v;
        virtual_init(&v);
        v.peer.iss = iss;
        v.plan.hold_ns = SECOND;
        v.rule = wrong_then_right;
        virtual_run(&v);
        ck_assert_str_eq(virtual_story(&v), "SYN@0 RST@20 ACK@20 FIN+ACK@1020 ACK@1040");
    }
}
END_TEST

static void refuse(struct virtual *v, const struct segment *s)
{
    virtual_reply(v, TCP_RST | TCP_ACK, 0, s->seq + 1, 0);
}

static void prohibit(struct virtual *v, const struct segment *s)
{
    virtual_error(v, 3, 13, s->seq);
}

static void quench(struct virtual *v, const struct segment *s)
{
    virtual_error(v, 4, 0, s->seq); /* source quench: ends nothing */
}

static void misquote(struct virtual *v, const struct segment *s)
{
    virtual_error(v, 3, 13, s->seq + 1000);
}

static const struct {
    virtual_rule *rule;
    const char *story;
    int64_t end_ms;
} refusals[] = {
    {refuse, "SYN@0", 20},
    {prohibit, "SYN@0", 20},
    {quench, "SYN@0 SYN@1000 SYN@3000", 5000},
    {misquote, "SYN@0 SYN@1000 SYN@3000", 5000},
};

START_TEST(stops_where_it_is_refused)
{
    static struct virtual v;
    virtual_init(&v);
    v.rule = refusals[_i].rule;
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), refusals[_i].story);
    ck_assert_int_eq((v.end_ns - v.start_ns) / MS, refusals[_i].end_ms);
}
END_TEST

/* Simultaneous open: RFC 9293, 3.5, figure 9. */

static void cross_open(struct virtual *v, const struct segment *s)
{
    struct virtual_peer *peer = &v->peer;
    if (s->flags == TCP_SYN) {
        peer->rcv_nxt = s->seq + 1;
        peer->listening = false;
        virtual_reply(v, TCP_SYN, peer->iss, 0, 0);
    } else if ((s->flags & TCP_SYN) != 0) {
        peer->open = true;
        peer->snd_una = peer->snd_nxt = peer->iss + 1;
        virtual_reply(v, TCP_SYN | TCP_ACK, peer->iss, peer->rcv_nxt, 0);
    } else {
        virtual_serve(v, s);
    }
}

static void cross_open_with_bare_ack(struct virtual *v, const struct segment *s)
{
    if ((s->flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK)) {
        cross_open(v, s);
        return;
    }
    v->peer.open = v->peer.established = true;
    v->peer.snd_una = v->peer.snd_nxt = v->peer.iss + 1;
    virtual_acknowledge(v, 0, v->peer.snd_nxt, 0);
}

static void cross_open_and_fall_silent(struct virtual *v, const struct segment *s)
{
    if (s->flags == TCP_SYN || (s->flags & TCP_RST) != 0)
        cross_open(v, s);
    else
        v->peer.open = true;
    v->peer.rcv_nxt = v->iss + 1;
}

static const struct {
    virtual_rule *rule;
    enum plan_close close;
    bool old;
    const char *story;
} crossings[] = {
    {cross_open, CLOSE_FIN, false, "SYN@0 SYN+ACK@20 ACK@40 FIN+ACK@40 ACK@60"},
    {cross_open, CLOSE_FIN, true, "SYN@0 SYN+ACK@20 ACK@40 FIN+ACK@40 ACK@60"},
    {cross_open, CLOSE_ABORT, false, "SYN@0 SYN+ACK@20 ACK@40 RST+ACK@40"},
    {cross_open, CLOSE_HALF_OPEN, false, "SYN@0 SYN+ACK@20 RST@40"},
    {cross_open_with_bare_ack, CLOSE_FIN, false, "SYN@0 SYN+ACK@20 FIN+ACK@40 ACK@60"},
    {cross_open_and_fall_silent, CLOSE_FIN, false,
     "SYN@0 SYN+ACK@20 SYN+ACK@1000 SYN+ACK@3000 RST@5000"},
};

START_TEST(opens_simultaneously)
{
    static struct virtual v;
    virtual_init(&v);
    v.rule = crossings[_i].rule;
    v.plan.close = crossings[_i].close;
    if (crossings[_i].old)
        old_stack(&v);
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), crossings[_i].story);
    ck_assert(!v.peer.open);
}
END_TEST

/* Simultaneous close: RFC 9293, 3.6, figure 13. The peer's FIN crosses ours. */
static void cross_close(struct virtual *v, const struct segment *s)
{
    if ((s->flags & TCP_FIN) != 0) {
        uint32_t before = v->peer.rcv_nxt;
        virtual_acknowledge(v, TCP_FIN, v->peer.snd_nxt++, 0);
        v->peer.rcv_nxt = before + 1;
        v->peer.fin_sent = v->peer.fin_received = true;
    } else if (v->peer.fin_sent && s->ack == v->peer.snd_nxt) {
        v->peer.snd_una = s->ack;
        virtual_acknowledge(v, 0, v->peer.snd_nxt, 0);
    } else {
        virtual_serve(v, s);
    }
}

START_TEST(closes_simultaneously)
{
    static struct virtual v;
    virtual_init(&v);
    v.rule = cross_close;
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 FIN+ACK@20 ACK@40");
    ck_assert_int_eq(v.end_ns - v.start_ns, 560 * MS);
    ck_assert_int_eq(v.conversation.ends[CLIENT].state, STATE_TIME_WAIT);
    ck_assert(v.conversation.course.fins_crossed);
}
END_TEST

/* What comes while the connection is open. */

static void talk_after_fin(struct virtual *v, const struct segment *s)
{
    bool fin = (s->flags & TCP_FIN) != 0;
    virtual_serve(v, s);
    for (unsigned i = 0; fin && i < 3; i++) {
        virtual_acknowledge(v, TCP_PSH, v->peer.snd_nxt, 700);
        v->peer.snd_nxt += 700;
    }
}

START_TEST(acknowledges_data_after_its_fin)
{
    static struct virtual v;
    virtual_init(&v);
    v.rule = talk_after_fin;
    v.peer.think_ns = SECOND;
    v.peer.rto_ns = NEVER;
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 FIN+ACK@20 ACK@40 ACK@40 ACK@40 ACK@1040");
    for (unsigned i = 0; i < 3; i++) {
        const struct outgoing *ack = virtual_find(&v, TCP_ACK, 1 + i);
        ck_assert_uint_eq(ack->ack, v.peer.iss + 1 + 700 * (i + 1));
        ck_assert_uint_eq(ack->seq, v.iss + 2);
    }
}
END_TEST

static void flood(struct virtual *v)
{
    for (unsigned i = 0; i < 4; i++) {
        virtual_acknowledge(v, TCP_PSH, v->peer.snd_nxt, 1000);
        v->peer.snd_nxt += 1000;
    }
    if (v->now_ns - v->start_ns < 10 * SECOND)
        virtual_later(v, 20 * MS, flood);
}

/* A peer that never stops talking: each octet is acknowledged, and patience ends all the same. */
START_TEST(ends_in_a_flood)
{
    static struct virtual v;
    virtual_init(&v);
    v.peer.think_ns = NEVER;
    v.peer.rto_ns = NEVER;
    virtual_later(&v, 100 * MS, flood);
    virtual_run(&v);
    ck_assert_int_eq(v.end_ns - v.start_ns, 5040 * MS);
    ck_assert_int_ne(v.peer.reset_at_ns, NEVER);
    ck_assert_uint_gt(v.sent_count, 900);
}
END_TEST

static void pester(struct virtual *v)
{
    static const struct {
        unsigned flags;
        uint32_t seq, len;
    } bad[] = {{TCP_RST, 1, 0},    {TCP_ACK, 0x7000000, 0},    {TCP_ACK | TCP_PSH, 5000, 100},
               {TCP_SYN, 77, 0},   {TCP_SYN | TCP_ACK, 77, 0}, {TCP_ACK, -1u, 1},
               {TCP_RST, 3000, 0}, {TCP_ACK, -3000u, 0}};
    for (unsigned i = 0; i < COUNT(bad); i++)
        virtual_acknowledge(v, bad[i].flags, v->peer.snd_nxt + bad[i].seq, bad[i].len);
    virtual_reply(v, TCP_ACK, v->peer.snd_nxt, v->peer.rcv_nxt + 100000, 0);
    if (v->now_ns - v->start_ns < 2 * SECOND)
        virtual_later(v, 5 * MS, pester);
}

/* RFC 5961, 7: thousands of bad segments are answered ten times a second, and change nothing. */
START_TEST(answers_bad_segments_rarely)
{
    static struct virtual v;
    virtual_init(&v);
    v.plan.hold_ns = 3 * SECOND;
    virtual_later(&v, 100 * MS, pester);
    virtual_run(&v);
    ck_assert_uint_gt(v.theirs_count, 3000);
    ck_assert_uint_ge(v.sent_count, 15);
    ck_assert_uint_le(v.sent_count, 4 + 21);
    ck_assert_int_eq(virtual_when(&v, TCP_FIN | TCP_ACK, 0), 3020 * MS);
    ck_assert(!v.peer.open);
    ck_assert_int_eq(v.conversation.course.reset_by, NEITHER);
}
END_TEST

static void reset_in_window(struct virtual *v)
{
    virtual_reply(v, TCP_RST, v->peer.snd_nxt + 1, 0, 0);
}

static void reset_exactly(struct virtual *v)
{
    virtual_reply(v, TCP_RST, v->peer.snd_nxt, 0, 0);
}

static void reset_elsewhere(struct virtual *v)
{
    virtual_reply(v, TCP_RST, v->peer.snd_nxt - 1, 0, 0);
}

static void keep_alive(struct virtual *v)
{
    virtual_acknowledge(v, 0, v->peer.snd_nxt - 1, 0);
}

/* The limit counts from the last answer that was no news: not from one to data. */
START_TEST(answers_at_once_after_news)
{
    static struct virtual v;
    virtual_init(&v);
    v.peer.banner_len = 100;
    v.plan.hold_ns = SECOND;
    virtual_later(&v, 60 * MS, keep_alive);
    virtual_later(&v, 80 * MS, keep_alive);
    virtual_later(&v, 170 * MS, keep_alive);
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 ACK@40 ACK@70 ACK@180 FIN+ACK@1020 ACK@1040");
}
END_TEST

/* RFC 5961, 3.2: exactly at RCV.NXT a reset ends the connection, in the window it is challenged,
 * elsewhere nothing. */
static const struct {
    virtual_call *call;
    const char *story;
} intrusions[] = {
    {reset_in_window, "SYN@0 ACK@20 ACK@510 FIN+ACK@1020 ACK@1040"},
    {reset_exactly, "SYN@0 ACK@20"},
    {reset_elsewhere, "SYN@0 ACK@20 FIN+ACK@1020 ACK@1040"},
    {keep_alive, "SYN@0 ACK@20 ACK@510 FIN+ACK@1020 ACK@1040"},
};

START_TEST(holds_against_intrusions)
{
    static struct virtual v;
    virtual_init(&v);
    v.plan.hold_ns = SECOND;
    virtual_later(&v, 500 * MS, intrusions[_i].call);
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), intrusions[_i].story);
}
END_TEST

/* Cancelling. */

static void cancel_crossing(struct virtual *v)
{
    v->rule = cross_open_and_fall_silent;
}

static void cancel_refused(struct virtual *v)
{
    v->rule = refuse;
}

static void cancel_payload(struct virtual *v)
{
    virtual_payload(v, 5000);
    v->peer.syn_window = 0;
    v->peer.window = 0;
}

static void cancel_last_ack(struct virtual *v)
{
    v->peer.closes_first = true;
    v->plan.hold_ns = SECOND;
    v->lose_ours = 8; /* our FIN */
}

static const struct {
    void (*set)(struct virtual *v);
    int64_t at_ms;
    const char *story;
    bool left_open; /* resets nothing: there is nothing, or the peer ends it by itself */
} cancellations[] = {
    {full, 0, "", false},              /* before the first SYN */
    {to_silence, 500, "SYN@0", false}, /* SYN_SENT */
    {full, 15, "SYN@0", true},         /* the SYN/ACK is under way: the kernel answers it */
    {cancel_crossing, 30, "SYN@0 SYN+ACK@20 RST@30", false}, /* SYN_RCVD */
    {hold, 1000, "SYN@0 ACK@20 RST+ACK@1000", false},        /* ESTABLISHED */
    {cancel_payload, 500, "SYN@0 ACK@20 RST+ACK@500", false},
    {cancel_payload, 1500, "SYN@0 ACK@20 ACK@1020 RST+ACK@1500", false},
    {our_fins_are_lost, 500, "SYN@0 ACK@20 FIN+ACK@20 RST+ACK@500 RST+ACK@500",
     true}, /* FIN_WAIT_1, lost too */
    {peer_never_closes, 500, "SYN@0 ACK@20 FIN+ACK@20 RST+ACK@500", false}, /* FIN_WAIT_2 */
    {cancel_last_ack, 50, "SYN@0 ACK@20 ACK@40 FIN+ACK@40 RST+ACK@50 RST+ACK@50",
     false},                                              /* LAST_ACK */
    {full, 100, "SYN@0 ACK@20 FIN+ACK@20 ACK@40", false}, /* TIME_WAIT */
    {half_open, 500, "SYN@0 RST@20", false},
    {cancel_refused, 500, "SYN@0", false},
};

/* RFC 5961, 3.2: a peer believes a reset exactly where it stands. Our FINs were lost, so that is
 * before them; the FIN arrived and its acknowledgement was lost, so it is behind. */
START_TEST(resets_where_the_peer_may_stand)
{
    static const struct {
        uint64_t ours, theirs;
    } losses[] = {{4 + 8 + 16, 0}, {0, ~UINT64_C(1)}};
    static struct virtual v;
    virtual_init(&v);
    v.lose_ours = losses[_i].ours;
    v.lose_theirs = losses[_i].theirs;
    v.peer.think_ns = NEVER;
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 FIN+ACK@20 FIN+ACK@1020 FIN+ACK@3020 "
                                        "RST+ACK@5020 RST+ACK@5020");
    ck_assert(!v.peer.open);
    ck_assert_int_ne(v.peer.reset_at_ns, NEVER);
    ck_assert_uint_eq(virtual_find(&v, TCP_RST | TCP_ACK, 0)->seq, v.iss + 2);
    ck_assert_uint_eq(virtual_find(&v, TCP_RST | TCP_ACK, 1)->seq, v.iss + 1);
    ck_assert_int_eq(v.conversation.course.reset_by, CLIENT);
}
END_TEST

START_TEST(cancels_what_is_open)
{
    static struct virtual v;
    virtual_init(&v);
    cancellations[_i].set(&v);
    virtual_later(&v, cancellations[_i].at_ms * MS, virtual_cancel);
    if (cancellations[_i].at_ms == 0) {
        const struct prober_numbers numbers = {.iss = 1, .tsval_offset = 2, .ip_id = 3};
        prober_init(&v.prober, &v.plan, &v.ours, &v.theirs, &numbers);
        prober_cancel(&v.prober);
        ck_assert_int_eq(prober_next(&v.prober, NULL, 0).verb, PROBER_STOP);
        return;
    }
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), cancellations[_i].story);
    ck_assert_int_le(v.end_ns - v.start_ns, cancellations[_i].at_ms * MS);
    ck_assert_int_eq(v.peer.open, cancellations[_i].left_open);
}
END_TEST

/* At every millisecond of an ordinary run: a reset, one more where something is unacknowledged, or
 * nothing, and the end at once. */
START_TEST(cancels_at_any_time)
{
    for (int64_t at_ms = 1; at_ms < 600; at_ms++) {
        static struct virtual v;
        virtual_init(&v);
        virtual_payload(&v, 3000);
        v.peer.banner_len = 2000;
        v.plan.hold_ns = 100 * MS;
        v.peer.think_ns = 50 * MS;
        virtual_later(&v, at_ms * MS, virtual_cancel);
        virtual_run(&v);
        ck_assert_int_le(v.end_ns - v.start_ns, at_ms * MS);
        if (at_ms > 20) /* before, the SYN/ACK is under way */
            ck_assert_msg(!v.peer.open, "cancelled at %lld: %s", (long long)at_ms,
                          virtual_story(&v));
        ck_assert_uint_le(virtual_count(&v, TCP_RST | TCP_ACK) + virtual_count(&v, TCP_RST), 2);
    }
}
END_TEST

/* Patience, renewed with each acknowledgement, and the holds: no run may last longer. */
static int64_t bound_ns(const struct virtual *v)
{
    return (3 + (int64_t)v->progress) * v->plan.timeout_ns + v->plan.hold_ns + v->plan.time_wait_ns;
}

static void random_plan(struct virtual *v, uint64_t *random)
{
    v->plan.close =
        next_random(random) % 8 == 0 ? (enum plan_close)(next_random(random) % 3) : CLOSE_FIN;
    v->plan.hold_ns = (int64_t)(next_random(random) % 3) * 700 * MS;
    v->plan.time_wait_ns = (int64_t)(next_random(random) % 3) * 500 * MS;
    v->iss = (uint32_t)next_random(random);
    v->ip_id = (uint16_t)next_random(random);
    v->start_ns = (int64_t)(next_random(random) >> (1 + next_random(random) % 60)) / 4;
    v->echo_ns = echoes[next_random(random) % COUNT(echoes)];
    if (next_random(random) % 2 == 0)
        virtual_use_ipv6(v);
    if (next_random(random) % 2 == 0 && v->plan.close != CLOSE_HALF_OPEN)
        virtual_payload(v, (uint32_t)(next_random(random) % 6000));
    if (next_random(random) % 4 == 0)
        virtual_later(v, (int64_t)(next_random(random) % (2 * SECOND)), virtual_cancel);
}

static void random_peer(struct virtual *v, uint64_t *random)
{
    static virtual_rule *const rules[] = {virtual_serve, virtual_serve, virtual_serve,
                                          cross_open,    cross_close,   talk_after_fin};
    static const int64_t thoughts[] = {0, 0, 30 * MS, 700 * MS, NEVER};
    v->rule = rules[next_random(random) % COUNT(rules)];
    v->peer.iss = (uint32_t)next_random(random);
    v->peer.banner_len = (uint32_t)(next_random(random) % 2) * 2500;
    v->peer.closes_first = next_random(random) % 4 == 0;
    v->peer.think_ns = thoughts[next_random(random) % COUNT(thoughts)];
    if (next_random(random) % 4 == 0)
        old_stack(v);
    if (next_random(random) % 4 == 0)
        v->peer.window = v->peer.syn_window = (uint16_t)(next_random(random) % 3000);
}

/* The rig watches every segment; here, that there is an end. */
START_TEST(ends_whatever_happens)
{
    for (unsigned i = 0; i < 1500; i++) {
        static struct virtual v;
        uint64_t random = (uint64_t)_i * 100000 + i;
        virtual_init(&v);
        random_plan(&v, &random);
        random_peer(&v, &random);
        v.trouble = (struct virtual_trouble){.seed = next_random(&random),
                                             .loss = (unsigned)(next_random(&random) % 40),
                                             .duplicates = (unsigned)(next_random(&random) % 20),
                                             .reorder = (unsigned)(next_random(&random) % 40),
                                             .hostile = _i == 0 ? 0 : 30};
        virtual_run(&v);
        ck_assert_msg(v.end_ns - v.start_ns <= bound_ns(&v), "seed %d.%u lasts too long", _i, i);
    }
}
END_TEST

/* With patience enough, a link that loses a fifth of everything delays and does not break. */
START_TEST(gets_through_a_bad_link)
{
    for (unsigned i = 0; i < 600; i++) {
        static struct virtual v;
        virtual_init(&v);
        v.plan.timeout_ns = 600 * SECOND;
        v.plan.time_wait_ns = 5 * SECOND;
        v.peer.banner_len = i % 2 * 1500;
        v.peer.think_ns = i % 3 * 50 * MS;
        virtual_payload(&v, i % 5 * 700);
        v.trouble =
            (struct virtual_trouble){.seed = i + 1, .loss = 20, .duplicates = 10, .reorder = 20};
        virtual_run(&v);
        if (!v.peer.established)
            continue; /* it gave up sending its SYN/ACK */
        ck_assert_msg(v.conversation.course.reset_by == NEITHER, "seed %u: %s", i + 1,
                      virtual_story(&v));
        check_delivery(&v);
    }
}
END_TEST

#define ADD_LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, (int)COUNT(table))

static void add_data_tests(Suite *suite)
{
    TCase *tcase = tcase_create("data");
    ADD_LOOP(tcase, sends_no_more_than_the_peer_takes_at_once, sizes);
    tcase_add_test(tcase, keeps_to_a_small_window);
    tcase_add_test(tcase, probes_a_shut_window);
    tcase_add_test(tcase, resets_a_peer_whose_window_stays_shut);
    tcase_add_loop_test(tcase, holds_the_fin_before_a_shut_window, 0, 2);
    tcase_add_test(tcase, gives_up_before_a_shut_window);
    tcase_add_loop_test(tcase, loses_any_one_segment, 0, 2);
    tcase_add_test(tcase, pushes_the_end_of_the_payload);
    tcase_add_loop_test(tcase, waits_for_room_that_is_worth_a_segment, 0, 2);
    tcase_add_test(tcase, loses_patience_with_a_peer_that_takes_octets);
    tcase_add_test(tcase, loses_patience_with_a_peer_that_takes_little);
    tcase_add_test(tcase, begins_with_ten_segments);
    tcase_add_test(tcase, recovers_a_lost_flight);
    tcase_add_test(tcase, goes_on_behind_what_the_peer_has);
    tcase_add_test(tcase, is_patient_while_there_is_progress);
    tcase_add_test(tcase, waits_longer_on_a_long_way);
    tcase_add_test(tcase, times_the_fin_that_waited);
    tcase_add_test(tcase, acknowledges_data_after_its_fin);
    tcase_add_test(tcase, ends_in_a_flood);
    suite_add_tcase(suite, tcase);
}

/* What a caller who sends many SYNs needs: the next one later, or one more. */
START_TEST(sends_syns_when_the_caller_wants)
{
    const struct plan plan = {.timeout_ns = 2 * SECOND, .ttl = 64, .mss = 1460};
    const struct endpoint src = {{FAMILY_IPV4, {192, 0, 2, 1}}, 40000};
    const struct endpoint dst = {{FAMILY_IPV4, {192, 0, 2, 2}}, 80};
    const struct prober_numbers numbers = {.iss = 7};
    struct prober prober;
    prober_init(&prober, &plan, &src, &dst, &numbers);
    ck_assert(!prober_repeats_syn(&prober, 0) && !prober_gives_up_syn(&prober, 100 * SECOND));
    ck_assert_int_eq(prober_next(&prober, NULL, 0).verb, PROBER_SEND);
    ck_assert(!prober_repeats_syn(&prober, SECOND - 1) && prober_repeats_syn(&prober, SECOND));
    prober_postpone(&prober, SECOND / 2);
    ck_assert(!prober_repeats_syn(&prober, SECOND));
    ck_assert_int_eq(prober_next(&prober, NULL, SECOND).wake_ns, SECOND + SECOND / 2);
    ck_assert_int_eq(prober_next(&prober, NULL, SECOND + SECOND / 2).verb, PROBER_SEND);
    ck_assert(!prober_gives_up_syn(&prober, 2 * SECOND)); /* it has its patience from then on */
    ck_assert(prober_gives_up_syn(&prober, 2 * SECOND + SECOND / 2));
    prober_try_again(&prober, 3 * SECOND);
    ck_assert(prober_repeats_syn(&prober, 3 * SECOND));
    ck_assert_int_eq(prober_next(&prober, NULL, 3 * SECOND).verb, PROBER_SEND);
    ck_assert_int_eq(prober_next(&prober, NULL, 3 * SECOND).verb, PROBER_WAIT);
    ck_assert(prober_gives_up_syn(&prober, 5 * SECOND));
    ck_assert_int_eq(prober_next(&prober, NULL, 5 * SECOND).verb, PROBER_STOP);
    ck_assert(!prober_repeats_syn(&prober, 6 * SECOND) &&
              !prober_gives_up_syn(&prober, 9 * SECOND));
}
END_TEST

/* A process that was stopped while SYNs were due sends one when it runs again, and waits. */
START_TEST(a_syn_that_was_due_is_sent_late)
{
    const struct plan plan = {.timeout_ns = 5 * SECOND, .mss = 1460, .ttl = 64};
    const struct endpoint src = {{FAMILY_IPV4, {192, 0, 2, 7}}, 40000};
    const struct endpoint dst = {{FAMILY_IPV4, {192, 0, 2, 80}}, 443};
    const struct prober_numbers numbers = {.iss = 5000, .tsval_offset = 7, .ip_id = 9};
    struct prober prober;
    prober_init(&prober, &plan, &src, &dst, &numbers);
    prober_catch_up(&prober, 100 * SECOND);
    ck_assert_int_eq(prober_next(&prober, NULL, 0).verb, PROBER_SEND);
    prober_catch_up(&prober, SECOND + SECOND / 20); /* no later than on a busy machine */
    ck_assert(!prober_gives_up_syn(&prober, 5 * SECOND - 1));
    ck_assert(prober_gives_up_syn(&prober, 5 * SECOND));
    prober_catch_up(&prober, 2 * SECOND); /* a second late, which is added to its patience */
    ck_assert_int_eq(prober_next(&prober, NULL, 2 * SECOND).verb, PROBER_SEND);
    ck_assert(!prober_gives_up_syn(&prober, 6 * SECOND - 1));
    prober_catch_up(&prober, 60 * SECOND); /* due after 4 s */
    ck_assert(!prober_gives_up_syn(&prober, 60 * SECOND));
    ck_assert_int_eq(prober_next(&prober, NULL, 60 * SECOND).verb, PROBER_SEND);
    ck_assert_int_eq(prober_next(&prober, NULL, 60 * SECOND).wake_ns, 62 * SECOND);
    prober_catch_up(&prober, 100 * SECOND); /* none was due any more */
    ck_assert_int_eq(prober_next(&prober, NULL, 100 * SECOND).verb, PROBER_STOP);
}
END_TEST

/* What could not be sent is sent again as if nothing had been, from then on. */
START_TEST(begins_again_with_the_same_numbers)
{
    const struct plan plan = {.timeout_ns = 2 * SECOND, .mss = 1460, .ttl = 64};
    const struct endpoint src = {{FAMILY_IPV4, {192, 0, 2, 7}}, 40000};
    const struct endpoint dst = {{FAMILY_IPV4, {192, 0, 2, 80}}, 443};
    const struct prober_numbers numbers = {.iss = 5000, .tsval_offset = 7, .ip_id = 9};
    struct prober prober;
    prober_init(&prober, &plan, &src, &dst, &numbers);
    struct prober_action first = prober_next(&prober, NULL, SECOND);
    ck_assert_int_eq(first.verb, PROBER_SEND);
    prober_begin_again(&prober);
    struct prober_action again = prober_next(&prober, NULL, 20 * SECOND);
    ck_assert_int_eq(again.verb, PROBER_SEND);
    ck_assert_uint_eq(again.segment.seq, first.segment.seq);
    ck_assert_uint_eq(again.segment.flags, TCP_SYN);
    ck_assert_int_eq(prober_next(&prober, NULL, 20 * SECOND).verb, PROBER_WAIT);
    ck_assert_int_eq(prober_next(&prober, NULL, 22 * SECOND).verb, PROBER_STOP);
}
END_TEST

/* The SYN of a path is the connection's but for its IP identification; its reset stands behind it
 * and says nothing of a window. The connection goes on as if neither had been. */
START_TEST(sends_what_a_path_needs)
{
    const struct plan plan = {.timeout_ns = 2 * SECOND, .mss = 1460, .ttl = 64};
    const struct endpoint src = {{FAMILY_IPV4, {192, 0, 2, 7}}, 40000};
    const struct endpoint dst = {{FAMILY_IPV4, {192, 0, 2, 80}}, 443};
    const struct prober_numbers numbers = {.iss = 5000, .tsval_offset = 7, .ip_id = 9};
    struct prober prober;
    prober_init(&prober, &plan, &src, &dst, &numbers);
    const struct outgoing first = prober_next(&prober, NULL, SECOND).segment;
    const struct outgoing syn = prober_path_syn(&prober, SECOND);
    struct outgoing alike = syn;
    alike.ip_id = first.ip_id;
    ck_assert_uint_ne(syn.ip_id, first.ip_id);
    ck_assert(memcmp(&alike, &first, sizeof first) == 0);
    const struct outgoing reset = prober_path_reset(&prober, SECOND);
    ck_assert_uint_eq(reset.flags, TCP_RST);
    ck_assert_uint_eq(reset.seq, first.seq + 1);
    ck_assert_uint_eq(reset.window, 0);
    ck_assert_uint_ne(reset.ip_id, syn.ip_id);
    ck_assert(!reset.options.has_mss && !reset.options.has_timestamps);
    struct prober_action next = prober_next(&prober, NULL, SECOND);
    ck_assert_int_eq(next.verb, PROBER_WAIT);
    ck_assert_int_eq(next.wake_ns, 2 * SECOND);
}
END_TEST

/* The path MTU. */

static uint32_t tsval_of_measuring;

static void measure(struct virtual *v)
{
    const bool v6 = v->ours.address.family == FAMILY_IPV6;
    ck_assert(prober_measures(&v->prober));
    struct outgoing first = prober_path_mtu(&v->prober, v->known, 1400, v->now_ns);
    struct outgoing second = prober_path_mtu(&v->prober, v->known, 1500, v->now_ns);
    ck_assert_uint_eq(first.payload_len, v6 ? 1328 : 1348);
    ck_assert_uint_eq(first.seq + first.payload_len, v->iss + 1);
    ck_assert_uint_eq(second.seq + second.payload_len, v->iss + 1);
    ck_assert_uint_eq(second.payload_len, first.payload_len + 100);
    ck_assert_uint_eq(first.ack, v->peer.iss + 1);
    ck_assert_uint_eq(first.flags, TCP_ACK);
    ck_assert(first.measures && second.measures);
    ck_assert_ptr_null(first.payload);
    ck_assert_uint_ne(first.ip_id, second.ip_id);
    ck_assert_uint_eq(second.options.tsval, first.options.tsval + 1);
    ck_assert_uint_eq(prober_path_mtu(&v->prober, v->known, 10, v->now_ns).payload_len, 1);
    tsval_of_measuring = prober_path_mtu(&v->prober, v->known, 1400, v->now_ns).options.tsval;
    prober_has_measured(&v->prober, 0);
}

/* Nothing is sent until it has been measured, and no later time stamp is older. */
START_TEST(waits_for_the_path_mtu)
{
    for (unsigned v6 = 0; v6 < 2; v6++) {
        static struct virtual v;
        virtual_init(&v);
        if (v6 != 0)
            virtual_use_ipv6(&v);
        v.plan.path_mtu = true;
        v.plan.timeout_ns = 100 * MS; /* it has no part in this */
        v.plan.time_wait_ns = 0;
        virtual_payload(&v, 3);
        virtual_later(&v, 300 * MS, measure);
        virtual_run(&v);
        ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 PSH+ACK@300 FIN+ACK@320 ACK@340");
        ck_assert(!prober_measures(&v.prober));
        const struct outgoing *data = virtual_find(&v, TCP_PSH | TCP_ACK, 0);
        ck_assert(seq_geq(data->options.tsval, tsval_of_measuring));
        ck_assert(!data->measures);
    }
}
END_TEST

static void measure_without_timestamps(struct virtual *v)
{
    struct outgoing packet = prober_path_mtu(&v->prober, v->known, 1400, v->now_ns);
    ck_assert(!packet.options.has_timestamps);
    ck_assert_uint_eq(packet.payload_len, 1360);
    prober_has_measured(&v->prober, 0);
}

START_TEST(measures_without_timestamps)
{
    static struct virtual v;
    virtual_init(&v);
    old_stack(&v);
    v.plan.path_mtu = true;
    virtual_later(&v, 300 * MS, measure_without_timestamps);
    virtual_run(&v);
    ck_assert_uint_eq(virtual_count(&v, TCP_FIN | TCP_ACK), 1);
}
END_TEST

/* A FIN of the peer ends it; and so does the end of the run. */
START_TEST(does_not_measure_to_a_peer_that_closes)
{
    static struct virtual v;
    virtual_init(&v);
    v.plan.path_mtu = true;
    v.peer.closes_first = true;
    virtual_run(&v);
    ck_assert_uint_eq(virtual_count(&v, TCP_FIN | TCP_ACK), 1);
    virtual_init(&v);
    v.plan.path_mtu = true;
    virtual_later(&v, 50 * MS, virtual_cancel);
    virtual_run(&v);
    ck_assert_str_eq(virtual_story(&v), "SYN@0 ACK@20 RST+ACK@50");
}
END_TEST

static void measure_1000(struct virtual *v)
{
    prober_has_measured(&v->prober, 1000);
}

/* As the kernel does where a router says how large a packet may be. */
START_TEST(makes_packets_fit)
{
    for (unsigned v6 = 0; v6 < 2; v6++) {
        static struct virtual v;
        virtual_init(&v);
        if (v6 != 0)
            virtual_use_ipv6(&v);
        v.plan.path_mtu = true;
        virtual_payload(&v, 2000);
        virtual_later(&v, 100 * MS, measure_1000);
        virtual_run(&v);
        ck_assert_uint_eq(virtual_find(&v, TCP_ACK, 1)->payload_len, v6 != 0 ? 928 : 948);
    }
}
END_TEST

static void measure_nothing(struct virtual *v)
{
    prober_has_measured(&v->prober, 60);
}

/* What leaves no room for data is no reason to send less than the least. */
START_TEST(ignores_an_impossible_path_mtu)
{
    static struct virtual v;
    virtual_init(&v);
    v.plan.path_mtu = true;
    virtual_payload(&v, 2000);
    virtual_later(&v, 100 * MS, measure_nothing);
    virtual_run(&v);
    ck_assert_uint_eq(virtual_find(&v, TCP_ACK, 1)->payload_len, 1448);
}
END_TEST

/* What is announced limits the peer and not this host. */
START_TEST(announces_another_mss)
{
    static struct virtual v;
    virtual_init(&v);
    v.plan.mss_announced = 500;
    virtual_payload(&v, 2000);
    virtual_run(&v);
    ck_assert_uint_eq(virtual_find(&v, TCP_SYN, 0)->options.mss, 500);
    ck_assert_uint_eq(virtual_find(&v, TCP_ACK, 1)->payload_len, 1448);
}
END_TEST

static void add_mtu_tests(Suite *suite)
{
    TCase *tcase = tcase_create("mtu");
    tcase_add_test(tcase, waits_for_the_path_mtu);
    tcase_add_test(tcase, measures_without_timestamps);
    tcase_add_test(tcase, does_not_measure_to_a_peer_that_closes);
    tcase_add_test(tcase, makes_packets_fit);
    tcase_add_test(tcase, ignores_an_impossible_path_mtu);
    tcase_add_test(tcase, announces_another_mss);
    suite_add_tcase(suite, tcase);
}

static void add_handshake_tests(Suite *suite)
{
    TCase *tcase = tcase_create("handshake");
    tcase_add_test(tcase, sends_the_syn_of_a_real_stack);
    tcase_add_test(tcase, sends_syns_when_the_caller_wants);
    tcase_add_test(tcase, a_syn_that_was_due_is_sent_late);
    tcase_add_test(tcase, begins_again_with_the_same_numbers);
    tcase_add_test(tcase, sends_what_a_path_needs);
    tcase_add_loop_test(tcase, identification_is_never_zero, 0, 5);
    tcase_add_test(tcase, echoes_timestamps);
    tcase_add_test(tcase, speaks_to_a_peer_without_options);
    tcase_add_loop_test(tcase, resets_a_wrong_acknowledgement, 0, 2);
    tcase_add_test(tcase, resets_a_wrong_echo);
    tcase_add_loop_test(tcase, asks_as_the_kernel_does, 0, 3);
    tcase_add_test(tcase, stays_patient_with_wrong_acknowledgements);
    tcase_add_test(tcase, acknowledges_the_handshake_after_a_reset);
    ADD_LOOP(tcase, stops_where_it_is_refused, refusals);
    ADD_LOOP(tcase, opens_simultaneously, crossings);
    tcase_add_test(tcase, closes_simultaneously);
    suite_add_tcase(suite, tcase);
}

static void add_trouble_tests(Suite *suite)
{
    TCase *tcase = tcase_create("trouble");
    tcase_add_test(tcase, answers_bad_segments_rarely);
    tcase_add_test(tcase, answers_at_once_after_news);
    ADD_LOOP(tcase, holds_against_intrusions, intrusions);
    tcase_add_loop_test(tcase, resets_where_the_peer_may_stand, 0, 2);
    ADD_LOOP(tcase, cancels_what_is_open, cancellations);
    tcase_add_test(tcase, cancels_at_any_time);
    tcase_add_loop_test(tcase, ends_whatever_happens, 0, 2);
    tcase_add_test(tcase, gets_through_a_bad_link);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("prober");
    TCase *tcase = tcase_create("courses");
    ADD_LOOP(tcase, takes_its_course, courses);
    ADD_LOOP(tcase, takes_its_course_at_the_wrap, courses);
    suite_add_tcase(suite, tcase);
    add_handshake_tests(suite);
    add_data_tests(suite);
    add_trouble_tests(suite);
    add_mtu_tests(suite);
    return run_suite(suite);
}
