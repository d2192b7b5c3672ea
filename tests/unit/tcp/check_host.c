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

int main(void)
{
    Suite *suite = suite_create("host");
    TCase *tests = tcase_create("host");
    tcase_add_loop_test(tests, the_host_has_the_last_word, 0, sizeof judged / sizeof judged[0]);
    tcase_add_test(tests, words_are_those_of_errno);
    tcase_add_test(tests, deliveries_have_words);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
