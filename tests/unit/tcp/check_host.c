/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/host.h"

#include "harness.h"

static const struct {
    struct host_facts host;
    enum port_state before;
    enum reason reason_before;
    enum port_state after;
    enum handshake_result result;
    enum reason reason;
} judged[] = {
    /* Answers that reached nobody are none; one is enough to have reached somebody. */
    {{.delivery = NOT_DELIVERED},
     PORT_OPEN,
     REASON_SYN_ACK,
     PORT_FILTERED,
     HANDSHAKE_NO_ANSWER,
     REASON_DROPPED_ON_THIS_HOST},
    {{.delivery = NOT_DELIVERED},
     PORT_CLOSED,
     REASON_RESET,
     PORT_FILTERED,
     HANDSHAKE_NO_ANSWER,
     REASON_DROPPED_ON_THIS_HOST},
    {{.delivery = DELIVERED},
     PORT_OPEN,
     REASON_SYN_ACK,
     PORT_OPEN,
     HANDSHAKE_COMPLETED,
     REASON_SYN_ACK},
    {{.delivery = DELIVERY_UNKNOWN},
     PORT_OPEN,
     REASON_SYN_ACK,
     PORT_OPEN,
     HANDSHAKE_COMPLETED,
     REASON_SYN_ACK},
    /* Silence. */
    {{.delivery = NOT_DELIVERED},
     PORT_FILTERED,
     REASON_NO_RESPONSE,
     PORT_FILTERED,
     HANDSHAKE_COMPLETED,
     REASON_NO_RESPONSE},
    {{.neighbour_silent = true, .unseen = true},
     PORT_FILTERED,
     REASON_NO_RESPONSE,
     PORT_FILTERED,
     HANDSHAKE_NO_ANSWER,
     REASON_NEIGHBOUR_SILENT},
    {{.unseen = true},
     PORT_FILTERED,
     REASON_NO_RESPONSE,
     PORT_UNKNOWN,
     HANDSHAKE_NOT_SENT,
     REASON_LOCAL_ERROR},
    /* A router or this host has said more. */
    {{.neighbour_silent = true, .unseen = true},
     PORT_FILTERED,
     REASON_ADMIN_PROHIBITED,
     PORT_FILTERED,
     HANDSHAKE_COMPLETED,
     REASON_ADMIN_PROHIBITED},
    {{.neighbour_silent = true, .unseen = true},
     PORT_UNREACHABLE,
     REASON_HOST_UNREACH,
     PORT_UNREACHABLE,
     HANDSHAKE_COMPLETED,
     REASON_HOST_UNREACH},
    {{.neighbour_silent = true, .unseen = true},
     PORT_UNKNOWN,
     REASON_UNKNOWN,
     PORT_UNKNOWN,
     HANDSHAKE_COMPLETED,
     REASON_UNKNOWN},
};

START_TEST(the_host_has_the_last_word)
{
    struct connection_result result = {.port_state = judged[_i].before};
    result.handshake.reason = judged[_i].reason_before;
    host_judge(&judged[_i].host, &result);
    ck_assert_ptr_eq(result.host, &judged[_i].host);
    ck_assert_int_eq(result.port_state, judged[_i].after);
    ck_assert_int_eq(result.handshake.result, judged[_i].result);
    ck_assert_int_eq(result.handshake.reason, judged[_i].reason);
}
END_TEST

START_TEST(an_error_that_reaches_no_socket_is_no_answer)
{
    static const struct host_facts host = {.delivery = NOT_DELIVERED};
    struct connection_result result = {.port_state = PORT_UNREACHABLE};
    result.handshake.result = HANDSHAKE_UNREACHABLE;
    result.handshake.reason = REASON_NET_UNREACH;
    host_judge(&host, &result);
    ck_assert_int_eq(result.port_state, PORT_FILTERED);
    ck_assert_int_eq(result.handshake.result, HANDSHAKE_NO_ANSWER);
    ck_assert_int_eq(result.handshake.reason, REASON_DROPPED_ON_THIS_HOST);
}
END_TEST

START_TEST(words_are_those_of_errno)
{
    ck_assert_ptr_null(host_error_name(HOST_ERROR_NONE));
    ck_assert_str_eq(host_error_name(HOST_EACCES), "EACCES");
    ck_assert_str_eq(host_error_name(HOST_ENOBUFS), "ENOBUFS");
    ck_assert_str_eq(host_error_name(HOST_ERROR_OTHER), "other");
    ck_assert_ptr_null(host_error_name(HOST_ERROR_COUNT));
    for (unsigned i = HOST_EACCES; i < HOST_ERROR_COUNT; i++)
        for (unsigned j = i + 1; j < HOST_ERROR_COUNT; j++)
            ck_assert_str_ne(host_error_name(i), host_error_name(j));
}
END_TEST

