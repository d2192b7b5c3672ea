/* SPDX-License-Identifier: BSD-2-Clause */
/* Every talk is played with ordinary initial sequence numbers, and then again so that each of its
 * numbers stands right at the wrap of its circle: what is said must be the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "talk.h"
#include "tcp/arrival/arrival.h"
#include "tcp/icmp.h"
#include "tcp/outcome.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* clang-format off */
static const struct talk talks[] = {
    /* RFC 9293, 3.6: how connections close. */
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

    /* RFC 9293, 3.5: how connections open, and do not. */
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
            SAYS(5, "< R 7", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "REJ SrhA", .completeness = 39,
        .ms = {OPEN_MS, NO_CLOSE},
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
        .name = "wrong acknowledgement with data, then none of our SYN",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(5, "< P. 5000 ack 9000 len 10", "SYN_SENT LISTEN", "unexpected", WRONG_ACK),
            SAYS(6, "< . 1 ack 1", "SYN_SENT LISTEN", "unexpected", SYN_MISSING),
        },
        .result = "filtered no-answer no-response none",
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
        .name = "our own segment was not captured",
        .lines = {
            NOTED(0, "> S 0 unseen", "SYN_SENT LISTEN", USER_SPACE_TIME),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            NOTED(11, "> . 1 ack 1 unseen", BOTH_OPEN, USER_SPACE_TIME),
            SAYS(12, "> . 1 ack 9 unseen", BOTH_OPEN, "unexpected", WRONG_ACK),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {OPEN_MS, NO_CLOSE},
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

    /* ICMP: RFC 5927, 4.1 and RFC 5461. */
    {
        .name = "host unreachable",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(5, "< icmp 3/1 0", "SYN_SENT LISTEN", ICMP),
        },
        .result = "unreachable unreachable host-unreach none",
        .zeek = "S0 S", .completeness = 1,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "prohibited",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(5, "< icmp6 1/1 0", "SYN_SENT LISTEN", ICMP),
        },
        .result = "filtered unreachable admin-prohibited none",
        .zeek = "S0 S", .completeness = 1,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "an error whose length is a lie of the capture",
        .foreign = true,
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(5, "< icmp 3/1 0 cut 1", "SYN_SENT LISTEN", ICMP),
        },
        .result = "unreachable unreachable host-unreach none",
        .zeek = "S0 S", .completeness = 1,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "errors that quote nothing in flight",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(1, "< icmp 3/3 1", "SYN_SENT LISTEN", ICMP_IGNORED),
            NOTED(2, "< icmp 3/3 -1", "SYN_SENT LISTEN", ICMP_IGNORED),
            NOTED(3, "< icmp 3/3 0 short", "SYN_SENT LISTEN", ICMP_IGNORED),
            NOTED(3, "< icmp 3/3 0 bad", "SYN_SENT LISTEN", BAD_CHECKSUM),
            NOTED(3, "< icmp 3/3 0 cut 1", "SYN_SENT LISTEN", BAD_CHECKSUM),
            NOTED(4, "< icmp 3/4 0", "SYN_SENT LISTEN", ICMP), /* path MTU: ends nothing */
            NOTED(5, "> icmp 3/3 0", "SYN_SENT LISTEN", ICMP_IGNORED), /* the server sent nothing */
        },
        .result = "filtered no-answer no-response none",
        .zeek = "S0 S", .completeness = 1,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "an error, then an answer all the same",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(5, "< icmp 3/1 0", "SYN_SENT LISTEN", ICMP),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            NOTED(10, "< icmp 3/1 0", "SYN_SENT SYN_RCVD", ICMP_IGNORED),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
            EXPECT(20, "> P. 1 ack 1 len 10", BOTH_OPEN),
            NOTED(21, "< icmp 3/1 1", BOTH_OPEN, ICMP), /* soft by now */
            NOTED(22, "< icmp 3/1 10", BOTH_OPEN, ICMP),
            NOTED(23, "< icmp 3/1 11", BOTH_OPEN, ICMP_IGNORED),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAD", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },

    /* Data, windows, and what disturbs them. */
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
        .name = "acknowledgements that were overtaken",
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(30, "< P. 1 ack 1 len 50", BOTH_OPEN),
            EXPECT(31, "> P. 101 ack 1 len 100", BOTH_OPEN),
            SAYS(31, "> . 101 ack 51", BOTH_OPEN, "duplicate", OVERTAKEN),
            EXPECT(40, "< . 51 ack 201", BOTH_OPEN),
            /* What the server acknowledged is behind it: RFC 9293, 3.10.7.4, first. */
            ODD(41, "> . 101 ack 51", BOTH_OPEN, "out-of-window"),
            EXPECT(42, "< . 51 ack 201", BOTH_OPEN),
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

    /* RFC 5961. */
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

    /* What comes behind the end. */
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

    /* Captures that began too late, or saw one direction. */
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

