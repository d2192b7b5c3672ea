/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/state.h"

#include "base/lookup.h"

/* Short names, so that the rows of the table line up. */
#define TO(state)                                                                                  \
    {                                                                                              \
        .next = STATE_##state, .legal = true                                                       \
    }
#define no(state)                                                                                  \
    {                                                                                              \
        .next = STATE_##state, .legal = false                                                      \
    }

/* clang-format off */
/* One row for each state, one cell for each event. Sections are those of RFC 9293; an event that the RFC
 * answers by an error to the user, or by a segment without a change, has no arrow ("no"). "Remain in
 * the state" said explicitly is an arrow to itself. */
static const struct transition table[STATE_COUNT][EVENT_COUNT] = {
    [STATE_CLOSED] = {
        [EVENT_PASSIVE_OPEN]    = TO(LISTEN),       /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = TO(SYN_SENT),     /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(CLOSED),       /* 3.10.7.1: answered by RST */
        [EVENT_RCV_SYN_ACK]     = no(CLOSED),       /* 3.10.7.1 */
        [EVENT_RCV_ACK_OF_SYN]  = no(CLOSED),       /* 3.10.7.1 */
        [EVENT_CLOSE]           = no(CLOSED),       /* 3.10.4: no such connection */
        [EVENT_RCV_FIN]         = no(CLOSED),       /* 3.10.7.1 */
        [EVENT_RCV_ACK_OF_FIN]  = no(CLOSED),       /* 3.10.7.1 */
        [EVENT_RCV_RST]         = no(CLOSED),       /* 3.10.7.1: discarded */
        [EVENT_RCV_RST_PASSIVE] = no(CLOSED),       /* 3.10.7.1 */
        [EVENT_ABORT]           = no(CLOSED),       /* 3.10.5: no such connection */
        [EVENT_TIME_WAIT_OVER]  = no(CLOSED),
    },
    [STATE_LISTEN] = {
        [EVENT_PASSIVE_OPEN]    = no(LISTEN),       /* 3.10.1: exists already */
        [EVENT_ACTIVE_OPEN]     = TO(SYN_SENT),     /* 3.10.1, 3.10.2: from passive to active */
        [EVENT_RCV_SYN]         = TO(SYN_RCVD),     /* 3.10.7.2, third */
        [EVENT_RCV_SYN_ACK]     = no(LISTEN),       /* 3.10.7.2, second: answered by RST */
        [EVENT_RCV_ACK_OF_SYN]  = no(LISTEN),       /* 3.10.7.2, second */
        [EVENT_CLOSE]           = TO(CLOSED),       /* 3.10.4 */
        [EVENT_RCV_FIN]         = no(LISTEN),       /* 3.10.7.4, eighth: not processed */
        [EVENT_RCV_ACK_OF_FIN]  = no(LISTEN),       /* 3.10.7.2, second */
        [EVENT_RCV_RST]         = no(LISTEN),       /* 3.10.7.2, first: ignored */
        [EVENT_RCV_RST_PASSIVE] = no(LISTEN),       /* 3.10.7.2, first */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(LISTEN),
    },
    [STATE_SYN_SENT] = {
        [EVENT_PASSIVE_OPEN]    = no(SYN_SENT),     /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(SYN_SENT),     /* 3.10.1 */
        [EVENT_RCV_SYN]         = TO(SYN_RCVD),     /* 3.10.7.3, fourth: simultaneous open */
        [EVENT_RCV_SYN_ACK]     = TO(ESTABLISHED),  /* 3.10.7.3, fourth */
        [EVENT_RCV_ACK_OF_SYN]  = no(SYN_SENT),     /* 3.10.7.3, fifth: neither SYN nor RST, dropped */
        [EVENT_CLOSE]           = TO(CLOSED),       /* 3.10.4 */
        [EVENT_RCV_FIN]         = no(SYN_SENT),     /* 3.10.7.4, eighth: not processed */
        [EVENT_RCV_ACK_OF_FIN]  = no(SYN_SENT),
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.3, second */
        [EVENT_RCV_RST_PASSIVE] = TO(CLOSED),       /* 3.10.7.3: an active open by now */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(SYN_SENT),
    },
    [STATE_SYN_RCVD] = {
        [EVENT_PASSIVE_OPEN]    = no(SYN_RCVD),     /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(SYN_RCVD),     /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(SYN_RCVD),     /* 3.10.7.4, first: a retransmission, acknowledged */
        [EVENT_RCV_SYN_ACK]     = TO(ESTABLISHED),  /* 3.5, figure 7: simultaneous open */
        [EVENT_RCV_ACK_OF_SYN]  = TO(ESTABLISHED),  /* 3.10.7.4, fifth */
        [EVENT_CLOSE]           = TO(FIN_WAIT_1),   /* 3.10.4 */
        [EVENT_RCV_FIN]         = TO(CLOSE_WAIT),   /* 3.10.7.4, eighth */
        [EVENT_RCV_ACK_OF_FIN]  = no(SYN_RCVD),
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.4, second: active open */
        [EVENT_RCV_RST_PASSIVE] = TO(LISTEN),       /* 3.10.7.4, second: passive open */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(SYN_RCVD),
    },
    [STATE_ESTABLISHED] = {
        [EVENT_PASSIVE_OPEN]    = no(ESTABLISHED),  /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(ESTABLISHED),  /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(ESTABLISHED),  /* 3.10.7.4, fourth: challenge ACK */
        [EVENT_RCV_SYN_ACK]     = no(ESTABLISHED),  /* 3.10.7.4, fourth */
        [EVENT_RCV_ACK_OF_SYN]  = no(ESTABLISHED),  /* 3.10.7.4, fifth: a duplicate, ignored */
        [EVENT_CLOSE]           = TO(FIN_WAIT_1),   /* 3.10.4 */
        [EVENT_RCV_FIN]         = TO(CLOSE_WAIT),   /* 3.10.7.4, eighth */
        [EVENT_RCV_ACK_OF_FIN]  = no(ESTABLISHED),
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_RCV_RST_PASSIVE] = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(ESTABLISHED),
    },
    [STATE_FIN_WAIT_1] = {
        [EVENT_PASSIVE_OPEN]    = no(FIN_WAIT_1),   /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(FIN_WAIT_1),   /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(FIN_WAIT_1),   /* 3.10.7.4, fourth */
        [EVENT_RCV_SYN_ACK]     = no(FIN_WAIT_1),   /* 3.10.7.4, fourth */
        [EVENT_RCV_ACK_OF_SYN]  = no(FIN_WAIT_1),   /* 3.10.7.4, fifth */
        [EVENT_CLOSE]           = no(FIN_WAIT_1),   /* 3.10.4: closing already */
        [EVENT_RCV_FIN]         = TO(CLOSING),      /* 3.10.7.4, eighth */
        [EVENT_RCV_ACK_OF_FIN]  = TO(FIN_WAIT_2),   /* 3.10.7.4, fifth */
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_RCV_RST_PASSIVE] = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(FIN_WAIT_1),
    },
    [STATE_FIN_WAIT_2] = {
        [EVENT_PASSIVE_OPEN]    = no(FIN_WAIT_2),   /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(FIN_WAIT_2),   /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(FIN_WAIT_2),   /* 3.10.7.4, fourth */
        [EVENT_RCV_SYN_ACK]     = no(FIN_WAIT_2),   /* 3.10.7.4, fourth */
        [EVENT_RCV_ACK_OF_SYN]  = no(FIN_WAIT_2),   /* 3.10.7.4, fifth */
        [EVENT_CLOSE]           = no(FIN_WAIT_2),   /* 3.10.4: closing already */
        [EVENT_RCV_FIN]         = TO(TIME_WAIT),    /* 3.10.7.4, eighth */
        [EVENT_RCV_ACK_OF_FIN]  = no(FIN_WAIT_2),   /* 3.10.7.4, fifth: a duplicate */
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_RCV_RST_PASSIVE] = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(FIN_WAIT_2),
    },
    [STATE_CLOSE_WAIT] = {
        [EVENT_PASSIVE_OPEN]    = no(CLOSE_WAIT),   /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(CLOSE_WAIT),   /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(CLOSE_WAIT),   /* 3.10.7.4, fourth */
        [EVENT_RCV_SYN_ACK]     = no(CLOSE_WAIT),   /* 3.10.7.4, fourth */
        [EVENT_RCV_ACK_OF_SYN]  = no(CLOSE_WAIT),   /* 3.10.7.4, fifth */
        [EVENT_CLOSE]           = TO(LAST_ACK),     /* 3.10.4 */
        [EVENT_RCV_FIN]         = TO(CLOSE_WAIT),   /* 3.10.7.4, eighth: remain */
        [EVENT_RCV_ACK_OF_FIN]  = no(CLOSE_WAIT),
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_RCV_RST_PASSIVE] = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(CLOSE_WAIT),
    },
    [STATE_CLOSING] = {
        [EVENT_PASSIVE_OPEN]    = no(CLOSING),      /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(CLOSING),      /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(CLOSING),      /* 3.10.7.4, fourth */
        [EVENT_RCV_SYN_ACK]     = no(CLOSING),      /* 3.10.7.4, fourth */
        [EVENT_RCV_ACK_OF_SYN]  = no(CLOSING),      /* 3.10.7.4, fifth */
        [EVENT_CLOSE]           = no(CLOSING),      /* 3.10.4: closing already */
        [EVENT_RCV_FIN]         = TO(CLOSING),      /* 3.10.7.4, eighth: remain */
        [EVENT_RCV_ACK_OF_FIN]  = TO(TIME_WAIT),    /* 3.10.7.4, fifth */
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_RCV_RST_PASSIVE] = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(CLOSING),
    },
    [STATE_LAST_ACK] = {
        [EVENT_PASSIVE_OPEN]    = no(LAST_ACK),     /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(LAST_ACK),     /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(LAST_ACK),     /* 3.10.7.4, fourth */
        [EVENT_RCV_SYN_ACK]     = no(LAST_ACK),     /* 3.10.7.4, fourth */
        [EVENT_RCV_ACK_OF_SYN]  = no(LAST_ACK),     /* 3.10.7.4, fifth */
        [EVENT_CLOSE]           = no(LAST_ACK),     /* 3.10.4: closing already */
        [EVENT_RCV_FIN]         = TO(LAST_ACK),     /* 3.10.7.4, eighth: remain */
        [EVENT_RCV_ACK_OF_FIN]  = TO(CLOSED),       /* 3.10.7.4, fifth */
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_RCV_RST_PASSIVE] = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = no(LAST_ACK),
    },
    [STATE_TIME_WAIT] = {
        [EVENT_PASSIVE_OPEN]    = no(TIME_WAIT),    /* 3.10.1 */
        [EVENT_ACTIVE_OPEN]     = no(TIME_WAIT),    /* 3.10.1 */
        [EVENT_RCV_SYN]         = no(TIME_WAIT),    /* 3.10.7.4, fourth; a new connection is another one */
        [EVENT_RCV_SYN_ACK]     = no(TIME_WAIT),    /* 3.10.7.4, fourth */
        [EVENT_RCV_ACK_OF_SYN]  = no(TIME_WAIT),    /* 3.10.7.4, fifth */
        [EVENT_CLOSE]           = no(TIME_WAIT),    /* 3.10.4: closing already */
        [EVENT_RCV_FIN]         = TO(TIME_WAIT),    /* 3.10.7.4, eighth: remain, restart 2 MSL */
        [EVENT_RCV_ACK_OF_FIN]  = no(TIME_WAIT),    /* 3.10.7.4, fifth: a duplicate */
        [EVENT_RCV_RST]         = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_RCV_RST_PASSIVE] = TO(CLOSED),       /* 3.10.7.4, second */
        [EVENT_ABORT]           = TO(CLOSED),       /* 3.10.5 */
        [EVENT_TIME_WAIT_OVER]  = TO(CLOSED),       /* 3.10.8 */
    },
};
/* clang-format on */