START_TEST(deliveries_have_words)
{
    ck_assert_ptr_null(delivery_name(DELIVERY_UNKNOWN));
    ck_assert_str_eq(delivery_name(DELIVERED), "delivered");
    ck_assert_str_eq(delivery_name(NOT_DELIVERED), "not-delivered");
    ck_assert_ptr_null(delivery_name(DELIVERY_COUNT));
}
END_TEST

/* Whether what connect(2) met contradicts the verdict. */
static const struct {
    enum opinion_result opinion;
    enum port_state state;
    enum reason reason;
    bool differs;
} opinions[] = {
    {OPINION_NONE, PORT_OPEN, REASON_SYN_ACK, false},
    {OPINION_CONNECTED, PORT_OPEN, REASON_SYN_ACK, false},
    {OPINION_CONNECTED, PORT_CLOSED, REASON_RESET, true},
    {OPINION_CONNECTED, PORT_FILTERED, REASON_NO_RESPONSE, true},
    {OPINION_CONNECTED, PORT_UNREACHABLE, REASON_NO_ROUTE, true},
    {OPINION_REFUSED, PORT_CLOSED, REASON_RESET, false},
    {OPINION_REFUSED, PORT_UNREACHABLE, REASON_PORT_UNREACH, false},
    {OPINION_REFUSED, PORT_OPEN, REASON_SYN_ACK, true},
    {OPINION_REFUSED, PORT_FILTERED, REASON_NO_RESPONSE, true},
    {OPINION_TIMED_OUT, PORT_FILTERED, REASON_NO_RESPONSE, false},
    {OPINION_TIMED_OUT, PORT_UNREACHABLE, REASON_HOST_UNREACH, false},
    {OPINION_TIMED_OUT, PORT_OPEN, REASON_SYN_ACK, true},
    {OPINION_TIMED_OUT, PORT_CLOSED, REASON_RESET, true},
    {OPINION_UNREACHABLE, PORT_UNREACHABLE, REASON_HOST_UNREACH, false},
    {OPINION_UNREACHABLE, PORT_FILTERED, REASON_ADMIN_PROHIBITED, false},
    {OPINION_UNREACHABLE, PORT_FILTERED, REASON_NEIGHBOUR_SILENT, false},
    {OPINION_UNREACHABLE, PORT_FILTERED, REASON_NO_RESPONSE, true},
    {OPINION_UNREACHABLE, PORT_OPEN, REASON_SYN_ACK, true},
    {OPINION_PROHIBITED, PORT_FILTERED, REASON_ADMIN_PROHIBITED, false},
    {OPINION_PROHIBITED, PORT_OPEN, REASON_SYN_ACK, true},
    {OPINION_ERROR, PORT_OPEN, REASON_SYN_ACK, false},
    /* The verdict does not know. */
    {OPINION_CONNECTED, PORT_UNKNOWN, REASON_POLICY_ROUTE, false},
    {OPINION_PROHIBITED, PORT_UNKNOWN, REASON_LOCAL_ERROR, false},
};

START_TEST(connect_is_the_judge)
{
    const struct host_facts host = {.opinion.result = opinions[_i].opinion};
    struct connection_result result = {.port_state = opinions[_i].state, .host = &host};
    result.handshake.reason = opinions[_i].reason;
    ck_assert_int_eq(opinion_differs(&result), opinions[_i].differs);
    result.cut_short = true;
    ck_assert(!opinion_differs(&result));
    result.cut_short = false;
    result.host = NULL;
    ck_assert(!opinion_differs(&result));
}
END_TEST

START_TEST(opinions_have_words)
{
    ck_assert_ptr_null(opinion_name(OPINION_NONE));
    ck_assert_ptr_null(opinion_phrase(OPINION_NONE));
    ck_assert_str_eq(opinion_name(OPINION_TIMED_OUT), "timed-out");
    ck_assert_str_eq(opinion_phrase(OPINION_TIMED_OUT), "timed out");
    for (unsigned i = OPINION_CONNECTED; i < OPINION_COUNT; i++)
        ck_assert(opinion_name(i) != NULL && opinion_phrase(i) != NULL);
    ck_assert_ptr_null(opinion_name(OPINION_COUNT));
    ck_assert_ptr_null(opinion_phrase(OPINION_COUNT));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host");
    TCase *tests = tcase_create("host");
    tcase_add_loop_test(tests, the_host_has_the_last_word, 0, sizeof judged / sizeof judged[0]);
    tcase_add_test(tests, an_error_that_reaches_no_socket_is_no_answer);
    tcase_add_test(tests, words_are_those_of_errno);
    tcase_add_test(tests, deliveries_have_words);
    tcase_add_loop_test(tests, connect_is_the_judge, 0, sizeof opinions / sizeof opinions[0]);
    tcase_add_test(tests, opinions_have_words);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
