/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.5.2, 3.5.3 and 3.10.7.4, second, and RFC 5961, 3: resets. */
#include "talk.h"

/* clang-format off */
static const struct talk talks[] = {
    {
        .name = "reset in answer to our FIN",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< R. 1 ack 2", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack reset client",
        .zeek = "RSTR ShAFr", .completeness = 55,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = 10},
    },
    {
        .name = "reset in answer to the other FIN",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< . 1 ack 2", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(40, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(41, "> R 2", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack reset client",
        .zeek = "SF ShAFafR", .completeness = 55,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 10, .close = 21},
    },
    {
        .name = "reset when all is closed already",
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(31, "> . 2 ack 2", "TIME_WAIT CLOSED"),
            EXPECT(40, "< R 2", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack graceful three-segment client",
        .zeek = "SF ShAFfr", .completeness = 55, /* no reset undoes an exchange of FINs */
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 0, .close = 11},
    },
    {
        .name = "simultaneous open, reset",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(1, "< S 0", "SYN_SENT SYN_SENT", SIMULTANEOUS_OPEN),
            NOTED(11, "> S. 0 ack 1", "SYN_RCVD SYN_SENT", SIMULTANEOUS_OPEN),
            EXPECT(12, "< R 1", "CLOSED CLOSED"), /* an active open: not back to LISTEN */
        },
        .result = "open reset syn-ack none",
        .zeek = "RSTR Ssr", .completeness = 35,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "reset after SYN/ACK",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(12, "< R 1", "CLOSED CLOSED"),
        },
        .result = "open reset syn-ack none",
        .zeek = "RSTR Shr", .completeness = 35,
        .ms = {.syn_rtt = 10, .ack_delay = NO_TIME, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "abort by the client",
        .lines = {OPENED, EXPECT(20, "> R. 1 ack 1", "CLOSED CLOSED")},
        .result = "open completed syn-ack reset client",
        .zeek = "RSTO ShAR", .completeness = 39,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "abort by the client before any answer",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(5, "> R 1", "CLOSED LISTEN"),
        },
        .result = "filtered no-answer no-response none",
        .zeek = "RSTOS0 SR", .completeness = 33,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "refused",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< R. 0 ack 1", "CLOSED CLOSED"),
        },
        .result = "closed refused reset none",
        .zeek = "REJ Sr", .completeness = 37,
        .ms = {.syn_rtt = 10, .ack_delay = NO_TIME, .total = 10, NO_CLOSE},
    },
    {
        .name = "refused at the second try",
        .lines = {
            EXPECT(0, "> S 0 ts 1000/0", "SYN_SENT LISTEN"),
            ODD(1000, "> S 0 ts 2000/0", "SYN_SENT LISTEN", "retransmission"),
            EXPECT(1010, "< R. 0 ack 1", "CLOSED CLOSED"),
        },
        .result = "closed refused reset none",
        .zeek = "REJ Sr", .completeness = 37,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 10, NO_CLOSE},
    },
    {
        .name = "resets that do not acknowledge our SYN", /* 3.10.7.3, second */
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(3, "< R. 7 ack 0", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            SAYS(4, "< R. 7 ack 2", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            SAYS(5, "< R 7", "SYN_SENT LISTEN", "unexpected", RST_WITHOUT_ACK),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "REJ SrhA", .completeness = 39,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "the reset for a wrong acknowledgement is captured late",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(5, "< S. 0 ack 2", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            SAYS(6, "< S. 0 ack 91", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            EXPECT(10, "< S. 400 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 401", BOTH_OPEN),
            EXPECT(11, "> F. 1 ack 401", "FIN_WAIT_1 ESTABLISHED"),
            NOTED(6, "> R 2 unseen", "FIN_WAIT_1 ESTABLISHED", ANSWERS_WRONG_ACK),
            EXPECT(21, "< F. 401 ack 2", "TIME_WAIT LAST_ACK"),
        },
        .result = "open completed syn-ack unanswered client",
        .zeek = "SF ShAFRf", .completeness = 55,
        .ms = {.syn_rtt = 10, .ack_delay = 1, .total = 11,
               .fin_rtt = 10, .peer_fin_delay = 0, .close = NO_TIME},
    },
    {
        .name = "the reset for a wrong acknowledgement is captured in the middle of a simultaneous open",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(5, "< S 400", "SYN_SENT SYN_SENT", SIMULTANEOUS_OPEN),
            SAYS(6, "< S. 700 ack 0", "SYN_SENT SYN_SENT", "unexpected", WRONG_ACK),
            NOTED(7, "> S. 0 ack 401", "SYN_RCVD SYN_SENT", SIMULTANEOUS_OPEN),
            NOTED(7, "> R 0", "SYN_RCVD SYN_SENT", ANSWERS_WRONG_ACK),
            EXPECT(15, "> R 1", "CLOSED CLOSED"),
        },
        .result = "open half-open syn-ack none",
        .zeek = "RSTO SsRR", .completeness = 35,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "the local kernel resets",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            ODD(10, "> R 1 local", "CLOSED LISTEN", "local-reset"),
            ODD(10, "> R 1 local", "CLOSED LISTEN", "local-reset"),
        },
        .result = "open reset syn-ack none",
        .zeek = "RSTO ShR", .completeness = 35,
        .ms = {.syn_rtt = 10, .ack_delay = NO_TIME, .total = NO_TIME, NO_CLOSE},
    },
    {
        /* Whether the data arrived is unknown: one of the two is at RCV.NXT. */
        .name = "giving up with data in flight",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(30, "> R. 101 ack 1", "CLOSED CLOSED"),
            NOTED(30, "> R. 1 ack 1", "CLOSED CLOSED", RST_AGAIN),
            SAYS(31, "> R. 1 ack 1", "CLOSED CLOSED", "duplicate", AFTER_CLOSE),
        },
        .result = "open completed syn-ack reset client",
        .zeek = "RSTO ShADRR", .completeness = 47,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        /* A window that is shut takes a reset at its edge alone. */
        .name = "giving up at a shut window",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 1000", BOTH_OPEN),
            NOTED(30, "< . 1 ack 1001 win 0", BOTH_OPEN, ZERO_WINDOW),
            EXPECT(40, "> F. 1001 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(50, "> R. 1001 ack 1", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack unanswered client",
        .zeek = "RSTO ShADawFR", .completeness = 63,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = 10},
    },
    {
        /* What was sent before it is not captured yet, or never. */
        .name = "giving up ahead of what the capture has",
        .lines = {OPENED, EXPECT(30, "> R. 101 ack 1", "CLOSED CLOSED")},
        .result = "open completed syn-ack reset client",
        .zeek = "RSTO ShAR", .completeness = 39,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        /* The second number was answered already when the capture shows the first answer. */
        .name = "two answers to acknowledgements of an older connection",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(10, "< . 5000 ack 700", "SYN_SENT LISTEN", "challenge-ack", WRONG_ACK),
            SAYS(11, "< . 5000 ack 800", "SYN_SENT LISTEN", "challenge-ack", WRONG_ACK),
            NOTED(12, "> R 700", "SYN_SENT LISTEN", ANSWERS_WRONG_ACK),
            NOTED(13, "> R 800", "SYN_SENT LISTEN", ANSWERS_WRONG_ACK),
        },
        .result = "filtered no-answer unacceptable-answer none",
        .zeek = "RSTOS0 SaRR", .completeness = 37,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        /* A host resets at the number that the other end last acknowledged. */
        .name = "a reset of others where its receiver may stand",
        .foreign = true,
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(30, "> R 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack reset client",
        .zeek = "RSTO ShADR", .completeness = 47,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        /* When it came is when the close ended, for all that is known. */
        .name = "a reset of others behind a FIN, where its receiver may stand",
        .foreign = true,
        .lines = {
            OPENED,
            EXPECT(20, "< P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(25, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(40, "< R 1", "FIN_WAIT_1 ESTABLISHED"),
        },
        .result = "open completed syn-ack reset client",
        .zeek = "RSTR ShAdFr", .completeness = 63,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = 15},
    },
    {
        .name = "a reset inside the window is challenged", /* 3.2 */
        .lines = {
            OPENED,
            SAYS(20, "< R 101", BOTH_OPEN, "unexpected", RST_NOT_EXACT),
            ODD(21, "> . 1 ack 1", BOTH_OPEN, "challenge-ack"),
            EXPECT(30, "< R 1", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack reset server",
        .zeek = "RSTR ShArr", .completeness = 39,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "a reset outside the window is dropped",
        .lines = {
            OPENED,
            ODD(20, "< R 0", BOTH_OPEN, "out-of-window"),
            ODD(21, "< R 1002", BOTH_OPEN, "out-of-window"),
            ODD(22, "> R 0", BOTH_OPEN, "out-of-window"),
            ODD(23, "> R 100000", BOTH_OPEN, "out-of-window"),
        },
        .result = "open completed syn-ack none",
        .zeek = "REJ ShArrRR", .completeness = 39,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "segments after a reset",
        .lines = {
            OPENED,
            EXPECT(20, "< R 1", "CLOSED CLOSED"),
            SAYS(21, "> P. 1 ack 1 len 10", "CLOSED CLOSED", "unexpected", AFTER_CLOSE),
            SAYS(22, "< R 1", "CLOSED CLOSED", "duplicate", AFTER_CLOSE),
            SAYS(23, "> R 11", "CLOSED CLOSED", "unexpected", AFTER_CLOSE),
            SAYS(24, "> S 500", "CLOSED CLOSED", "unexpected", AFTER_CLOSE),
            SAYS(25, "> F. 11 ack 1", "CLOSED CLOSED", "unexpected", AFTER_CLOSE),
        },
        .result = "open completed syn-ack reset server",
        .zeek = "RSTR ShArDRSF", .completeness = 63,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "begins at SYN/ACK, reset",
        .lines = {
            EXPECT(0, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(1, "< R 1", "CLOSED CLOSED"),
        },
        .result = "open reset syn-ack none",
        .zeek = "RSTRH ^hr", .completeness = 34,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "begins at RST",
        .lines = {
            EXPECT(0, "> R. 1 ack 1", "CLOSED CLOSED"),
            SAYS(1, "> R. 1 ack 1", "CLOSED CLOSED", "duplicate", AFTER_CLOSE),
        },
        .result = "unknown not-seen unknown none",
        .zeek = "OTH R", .completeness = 36,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "a reset from an end that is known by its acknowledgement number alone",
        .lines = {
            EXPECT(0, "> P. 1 ack 1 len 10", BOTH_OPEN),
            SAYS(1, "< R 77", BOTH_OPEN, "unexpected", RST_NOT_EXACT),
            ODD(2, "< R -77", BOTH_OPEN, "out-of-window"),
            EXPECT(3, "< R 1", "CLOSED CLOSED"),
        },
        .result = "unknown not-seen unknown reset server",
        .zeek = "RSTRH Drrr", .completeness = 40,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "simultaneous open, a wrong acknowledgement of ours: the server may reset all the same",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(1, "< S 0", "SYN_SENT SYN_SENT", SIMULTANEOUS_OPEN),
            SAYS(2, "> S. 0 ack 77", "SYN_SENT SYN_SENT", "unexpected", WRONG_ACK),
            NOTED(3, "> S. 0 ack 1", "SYN_RCVD SYN_SENT", SIMULTANEOUS_OPEN),
            EXPECT(4, "< . 1 ack 1", BOTH_OPEN),
            EXPECT(9, "< R 1", "CLOSED CLOSED"),
        },
        .result = "open completed syn-ack reset server",
        .zeek = "RSTR Ssar", .completeness = 39,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 3, NO_CLOSE},
    },
    {
        .name = "a wrong echo, a right one, and our reset at SND.NXT is of the connection",
        .lines = {
            EXPECT(0, "> S 0 ts 100/0", "SYN_SENT LISTEN"),
            SAYS(10, "< S. 0 ack 1 ts 7/50", "SYN_SENT LISTEN", "unexpected", WRONG_ECHO),
            EXPECT(20, "< S. 300 ack 1 ts 7/100", "SYN_SENT SYN_RCVD"),
            EXPECT(25, "> R 1", "CLOSED LISTEN"),
        },
        .result = "open half-open syn-ack none",
        .zeek = "RSTO ShR", .completeness = 35,
        .ms = {.syn_rtt = 20, .ack_delay = NO_TIME, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "refused, asked again, given up: the next refusal is no duplicate",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(1, "< R. 0 ack 1", "CLOSED CLOSED"),
            SAYS(500, "> S 0", "SYN_SENT CLOSED", "retransmission", NONE),
            EXPECT(505, "> R 1", "CLOSED CLOSED"),
            SAYS(510, "< R. 0 ack 1", "CLOSED CLOSED", "unexpected", AFTER_CLOSE),
        },
        .result = "closed refused reset none",
        .zeek = "REJ SrR", .completeness = 37,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 1, NO_CLOSE},
    },
    {
        .name = "begins at SYN/ACK, reset, the SYN behind both",
        .lines = {
            EXPECT(0, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(1, "< R 1", "CLOSED CLOSED"),
            SAYS(2, "> S 0", "CLOSED CLOSED", "unexpected", AFTER_CLOSE),
        },
        .result = "open reset syn-ack none",
        .zeek = "REJ ^hrS", .completeness = 35,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "what the local kernel sends besides resets is ours",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1 local", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {OPEN_MS, NO_CLOSE},
    },
};
/* clang-format on */

int main(void)
{
    return talk_main("rst", talks, (int)(sizeof talks / sizeof talks[0]));
}
