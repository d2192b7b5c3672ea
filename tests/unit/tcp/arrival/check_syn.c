/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.5 and 3.10.7.4, fourth: how connections open, and do not. */
#include "talk.h"

/* clang-format off */
static const struct talk talks[] = {
    {
        .name = "simultaneous open", /* figure 7 */
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(1, "< S 0", "SYN_SENT SYN_SENT", SIMULTANEOUS_OPEN),
            NOTED(11, "> S. 0 ack 1", "SYN_RCVD SYN_SENT", SIMULTANEOUS_OPEN),
            NOTED(12, "< S. 0 ack 1", BOTH_OPEN, SIMULTANEOUS_OPEN),
            EXPECT(20, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 SsA", .completeness = 7,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 19, NO_CLOSE},
    },
    {
        .name = "simultaneous open, one answer without SYN",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(1, "< S 0", "SYN_SENT SYN_SENT", SIMULTANEOUS_OPEN),
            NOTED(11, "> S. 0 ack 1", "SYN_RCVD SYN_SENT", SIMULTANEOUS_OPEN),
            EXPECT(12, "< . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 Ssa", .completeness = 7,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 11, NO_CLOSE},
    },
    {
        .name = "a SYN/ACK from the end that sent the SYN",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(1, "> S. 0 ack 1", "SYN_SENT LISTEN", "unexpected", SYN_IN_CONNECTION),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "half-open probe",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> R 1", "CLOSED LISTEN"), /* 3.10.7.4, second: a passive open */
        },
        .result = "open half-open syn-ack none",
        .zeek = "RSTO ShR", .completeness = 35,
        .ms = {.syn_rtt = 10, .ack_delay = NO_TIME, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "SYN/ACK and nothing more",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
        },
        .result = "open half-open syn-ack none",
        .zeek = "S1 Sh", .completeness = 3, /* Zeek holds it to be established by the SYN/ACK */
        .ms = {.syn_rtt = 10, .ack_delay = NO_TIME, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "no answer",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            ODD(1000, "> S 0", "SYN_SENT LISTEN", "retransmission"),
            ODD(3000, "> S 0", "SYN_SENT LISTEN", "retransmission"),
        },
        .result = "filtered no-answer no-response none",
        .zeek = "S0 S", .completeness = 1,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "wrong SYN/ACK, then the right one", /* figure 8 */
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(5, "< S. 0 ack 91", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            NOTED(6, "> R 91 win 0", "SYN_SENT LISTEN", ANSWERS_WRONG_ACK),
            EXPECT(10, "< S. 400 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(10, "< P. 401 ack 1 len 600", "SYN_SENT SYN_RCVD"), /* the SYN's window counts */
            EXPECT(11, "> . 1 ack 1001", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "RSTO ShRdA", .completeness = 47,
        .ms = {.syn_rtt = 10, .ack_delay = 1, .total = 10, NO_CLOSE},
    },
    {
        .name = "SYN/ACK sent again",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            ODD(1010, "< S. 0 ack 1", "SYN_SENT SYN_RCVD", "retransmission"),
            EXPECT(1011, "> . 1 ack 1", BOTH_OPEN),
            ODD(1012, "< S. 0 ack 1", BOTH_OPEN, "retransmission"),
            EXPECT(1013, "> . 1 ack 1", BOTH_OPEN),
            ODD(1014, "> S 0", BOTH_OPEN, "retransmission"),
            EXPECT(1015, "< . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAa", .completeness = 7,
        .ms = {.syn_rtt = 10, .ack_delay = 1001, .total = 1011, NO_CLOSE},
    },
    {
        .name = "SYN sent again, the answer could be to either", /* Karn */
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            ODD(1000, "> S 0", "SYN_SENT LISTEN", "retransmission"),
            EXPECT(1010, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(1011, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = 1, .total = 11, NO_CLOSE},
    },
    {
        .name = "SYN sent again, the second one is answered",
        .lines = {
            EXPECT(0, "> S 0 ts 1000/0", "SYN_SENT LISTEN"),
            ODD(1000, "> S 0 ts 2000/0", "SYN_SENT LISTEN", "retransmission"),
            EXPECT(1010, "< S. 0 ack 1 ts 7/2000", "SYN_SENT SYN_RCVD"),
            EXPECT(1011, "> . 1 ack 1 ts 2011/7", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {.syn_rtt = 10, .ack_delay = 1, .total = 11, NO_CLOSE},
    },
    {
        .name = "SYN sent again, the first one is echoed: the answer may be a repetition",
        .lines = {
            EXPECT(0, "> S 0 ts 1000/0", "SYN_SENT LISTEN"),
            ODD(1000, "> S 0 ts 2000/0", "SYN_SENT LISTEN", "retransmission"),
            EXPECT(1010, "< S. 0 ack 1 ts 7/1000", "SYN_SENT SYN_RCVD"),
            EXPECT(1011, "> . 1 ack 1 ts 2011/7", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = 1, .total = 11, NO_CLOSE},
    },
    {
        .name = "SYN with data, taken", /* RFC 7413 */
        .lines = {
            NOTED(0, "> S 0 len 10", "SYN_SENT LISTEN", SYN_DATA),
            EXPECT(10, "< S. 0 ack 11", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 11 ack 1", BOTH_OPEN),
            EXPECT(12, "< P. 1 ack 11 len 5", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 SThAd", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "SYN with data, only the SYN is taken",
        .lines = {
            NOTED(0, "> S 0 len 10", "SYN_SENT LISTEN", SYN_DATA),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> P. 1 ack 1 len 10", BOTH_OPEN),
            EXPECT(20, "< . 1 ack 11", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 SThDa", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "a SYN in the connection is challenged", /* 4.2 */
        .lines = {
            OPENED,
            SAYS(20, "> S 500", BOTH_OPEN, "unexpected", SYN_IN_CONNECTION),
            ODD(21, "< . 1 ack 1", BOTH_OPEN, "challenge-ack"),
            SAYS(22, "< S. 500 ack 1", BOTH_OPEN, "unexpected", SYN_IN_CONNECTION),
            ODD(23, "> . 1 ack 1", BOTH_OPEN, "challenge-ack"),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAa", .completeness = 7,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "begins at SYN/ACK, the SYN behind it",
        .lines = {
            EXPECT(0, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            NOTED(1, "> S 0", "SYN_SENT SYN_RCVD", OUT_OF_ORDER),
            EXPECT(2, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ^hSA", .completeness = 7,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = 2, .total = 1, NO_CLOSE},
    },
    {
        .name = "begins at SYN/ACK",
        .lines = {
            EXPECT(0, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(1, "> . 1 ack 1", BOTH_OPEN),
            EXPECT(2, "> P. 1 ack 1 len 70000", BOTH_OPEN), /* the scale is not known */
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ^hAD", .completeness = 14,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = 1, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "a SYN/ACK that carries FIN is a SYN/ACK", /* 3.10.7.3, fourth */
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< SF. 0 ack 1", "SYN_SENT FIN_WAIT_1"),
            EXPECT(11, "> . 1 ack 2", "CLOSE_WAIT FIN_WAIT_2"),
            EXPECT(12, "> F. 1 ack 2", "LAST_ACK TIME_WAIT"),
            EXPECT(13, "< . 2 ack 2", "CLOSED TIME_WAIT"),
        },
        .result = "open completed syn-ack graceful four-segment server",
        .zeek = "SF SqAFa", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 1, .peer_fin_delay = 1, .close = 3},
    },
    {
        .name = "refused, and let in when it asks again with the same number",
        .foreign = true,
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(1, "< R. -5000 ack 1", "CLOSED CLOSED"),
            SAYS(500, "> S 0", "SYN_SENT CLOSED", "retransmission", NONE),
            EXPECT(510, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(511, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "REJ SrhA", .completeness = 39,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = 1, .total = 1, NO_CLOSE}, /* Wireshark's: up to the RST */
    },
    {
        .name = "an echo that no SYN sent: Linux resets and goes on asking", /* RFC 7323, 3.2 */
        .lines = {
            EXPECT(0, "> S 0 ts 100/0", "SYN_SENT LISTEN"),
            SAYS(10, "< S. 0 ack 1 ts 7/50", "SYN_SENT LISTEN", "unexpected", WRONG_ECHO),
            SAYS(20, "< S. 0 ack 1 ts 7/150", "SYN_SENT LISTEN", "unexpected", WRONG_ECHO),
        },
        .result = "filtered no-answer unacceptable-answer none",
        .zeek = "S1 Sh", .completeness = 3,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "nor is an echo half the circle away in between",
        .lines = {
            EXPECT(0, "> S 0 ts 100/0", "SYN_SENT LISTEN"),
            SAYS(10, "< S. 0 ack 1 ts 7/2147483748", "SYN_SENT LISTEN", "unexpected", WRONG_ECHO),
        },
        .result = "filtered no-answer unacceptable-answer none",
        .zeek = "S1 Sh", .completeness = 3,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "an echo where the SYN offered no timestamps says nothing",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ts 7/50", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "a SYN sent again soon after one that was not captured is no copy",
        .lines = {
            NOTED(0, "> S 0 unseen", "SYN_SENT LISTEN", USER_SPACE_TIME),
            SAYS(10, "< S. 1 ack 2", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            SAYS(12, "> S 0", "SYN_SENT LISTEN", "retransmission", NONE),
            EXPECT(20, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
        },
        .result = "open half-open syn-ack none",
        .zeek = "S1 Sh", .completeness = 3,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "after a wrong echo and our reset, a right one opens",
        .lines = {
            EXPECT(0, "> S 0 ts 100/0", "SYN_SENT LISTEN"),
            SAYS(10, "< S. 0 ack 1 ts 7/50", "SYN_SENT LISTEN", "unexpected", WRONG_ECHO),
            NOTED(11, "> R 1", "SYN_SENT LISTEN", ANSWERS_WRONG_ACK),
            SAYS(1000, "> S 0 ts 1100/0", "SYN_SENT LISTEN", "retransmission", NONE),
            EXPECT(1010, "< S. 300 ack 1 ts 7/1100", "SYN_SENT SYN_RCVD"),
            EXPECT(1011, "> . 1 ack 301 ts 1101/7", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "RSTO ShRA", .completeness = 39,
        .ms = {.syn_rtt = 10, .ack_delay = 1, .total = 11, NO_CLOSE},
    },
    {
        .name = "an echo of 0, or of either SYN, is taken",
        .lines = {
            EXPECT(0, "> S 0 ts 100/0", "SYN_SENT LISTEN"),
            SAYS(1000, "> S 0 ts 1100/0", "SYN_SENT LISTEN", "retransmission", NONE),
            EXPECT(1010, "< S. 0 ack 1 ts 7/100", "SYN_SENT SYN_RCVD"),
        },
        .result = "open half-open syn-ack none",
        .zeek = "S1 Sh", .completeness = 3,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "a client of others may take a wrong echo",
        .foreign = true,
        .lines = {
            EXPECT(0, "> S 0 ts 100/0", "SYN_SENT LISTEN"),
            NOTED(10, "< S. 0 ack 1 ts 7/50", "SYN_SENT SYN_RCVD", WRONG_ECHO),
            EXPECT(11, "> . 1 ack 1 ts 101/7", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {OPEN_MS, NO_CLOSE},
    },
};
/* clang-format on */

int main(void)
{
    return talk_main("syn", talks, (int)(sizeof talks / sizeof talks[0]));
}
