/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/lifelines.h"

#include "fixtures/results.h"
#include "harness.h"

static enum tcp_state at(const struct sample *sample, enum end_id end, uint32_t i)
{
    struct lifelines lines;

    lifelines_begin(&lines, &sample->result);
    return lifelines_at(&lines, end, i);
}

static void begin(struct sample *sample)
{
    sample_refused(sample);
    sample->result.step_count = 0;
}

/* The segment that an end answers is the one that moved it, not the one before, which was lost. */
START_TEST(a_state_begins_with_what_caused_it)
{
    struct sample s;

    begin(&s);
    sample_add(&s, 0, CLIENT, TCP_SYN, 0, 0, STATE_SYN_SENT, STATE_LISTEN);
    sample_add(&s, 1000000, CLIENT, TCP_SYN, 0, 0, STATE_SYN_SENT, STATE_LISTEN);
    sample_add(&s, 1000100, SERVER, TCP_SYN | TCP_ACK, 0, 1, STATE_SYN_SENT, STATE_SYN_RCVD);
    sample_add(&s, 1000200, CLIENT, TCP_ACK, 1, 1, STATE_ESTABLISHED, STATE_ESTABLISHED);
    sample_add(&s, 1000300, CLIENT, TCP_FIN | TCP_ACK, 1, 1, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    sample_add(&s, 1000400, SERVER, TCP_FIN | TCP_ACK, 1, 2, STATE_TIME_WAIT, STATE_LAST_ACK);
    ck_assert_int_eq(at(&s, SERVER, 0), STATE_LISTEN);
    ck_assert_int_eq(at(&s, SERVER, 1), STATE_SYN_RCVD);
    ck_assert_int_eq(at(&s, CLIENT, 1), STATE_SYN_SENT);
    ck_assert_int_eq(at(&s, CLIENT, 2), STATE_ESTABLISHED);
    ck_assert_int_eq(at(&s, SERVER, 3), STATE_ESTABLISHED);
    ck_assert_int_eq(at(&s, SERVER, 4), STATE_CLOSE_WAIT);
    ck_assert_int_eq(at(&s, SERVER, 5), STATE_LAST_ACK);
}
END_TEST

/* What the end says next does not follow from an arrival: a half-open probe resets. */
START_TEST(nothing_is_presumed_of_an_end_that_resets)
{
    struct sample s;

    begin(&s);
    sample_add(&s, 0, CLIENT, TCP_SYN, 0, 0, STATE_SYN_SENT, STATE_LISTEN);
    sample_add(&s, 100, SERVER, TCP_SYN | TCP_ACK, 0, 1, STATE_SYN_SENT, STATE_SYN_RCVD);
    sample_add(&s, 200, CLIENT, TCP_RST, 1, 0, STATE_CLOSED, STATE_LISTEN);
    ck_assert_int_eq(at(&s, CLIENT, 1), STATE_SYN_SENT);
    ck_assert_int_eq(at(&s, CLIENT, 2), STATE_CLOSED);
}
END_TEST

/* Neither a segment that does not count nor an ICMP error moves an end. */
START_TEST(what_does_not_count_moves_nothing)
{
    struct sample s;

    begin(&s);
    sample_add(&s, 0, CLIENT, TCP_SYN, 0, 0, STATE_SYN_SENT, STATE_LISTEN);
    sample_add(&s, 50, SERVER, TCP_SYN | TCP_ACK, 9, 7, STATE_SYN_SENT, STATE_LISTEN)->verdict =
        VERDICT_UNEXPECTED;
    sample_add(&s, 60, SERVER, 0, 0, 0, STATE_SYN_SENT, STATE_LISTEN)->is_icmp = true;
    sample_add(&s, 100, SERVER, TCP_SYN | TCP_ACK, 0, 1, STATE_SYN_SENT, STATE_SYN_RCVD);
    sample_add(&s, 200, CLIENT, TCP_ACK, 1, 1, STATE_ESTABLISHED, STATE_ESTABLISHED);
    ck_assert_int_eq(at(&s, CLIENT, 1), STATE_SYN_SENT);
    ck_assert_int_eq(at(&s, CLIENT, 2), STATE_SYN_SENT);
    ck_assert_int_eq(at(&s, CLIENT, 3), STATE_ESTABLISHED);
}
END_TEST

/* No segment shows that TIME_WAIT is over, or that a client gives up: RFC 9293, figure 5 and 3.8.3.
 */
START_TEST(what_no_segment_shows_ends_with_the_program)
{
    static const struct {
        sample_maker *make;
        enum tcp_state from;
        bool known;
    } ends[] = {
        {sample_open, STATE_TIME_WAIT, true},      {sample_open, STATE_SYN_SENT, false},
        {sample_no_answer, STATE_SYN_SENT, true},  {sample_no_answer, STATE_TIME_WAIT, false},
        {sample_prohibited, STATE_SYN_SENT, true}, {sample_refused, STATE_SYN_SENT, false},
        {sample_no_route, STATE_SYN_SENT, false},
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct sample s;
        struct lifelines lines;
        enum tcp_state state = STATE_UNKNOWN;

        ends[i].make(&s);
        lifelines_begin(&lines, &s.result);
        ck_assert_int_eq(lifelines_done(&lines, ends[i].from, &state), ends[i].known);
        ck_assert_int_eq(state, ends[i].known ? STATE_CLOSED : STATE_UNKNOWN);
        s.result.done = false; /* a capture of others */
        ck_assert(!lifelines_done(&lines, ends[i].from, &state));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lifelines");

    TCase *states = tcase_create("states");

    tcase_add_test(states, a_state_begins_with_what_caused_it);
    tcase_add_test(states, nothing_is_presumed_of_an_end_that_resets);
    tcase_add_test(states, what_does_not_count_moves_nothing);
    tcase_add_test(states, what_no_segment_shows_ends_with_the_program);
    suite_add_tcase(suite, states);
    return run_suite(suite);
}
