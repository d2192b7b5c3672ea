/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to say of a conversation, apart from what the talks check. */
#include "tcp/outcome.h"

#include "harness.h"
#include "plausible.h"
#include "talk.h"
#include "tcp/host.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

START_TEST(counts_what_crossed)
{
    static const struct line lines[] = {
        OPENED,
        EXPECT(20, "> P. 1 ack 1 len 100", ""),
        EXPECT(220, "> P. 1 ack 1 len 100", ""),
        EXPECT(230, "< P. 1 ack 51 len 30", ""),
        EXPECT(240, "> F. 101 ack 31", ""),
        EXPECT(440, "> F. 101 ack 31", ""),
        EXPECT(450, "< . 31 ack 102", ""),
    };
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.segments[CLIENT], 6);
    ck_assert_uint_eq(r.segments[SERVER], 3);
    ck_assert_uint_eq(r.bytes[CLIENT], 200);
    ck_assert_uint_eq(r.bytes[SERVER], 30);
    ck_assert_uint_eq(r.bytes_acked[CLIENT], 100);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 30);
    ck_assert_uint_eq(r.handshake.syn_count, 1);
    ck_assert_uint_eq(r.handshake.synack_count, 1);
    ck_assert_uint_eq(r.teardown.fin_count[CLIENT], 2);
    ck_assert_uint_eq(r.teardown.fin_count[SERVER], 0);
    ck_assert_int_eq(r.end_ns - r.start_ns, 450 * INT64_C(1000000));
    ck_assert_uint_eq(r.iss[CLIENT], talk_ordinary.iss[CLIENT]);
    ck_assert_uint_eq(r.iss[SERVER], talk_ordinary.iss[SERVER]);
    ck_assert(r.has_options[CLIENT] && r.has_options[SERVER]);
}
END_TEST

/* The SYN that its acknowledgement overtook is none of the octets. */
START_TEST(counts_no_overtaken_syn)
{
    static const struct line lines[] = {
        EXPECT(0, "< S. 0 ack 1", ""), EXPECT(1, "> S 0", ""),
        EXPECT(2, "> . 1 ack 1", ""),  EXPECT(3, "> P. 1 ack 1 len 10", ""),
        EXPECT(4, "< . 1 ack 11", ""),
    };
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.bytes[CLIENT], 10);
    ck_assert_uint_eq(r.bytes_acked[CLIENT], 10);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 0);
}
END_TEST

/* Of others, what was acknowledged may not have been captured. */
START_TEST(counts_what_was_acknowledged)
{
    static const struct line lines[] = {
        OPENED,
        EXPECT(20, "> P. 1 ack 1 len 100", ""),
        EXPECT(30, "< . 1 ack 601", ""),
    };
    struct talk_base base = talk_ordinary;
    struct conversation c;
    struct connection_result r;
    base.foreign = true;
    talk_tell(lines, COUNT(lines), &base, &c);
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.bytes[CLIENT], 100);
    ck_assert_uint_eq(r.bytes_acked[CLIENT], 600);
    ck_assert(r.missed[CLIENT] && !r.missed[SERVER]);
}
END_TEST

/* The first acknowledgement of the SYN/ACK is the client's, whatever numbers the server uses. */
START_TEST(tells_when_the_answer_was_acknowledged)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", ""),
        EXPECT(10, "< S. 0 ack 1", ""),
        EXPECT(15, "< . 1 ack 1", ""),
        EXPECT(20, "> . 1 ack 1", ""),
    };
    static const struct talk_base bases[] = {{.iss = {5000000, 1000}}, {.iss = {1000, 5000000}}};
    for (int i = 0; i < COUNT(bases); i++) {
        struct conversation c;
        struct connection_result r;
        talk_tell(lines, COUNT(lines), &bases[i], &c);
        conversation_result(&c, &r);
        ck_assert_int_eq(r.first.ack_ns - r.first.syn_ns, 20 * INT64_C(1000000));
    }
}
END_TEST

#define REQUESTED OPENED, EXPECT(20, "> P. 1 ack 1 len 10 win 9000", "")

