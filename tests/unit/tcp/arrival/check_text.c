/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, seventh: data, and the windows that come with it. */
#include "talk.h"

/* clang-format off */
static const struct talk talks[] = {
    {
        .name = "data both ways",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(30, "< . 1 ack 101", BOTH_OPEN),
            EXPECT(31, "< P. 1 ack 101 len 50", BOTH_OPEN),
            EXPECT(32, "> . 101 ack 51", BOTH_OPEN),
            EXPECT(40, "> F. 101 ack 51", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(50, "< . 51 ack 102", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(51, "< F. 51 ack 102", "TIME_WAIT LAST_ACK"),
            EXPECT(52, "> . 102 ack 52", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful four-segment client",
        .zeek = "SF ShADadFf", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 1, .close = 12},
    },
    {
        .name = "out of order, the FIN as well",
        .lines = {
            OPENED,
            NOTED(20, "< . 101 ack 1 len 100", BOTH_OPEN, OUT_OF_ORDER),
            EXPECT(21, "> . 1 ack 1", BOTH_OPEN),
            EXPECT(22, "< . 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(23, "> . 1 ack 201", BOTH_OPEN),
            NOTED(30, "< F. 301 ack 1", "ESTABLISHED FIN_WAIT_1", OUT_OF_ORDER),
            EXPECT(31, "> . 1 ack 201", "ESTABLISHED FIN_WAIT_1"),
            EXPECT(32, "< . 201 ack 1 len 100", "ESTABLISHED FIN_WAIT_1"),
            EXPECT(33, "> . 1 ack 302", "CLOSE_WAIT FIN_WAIT_2"),
        },
        .result = "open completed syn-ack half-closed server",
        .zeek = "S3 ShAdtf", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 3, .peer_fin_delay = NO_TIME, .close = NO_TIME},
    },
    {
        .name = "retransmissions",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 100", BOTH_OPEN),
            ODD(220, "> P. 1 ack 1 len 100", BOTH_OPEN, "retransmission"),
            ODD(221, "> P. 51 ack 1 len 50", BOTH_OPEN, "retransmission"),
            EXPECT(222, "> P. 51 ack 1 len 100", BOTH_OPEN), /* half of it is new */
            EXPECT(230, "< . 1 ack 151", BOTH_OPEN),
            ODD(240, "> P. 1 ack 1 len 150", BOTH_OPEN, "retransmission"),
            EXPECT(250, "< . 1 ack 151", BOTH_OPEN), /* owed for that */
            ODD(251, "< . 1 ack 151", BOTH_OPEN, "duplicate"),
            EXPECT(252, "< . 1 ack 151 win 2000", BOTH_OPEN), /* window update */
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShADTa", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "a window that shrinks takes nothing back", /* RFC 9293, 3.8.6 */
        .lines = {
            OPENED,
            EXPECT(20, "> . 1 ack 1 win 300", BOTH_OPEN),
            NOTED(21, "< P. 901 ack 1 len 100", BOTH_OPEN, OUT_OF_ORDER),
            EXPECT(22, "< P. 1 ack 1 len 900", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAdt", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "scaled windows", /* RFC 7323, 2.2: those of SYN and SYN/ACK are not */
        .lines = {
            EXPECT(0, "> S 0 ws 2 win 1000", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ws 1 win 1000", "SYN_SENT SYN_RCVD"),
            NOTED(10, "< P. 1000 ack 1 len 10 win 500", "SYN_SENT SYN_RCVD", OUT_OF_ORDER),
            ODD(10, "< P. 1001 ack 1 len 10", "SYN_SENT SYN_RCVD", "out-of-window"),
            EXPECT(11, "> . 1 ack 1 win 1000", BOTH_OPEN),
            ODD(20, "> P. 1001 ack 1 len 10", BOTH_OPEN, "out-of-window"),
            NOTED(21, "< P. 4000 ack 1 len 10", BOTH_OPEN, OUT_OF_ORDER),
            ODD(22, "< P. 4001 ack 1 len 10", BOTH_OPEN, "out-of-window"),
            EXPECT(23, "< . 1 ack 1 win 1100", BOTH_OPEN),
            NOTED(24, "> P. 2200 ack 1 len 10", BOTH_OPEN, OUT_OF_ORDER),
            ODD(25, "> P. 2201 ack 1 len 10", BOTH_OPEN, "out-of-window"),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShdADa", .completeness = 15,
        .ms = {.syn_rtt = 10, .ack_delay = 1, .total = 10, NO_CLOSE},
    },
    {
        .name = "only one end offers to scale",
        .lines = {
            EXPECT(0, "> S 0 ws 7", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
            NOTED(20, "< P. 1000 ack 1 len 10", BOTH_OPEN, OUT_OF_ORDER),
            ODD(21, "< P. 1001 ack 1 len 10", BOTH_OPEN, "out-of-window"),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAd", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "what stands behind a gap has no say on time stamps", /* RFC 7323, 4.3 */
        .lines = {
            EXPECT(0, "> S 0 ts 1000/0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ts 5000/1000", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1 ts 1011/5000", BOTH_OPEN),
            NOTED(30, "< P. 11 ack 1 len 10 ts 5020/1011", BOTH_OPEN, OUT_OF_ORDER),
            EXPECT(31, "> . 1 ack 1 ts 1031/5000", BOTH_OPEN),
            EXPECT(40, "< P. 1 ack 1 len 10 ts 5010/1011", BOTH_OPEN),
            EXPECT(41, "> . 1 ack 21 ts 1041/5010", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAdt", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "a shift of more than 14 is used as 14", /* RFC 7323, 2.3 */
        .lines = {
            EXPECT(0, "> S 0 ws 15", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ws 255", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1 win 1", BOTH_OPEN),
            NOTED(20, "< P. 16384 ack 1 len 10", BOTH_OPEN, OUT_OF_ORDER),
            ODD(21, "< P. 16385 ack 1 len 10", BOTH_OPEN, "out-of-window"),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAd", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
};
/* clang-format on */

int main(void)
{
    return talk_main("text", talks, (int)(sizeof talks / sizeof talks[0]));
}
