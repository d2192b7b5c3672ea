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

/* Where the figure begins: in the state from which the first step led to its own. */
START_TEST(begins_with_the_state_before)
{
    static const enum tcp_state rows[][2] = {
        {STATE_CLOSED, STATE_CLOSED},           {STATE_LISTEN, STATE_LISTEN},
        {STATE_SYN_SENT, STATE_CLOSED},         {STATE_SYN_RCVD, STATE_LISTEN},
        {STATE_ESTABLISHED, STATE_ESTABLISHED}, {STATE_FIN_WAIT_1, STATE_ESTABLISHED},
        {STATE_FIN_WAIT_2, STATE_FIN_WAIT_1},   {STATE_CLOSE_WAIT, STATE_ESTABLISHED},
        {STATE_CLOSING, STATE_FIN_WAIT_1},      {STATE_LAST_ACK, STATE_CLOSE_WAIT},
        {STATE_TIME_WAIT, STATE_FIN_WAIT_2},    {STATE_UNKNOWN, STATE_UNKNOWN},
    };
    struct lifelines lines;
    struct sample s;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(&s);
        sample_add(&s, 0, CLIENT, TCP_ACK, 0, 0, rows[i][0], STATE_SYN_RCVD);
        lifelines_begin(&lines, &s.result);
        ck_assert_int_eq(lifelines_first(&lines, CLIENT), rows[i][1]);
        ck_assert_int_eq(lifelines_first(&lines, SERVER), STATE_LISTEN);
        s.steps[0].states[CLIENT] = 99;
        ck_assert_int_eq(lifelines_first(&lines, CLIENT), STATE_UNKNOWN);
    }
}
END_TEST

/* A state is named where it begins; LISTEN is presumed of a server alone, unless what came refutes
 * it. */
START_TEST(names_a_state_once)
{
    static const struct {
        enum tcp_state client, server;
        enum handshake_result handshake;
        const char *listens;
    } ends[] = {
        {STATE_SYN_SENT, STATE_UNKNOWN, HANDSHAKE_NO_ANSWER, NULL},
        {STATE_UNKNOWN, STATE_LISTEN, HANDSHAKE_NO_ANSWER, "LISTEN"},
        {STATE_CLOSED, STATE_CLOSED, HANDSHAKE_REFUSED, "CLOSED"},
        {STATE_ESTABLISHED, STATE_ESTABLISHED, HANDSHAKE_COMPLETED, "LISTEN"},
    };
    struct lifelines lines;
    struct sample s;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        begin(&s);
        s.result.states[CLIENT] = ends[i].client;
        s.result.states[SERVER] = ends[i].server;
        s.result.handshake.result = ends[i].handshake;
        lifelines_begin(&lines, &s.result);
        const char *named = lifelines_turn(&lines, SERVER, STATE_LISTEN);
        if (ends[i].listens == NULL)
            ck_assert_ptr_null(named);
        else
            ck_assert_str_eq(named, ends[i].listens);
        ck_assert_ptr_null(lifelines_turn(&lines, SERVER, STATE_LISTEN));
        ck_assert_str_eq(lifelines_turn(&lines, CLIENT, STATE_LISTEN), "LISTEN");
        ck_assert_ptr_null(lifelines_turn(&lines, CLIENT, STATE_LISTEN));
        ck_assert_str_eq(lifelines_turn(&lines, CLIENT, STATE_SYN_RCVD), "SYN_RCVD");
        ck_assert_ptr_null(lifelines_turn(&lines, CLIENT, STATE_UNKNOWN));
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
    tcase_add_test(states, begins_with_the_state_before);
    tcase_add_test(states, names_a_state_once);
    suite_add_tcase(suite, states);
    return run_suite(suite);
}