static const struct {
    struct line lines[8];
    int count;
    uint32_t seq, bytes;
} holes[] = {
    /* the acknowledgement of the FIN stands behind octets that never came */
    {{REQUESTED, EXPECT(900, "> F. 11 ack 1", ""), EXPECT(950, "< . 3001 ack 12", "")}, 6, 1, 3000},
    /* so does the FIN, behind an island */
    {{REQUESTED, EXPECT(30, "< P. 1 ack 11 len 100", ""),
      EXPECT(940, "< P. 1101 ack 11 len 50", ""), EXPECT(950, "< F. 2151 ack 11", "")},
     7,
     101,
     2000},
    /* what is in order leaves none */
    {{REQUESTED, EXPECT(950, "< P. 1 ack 11 len 100", "")}, 5, 0, 0},
    /* nor does what came at last */
    {{REQUESTED, EXPECT(30, "< P. 101 ack 11 len 100", ""),
      EXPECT(950, "< P. 1 ack 11 len 100", "")},
     6,
     0,
     0},
    /* nothing was offered so far ahead */
    {{REQUESTED, EXPECT(950, "< . 2000001 ack 11", "")}, 5, 0, 0},
};

START_TEST(tells_what_never_came)
{
    struct conversation c;
    struct connection_result r;
    talk_tell(holes[_i].lines, holes[_i].count, &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.hole.bytes, holes[_i].bytes);
    ck_assert_int_eq(r.hole.waited_ns, DURATION_UNKNOWN);
    if (holes[_i].bytes == 0)
        return;
    ck_assert_uint_eq(r.hole.seq, talk_ordinary.iss[SERVER] + holes[_i].seq);
    c.done_ns = r.start_ns + 2000 * INT64_C(1000000);
    conversation_result(&c, &r);
    ck_assert_int_eq(r.hole.waited_ns, 1050 * INT64_C(1000000));
    c.done_ns = r.start_ns;
    conversation_result(&c, &r);
    ck_assert_int_eq(r.hole.waited_ns, DURATION_UNKNOWN);
    c.done_ns = r.start_ns + 2000 * INT64_C(1000000);
    c.clock_was_set = true;
    conversation_result(&c, &r);
    ck_assert_int_eq(r.hole.waited_ns, DURATION_UNKNOWN);
}
END_TEST

/* Where the client was not seen, nothing tells what it offered. */
START_TEST(tells_no_hole_beyond_an_unknown_window)
{
    static const struct line lines[] = {EXPECT(0, "< S. 0 ack 1", ""),
                                        EXPECT(10, "< P. 101 ack 1 len 10", "")};
    static const struct talk_base bases[] = {{.iss = {1000, 1000}}, {.iss = {1000, 3000000000}}};
    for (int i = 0; i < COUNT(bases); i++) {
        struct conversation c;
        struct connection_result r;
        talk_tell(lines, COUNT(lines), &bases[i], &c);
        conversation_result(&c, &r);
        ck_assert_uint_eq(r.bytes[SERVER], 10);
        ck_assert_uint_eq(r.hole.bytes, 0);
        ck_assert_int_eq(r.hole.waited_ns, DURATION_UNKNOWN);
    }
}
END_TEST

START_TEST(does_not_presume_a_server_that_said_nothing)
{
    static const struct line lines[] = {OPENED};
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, 1, &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_int_eq(r.states[CLIENT], STATE_SYN_SENT);
    ck_assert_int_eq(r.states[SERVER], STATE_UNKNOWN);
    ck_assert_uint_eq(r.bytes_acked[CLIENT], 0);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 0);
}
END_TEST

/* From then on the stamps are of another clock, and no difference of them says anything. */
START_TEST(knows_no_times_where_the_clock_was_set)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", ""),           EXPECT(5000, "< S. 0 ack 1", ""),
        EXPECT(5001, "> . 1 ack 1", ""),  EXPECT(5002, "> F. 1 ack 1", ""),
        EXPECT(5003, "< F. 1 ack 2", ""), EXPECT(5004, "> . 2 ack 2", ""),
    };
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_int_eq(r.handshake.syn_rtt_ns, INT64_C(5000000000));
    ck_assert_int_ne(r.teardown.fin_rtt_ns, DURATION_UNKNOWN);
    c.clock_was_set = true;
    conversation_result(&c, &r);
    const int64_t unknown_ns[] = {r.handshake.syn_rtt_ns,
                                  r.handshake.ack_delay_ns,
                                  r.handshake.total_ns,
                                  r.teardown.fin_rtt_ns,
                                  r.teardown.total_ns,
                                  r.teardown.peer_fin_delay_ns,
                                  r.first.syn_ns,
                                  r.first.syn_ack_ns,
                                  r.first.ack_ns,
                                  r.first.fin_ns[CLIENT],
                                  r.first.fin_ns[SERVER],
                                  r.first.rst_ns,
                                  duration_between(r.start_ns, r.end_ns)};
    for (int i = 0; i < COUNT(unknown_ns); i++)
        ck_assert_int_eq(unknown_ns[i], DURATION_UNKNOWN);
    ck_assert_int_eq(r.handshake.result, HANDSHAKE_COMPLETED);
    ck_assert_int_eq(r.teardown.result, TEARDOWN_GRACEFUL);
}
END_TEST