START_TEST(says_what_the_table_says)
{
    talk_check(&talks[_i], &talk_ordinary);
}
END_TEST

START_TEST(says_the_same_at_the_wrap)
{
    talk_check_at_the_wrap(&talks[_i]);
}
END_TEST

START_TEST(says_the_same_when_timestamps_wrap)
{
    const struct talk *talk = &talks[_i];
    for (int i = 0; i < talk_lines(talk); i++) {
        static const struct talk_base zero;
        struct segment s;
        enum origin origin;
        talk_segment(&talk->lines[i], &zero, &s, &origin);
        if (!s.options.has_timestamps)
            continue;
        for (uint32_t offset = 0; offset < 3; offset++) {
            struct talk_base base = talk_ordinary;
            base.tsval = offset - 1 - s.options.tsval;
            talk_check(talk, &base);
        }
    }
}
END_TEST

/* One line after the other, without a look at each. */
static void play_lines(const struct line *lines, int count, struct conversation *c)
{
    struct step step;
    for (int i = 0; i < count; i++)
        talk_play(&lines[i], &talk_ordinary, i == 0, c, &step);
    c->steps.list = NULL;
    c->steps.capacity = c->steps.count = 0;
}

static const struct line opened[] = {OPENED};

START_TEST(owes_a_reset_at_the_number_that_was_wrong)
{
    static const struct line lines[] = {EXPECT(0, "> S 0", ""), EXPECT(5, "< . 5000 ack 9000", ""),
                                        EXPECT(6, "< S. 0 ack 77", ""),
                                        EXPECT(7, "< R. 0 ack 66", "")};
    struct conversation c;
    play_lines(lines, 2, &c);
    ck_assert_uint_eq(c.ends[CLIENT].resets_owed, 1);
    ck_assert_uint_eq(c.ends[CLIENT].reset_seq, talk_ordinary.iss[CLIENT] + 9000);
    play_lines(lines, 3, &c);
    ck_assert_uint_eq(c.ends[CLIENT].resets_owed, 2);
    ck_assert_uint_eq(c.ends[CLIENT].reset_seq, talk_ordinary.iss[CLIENT] + 77);
    play_lines(lines, 4, &c);
    ck_assert_uint_eq(c.ends[CLIENT].resets_owed, 2); /* never a reset for a reset */
    ck_assert_uint_eq(c.ends[CLIENT].acks_owed, 0);
}
END_TEST

/* RFC 9293, 3.10.7.4, and RFC 5961: what the server's next segment makes the client owe. */
static const struct {
    struct line line;
    uint32_t acks;
} debts[] = {
    {EXPECT(20, "< P. 1 ack 1 len 10", ""), 1},
    {EXPECT(20, "< F. 1 ack 1", ""), 1},
    {EXPECT(20, "< . 1 ack 1", ""), 0},
    {EXPECT(20, "< . 101 ack 1 len 10", ""), 1},
    {EXPECT(20, "< . 0 ack 1", ""), 1},
    {EXPECT(20, "< . 5000 ack 1 len 10", ""), 1},
    {EXPECT(20, "< . 1 ack 900", ""), 1},
    {EXPECT(20, "< S. 0 ack 1", ""), 1},
    {EXPECT(20, "< S. 900 ack 1", ""), 1},
    {EXPECT(20, "< S 900", ""), 1},
    {EXPECT(20, "< R 101", ""), 1},
    {EXPECT(20, "< R 5000", ""), 0},
    {EXPECT(20, "< R 0", ""), 0},
    {EXPECT(20, "< R 1", ""), 0},
    {EXPECT(20, "< P. 1 ack 1 len 10 bad", ""), 0},
    {EXPECT(20, "< none 1", ""), 0},
    {EXPECT(20, "< P 1 len 10", ""), 0},
    {EXPECT(20, "< SF 1", ""), 0},
    {EXPECT(20, "< . -4000 ack 1 len 10", ""), 1},
};

