/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to say of a conversation, apart from what the talks check. */
#include "tcp/outcome.h"

#include "harness.h"
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

int main(void)
{
    Suite *suite = suite_create("outcome");
    TCase *tcase = tcase_create("outcome");
    tcase_add_test(tcase, counts_what_crossed);
    tcase_add_test(tcase, does_not_presume_a_server_that_said_nothing);
    tcase_add_test(tcase, knows_no_times_where_the_clock_was_set);
    tcase_add_test(tcase, asks_the_host);
    tcase_add_test(tcase, does_not_call_filtered_what_it_did_not_wait_for);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