/* A run that ends before the SYN is due again has not waited for what a filter would show. */
START_TEST(does_not_call_filtered_what_it_did_not_wait_for)
{
    static const struct {
        struct line lines[2];
        int count;
        enum port_state port;
        enum handshake_result handshake;
        bool cut_short;
    } stories[] = {
        {{EXPECT(0, "> S 0", "")}, 1, PORT_UNKNOWN, HANDSHAKE_NO_ANSWER, true},
        {{EXPECT(0, "> S 0", ""), EXPECT(1000, "> S 0", "")},
         2,
         PORT_FILTERED,
         HANDSHAKE_NO_ANSWER,
         false},
        {{EXPECT(0, "> S 0", ""), EXPECT(1, "< S. 0 ack 1", "")},
         2,
         PORT_OPEN,
         HANDSHAKE_HALF_OPEN,
         false},
        {{EXPECT(0, "> S 0", ""), EXPECT(1, "< R. 0 ack 1", "")},
         2,
         PORT_CLOSED,
         HANDSHAKE_REFUSED,
         false},
        {{EXPECT(0, "> S 0", ""), EXPECT(1, "< icmp 3/1 0", "")},
         2,
         PORT_UNREACHABLE,
         HANDSHAKE_UNREACHABLE,
         false},
        {{EXPECT(0, "> S 0", ""), EXPECT(1, "> . 1 ack 1", "")}, /* one direction alone */
         2,
         PORT_UNKNOWN,
         HANDSHAKE_NOT_SEEN,
         false},
        {{EXPECT(0, "> S 0", ""), EXPECT(1, "> R 1 local", "")},
         2,
         PORT_FILTERED,
         HANDSHAKE_NO_ANSWER,
         false},
    };
    for (int i = 0; i < COUNT(stories); i++) {
        struct conversation c;
        struct connection_result r;
        talk_tell(stories[i].lines, stories[i].count, &talk_ordinary, &c);
        c.cut_short = true;
        conversation_result(&c, &r);
        ck_assert_int_eq(r.port_state, stories[i].port);
        ck_assert_int_eq(r.handshake.result, stories[i].handshake);
        ck_assert_int_eq(r.cut_short, stories[i].cut_short);
    }
}
END_TEST

START_TEST(asks_the_host)
{
    static const struct line lines[] = {OPENED};
    struct host_facts host = {.delivery = NOT_DELIVERED};
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    c.host = &host;
    conversation_result(&c, &r);
    ck_assert_int_eq(r.port_state, PORT_FILTERED);
    ck_assert_int_eq(r.handshake.reason, REASON_DROPPED_ON_THIS_HOST);
}
END_TEST

#define MS INT64_C(1000000)

static const struct waiting {
    struct line lines[6];
    int count, connect_ms; /* NO_TIME: unknown */
    int syn_rtt_ms;
} waiting[] = {
    {{OPENED}, 3, 10, 10},
    {{EXPECT(0, "> S 0", ""), EXPECT(1000, "> S 0", ""), EXPECT(3000, "> S 0", ""),
      EXPECT(3007, "< S. 0 ack 1", ""), EXPECT(3500, "> . 1 ack 1", "")},
     5,
     3007,
     NO_TIME}, /* our own ACK's delay is not connect()'s */
    {{EXPECT(0, "> S 0 ts 1/0", ""), EXPECT(1000, "> S 0 ts 2/0", ""),
      EXPECT(1004, "< S. 0 ack 1 ts 9/2", "")},
     3,
     1004,
     4}, /* half-open */
    {{EXPECT(0, "> S 0", ""), EXPECT(1000, "> S 0", ""), EXPECT(1003, "< R. 0 ack 1", "")},
     3,
     1003,
     NO_TIME}, /* refused */
    {{EXPECT(0, "> S 0", ""), EXPECT(5, "< S. 0 ack 9", ""), EXPECT(10, "< S. 0 ack 1", "")},
     3,
     10,
     10}, /* the first one is not acceptable */
    {{EXPECT(0, "> S 0", ""), EXPECT(10, "< S. 0 ack 1", ""), EXPECT(90, "< S. 0 ack 1", ""),
      EXPECT(91, "> . 1 ack 1", "")},
     4,
     10,
     10}, /* sent again */
    {{EXPECT(0, "> S 0", ""), EXPECT(2, "< S 0", ""), EXPECT(3, "> S. 0 ack 1", ""),
      EXPECT(9, "< S. 0 ack 1", "")},
     4,
     9,
     NO_TIME}, /* simultaneous open */
    {{EXPECT(0, "> S 0", ""), EXPECT(1000, "> S 0", "")}, 2, NO_TIME, NO_TIME},
    {{EXPECT(0, "< S. 0 ack 1", ""), EXPECT(1, "> . 1 ack 1", "")}, 2, NO_TIME, NO_TIME},
    {{EXPECT(0, "> S 0 bad", ""), EXPECT(10, "< S. 0 ack 1", "")}, 2, NO_TIME, NO_TIME},
    {{EXPECT(9, "> S 0", ""), EXPECT(0, "< S. 0 ack 1", ""), EXPECT(1, "> . 1 ack 1", "")},
     3,
     NO_TIME,
     NO_TIME}, /* the answer is stamped before the question */
};