START_TEST(owes_an_acknowledgement)
{
    struct line lines[4];
    struct conversation c;
    memcpy(lines, opened, sizeof opened);
    lines[3] = debts[_i].line;
    play_lines(lines, 3, &c);
    uint32_t before = c.ends[CLIENT].acks_owed;
    play_lines(lines, 4, &c);
    ck_assert_msg(c.ends[CLIENT].acks_owed - before == debts[_i].acks, "%s: %u",
                  debts[_i].line.segment, c.ends[CLIENT].acks_owed - before);
}
END_TEST

START_TEST(counts_what_crossed)
{
    static const struct line lines[] = {
        OPENED,
        EXPECT(20, "> P. 1 ack 1 len 100", ""),
        EXPECT(220, "> P. 1 ack 1 len 100", ""),
        EXPECT(230, "< P. 1 ack 51 len 30", ""),
        EXPECT(240, "> F. 101 ack 31", ""),
        EXPECT(440, "> F. 101 ack 31", ""),
        EXPECT(450, "< . 31 ack 102", ""),
    };
    struct conversation c;
    struct connection_result r;
    play_lines(lines, COUNT(lines), &c);
    conversation_result(&c, &r);
    ck_assert_uint_eq(r.segments[CLIENT], 6);
    ck_assert_uint_eq(r.segments[SERVER], 3);
    ck_assert_uint_eq(r.bytes[CLIENT], 200);
    ck_assert_uint_eq(r.bytes[SERVER], 30);
    ck_assert_uint_eq(r.bytes_acked[CLIENT], 100);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 30);
    ck_assert_uint_eq(r.handshake.syn_count, 1);
    ck_assert_uint_eq(r.handshake.synack_count, 1);
    ck_assert_uint_eq(r.teardown.fin_count[CLIENT], 2);
    ck_assert_uint_eq(r.teardown.fin_count[SERVER], 0);
    ck_assert_int_eq(r.end_ns - r.start_ns, 450 * INT64_C(1000000));
    ck_assert_uint_eq(r.iss[CLIENT], talk_ordinary.iss[CLIENT]);
    ck_assert_uint_eq(r.iss[SERVER], talk_ordinary.iss[SERVER]);
    ck_assert(r.has_options[CLIENT] && r.has_options[SERVER]);
}
END_TEST

START_TEST(does_not_presume_a_server_that_said_nothing)
{
    struct conversation c;
    struct connection_result r;
    play_lines(opened, 1, &c);
    conversation_result(&c, &r);
    ck_assert_int_eq(r.states[CLIENT], STATE_SYN_SENT);
    ck_assert_int_eq(r.states[SERVER], STATE_UNKNOWN);
    ck_assert_uint_eq(r.bytes_acked[CLIENT], 0);
    ck_assert_uint_eq(r.bytes_acked[SERVER], 0);
}
END_TEST

/* Which SYN is the first one of a new connection on the same tuple. */
static const struct {
    struct line before[6];
    const char *segment;
    bool succeeds;
} successions[] = {
    {{OPENED}, "> S 0", false},
    {{OPENED}, "> S 99", true},
    {{OPENED}, "> S. 99 ack 1", false},
    {{OPENED}, "> SF 99", true}, /* as Wireshark: by SYN without ACK alone */
    {{OPENED}, "> . 1 ack 1", false},
    {{OPENED}, "< S 99", false}, /* a challenge will tell */
    {{OPENED, EXPECT(20, "< R 1", "")}, "< S 99", true},
    {{OPENED, EXPECT(20, "< R 1", "")}, "< S 0", false},
    {{EXPECT(0, "> S 0", "")}, "< S 99", false}, /* simultaneous open */
    {{EXPECT(0, "> S 0 bad", "")}, "> S 0", false},
    {{EXPECT(0, "> P. 1 ack 1", "")}, "> S 99", true},
    {{EXPECT(0, "> F. 1 ack 1", "")}, "< S 99", true}, /* a straggler, then its receiver opens */
    {{EXPECT(0, "> . 1 ack 1", ""), EXPECT(1, "< F. 1 ack 1", ""), EXPECT(2, "> F. 1 ack 2", ""),
      EXPECT(3, "< . 2 ack 2", "")},
     "> S 99",
     true}, /* CLOSED, but not because nothing has begun */
};

