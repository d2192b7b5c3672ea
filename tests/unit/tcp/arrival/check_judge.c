/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes before the RFC's steps, and captures that began too late or saw one direction. */
#include "talk.h"

/* clang-format off */
static const struct talk talks[] = {
    {
        .name = "the same frame twice",
        .lines = {
            EXPECT(0, "> S 0 id 1", "SYN_SENT LISTEN"),
            ODD(0, "> S 0 id 1", "SYN_SENT LISTEN", "duplicate"),
            EXPECT(10, "< S. 0 ack 1 id 50", "SYN_SENT SYN_RCVD"),
            ODD(10, "< S. 0 ack 1 id 50", "SYN_SENT SYN_RCVD", "duplicate"),
            EXPECT(11, "> . 1 ack 1 id 2", BOTH_OPEN),
            ODD(11, "> . 1 ack 1 id 2", BOTH_OPEN, "duplicate"),
            EXPECT(20, "> P. 1 ack 1 len 10 id 3", BOTH_OPEN),
            ODD(20, "> P. 1 ack 1 len 10 id 3", BOTH_OPEN, "duplicate"),
            ODD(220, "> P. 1 ack 1 len 10 id 3", BOTH_OPEN, "retransmission"), /* a constant id */
            EXPECT(230, "< . 1 ack 11 id 51", BOTH_OPEN),
            EXPECT(240, "> F. 11 ack 1 id 5", "FIN_WAIT_1 ESTABLISHED"),
            ODD(240, "> F. 11 ack 1 id 5", "FIN_WAIT_1 ESTABLISHED", "duplicate"),
            EXPECT(250, "< . 1 ack 12 id 52", "FIN_WAIT_2 CLOSE_WAIT"),
        },
        .result = "open completed syn-ack half-closed client",
        .zeek = "S2 ShADTaF", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = NO_TIME, .close = NO_TIME},
    },
    {
        .name = "bad checksum",
        .lines = {
            OPENED,
            SAYS(20, "> P. 1 ack 1 len 10 bad", BOTH_OPEN, "unexpected", BAD_CHECKSUM),
            EXPECT(21, "> P. 1 ack 1 len 10", BOTH_OPEN),
            SAYS(22, "< R 1 bad", BOTH_OPEN, "unexpected", BAD_CHECKSUM),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShACDc", .completeness = 47,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "cut on the way",
        .lines = {
            OPENED,
            SAYS(20, "< P. 1 ack 1 len 10 cut 1", BOTH_OPEN, "unexpected", BAD_CHECKSUM),
            SAYS(22, "< R 1 cut 1", BOTH_OPEN, "unexpected", BAD_CHECKSUM),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAc", .completeness = 47,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "flags that make no sense",
        .lines = {
            OPENED,
            SAYS(20, "> none 1", BOTH_OPEN, "unexpected", NO_FLAGS),
            SAYS(21, "> SF 1", BOTH_OPEN, "unexpected", BAD_FLAGS),
            SAYS(22, "> SR 1", BOTH_OPEN, "unexpected", BAD_FLAGS),
            SAYS(23, "> F 1", BOTH_OPEN, "unexpected", BAD_FLAGS),
            SAYS(24, "> PU 1", BOTH_OPEN, "unexpected", BAD_FLAGS),
            EXPECT(25, "> P. 1 ack 1 len 10", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "RSTO ShAQFD", .completeness = 63,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "begins at data",
        .lines = {
            EXPECT(0, "> P. 1 ack 1 len 10", BOTH_OPEN),
            EXPECT(10, "< . 1 ack 11", BOTH_OPEN),
            EXPECT(20, "> F. 11 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< . 1 ack 12", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(40, "< F. 1 ack 12", "TIME_WAIT LAST_ACK"),
            EXPECT(41, "> . 12 ack 2", "TIME_WAIT CLOSED"),
        },
        .result = "unknown not-seen unknown graceful four-segment client",
        .zeek = "SF DaFfA", .completeness = 28,
        .ms = {NO_OPEN, .fin_rtt = 10, .peer_fin_delay = 10, .close = 21},
    },
    {
        .name = "begins at FIN",
        .lines = {
            EXPECT(0, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(10, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(11, "> . 2 ack 2", "TIME_WAIT CLOSED"),
        },
        .result = "unknown not-seen unknown graceful three-segment client",
        .zeek = "SF FfA", .completeness = 20,
        .ms = {NO_OPEN, .fin_rtt = 10, .peer_fin_delay = 0, .close = 11},
    },
    {
        .name = "begins at FIN, its answer comes again when all is over",
        .lines = {
            EXPECT(0, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(10, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(11, "> . 2 ack 2", "TIME_WAIT CLOSED"),
            ODD(210, "< F. 1 ack 2", "TIME_WAIT CLOSED", "retransmission"),
            EXPECT(211, "> . 2 ack 2", "TIME_WAIT CLOSED"),
        },
        .result = "unknown not-seen unknown graceful three-segment client",
        .zeek = "SF FfA", .completeness = 20,
        .ms = {NO_OPEN, .fin_rtt = 10, .peer_fin_delay = 0, .close = 11},
    },
    {
        .name = "begins at FIN, and ends there",
        .lines = {EXPECT(0, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED")},
        .result = "unknown not-seen unknown unanswered client",
        .zeek = "SH F", .completeness = 20,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "begins with what makes no sense",
        .lines = {
            SAYS(0, "> none 1", "- -", "unexpected", NO_FLAGS),
            SAYS(1, "> P 1", "- -", "unexpected", BAD_FLAGS),
            SAYS(2, "< SF 1", "- -", "unexpected", BAD_FLAGS),
            EXPECT(3, "> P. 1 ack 1 len 10", BOTH_OPEN),
            EXPECT(4, "< . 1 ack 11", BOTH_OPEN),
        },
        .result = "unknown not-seen unknown none",
        .zeek = "SHR qDa", .completeness = 29,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 1, NO_CLOSE},
    },
    {
        .name = "the client's direction alone",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
            EXPECT(12, "> P. 1 ack 1 len 10", BOTH_OPEN),
            EXPECT(22, "> . 11 ack 101", BOTH_OPEN),
            EXPECT(30, "> F. 11 ack 101", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(40, "> . 12 ack 102", "FIN_WAIT_1 ESTABLISHED"),
        },
        .result = "unknown not-seen unknown unanswered client",
        .zeek = "SH SADF", .completeness = 29,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 11, NO_CLOSE},
    },
    {
        .name = "the server's direction alone",
        .lines = {
            EXPECT(0, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(10, "< . 1 ack 11", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "< P. 1 ack 11 len 100", "SYN_SENT SYN_RCVD"),
            EXPECT(20, "< F. 101 ack 12", "SYN_SENT FIN_WAIT_1"),
        },
        .result = "open half-open syn-ack unanswered server",
        .zeek = "SHR ^hadf", .completeness = 30,
        .ms = {NO_OPEN, NO_CLOSE},
    },
};
/* clang-format on */

int main(void)
{
    return talk_main("judge", talks, (int)(sizeof talks / sizeof talks[0]));
}