static const char *const state_names[STATE_COUNT] = {
    [STATE_CLOSED] = "CLOSED",           [STATE_LISTEN] = "LISTEN",
    [STATE_SYN_SENT] = "SYN_SENT",       [STATE_SYN_RCVD] = "SYN_RCVD",
    [STATE_ESTABLISHED] = "ESTABLISHED", [STATE_FIN_WAIT_1] = "FIN_WAIT_1",
    [STATE_FIN_WAIT_2] = "FIN_WAIT_2",   [STATE_CLOSE_WAIT] = "CLOSE_WAIT",
    [STATE_CLOSING] = "CLOSING",         [STATE_LAST_ACK] = "LAST_ACK",
    [STATE_TIME_WAIT] = "TIME_WAIT",
};

static const char *const event_names[EVENT_COUNT] = {
    [EVENT_PASSIVE_OPEN] = "passive OPEN",
    [EVENT_ACTIVE_OPEN] = "active OPEN",
    [EVENT_RCV_SYN] = "rcv SYN",
    [EVENT_RCV_SYN_ACK] = "rcv SYN,ACK",
    [EVENT_RCV_ACK_OF_SYN] = "rcv ACK of SYN",
    [EVENT_CLOSE] = "CLOSE",
    [EVENT_RCV_FIN] = "rcv FIN",
    [EVENT_RCV_ACK_OF_FIN] = "rcv ACK of FIN",
    [EVENT_RCV_RST] = "rcv RST",
    [EVENT_RCV_RST_PASSIVE] = "rcv RST (passive OPEN)",
    [EVENT_ABORT] = "ABORT",
    [EVENT_TIME_WAIT_OVER] = "2MSL timeout",
};

struct transition state_transition(enum tcp_state state, enum tcp_event event)
{
    if (state >= STATE_COUNT || event >= EVENT_COUNT)
        return (struct transition){.next = state, .legal = false};
    return table[state][event];
}

bool state_synchronized(enum tcp_state state)
{
    return state >= STATE_ESTABLISHED && state < STATE_COUNT;
}

const char *state_name(enum tcp_state state)
{
    return LOOK_UP(state_names, state);
}

const char *event_name(enum tcp_event event)
{
    return LOOK_UP(event_names, event);
}
