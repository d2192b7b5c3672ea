/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.3, first, and 3.10.7.4, fifth: acknowledgements. */
#include "talk.h"

/* clang-format off */
static const struct talk talks[] = {
    {
        .name = "the peer holds an older connection", /* figure 9, 3.10.7.3, first */
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(5, "< . 5000 ack 9000", "SYN_SENT LISTEN", "challenge-ack", WRONG_ACK),
            NOTED(6, "> R 9000", "SYN_SENT LISTEN", ANSWERS_WRONG_ACK),
            ODD(1000, "> S 0", "SYN_SENT LISTEN", "retransmission"),
            EXPECT(1010, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(1011, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "RSTO SaRhA", .completeness = 39,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = 1, .total = 11, NO_CLOSE},
    },
    {
        .name = "wrong acknowledgement with data, then none of our SYN",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(5, "< P. 5000 ack 9000 len 10", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            SAYS(6, "< . 1 ack 1", "SYN_SENT LISTEN", "unexpected", SYN_MISSING),
        },
        .result = "filtered no-answer unacceptable-answer none",
        .zeek = "OTH Sda", .completeness = 13,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "the client's answer acknowledges too much",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            SAYS(11, "> . 1 ack 5", "SYN_SENT SYN_RCVD", "unexpected", WRONG_ACK),
            EXPECT(12, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {.syn_rtt = 10, .ack_delay = 2, .total = 12, NO_CLOSE},
    },
    {
        .name = "acknowledges what was long ago",
        .lines = {
            OPENED,
            SAYS(20, "< P. 1 ack -1073741823 len 10", BOTH_OPEN, "expected", NONE),
            SAYS(21, "< P. 11 ack -1073741824 len 10", BOTH_OPEN, "unexpected", WRONG_ACK),
            SAYS(22, "< P. 11 ack -2147483646 len 10", BOTH_OPEN, "unexpected", WRONG_ACK),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAdt", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "acknowledgements that were overtaken",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(30, "< P. 1 ack 1 len 50", BOTH_OPEN),
            EXPECT(31, "> P. 101 ack 1 len 100", BOTH_OPEN),
            SAYS(31, "> . 101 ack 51", BOTH_OPEN, "duplicate", OVERTAKEN),
            EXPECT(40, "< . 51 ack 201", BOTH_OPEN),
            /* We sent it before the server acknowledged what is behind it. */
            SAYS(41, "> . 101 ack 51", BOTH_OPEN, "duplicate", OVERTAKEN),
            /* What the client acknowledged is behind it: RFC 9293, 3.10.7.4, first. */
            ODD(42, "< . 1 ack 201", BOTH_OPEN, "out-of-window"),
            EXPECT(43, "> . 201 ack 51", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShADda", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "what lies far behind acknowledges nothing",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(21, "< . 1 ack 101", BOTH_OPEN),
            EXPECT(30, "> F. 101 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            ODD(31, "< . -5000 ack 102", "FIN_WAIT_1 ESTABLISHED", "out-of-window"),
            ODD(32, "< . -5000 ack 102 len 10", "FIN_WAIT_1 ESTABLISHED", "retransmission"),
            EXPECT(40, "< . 1 ack 102", "FIN_WAIT_2 CLOSE_WAIT"),
        },
        .result = "open completed syn-ack half-closed client",
        .zeek = "S2 ShADaFdt", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = NO_TIME, .close = NO_TIME},
    },
    {
        .name = "acknowledges what was never sent", /* RFC 9293, 3.10.7.4, fifth */
        .lines = {
            OPENED,
            SAYS(20, "< . 1 ack 5000 win 60000", BOTH_OPEN, "unexpected", WRONG_ACK),
            EXPECT(21, "> . 1 ack 1", BOTH_OPEN),
            ODD(22, "> P. 1001 ack 1 len 10", BOTH_OPEN, "out-of-window"), /* it offered nothing */
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAaD", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "an acknowledgement with an old timestamp acknowledges nothing, a reset resets",
        .lines = {
            EXPECT(0, "> S 0 ts 1000/0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ts 5000/1000", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1 ts 1011/5000", BOTH_OPEN),
            EXPECT(20, "> F. 1 ack 1 ts 1020/5000", "FIN_WAIT_1 ESTABLISHED"),
            SAYS(30, "< . 1 ack 2 ts 4999/1020", "FIN_WAIT_1 ESTABLISHED", "out-of-window",
                 OLD_TIMESTAMP),
            EXPECT(31, "< . 1 ack 2 ts 5031/1020", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(40, "< R. 1 ack 2 ts 4999/1020", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack reset client",
        .zeek = "RSTR ShAFar", .completeness = 55,
        .ms = {OPEN_MS, .fin_rtt = 11, .peer_fin_delay = NO_TIME, .close = 20},
    },
    {
        .name = "of others, acknowledges what was long ago",
        .foreign = true,
        .lines = {
            OPENED,
            EXPECT(20, "< P. 1 ack -1073741824 len 10", BOTH_OPEN),
            EXPECT(21, "> . 1 ack 11", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAd", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "of others, a damaged acknowledgement shows none of the bare ones",
        .foreign = true,
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            SAYS(11, "> . 1 ack 1 bad", "SYN_SENT SYN_RCVD", "unexpected", BAD_CHECKSUM),
            EXPECT(12, "> P. 1 ack 1 len 5", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShCD", .completeness = 15,
        .ms = {.syn_rtt = 10, .ack_delay = NO_TIME, .total = 11, NO_CLOSE},
    },
};
/* clang-format on */

int main(void)
{
    return talk_main("ack", talks, (int)(sizeof talks / sizeof talks[0]));
}