START_TEST(knows_a_successor)
{
    struct conversation c;
    struct segment s;
    enum origin origin;
    int count = 0;
    while (count < 6 && successions[_i].before[count].segment != NULL)
        count++;
    play_lines(successions[_i].before, count, &c);
    struct line line = EXPECT(5000, successions[_i].segment, "");
    talk_segment(&line, &talk_ordinary, &s, &origin);
    ck_assert_msg(conversation_is_succeeded_by(&c, &s) == successions[_i].succeeds, "%d: %s", _i,
                  successions[_i].segment);
}
END_TEST

/* RFC 792, RFC 1812, 5.2.7.1, RFC 4443, 3; the words are nmap's. */
static const struct {
    enum family family;
    uint8_t type, code;
    enum reason reason;
} icmp_errors[] = {
    {FAMILY_IPV4, 3, 0, REASON_NET_UNREACH},      {FAMILY_IPV4, 3, 1, REASON_HOST_UNREACH},
    {FAMILY_IPV4, 3, 2, REASON_PROTO_UNREACH},    {FAMILY_IPV4, 3, 3, REASON_PORT_UNREACH},
    {FAMILY_IPV4, 3, 4, REASON_UNKNOWN},          {FAMILY_IPV4, 3, 5, REASON_DEST_UNREACH},
    {FAMILY_IPV4, 3, 6, REASON_NET_UNREACH},      {FAMILY_IPV4, 3, 7, REASON_HOST_UNREACH},
    {FAMILY_IPV4, 3, 8, REASON_DEST_UNREACH},     {FAMILY_IPV4, 3, 9, REASON_NET_PROHIBITED},
    {FAMILY_IPV4, 3, 10, REASON_HOST_PROHIBITED}, {FAMILY_IPV4, 3, 11, REASON_NET_UNREACH},
    {FAMILY_IPV4, 3, 12, REASON_HOST_UNREACH},    {FAMILY_IPV4, 3, 13, REASON_ADMIN_PROHIBITED},
    {FAMILY_IPV4, 3, 14, REASON_DEST_UNREACH},    {FAMILY_IPV4, 3, 255, REASON_DEST_UNREACH},
    {FAMILY_IPV4, 11, 0, REASON_TIME_EXCEEDED},   {FAMILY_IPV4, 12, 0, REASON_PARAMETER_PROBLEM},
    {FAMILY_IPV4, 4, 0, REASON_UNKNOWN},          {FAMILY_IPV4, 5, 1, REASON_UNKNOWN},
    {FAMILY_IPV4, 1, 1, REASON_UNKNOWN},          {FAMILY_IPV6, 1, 0, REASON_NET_UNREACH},
    {FAMILY_IPV6, 1, 1, REASON_ADMIN_PROHIBITED}, {FAMILY_IPV6, 1, 2, REASON_DEST_UNREACH},
    {FAMILY_IPV6, 1, 3, REASON_HOST_UNREACH},     {FAMILY_IPV6, 1, 4, REASON_PORT_UNREACH},
    {FAMILY_IPV6, 1, 5, REASON_ADMIN_PROHIBITED}, {FAMILY_IPV6, 1, 6, REASON_ADMIN_PROHIBITED},
    {FAMILY_IPV6, 1, 255, REASON_DEST_UNREACH},   {FAMILY_IPV6, 2, 0, REASON_UNKNOWN},
    {FAMILY_IPV6, 3, 0, REASON_TIME_EXCEEDED},    {FAMILY_IPV6, 4, 1, REASON_PARAMETER_PROBLEM},
    {FAMILY_IPV6, 11, 0, REASON_UNKNOWN},
};

