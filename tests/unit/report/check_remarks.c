/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands beside the steps: what was measured by them, and where each of it belongs. */
#include "report/remarks.h"

#include "fixtures/results.h"
#include "harness.h"

static const struct report_style plain = {.columns = 80};

/* Joined with "; ". */
static void assert_remarks(const struct remarks *remarks, const char *wanted)
{
    struct row all;

    row_begin(&all, &plain);
    for (unsigned i = 0; i < remarks->count; i++)
        row_join(&all, "; ", remarks->items[i].text);
    ck_assert_str_eq(all.text, wanted);
}

static void assert_step(const struct sample *sample, uint32_t i, const char *wanted)
{
    struct landmarks marks = landmarks_find(&sample->result);
    struct remarks remarks;

    remarks_of_step(&remarks, &sample->result, &marks, i, &plain);
    assert_remarks(&remarks, wanted);
}

static void begin(struct sample *s)
{
    sample_refused(s);
    s->result.step_count = 0;
    s->result.handshake.result = HANDSHAKE_COMPLETED;
    s->result.handshake.syn_rtt_ns = 10000000;
    s->result.teardown.initiator = CLIENT;
    s->result.teardown.fin_rtt_ns = 2000000;
    s->result.teardown.peer_fin_delay_ns = 3000000;
    sample_add(s, 0, CLIENT, TCP_SYN, 0, 0, STATE_SYN_SENT, STATE_LISTEN);
    sample_add(s, 10000, SERVER, TCP_SYN | TCP_ACK, 0, 1, STATE_SYN_SENT, STATE_SYN_RCVD);
    sample_add(s, 10010, CLIENT, TCP_ACK, 1, 1, STATE_ESTABLISHED, STATE_ESTABLISHED);
}

START_TEST(four_segments_measure_two_times)
{
    struct sample s;

    begin(&s);
    sample_add(&s, 20000, CLIENT, TCP_FIN | TCP_ACK, 1, 1, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    sample_add(&s, 21000, SERVER, TCP_ACK, 1, 1, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    sample_add(&s, 22000, SERVER, TCP_ACK, 1, 2, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT);
    sample_add(&s, 25000, SERVER, TCP_FIN | TCP_ACK, 1, 2, STATE_TIME_WAIT, STATE_LAST_ACK);
    assert_step(&s, 0, "");
    assert_step(&s, 1, "rtt 10.000 ms");
    assert_step(&s, 2, "");
    assert_step(&s, 3, "");
    assert_step(&s, 4, ""); /* it does not cover the FIN */
    assert_step(&s, 5, "rtt 2.000 ms");
    assert_step(&s, 6, "waited 3.000 ms");
    s.steps[5].verdict = VERDICT_RETRANSMISSION;
    assert_step(&s, 5, "! retransmission; rtt 2.000 ms");
    s.result.teardown.fin_rtt_ns = DURATION_UNKNOWN;
    assert_step(&s, 5, "! retransmission");
}
END_TEST

/* An RST acknowledges no FIN, whatever its number, behind one that does not cover it either. */
START_TEST(a_reset_is_no_acknowledgement)
{
    struct sample s;

    begin(&s);
    sample_add(&s, 20000, CLIENT, TCP_FIN | TCP_ACK, 1, 1, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    sample_add(&s, 21000, SERVER, TCP_ACK, 1, 1, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    sample_add(&s, 21500, SERVER, TCP_RST | TCP_ACK, 9, 2, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    sample_add(&s, 22000, SERVER, TCP_ACK, 1, 2, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT);
    assert_step(&s, 5, "");
    assert_step(&s, 6, "rtt 2.000 ms");
}
END_TEST

/* One segment acknowledges and closes: it did not wait. */
START_TEST(three_segments_measure_one)
{
    struct sample s;

    begin(&s);
    sample_add(&s, 20000, CLIENT, TCP_FIN | TCP_ACK, 1, 1, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    sample_add(&s, 22000, SERVER, TCP_FIN | TCP_ACK, 1, 2, STATE_TIME_WAIT, STATE_LAST_ACK);
    assert_step(&s, 4, "rtt 2.000 ms");
}
END_TEST

/* Where the server closes, the client's own acknowledgement measures no way. */
START_TEST(an_acknowledgement_of_ours_is_no_round_trip)
{
    struct sample s;

    begin(&s);
    s.result.teardown.initiator = SERVER;
    sample_add(&s, 20000, SERVER, TCP_FIN | TCP_ACK, 1, 1, STATE_ESTABLISHED, STATE_FIN_WAIT_1);
    sample_add(&s, 22000, CLIENT, TCP_ACK, 1, 2, STATE_CLOSE_WAIT, STATE_FIN_WAIT_2);
    assert_step(&s, 4, "acked 2.000 ms");
}
END_TEST

/* The round trip stands at what answered the SYN: of a refusal at the reset. */
START_TEST(a_refusal_is_an_answer)
{
    struct sample s;

    begin(&s);
    s.result.step_count = 1;
    s.result.handshake.result = HANDSHAKE_REFUSED;
    sample_add(&s, 50, SERVER, TCP_RST | TCP_ACK, 0, 9, STATE_SYN_SENT, STATE_CLOSED)->verdict =
        VERDICT_UNEXPECTED;
    sample_add(&s, 10000, SERVER, TCP_RST | TCP_ACK, 0, 1, STATE_CLOSED, STATE_CLOSED);
    assert_step(&s, 1, "! unexpected");
    assert_step(&s, 2, "rtt 10.000 ms");
}
END_TEST

/* connect(2) returns at the SYN/ACK; where that was not kept, once both ends are open. */
START_TEST(connects_at_the_answer)
{
    struct sample s;

    begin(&s);
    ck_assert_uint_eq(landmarks_find(&s.result).connected, 1);
    s.steps[1].verdict = VERDICT_UNEXPECTED;
    ck_assert_uint_eq(landmarks_find(&s.result).syn_answer, NO_STEP);
    ck_assert_uint_eq(landmarks_find(&s.result).connected, 2);
    s.steps[1].states[SERVER] = STATE_ESTABLISHED; /* one of them is not enough */
    ck_assert_uint_eq(landmarks_find(&s.result).open, 2);
    s.steps[1].states[CLIENT] = STATE_ESTABLISHED;
    s.steps[1].states[SERVER] = STATE_LISTEN;
    ck_assert_uint_eq(landmarks_find(&s.result).open, 2);
    s.result.handshake.result = HANDSHAKE_RESET;
    ck_assert_uint_eq(landmarks_find(&s.result).connected, NO_STEP);
}
END_TEST

/* An ICMP error has no header of a segment. */
START_TEST(tells_the_rest_of_a_header)
{
    struct remarks remarks = {.count = 0};
    struct step step = {.window = 502, .ttl = 64};

    remarks_add_header(&remarks, &step, &plain);
    assert_remarks(&remarks, "win 502, ttl 64");
    remarks.count = 0;
    step.is_icmp = true;
    remarks_add_header(&remarks, &step, &plain);
    assert_remarks(&remarks, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("remarks");
    TCase *tests = tcase_create("remarks");

    tcase_add_test(tests, four_segments_measure_two_times);
    tcase_add_test(tests, three_segments_measure_one);
    tcase_add_test(tests, a_reset_is_no_acknowledgement);
    tcase_add_test(tests, an_acknowledgement_of_ours_is_no_round_trip);
    tcase_add_test(tests, a_refusal_is_an_answer);
    tcase_add_test(tests, connects_at_the_answer);
    tcase_add_test(tests, tells_the_rest_of_a_header);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
