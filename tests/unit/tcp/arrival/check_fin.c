/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.6 and 3.10.7.4, eighth: how connections close. */
#include "talk.h"

/* clang-format off */
static const struct talk talks[] = {
    {
        .name = "four segments",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< . 1 ack 2", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(40, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(41, "> . 2 ack 2", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful four-segment client",
        .zeek = "SF ShAFaf", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 10, .close = 21},
    },
    {
        .name = "three segments",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(31, "> . 2 ack 2", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful three-segment client",
        .zeek = "SF ShAFf", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 0, .close = 11},
    },
    {
        .name = "simultaneous close", /* figure 13 */
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(21, "< F. 1 ack 1", "CLOSING CLOSING"),
            EXPECT(30, "< . 2 ack 2", "TIME_WAIT CLOSING"),
            EXPECT(31, "> . 2 ack 2", "TIME_WAIT TIME_WAIT"),
        },
        .result = "open completed syn-ack graceful simultaneous client",
        .zeek = "SF ShAFfa", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = NO_TIME, .close = 11},
    },
    {
        .name = "server closes first",
        .lines = {
            OPENED,
            EXPECT(20, "< F. 1 ack 1", "ESTABLISHED FIN_WAIT_1"),
            EXPECT(21, "> . 1 ack 2", "CLOSE_WAIT FIN_WAIT_2"),
            EXPECT(30, "> F. 1 ack 2", "LAST_ACK TIME_WAIT"),
            EXPECT(40, "< . 2 ack 2", "CLOSED TIME_WAIT"),
        },
        .result = "open completed syn-ack graceful four-segment server",
        .zeek = "SF ShAfFa", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 1, .peer_fin_delay = 9, .close = 20},
    },
    {
        .name = "server closes first, three segments",
        .lines = {
            OPENED,
            EXPECT(20, "< F. 1 ack 1", "ESTABLISHED FIN_WAIT_1"),
            EXPECT(21, "> F. 1 ack 2", "LAST_ACK TIME_WAIT"),
            EXPECT(31, "< . 2 ack 2", "CLOSED TIME_WAIT"),
        },
        .result = "open completed syn-ack graceful three-segment server",
        .zeek = "SF ShAfFa", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 1, .peer_fin_delay = 0, .close = 11},
    },
    {
        .name = "server sends and closes in one segment, before the handshake ends",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(10, "< FP. 1 ack 1 len 20", "SYN_SENT FIN_WAIT_1"),
            EXPECT(11, "> . 1 ack 22", "CLOSE_WAIT FIN_WAIT_2"),
            EXPECT(12, "> F. 1 ack 22", "LAST_ACK TIME_WAIT"),
            EXPECT(22, "< . 22 ack 2", "CLOSED TIME_WAIT"),
        },
        .result = "open completed syn-ack graceful four-segment server",
        .zeek = "SF ShfAFa", .completeness = 31,
        .ms = {.syn_rtt = 10, .ack_delay = 1, .total = 10, .fin_rtt = 1, .peer_fin_delay = 1,
               .close = 12},
    },
    {
        .name = "FIN retransmitted",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            ODD(220, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED", "retransmission"),
            EXPECT(230, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(231, "> . 2 ack 2", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful three-segment client",
        .zeek = "SF ShAFf", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = 0, .close = 211},
    },
    {
        .name = "FIN retransmitted, timestamps tell which was answered",
        .lines = {
            EXPECT(0, "> S 0 ts 1000/0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ts 5000/1000", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1 ts 1011/5000", BOTH_OPEN),
            EXPECT(20, "> F. 1 ack 1 ts 1020/5000", "FIN_WAIT_1 ESTABLISHED"),
            ODD(220, "> F. 1 ack 1 ts 1220/5000", "FIN_WAIT_1 ESTABLISHED", "retransmission"),
            EXPECT(230, "< F. 1 ack 2 ts 5220/1220", "TIME_WAIT LAST_ACK"),
            EXPECT(231, "> . 2 ack 2 ts 1231/5220", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful three-segment client",
        .zeek = "SF ShAFf", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 0, .close = 211},
    },
    {
        .name = "TIME_WAIT answers a FIN that comes again",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            ODD(230, "< F. 1 ack 2", "TIME_WAIT LAST_ACK", "retransmission"),
            EXPECT(231, "> . 2 ack 2", "TIME_WAIT CLOSED"),
            ODD(430, "< F. 1 ack 2", "TIME_WAIT CLOSED", "retransmission"),
            EXPECT(431, "> . 2 ack 2", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful three-segment client",
        .zeek = "SF ShAFf", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 0, .close = 211},
    },
    {
        .name = "simultaneous close, FIN and the other's acknowledgement sent again",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(21, "< F. 1 ack 1", "CLOSING CLOSING"),
            ODD(220, "> F. 1 ack 2", "CLOSING TIME_WAIT", "retransmission"),
            EXPECT(230, "< . 2 ack 2", "TIME_WAIT TIME_WAIT"),
        },
        .result = "open completed syn-ack graceful simultaneous client",
        .zeek = "SF ShAFfa", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = 210},
    },
    {
        .name = "data after our FIN",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< . 1 ack 2", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(40, "< P. 1 ack 2 len 100", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(41, "> . 2 ack 101", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(50, "< F. 101 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(51, "> . 2 ack 102", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful four-segment client",
        .zeek = "SF ShAFadf", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 20, .close = 31},
    },
    {
        .name = "the peer never closes, we give up",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< . 1 ack 2", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(5030, "> R. 2 ack 1", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack half-closed client",
        .zeek = "RSTO ShAFaR", .completeness = 55,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = NO_TIME, .close = 5010},
    },
    {
        .name = "our FIN is never answered",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            ODD(1020, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED", "retransmission"),
            ODD(3020, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED", "retransmission"),
            EXPECT(5020, "> R. 2 ack 1", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack unanswered client",
        .zeek = "RSTO ShAFR", .completeness = 55,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = 5000},
    },
    {
        .name = "a FIN behind a gap is not taken when the FINs cross",
        .lines = {
            OPENED,
            NOTED(30, "< F. 101 ack 1", "ESTABLISHED FIN_WAIT_1", OUT_OF_ORDER),
            EXPECT(31, "> F. 1 ack 1", "FIN_WAIT_1 CLOSING"), /* the client's has no gap */
            EXPECT(32, "< . 1 ack 2 len 100", "TIME_WAIT CLOSING"),
        },
        .result = "open completed syn-ack unanswered server",
        .zeek = "SF ShAfFdt", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = NO_TIME},
    },
    {
        .name = "FIN into a zero window",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 1000", BOTH_OPEN),
            NOTED(30, "< . 1 ack 1001 win 0", BOTH_OPEN, ZERO_WINDOW),
            EXPECT(40, "> F. 1001 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            NOTED(50, "< . 1 ack 1002 win 0", "FIN_WAIT_2 CLOSE_WAIT", ZERO_WINDOW),
        },
        .result = "open completed syn-ack half-closed client",
        .zeek = "S2 ShADawF", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = NO_TIME, .close = NO_TIME},
    },
    {
        .name = "data behind its own FIN",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            SAYS(21, "> P. 2 ack 1 len 10", "FIN_WAIT_1 ESTABLISHED", "unexpected", AFTER_FIN),
            SAYS(22, "> F. 5 ack 1", "FIN_WAIT_1 ESTABLISHED", "unexpected", AFTER_FIN),
            EXPECT(30, "< . 1 ack 2", "FIN_WAIT_2 CLOSE_WAIT"),
        },
        .result = "open completed syn-ack half-closed client",
        .zeek = "S2 ShAFDFa", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = NO_TIME, .close = NO_TIME},
    },
};
/* clang-format on */

int main(void)
{
    return talk_main("fin", talks, (int)(sizeof talks / sizeof talks[0]));
}