START_TEST(tells_what_connect_waited)
{
    const struct waiting *w = &waiting[_i];
    struct conversation c;
    struct connection_result r;
    talk_tell(w->lines, w->count, &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_int_eq(r.handshake.connect_ns,
                     w->connect_ms == NO_TIME ? DURATION_UNKNOWN : w->connect_ms * MS);
    ck_assert_int_eq(r.handshake.syn_rtt_ns,
                     w->syn_rtt_ms == NO_TIME ? DURATION_UNKNOWN : w->syn_rtt_ms * MS);
    ck_assert_ptr_null(implausible(&r, _i < COUNT(waiting) - 1));
}
END_TEST

START_TEST(tells_when_syns_were_sent)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", ""),    EXPECT(1000, "> S 0", ""),        EXPECT(3000, "> S 0", ""),
        EXPECT(7000, "> S 0", ""), EXPECT(7001, "< S. 0 ack 1", ""), EXPECT(9000, "> S 0", ""),
    };
    static const int at_ms[] = {0, 1000, 3000, 7000, 9000};
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.handshake.syn_time_count, COUNT(at_ms));
    for (int i = 0; i < COUNT(at_ms); i++)
        ck_assert_int_eq(r.handshake.syn_times_ns[i], at_ms[i] * MS);
    c.clock_was_set = true;
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.handshake.syn_time_count, 0);
    ck_assert_int_eq(r.handshake.connect_ns, DURATION_UNKNOWN);
}
END_TEST

START_TEST(counts_what_was_sent_again_and_seen_twice)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", ""),
        EXPECT(1000, "> S 0", ""),
        EXPECT(1010, "< S. 0 ack 1", ""),
        EXPECT(1200, "< S. 0 ack 1", ""),
        EXPECT(1201, "> . 1 ack 1", ""),
        EXPECT(1210, "> P. 1 ack 1 len 100 id 7", ""),
        EXPECT(1210, "> P. 1 ack 1 len 100 id 7", ""), /* the frame once more */
        EXPECT(1510, "> P. 1 ack 1 len 100 id 8", ""),
        EXPECT(1520, "< . 1 ack 101 id 3", ""),
        EXPECT(1520, "< . 1 ack 101 id 3", ""),
        EXPECT(1620, "< . 1 ack 101", ""), /* news of nothing, and sent once */
        EXPECT(1700, "> F. 101 ack 1", ""),
        EXPECT(2000, "> F. 101 ack 1", ""),
        EXPECT(2001, "< . 1 ack 102", ""),
    };
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.repeats[CLIENT].syn, 1);
    ck_assert_uint_eq(r.repeats[CLIENT].data, 1);
    ck_assert_uint_eq(r.repeats[CLIENT].fin, 1);
    ck_assert_uint_eq(r.repeats[CLIENT].duplicates, 1);
    ck_assert_uint_eq(repeats_retransmitted(&r.repeats[CLIENT]), 3);
    ck_assert_uint_eq(r.repeats[SERVER].syn, 1);
    ck_assert_uint_eq(r.repeats[SERVER].duplicates, 1);
    ck_assert_uint_eq(repeats_retransmitted(&r.repeats[SERVER]), 1);
}
END_TEST

