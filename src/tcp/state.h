/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection states of RFC 9293, section 3.3.2, and the one table by which they move. */
#ifndef TCPSHAKE_TCP_STATE_H
#define TCPSHAKE_TCP_STATE_H

#include <stdbool.h>

enum tcp_state {
    STATE_CLOSED,
    STATE_LISTEN,
    STATE_SYN_SENT,
    STATE_SYN_RCVD,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_FIN_WAIT_2,
    STATE_CLOSE_WAIT,
    STATE_CLOSING,
    STATE_LAST_ACK,
    STATE_TIME_WAIT,
    STATE_COUNT,
    STATE_UNKNOWN = STATE_COUNT, /* nothing was seen that tells; not a row of the table */
};

/* What can happen to one end. RCV_ events are of acceptable segments only; a segment that does
 * several things is several events, in the order of RFC 9293, 3.10.7.4: RST, SYN, ACK, FIN. */
enum tcp_event {
    EVENT_PASSIVE_OPEN,
    EVENT_ACTIVE_OPEN,    /* sends SYN */
    EVENT_RCV_SYN,        /* SYN without an acknowledgement of ours */
    EVENT_RCV_SYN_ACK,    /* SYN that acknowledges our SYN */
    EVENT_RCV_ACK_OF_SYN, /* no SYN, acknowledges our SYN */
    EVENT_CLOSE,          /* sends FIN */
    EVENT_RCV_FIN,
    EVENT_RCV_ACK_OF_FIN,
    EVENT_RCV_RST,
    EVENT_RCV_RST_PASSIVE, /* the same at an end that opened passively and is not established yet */
    EVENT_ABORT,           /* sends RST, or gives up */
    EVENT_TIME_WAIT_OVER,  /* 2 MSL have passed */
    EVENT_COUNT,
};

struct transition {
    enum tcp_state next;
    bool legal; /* false: the event has no arrow from here; next is then the state itself */
};

/* The table. state < STATE_COUNT, event < EVENT_COUNT; anything else is answered by an illegal
 * transition to the same state. */
struct transition state_transition(enum tcp_state state, enum tcp_event event);

/* Whether sequence numbers of both sides are agreed on: ESTABLISHED and later, but CLOSED. */
bool state_synchronized(enum tcp_state state);

/* "SYN_SENT", "TIME_WAIT", ... as RFC 9293 names them with the underscore of netstat; NULL for
 * STATE_UNKNOWN. */
const char *state_name(enum tcp_state state);

const char *event_name(enum tcp_event event);

#endif
