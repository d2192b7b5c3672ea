/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, first: sequence numbers, windows, timestamps. */
#include "talk.h"

/* clang-format off */
static const struct talk talks[] = {
    {
        .name = "our own segment is captured behind a younger one",
        .lines = {
            EXPECT(0, "> S 0 ts 0/0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ts 0/0", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1 ts 11/0", BOTH_OPEN),
            ODD(20, "> . 1 ack 1 ts 20/0", BOTH_OPEN, "duplicate"),
            EXPECT(19, "> F. 1 ack 1 ts 19/0", "FIN_WAIT_1 ESTABLISHED"),
        },
        .result = "open completed syn-ack unanswered client",
        .zeek = "S2 ShAF", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = NO_TIME},
    },
    {
        .name = "what was not captured comes late",
        .lines = {
            EXPECT(0, "> S 0 ts 0/0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ts 0/0", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1 ts 11/0", BOTH_OPEN),
            EXPECT(20, "< P. 1 ack 1 len 10 ts 10/11", BOTH_OPEN),
            EXPECT(21, "> . 1 ack 11 ts 21/10", BOTH_OPEN),
            NOTED(15, "> F. 1 ack 1 ts 15/0 unseen", "FIN_WAIT_1 ESTABLISHED", USER_SPACE_TIME),
            EXPECT(40, "< F. 11 ack 2 ts 30/15", "TIME_WAIT LAST_ACK"),
        },
        .result = "open completed syn-ack unanswered client",
        .zeek = "SF ShAdFf", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 25, .peer_fin_delay = 0, .close = NO_TIME},
    },
    {
        .name = "keep-alive",
        .lines = {
            OPENED,
            NOTED(1000, "> . 0 ack 1", BOTH_OPEN, KEEP_ALIVE),
            EXPECT(1010, "< . 1 ack 1", BOTH_OPEN),
            NOTED(2000, "> . 0 ack 1 len 1", BOTH_OPEN, KEEP_ALIVE), /* with an octet of garbage */
            EXPECT(2010, "< . 1 ack 1", BOTH_OPEN),
            EXPECT(2020, "< P. 1 ack 1 len 10", BOTH_OPEN),
            EXPECT(2021, "> . 1 ack 11", BOTH_OPEN),
            NOTED(3000, "< . 10 ack 1", BOTH_OPEN, KEEP_ALIVE),
            EXPECT(3001, "> . 1 ack 11", BOTH_OPEN),
            EXPECT(4000, "> F. 1 ack 11", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(4010, "< . 11 ack 2", "FIN_WAIT_2 CLOSE_WAIT"),
            NOTED(5000, "> . 1 ack 11", "FIN_WAIT_2 CLOSE_WAIT", KEEP_ALIVE),
            EXPECT(5010, "< . 11 ack 2", "FIN_WAIT_2 CLOSE_WAIT"),
        },
        .result = "open completed syn-ack half-closed client",
        .zeek = "S2 ShAaDTdF", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = NO_TIME, .close = NO_TIME},
    },
    {
        .name = "zero window, probed until it opens",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 1000", BOTH_OPEN),
            NOTED(30, "< . 1 ack 1001 win 0", BOTH_OPEN, ZERO_WINDOW),
            NOTED(1000, "> . 1001 ack 1 len 1", BOTH_OPEN, WINDOW_PROBE),
            NOTED(1010, "< . 1 ack 1001 win 0", BOTH_OPEN, ZERO_WINDOW),
            NOTED(2000, "> . 1001 ack 1 len 1", BOTH_OPEN, WINDOW_PROBE),
            EXPECT(2010, "< . 1 ack 1002 win 1000", BOTH_OPEN), /* and takes the octet */
            EXPECT(2011, "> P. 1002 ack 1 len 100", BOTH_OPEN),
            EXPECT(2020, "< . 1 ack 1102", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShADawT", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "data beyond the window",
        .lines = {
            OPENED,
            EXPECT(20, "< P. 1 ack 1 len 1000", BOTH_OPEN),
            ODD(21, "< P. 1001 ack 1 len 10", BOTH_OPEN, "out-of-window"),
            EXPECT(22, "> . 1 ack 1001", BOTH_OPEN),
            EXPECT(23, "< P. 1001 ack 1 len 10", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAdt", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "old timestamps", /* RFC 7323, 5.3, R1: of segments of any length */
        .lines = {
            EXPECT(0, "> S 0 ts 1000/0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ts 5000/1000", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1 ts 1011/5000", BOTH_OPEN),
            EXPECT(20, "< P. 1 ack 1 len 10 ts 5010/1011", BOTH_OPEN),
            EXPECT(21, "> . 1 ack 11 ts 1021/5010", BOTH_OPEN),
            SAYS(30, "< P. 11 ack 1 len 10 ts 5009/1011", BOTH_OPEN, "out-of-window",
                 OLD_TIMESTAMP),
            EXPECT(31, "> . 1 ack 11 ts 1031/5010", BOTH_OPEN),
            EXPECT(32, "< P. 11 ack 1 len 10 ts 5010/1011", BOTH_OPEN),
            EXPECT(33, "> . 1 ack 21 ts 1033/5010", BOTH_OPEN),
            SAYS(40, "< . 21 ack 1 ts 5003/1011 win 1001", BOTH_OPEN, "out-of-window",
                 OLD_TIMESTAMP), /* takes nothing back: */
            SAYS(41, "< P. 21 ack 1 len 10 ts 5009/1011", BOTH_OPEN, "out-of-window",
                 OLD_TIMESTAMP),
            SAYS(42, "< . 11 ack 1 ts 5009/1011", BOTH_OPEN, "out-of-window", NONE),
            ODD(43, "< . 21 ack 1 ts 5010/1033", BOTH_OPEN, "duplicate"),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAdta", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "timestamps that were not agreed on", /* RFC 7323, 3.2: they are ignored */
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1 ts 5000/0", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
            EXPECT(20, "< P. 1 ack 1 len 10 ts 4999/0", BOTH_OPEN),
            EXPECT(21, "> . 1 ack 11", BOTH_OPEN),
            EXPECT(30, "< . 11 ack 1 ts 4998/0 win 1001", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAda", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "nor does one end alone agree on timestamps",
        .lines = {
            EXPECT(0, "> S 0 ts 1000/0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
            EXPECT(20, "< P. 1 ack 1 len 10 ts 5000/0", BOTH_OPEN),
            EXPECT(21, "> . 1 ack 11", BOTH_OPEN),
            EXPECT(30, "< P. 11 ack 1 len 10 ts 4999/0", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAd", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "of others, beyond the window that was seen",
        .foreign = true,
        .lines = {
            OPENED,
            NOTED(20, "< P. 2001 ack 1 len 10", BOTH_OPEN, AFTER_MISSED),
            NOTED(30, "< . 2011 ack 1 win 0", BOTH_OPEN, ZERO_WINDOW),
            EXPECT(31, "> P. 1 ack 2011 len 10", BOTH_OPEN), /* an update of it was missed */
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAdawDg", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "one octet back in TIME_WAIT is no keep-alive",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(31, "> . 2 ack 2", "TIME_WAIT CLOSED"),
            SAYS(40, "> . 1 ack 2", "TIME_WAIT CLOSED", "duplicate", OVERTAKEN),
        },
        .result = "open completed syn-ack graceful three-segment client",
        .zeek = "SF ShAFf", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 0, .close = 11},
    },
    {
        .name = "of others, an odd note goes before those on what was missed and on the window",
        .foreign = true,
        .lines = {
            OPENED,
            NOTED(20, "< P. 101 ack 501 len 10", BOTH_OPEN, AFTER_MISSED),
            NOTED(30, "< P. 201 ack 501 len 10 win 0", BOTH_OPEN, AFTER_MISSED),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAdGw", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
};
/* clang-format on */

int main(void)
{
    return talk_main("acceptability", talks, (int)(sizeof talks / sizeof talks[0]));
}