/* Captures of others: the peer's SYN begins anew, and checksums count from the first right one. */
START_TEST(takes_captures_of_others_for_what_they_are)
{
    struct conversation c;
    struct segment s;
    enum origin origin;
    struct line lines[] = {
        EXPECT(0, "> S 0 bad", ""),   EXPECT(1, "< S. 0 ack 1 bad", ""),
        EXPECT(2, "> . 1 ack 1", ""), EXPECT(3, "> F. 1 ack 1 bad", ""),
        EXPECT(4, "< S 99", ""),
    };
    for (int i = 0; i < 4; i++) {
        talk_segment(&lines[i], &talk_ordinary, &s, &origin);
        if (i == 0)
            conversation_start(&c, &s, NULL, 0);
        segment_arrives(&c, &s, ORIGIN_FOREIGN);
    }
    ck_assert_str_eq(c.history.letters, "ShAC");
    ck_assert(c.course.established);
    ck_assert(!c.ends[CLIENT].fin_seen);
    talk_segment(&lines[4], &talk_ordinary, &s, &origin);
    ck_assert(conversation_is_succeeded_by(&c, &s));
}
END_TEST

/* A length that the frame has no room for counts no octets. The numbers go by it all the same: a
 * capture that was shortened afterwards may have lost how long its frames were. */
START_TEST(counts_what_the_wire_carried)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0 len 4 cut 4", ""),
        EXPECT(1, "> P. 1 ack 1 len 100 cut 60", ""),
        EXPECT(2, "> P. 101 ack 1 len 100 cut 120", ""),
        EXPECT(3, "> P. 201 ack 1 len 100", ""),
    };
    static const struct {
        uint64_t bytes;
        uint8_t completeness;
    } want[] = {{0, 1}, {40, 9}, {40, 13}, {140, 13}};
    struct conversation c;
    struct segment s;
    enum origin origin;
    for (int i = 0; i < COUNT(lines); i++) {
        talk_segment(&lines[i], &talk_ordinary, &s, &origin);
        if (i == 0)
            conversation_start(&c, &s, NULL, 0);
        segment_arrives(&c, &s, ORIGIN_FOREIGN);
        ck_assert_uint_eq(c.ends[CLIENT].counts.bytes, want[i].bytes);
        ck_assert_uint_eq(c.history.completeness, want[i].completeness);
    }
    ck_assert_uint_eq(c.ends[CLIENT].snd_nxt, s.seq + 100);
}
END_TEST

/* The first of each kind, whoever had to throw it away. */
START_TEST(notes_the_first_of_each_kind)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", ""),        EXPECT(1, "< S. 0 ack 9", ""), EXPECT(2, "< S. 0 ack 1", ""),
        EXPECT(3, "> . 1 ack 0", ""),  EXPECT(4, "> . 1 ack 1", ""),  EXPECT(5, "< R 77", ""),
        EXPECT(6, "> F. 1 ack 1", ""), EXPECT(7, "> F. 1 ack 1", ""), EXPECT(8, "< F. 1 ack 2", ""),
        EXPECT(9, "> R 2", ""),
    };
    struct conversation c;
    struct connection_result r;
    struct segment s;
    enum origin origin;
    for (int i = 0; i < COUNT(lines); i++) {
        talk_segment(&lines[i], &talk_ordinary, &s, &origin);
        if (i == 0)
            conversation_start(&c, &s, NULL, 0);
        segment_arrives(&c, &s, origin);
    }
    conversation_result(&c, &r);
    const int64_t at_ms[] = {r.first.syn_ns,         r.first.syn_ack_ns,     r.first.ack_ns,
                             r.first.fin_ns[CLIENT], r.first.fin_ns[SERVER], r.first.rst_ns};
    static const int64_t wanted_ms[] = {0, 1, 4, 6, 8, 5};
    for (int i = 0; i < COUNT(at_ms); i++)
        ck_assert_int_eq((at_ms[i] - r.start_ns) / 1000000, wanted_ms[i]);
    ck_assert_int_eq(r.first.rst_by, SERVER);
}
END_TEST

