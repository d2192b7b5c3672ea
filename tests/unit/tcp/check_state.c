/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/state.h"

#include <string.h>

#include "harness.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* RFC 9293 as text, written from the document and not from the table: the arrows of figure 5, and
 * what sections 3.10.1 to 3.10.8 say beyond it. What has no row here has no arrow. */
static const struct {
    const char *event;
    const char *from, *to;
} arrows[] = {
    /* Figure 5. */
    {"passive OPEN", "CLOSED", "LISTEN"},
    {"active OPEN", "CLOSED", "SYN_SENT"},
    {"active OPEN", "LISTEN", "SYN_SENT"}, /* SEND, note 1 */
    {"CLOSE", "LISTEN", "CLOSED"},
    {"CLOSE", "SYN_SENT", "CLOSED"},
    {"rcv SYN", "LISTEN", "SYN_RCVD"},
    {"rcv SYN", "SYN_SENT", "SYN_RCVD"},
    {"rcv SYN,ACK", "SYN_SENT", "ESTABLISHED"},
    {"rcv ACK of SYN", "SYN_RCVD", "ESTABLISHED"},
    {"CLOSE", "SYN_RCVD", "FIN_WAIT_1"},
    {"CLOSE", "ESTABLISHED", "FIN_WAIT_1"},
    {"rcv FIN", "ESTABLISHED", "CLOSE_WAIT"},
    {"rcv ACK of FIN", "FIN_WAIT_1", "FIN_WAIT_2"},
    {"rcv FIN", "FIN_WAIT_1", "CLOSING"},
    {"CLOSE", "CLOSE_WAIT", "LAST_ACK"},
    {"rcv FIN", "FIN_WAIT_2", "TIME_WAIT"},
    {"rcv ACK of FIN", "CLOSING", "TIME_WAIT"},
    {"rcv ACK of FIN", "LAST_ACK", "CLOSED"},
    {"2MSL timeout", "TIME_WAIT", "CLOSED"}, /* 3.10.8 as well */
    /* 3.5, figure 9: in a simultaneous open the SYN comes again, with the acknowledgement. */
    {"rcv SYN,ACK", "SYN_RCVD", "ESTABLISHED"},
    /* 3.10.5: ABORT deletes the TCB in every state that has one. */
    {"ABORT", "LISTEN", "CLOSED"},
    {"ABORT", "SYN_SENT", "CLOSED"},
    {"ABORT", "SYN_RCVD", "CLOSED"},
    {"ABORT", "ESTABLISHED", "CLOSED"},
    {"ABORT", "FIN_WAIT_1", "CLOSED"},
    {"ABORT", "FIN_WAIT_2", "CLOSED"},
    {"ABORT", "CLOSE_WAIT", "CLOSED"},
    {"ABORT", "CLOSING", "CLOSED"},
    {"ABORT", "LAST_ACK", "CLOSED"},
    {"ABORT", "TIME_WAIT", "CLOSED"},
    /* 3.10.7.3, second: "connection reset", enter CLOSED. */
    {"rcv RST", "SYN_SENT", "CLOSED"},
    {"rcv RST (passive OPEN)", "SYN_SENT", "CLOSED"},
    /* 3.10.7.4, second, SYN-RECEIVED: back to LISTEN after a passive OPEN (note 2 of figure 5),
     * else "connection refused", enter CLOSED. */
    {"rcv RST", "SYN_RCVD", "CLOSED"},
    {"rcv RST (passive OPEN)", "SYN_RCVD", "LISTEN"},
    /* 3.10.7.4, second, all the others: enter CLOSED, whoever opened. */
    {"rcv RST", "ESTABLISHED", "CLOSED"},
    {"rcv RST", "FIN_WAIT_1", "CLOSED"},
    {"rcv RST", "FIN_WAIT_2", "CLOSED"},
    {"rcv RST", "CLOSE_WAIT", "CLOSED"},
    {"rcv RST", "CLOSING", "CLOSED"},
    {"rcv RST", "LAST_ACK", "CLOSED"},
    {"rcv RST", "TIME_WAIT", "CLOSED"},
    {"rcv RST (passive OPEN)", "ESTABLISHED", "CLOSED"},
    {"rcv RST (passive OPEN)", "FIN_WAIT_1", "CLOSED"},
    {"rcv RST (passive OPEN)", "FIN_WAIT_2", "CLOSED"},
    {"rcv RST (passive OPEN)", "CLOSE_WAIT", "CLOSED"},
    {"rcv RST (passive OPEN)", "CLOSING", "CLOSED"},
    {"rcv RST (passive OPEN)", "LAST_ACK", "CLOSED"},
    {"rcv RST (passive OPEN)", "TIME_WAIT", "CLOSED"},
    /* 3.10.7.4, eighth. */
    {"rcv FIN", "SYN_RCVD", "CLOSE_WAIT"},
    {"rcv FIN", "CLOSE_WAIT", "CLOSE_WAIT"}, /* "Remain in the CLOSE-WAIT state." */
    {"rcv FIN", "CLOSING", "CLOSING"},
    {"rcv FIN", "LAST_ACK", "LAST_ACK"},
    {"rcv FIN", "TIME_WAIT", "TIME_WAIT"},
};