/* Two segments of a capture that began late: the acknowledgement of the FIN came before it. */
START_TEST(acknowledges_no_more_than_there_is)
{
    static const struct line lines[] = {EXPECT(0, "> . 1 ack 1", ""),
                                        EXPECT(100, "< F. 0 ack 1", "")};
    struct talk_base others = talk_ordinary;
    struct conversation c;
    struct connection_result r;
    others.foreign = true;
    talk_tell(lines, COUNT(lines), &others, &c);
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 0);
    ck_assert_uint_eq(r.bytes_acked[CLIENT], 0);
    c.ends[SERVER].missed = true; /* then nothing bounds it */
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 0);
    c.ends[SERVER].missed = false;
    c.ends[SERVER].acked = 70; /* more than crossed, and nothing is missing */
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 0);
    c.ends[SERVER].missed = true;
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 69);
    ck_assert(r.missed[SERVER] && !r.missed[CLIENT]);
}
END_TEST

START_TEST(tells_when_the_server_reset)
{
    static const struct line lines[] = {OPENED, EXPECT(13, "> F. 1 ack 1", ""),
                                        EXPECT(14, "< R 1", "")};
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_int_eq(r.teardown.reset_by, SERVER);
    ck_assert_int_eq(r.teardown.reset_after_ns, 4 * MS);
    ck_assert_int_eq(connection_close(&r), TEARDOWN_RESET);
    c.clock_was_set = true;
    conversation_result(&c, &r);
    ck_assert_int_eq(r.teardown.reset_after_ns, DURATION_UNKNOWN);
}
END_TEST

static const struct {
    int back_ms;
    bool ran_back, clock_was_set;
} disorders[] = {{0, false, false},  {1, true, false},   {10, true, false}, {11, true, true},
                 {1000, true, true}, {1001, true, false} /* the whole capture shows it */};

/* In a capture of others, a stamp that is older than one before it. */
START_TEST(doubts_a_clock_that_runs_back)
{
    const struct line lines[] = {
        EXPECT(0, "> S 0", ""),
        EXPECT(20, "< S. 0 ack 1", ""),
        EXPECT(20 - disorders[_i].back_ms, "> . 1 ack 1", ""),
        EXPECT(30, "> F. 1 ack 1", ""),
        EXPECT(40, "< F. 1 ack 2", ""),
        EXPECT(41, "> . 2 ack 2", ""),
    };
    struct conversation c;
    struct connection_result r;
    struct step step;
    for (int i = 0; i < COUNT(lines); i++) {
        struct segment s;
        enum origin origin;
        talk_segment(&lines[i], &talk_ordinary, &s, &origin);
        if (i > 0)
            conversation_watch_clock(&c, s.time_ns);
        talk_play(&lines[i], &talk_ordinary, i == 0, &c, &step);
    }
    conversation_result(&c, &r);
    ck_assert(c.ran_back == disorders[_i].ran_back);
    ck_assert(c.clock_was_set == disorders[_i].clock_was_set);
    ck_assert_int_eq(r.handshake.ack_delay_ns, disorders[_i].back_ms > 0 ? DURATION_UNKNOWN : 0);
    ck_assert_int_eq(r.handshake.connect_ns,
                     disorders[_i].clock_was_set ? DURATION_UNKNOWN : 20 * MS);
    ck_assert_int_eq(r.teardown.fin_rtt_ns,
                     disorders[_i].clock_was_set ? DURATION_UNKNOWN : 10 * MS);
    r.step_count = 0; /* they were kept one at a time */
    r.steps_omitted = COUNT(lines);
    ck_assert_ptr_null(implausible(&r, disorders[_i].back_ms == 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outcome");
    TCase *tcase = tcase_create("outcome");
    tcase_add_test(tcase, counts_what_crossed);
    tcase_add_test(tcase, counts_no_overtaken_syn);
    tcase_add_test(tcase, counts_what_was_acknowledged);
    tcase_add_test(tcase, tells_when_the_answer_was_acknowledged);
    tcase_add_loop_test(tcase, tells_what_never_came, 0, COUNT(holes));
    tcase_add_test(tcase, tells_no_hole_beyond_an_unknown_window);
    tcase_add_test(tcase, does_not_presume_a_server_that_said_nothing);
    tcase_add_test(tcase, knows_no_times_where_the_clock_was_set);
    tcase_add_test(tcase, asks_the_host);
    tcase_add_test(tcase, does_not_call_filtered_what_it_did_not_wait_for);
    tcase_add_loop_test(tcase, tells_what_connect_waited, 0, COUNT(waiting));
    tcase_add_test(tcase, tells_when_syns_were_sent);
    tcase_add_test(tcase, counts_what_was_sent_again_and_seen_twice);
    tcase_add_test(tcase, acknowledges_no_more_than_there_is);
    tcase_add_test(tcase, tells_when_the_server_reset);
    tcase_add_loop_test(tcase, doubts_a_clock_that_runs_back, 0, COUNT(disorders));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