/* From then on the stamps are of another clock, and no difference of them says anything. */
START_TEST(knows_no_times_where_the_clock_was_set)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", ""),           EXPECT(5000, "< S. 0 ack 1", ""),
        EXPECT(5001, "> . 1 ack 1", ""),  EXPECT(5002, "> F. 1 ack 1", ""),
        EXPECT(5003, "< F. 1 ack 2", ""), EXPECT(5004, "> . 2 ack 2", ""),
    };
    struct conversation c;
    struct connection_result r;
    struct segment s;
    enum origin origin;
    for (int i = 0; i < COUNT(lines); i++) {
        talk_segment(&lines[i], &talk_ordinary, &s, &origin);
        if (i == 0)
            conversation_start(&c, &s, NULL, 0);
        segment_arrives(&c, &s, origin);
    }
    conversation_result(&c, &r);
    ck_assert_int_eq(r.handshake.syn_rtt_ns, INT64_C(5000000000));
    ck_assert_int_ne(r.teardown.fin_rtt_ns, DURATION_UNKNOWN);
    c.clock_was_set = true;
    conversation_result(&c, &r);
    const int64_t unknown_ns[] = {r.handshake.syn_rtt_ns,
                                  r.handshake.ack_delay_ns,
                                  r.handshake.total_ns,
                                  r.teardown.fin_rtt_ns,
                                  r.teardown.total_ns,
                                  r.teardown.peer_fin_delay_ns,
                                  r.first.syn_ns,
                                  r.first.syn_ack_ns,
                                  r.first.ack_ns,
                                  r.first.fin_ns[CLIENT],
                                  r.first.fin_ns[SERVER],
                                  r.first.rst_ns,
                                  duration_between(r.start_ns, r.end_ns)};
    for (int i = 0; i < COUNT(unknown_ns); i++)
        ck_assert_int_eq(unknown_ns[i], DURATION_UNKNOWN);
    ck_assert_int_eq(r.handshake.result, HANDSHAKE_COMPLETED);
    ck_assert_int_eq(r.teardown.result, TEARDOWN_GRACEFUL);
}
END_TEST

/* A run that ends before the SYN is due again has not waited for what a filter would show. */
START_TEST(does_not_call_filtered_what_it_did_not_wait_for)
{
    static const struct {
        struct line lines[2];
        int count;
        enum port_state port;
        enum handshake_result handshake;
        bool cut_short;
    } stories[] = {
        {{EXPECT(0, "> S 0", "")}, 1, PORT_UNKNOWN, HANDSHAKE_NO_ANSWER, true},
        {{EXPECT(0, "> S 0", ""), EXPECT(1000, "> S 0", "")},
         2,
         PORT_FILTERED,
         HANDSHAKE_NO_ANSWER,
         false},
        {{EXPECT(0, "> S 0", ""), EXPECT(1, "< S. 0 ack 1", "")},
         2,
         PORT_OPEN,
         HANDSHAKE_HALF_OPEN,
         false},
        {{EXPECT(0, "> S 0", ""), EXPECT(1, "< R. 0 ack 1", "")},
         2,
         PORT_CLOSED,
         HANDSHAKE_REFUSED,
         false},
    };
    for (int i = 0; i < COUNT(stories); i++) {
        struct conversation c;
        struct connection_result r;
        struct segment s;
        enum origin origin;
        for (int k = 0; k < stories[i].count; k++) {
            talk_segment(&stories[i].lines[k], &talk_ordinary, &s, &origin);
            if (k == 0)
                conversation_start(&c, &s, NULL, 0);
            segment_arrives(&c, &s, origin);
        }
        c.cut_short = true;
        conversation_result(&c, &r);
        ck_assert_int_eq(r.port_state, stories[i].port);
        ck_assert_int_eq(r.handshake.result, stories[i].handshake);
        ck_assert_int_eq(r.cut_short, stories[i].cut_short);
    }
}
END_TEST

/* A conversation with a list of steps, and when it moved a state. */
struct heard {
    struct conversation c;
    struct step steps[STEPS_MAX];
    int now_ms, moved_ms[32], moves;
};