static const char *arrow_to(const char *from, const char *event)
{
    const char *to = NULL;
    for (int i = 0; i < COUNT(arrows); i++) {
        if (strcmp(arrows[i].from, from) != 0 || strcmp(arrows[i].event, event) != 0)
            continue;
        ck_assert_msg(to == NULL, "%s: two arrows for %s", from, event);
        to = arrows[i].to;
    }
    return to;
}

START_TEST(every_cell_is_the_rfc)
{
    enum tcp_state state = (enum tcp_state)(_i / EVENT_COUNT);
    enum tcp_event event = (enum tcp_event)(_i % EVENT_COUNT);
    const char *from = state_name(state);
    const char *to = arrow_to(from, event_name(event));
    struct transition t = state_transition(state, event);
    ck_assert_msg(t.legal == (to != NULL), "%s, %s: legal is %d", from, event_name(event), t.legal);
    ck_assert_msg(strcmp(state_name(t.next), to != NULL ? to : from) == 0, "%s, %s: goes to %s",
                  from, event_name(event), state_name(t.next));
}
END_TEST

/* So that no row above is lost by a misspelt name. */
START_TEST(every_arrow_names_what_exists)
{
    bool from = false, to = false, event = false;
    for (int s = 0; s < STATE_COUNT; s++) {
        from |= strcmp(arrows[_i].from, state_name((enum tcp_state)s)) == 0;
        to |= strcmp(arrows[_i].to, state_name((enum tcp_state)s)) == 0;
    }
    for (int e = 0; e < EVENT_COUNT; e++)
        event |= strcmp(arrows[_i].event, event_name((enum tcp_event)e)) == 0;
    ck_assert_msg(from && to && event, "%s, %s, %s", arrows[_i].from, arrows[_i].event,
                  arrows[_i].to);
}
END_TEST

START_TEST(names_differ)
{
    for (int s = 0; s < STATE_COUNT; s++)
        for (int other = 0; other < s; other++)
            ck_assert_str_ne(state_name((enum tcp_state)s), state_name((enum tcp_state)other));
    for (int e = 0; e < EVENT_COUNT; e++)
        for (int other = 0; other < e; other++)
            ck_assert_str_ne(event_name((enum tcp_event)e), event_name((enum tcp_event)other));
}
END_TEST

static const int outside[] = {-1, -100, 1000, 0x7fffffff};

START_TEST(stays_where_there_is_no_row)
{
    int beyond[] = {STATE_COUNT, STATE_COUNT + 1, outside[0], outside[1], outside[2], outside[3]};
    for (int i = 0; i < COUNT(beyond); i++) {
        enum tcp_state state = (enum tcp_state)beyond[i];
        for (int event = 0; event < EVENT_COUNT; event++) {
            struct transition t = state_transition(state, (enum tcp_event)event);
            ck_assert(!t.legal && t.next == state);
        }
        ck_assert_ptr_null(state_name(state));
        ck_assert(!state_synchronized(state));
    }
}
END_TEST

START_TEST(stays_where_there_is_no_column)
{
    int beyond[] = {EVENT_COUNT, EVENT_COUNT + 1, outside[0], outside[1], outside[2], outside[3]};
    for (int i = 0; i < COUNT(beyond); i++) {
        enum tcp_event event = (enum tcp_event)beyond[i];
        for (int state = 0; state < STATE_COUNT; state++) {
            struct transition t = state_transition((enum tcp_state)state, event);
            ck_assert(!t.legal && t.next == (enum tcp_state)state);
        }
        ck_assert_ptr_null(event_name(event));
    }
}
END_TEST

START_TEST(unknown_is_no_state)
{
    ck_assert_ptr_null(state_name(STATE_UNKNOWN));
    ck_assert(!state_synchronized(STATE_UNKNOWN));
    struct transition t = state_transition(STATE_UNKNOWN, EVENT_RCV_RST);
    ck_assert(!t.legal && t.next == STATE_UNKNOWN);
}
END_TEST

/* RFC 9293, 3.5: the synchronized states are ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT,
 * CLOSING, LAST-ACK, TIME-WAIT. */
START_TEST(knows_the_synchronized_states)
{
    static const char synchronized_names[] =
        " ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT ";
    for (int s = 0; s < STATE_COUNT; s++) {
        bool is = strstr(synchronized_names, state_name((enum tcp_state)s)) != NULL;
        ck_assert_int_eq(state_synchronized((enum tcp_state)s), is);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *table = tcase_create("table");
    tcase_add_loop_test(table, every_cell_is_the_rfc, 0, STATE_COUNT * EVENT_COUNT);
    tcase_add_loop_test(table, every_arrow_names_what_exists, 0, COUNT(arrows));
    tcase_add_test(table, names_differ);
    tcase_add_test(table, stays_where_there_is_no_row);
    tcase_add_test(table, stays_where_there_is_no_column);
    tcase_add_test(table, unknown_is_no_state);
    tcase_add_test(table, knows_the_synchronized_states);
    suite_add_tcase(suite, table);
    return run_suite(suite);
}