static void hear(struct heard *h, const char *format, int seq, int ack)
{
    char text[64];
    struct segment segment;
    enum origin origin;
    snprintf(text, sizeof text, format, seq, ack);
    struct line line = {.at_ms = h->now_ms++, .segment = text};
    talk_segment(&line, &talk_ordinary, &segment, &origin);
    if (line.at_ms == 0)
        conversation_start(&h->c, &segment, h->steps, STEPS_MAX);
    enum tcp_state client = h->c.ends[CLIENT].state, server = h->c.ends[SERVER].state;
    segment_arrives(&h->c, &segment, origin);
    if (h->c.ends[CLIENT].state == client && h->c.ends[SERVER].state == server)
        return;
    ck_assert_int_lt(h->moves, COUNT(h->moved_ms));
    h->moved_ms[h->moves++] = line.at_ms;
}

static bool shows(const struct heard *h, int at_ms)
{
    for (uint32_t i = 0; i < h->c.steps.count; i++)
        if (h->steps[i].time_ns - h->c.start_ns == at_ms * INT64_C(1000000))
            return true;
    return false;
}

/* A peer that asks for resets without end, and says FIN at every number that it may use. */
START_TEST(shows_each_move_however_much_came)
{
    static struct heard h;
    hear(&h, "> S %d", 0, 0);
    for (int i = 0; i < 100; i++) {
        hear(&h, "< . %d ack %d", 5000, 9000 + i);
        hear(&h, "> R %d", 9000 + i, 0);
    }
    hear(&h, "< S. %d ack %d", 0, 1);
    hear(&h, "> . %d ack %d", 1, 1);
    for (int i = 0; i < 100; i++)
        hear(&h, "< F. %d ack %d", 900 - i, 1);
    hear(&h, "> F. %d ack %d", 1, 1);
    hear(&h, "< . %d ack %d len 899", 1, 2);
    hear(&h, "> . %d ack %d", 2, 901);
    ck_assert_int_ge(h.moves, 6);
    for (int i = 0; i < h.moves; i++)
        ck_assert_msg(shows(&h, h.moved_ms[i]), "%d ms", h.moved_ms[i]);
    uint64_t said = h.c.steps.omitted;
    for (uint32_t i = 0; i < h.c.steps.count; i++)
        said += h.steps[i].count;
    ck_assert_uint_eq(said, (unsigned)h.now_ms);
}
END_TEST

START_TEST(names_an_icmp_error)
{
    struct icmp_error error = {.family = (uint8_t)icmp_errors[_i].family,
                               .type = icmp_errors[_i].type,
                               .code = icmp_errors[_i].code};
    ck_assert_str_eq(reason_name(icmp_reason(&error)), reason_name(icmp_errors[_i].reason));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conversation");
    TCase *tables = tcase_create("talks");
    tcase_add_loop_test(tables, says_what_the_table_says, 0, COUNT(talks));
    tcase_add_loop_test(tables, says_the_same_at_the_wrap, 0, COUNT(talks));
    tcase_add_loop_test(tables, says_the_same_when_timestamps_wrap, 0, COUNT(talks));
    suite_add_tcase(suite, tables);
    TCase *parts = tcase_create("parts");
    tcase_add_test(parts, owes_a_reset_at_the_number_that_was_wrong);
    tcase_add_loop_test(parts, owes_an_acknowledgement, 0, COUNT(debts));
    tcase_add_test(parts, counts_what_crossed);
    tcase_add_test(parts, does_not_presume_a_server_that_said_nothing);
    tcase_add_test(parts, counts_what_the_wire_carried);
    tcase_add_test(parts, notes_the_first_of_each_kind);
    tcase_add_test(parts, knows_no_times_where_the_clock_was_set);
    tcase_add_test(parts, does_not_call_filtered_what_it_did_not_wait_for);
    tcase_add_test(parts, takes_captures_of_others_for_what_they_are);
    tcase_add_test(parts, shows_each_move_however_much_came);
    tcase_add_loop_test(parts, knows_a_successor, 0, COUNT(successions));
    tcase_add_loop_test(parts, names_an_icmp_error, 0, COUNT(icmp_errors));
    suite_add_tcase(suite, parts);
    return run_suite(suite);
}
