/* SPDX-License-Identifier: BSD-2-Clause */
/* What captures of others leave out. The same talks are also played as our own, where each number
 * ahead of what was sent is refused. */
#include "tcp/missed.h"

#include "harness.h"
#include "talk.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

#define FILTERED_OPEN                                                                              \
    EXPECT(0, "> S 0", "SYN_SENT LISTEN"), EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD")
#define FILTERED_MS .syn_rtt = 10, .ack_delay = NO_TIME

/* clang-format off */
static const struct talk talks[] = {
    /* Captures filtered to SYN, FIN and RST. */
    {
        .name = "filtered, closed by the client",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            NOTED(50, "> F. 501 ack 90001", "FIN_WAIT_1 ESTABLISHED", AFTER_MISSED),
            EXPECT(60, "< F. 90001 ack 502", "TIME_WAIT LAST_ACK"),
        },
        .result = "open completed syn-ack graceful client",
        .zeek = "SF ShFgfG", .completeness = 23,
        .ms = {FILTERED_MS, .total = 50, NO_CLOSE},
    },
    {
        .name = "filtered, closed by the server",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            NOTED(50, "< F. 90001 ack 501", "ESTABLISHED FIN_WAIT_1", AFTER_MISSED),
            EXPECT(60, "> F. 501 ack 90002", "LAST_ACK TIME_WAIT"),
        },
        .result = "open completed syn-ack graceful server",
        .zeek = "SF ShfGFg", .completeness = 23,
        .ms = {FILTERED_MS, .total = 50, NO_CLOSE},
    },
    {
        .name = "filtered, without data",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            EXPECT(50, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(60, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
        },
        .result = "open completed syn-ack graceful client",
        .zeek = "SF ShFf", .completeness = 23,
        .ms = {FILTERED_MS, .total = 50, NO_CLOSE},
    },
    {
        .name = "filtered, the FINs cross",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            NOTED(50, "> F. 501 ack 90001", "FIN_WAIT_1 ESTABLISHED", AFTER_MISSED),
            EXPECT(60, "< F. 90001 ack 501", "CLOSING CLOSING"),
        },
        .result = "open completed syn-ack graceful simultaneous client",
        .zeek = "SF ShFgfG", .completeness = 23,
        .ms = {FILTERED_MS, .total = 50, NO_CLOSE},
    },
    {
        .name = "filtered, one end closes",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            NOTED(50, "> F. 501 ack 90001", "FIN_WAIT_1 ESTABLISHED", AFTER_MISSED),
        },
        .result = "open completed syn-ack half-closed client",
        .zeek = "S2 ShFg", .completeness = 23,
        .ms = {FILTERED_MS, .total = 50, NO_CLOSE},
    },
    {
        .name = "filtered, a FIN again and again",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            NOTED(50, "> F. 501 ack 90001", "FIN_WAIT_1 ESTABLISHED", AFTER_MISSED),
            ODD(1050, "> F. 501 ack 90001", "FIN_WAIT_1 ESTABLISHED", "retransmission"),
        },
        .result = "open completed syn-ack unanswered client",
        .zeek = "S2 ShFg", .completeness = 23,
        .ms = {FILTERED_MS, .total = 50, NO_CLOSE},
    },
    {
        .name = "filtered, reset by the client",
        .foreign = true,
        .lines = {FILTERED_OPEN, NOTED(50, "> R. 501 ack 90001", "CLOSED CLOSED", AFTER_MISSED)},
        .result = "open completed syn-ack reset client",
        .zeek = "RSTO ShR", .completeness = 39,
        .ms = {FILTERED_MS, .total = 50, NO_CLOSE},
    },
    {
        .name = "filtered, reset by the server",
        .foreign = true,
        .lines = {FILTERED_OPEN, NOTED(50, "< R 90001", "CLOSED CLOSED", AFTER_MISSED)},
        .result = "open completed syn-ack reset server",
        .zeek = "RSTR Shr", .completeness = 35,
        .ms = {FILTERED_MS, .total = NO_TIME, NO_CLOSE},
    },
    {
        .name = "filtered, reset behind the FIN",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            NOTED(50, "> F. 501 ack 90001", "FIN_WAIT_1 ESTABLISHED", AFTER_MISSED),
            NOTED(60, "> R 502", "CLOSED CLOSED", AFTER_MISSED),
        },
        .result = "open completed syn-ack reset client",
        .zeek = "RSTO ShFgR", .completeness = 55,
        .ms = {FILTERED_MS, .total = 50, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME,
               .close = 10},
    },
    {
        .name = "a scan, filtered: nothing tells that it was more",
        .foreign = true,
        .lines = {FILTERED_OPEN, EXPECT(11, "> R 1", "CLOSED LISTEN")},
        .result = "open half-open syn-ack none",
        .zeek = "RSTO ShR", .completeness = 35,
        .ms = {FILTERED_MS, .total = NO_TIME, NO_CLOSE},
    },

    /* Captures that dropped segments. */
    {
        .name = "dropped: data of the server, and its window",
        .foreign = true,
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 100", BOTH_OPEN),
            NOTED(30, "> . 101 ack 50001", BOTH_OPEN, ACKS_MISSED),
            EXPECT(40, "< P. 50001 ack 101 len 10", BOTH_OPEN),
            EXPECT(50, "> F. 101 ack 50011", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(60, "< . 50011 ack 102", "FIN_WAIT_2 CLOSE_WAIT"),
            EXPECT(70, "< F. 50011 ack 102", "TIME_WAIT LAST_ACK"),
            EXPECT(71, "> . 102 ack 50012", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful four-segment client",
        .zeek = "SF ShADgdFaf", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 10, .close = 21},
    },
    {
        .name = "dropped: the last acknowledgement, and others before it",
        .foreign = true,
        .lines = {
            OPENED,
            NOTED(20, "< P. 1 ack 501 len 100", BOTH_OPEN, ACKS_MISSED),
            EXPECT(50, "< F. 101 ack 501", "ESTABLISHED FIN_WAIT_1"),
            EXPECT(60, "> F. 501 ack 102", "LAST_ACK TIME_WAIT"),
            EXPECT(70, "< . 102 ack 502", "CLOSED TIME_WAIT"),
        },
        .result = "open completed syn-ack graceful server",
        .zeek = "SF ShAdGfFa", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = 20},
    },
    {
        .name = "dropped: an acknowledgement that would have been the last",
        .foreign = true,
        .lines = {
            OPENED,
            NOTED(20, "< P. 1 ack 501 len 100", BOTH_OPEN, ACKS_MISSED),
            EXPECT(50, "< F. 101 ack 501", "ESTABLISHED FIN_WAIT_1"),
            EXPECT(51, "> . 501 ack 102", "CLOSE_WAIT FIN_WAIT_2"),
            EXPECT(60, "> F. 501 ack 102", "LAST_ACK TIME_WAIT"),
        },
        .result = "open completed syn-ack unanswered server", /* the server's are all there */
        .zeek = "SF ShAdGfF", .completeness = 31,
        .ms = {OPEN_MS, .fin_rtt = 1, .peer_fin_delay = 9, .close = NO_TIME},
    },
    {
        .name = "the last acknowledgement is wanting where all else is there",
        .foreign = true,
        .lines = {
            OPENED,
            EXPECT(20, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(30, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
        },
        .result = "open completed syn-ack unanswered client",
        .zeek = "SF ShAFf", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = 10, .peer_fin_delay = 0, .close = NO_TIME},
    },
    {
        .name = "dropped: the acknowledgement of the SYN/ACK and more",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            NOTED(20, "< P. 1 ack 301 len 100", BOTH_OPEN, ACKS_MISSED),
            EXPECT(30, "> . 301 ack 101", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShdGA", .completeness = 15,
        .ms = {.syn_rtt = 10, .ack_delay = NO_TIME, .total = 20, NO_CLOSE},
    },
    {
        .name = "in order, beyond a window that was not seen to open",
        .foreign = true,
        .lines = {
            OPENED,
            EXPECT(20, "> P. 1 ack 1 len 1000", BOTH_OPEN),
            EXPECT(30, "> P. 1001 ack 1 len 1000", BOTH_OPEN),
            NOTED(40, "> P. 9001 ack 1 len 1000", BOTH_OPEN, AFTER_MISSED),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAD", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "the FIN behind its acknowledgement",
        .foreign = true,
        .lines = {
            OPENED,
            NOTED(20, "< . 1 ack 2", BOTH_OPEN, ACKS_MISSED),
            NOTED(20, "> F. 1 ack 1", "FIN_WAIT_2 CLOSE_WAIT", OUT_OF_ORDER),
            EXPECT(40, "< F. 1 ack 2", "TIME_WAIT LAST_ACK"),
            EXPECT(41, "> . 2 ack 2", "TIME_WAIT CLOSED"),
        },
        .result = "open completed syn-ack graceful four-segment client",
        .zeek = "SF ShAaGFf", .completeness = 23,
        .ms = {OPEN_MS, .fin_rtt = NO_TIME, .peer_fin_delay = 20, .close = 21},
    },

    /* Resets that are not exact where all seems to be there: RFC 5961 doubts them. */
    {
        .name = "an RST ahead, and silence",
        .foreign = true,
        .lines = {
            OPENED,
            SAYS(20, "< R 101", BOTH_OPEN, "unexpected", RST_NOT_EXACT),
            EXPECT(21, "> P. 1 ack 1 len 100", BOTH_OPEN), /* crosses it */
        },
        .result = "open completed syn-ack reset server",
        .zeek = "RSTR ShArD", .completeness = 47,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "an RST ahead, and its sender goes on",
        .foreign = true,
        .lines = {
            OPENED,
            SAYS(20, "< R 101", BOTH_OPEN, "unexpected", RST_NOT_EXACT),
            ODD(21, "> . 1 ack 1", BOTH_OPEN, "challenge-ack"),
            EXPECT(30, "< P. 1 ack 1 len 100", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "RSTR ShArd", .completeness = 47,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "an RST where the acknowledgements stand",
        .foreign = true,
        .lines = {
            OPENED,
            EXPECT(20, "< P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(30, "< R 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack reset server",
        .zeek = "RSTR ShAdr", .completeness = 47,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "an RST behind what was acknowledged",
        .foreign = true,
        .lines = {
            OPENED,
            EXPECT(20, "< P. 1 ack 1 len 100", BOTH_OPEN),
            EXPECT(21, "> . 1 ack 101", BOTH_OPEN),
            ODD(30, "< R 50", BOTH_OPEN, "out-of-window"),
        },
        .result = "open completed syn-ack none",
        .zeek = "RSTR ShAdr", .completeness = 47,
        .ms = {OPEN_MS, NO_CLOSE},
    },

    /* One direction alone. */
    {
        .name = "the server's direction alone",
        .foreign = true,
        .lines = {
            EXPECT(0, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            EXPECT(10, "< . 1 ack 11", BOTH_OPEN),
            EXPECT(11, "< P. 1 ack 11 len 100", BOTH_OPEN),
            EXPECT(20, "< F. 101 ack 12", "ESTABLISHED FIN_WAIT_1"),
        },
        .result = "open completed syn-ack graceful server",
        .zeek = "SHR ^hadf", .completeness = 30,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "the server's direction alone, nothing behind SYN/ACK",
        .foreign = true,
        .lines = {
            EXPECT(0, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            ODD(1000, "< S. 0 ack 1", "SYN_SENT SYN_RCVD", "retransmission"),
        },
        .result = "open half-open syn-ack none",
        .zeek = "OTH ^h", .completeness = 2,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "the client's direction alone",
        .foreign = true,
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
            EXPECT(30, "> F. 1 ack 101", "FIN_WAIT_1 ESTABLISHED"),
            EXPECT(40, "> . 2 ack 102", "FIN_WAIT_1 ESTABLISHED"),
        },
        .result = "unknown not-seen unknown graceful client",
        .zeek = "SH SAF", .completeness = 21,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 11, NO_CLOSE},
    },
    {
        .name = "the client's direction alone, its FIN again",
        .foreign = true,
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(11, "> . 1 ack 1", BOTH_OPEN),
            EXPECT(30, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED"),
            ODD(1030, "> F. 1 ack 1", "FIN_WAIT_1 ESTABLISHED", "retransmission"),
        },
        .result = "unknown not-seen unknown unanswered client",
        .zeek = "SH SAF", .completeness = 21,
        .ms = {.syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = 11, NO_CLOSE},
    },

    /* Farther than the largest window (RFC 7323, 2.3) nothing was missed. */
    {
        .name = "as far as a window goes",
        .foreign = true,
        .lines = {
            OPENED,
            NOTED(20, "> . 1 ack 1073741825", BOTH_OPEN, ACKS_MISSED),
            NOTED(30, "< P. 1073741825 ack 1073741825 len 1", BOTH_OPEN, ACKS_MISSED),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShAgdG", .completeness = 15,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "wild numbers",
        .foreign = true,
        .lines = {
            OPENED,
            SAYS(20, "> . 1 ack 1073741826", BOTH_OPEN, "unexpected", WRONG_ACK),
            SAYS(21, "> F. 1 ack -5000", "FIN_WAIT_1 ESTABLISHED", "expected", NONE),
            ODD(22, "< F. 1073741826 ack 1", "FIN_WAIT_1 ESTABLISHED", "out-of-window"),
            ODD(23, "< R 1073741826", "FIN_WAIT_1 ESTABLISHED", "out-of-window"),
            ODD(24, "< R -1", "FIN_WAIT_1 ESTABLISHED", "out-of-window"),
        },
        .result = "open completed syn-ack unanswered client",
        .zeek = "SF ShAFfrr", .completeness = 55,
        .ms = {OPEN_MS, NO_CLOSE},
    },
    {
        .name = "wild acknowledgements of the SYN/ACK",
        .foreign = true,
        .lines = {
            FILTERED_OPEN,
            SAYS(20, "> . 1 ack 1073741826", "SYN_SENT SYN_RCVD", "unexpected", WRONG_ACK),
            SAYS(21, "> . 1 ack 0", "SYN_SENT SYN_RCVD", "unexpected", WRONG_ACK),
        },
        .result = "open half-open syn-ack none",
        .zeek = "S1 ShA", .completeness = 7,
        .ms = {.syn_rtt = 10, .ack_delay = NO_TIME, .total = 20, NO_CLOSE},
    },

    /* Our own are judged strictly. */
    {
        .name = "our own, as if filtered",
        .lines = {
            FILTERED_OPEN,
            SAYS(50, "> F. 501 ack 90001", "SYN_SENT SYN_RCVD", "unexpected", WRONG_ACK),
            EXPECT(51, "> R 501", "CLOSED LISTEN"), /* what we send ends it for us */
        },
        .result = "open half-open syn-ack none",
        .zeek = "RSTO ShFR", .completeness = 55,
        .ms = {FILTERED_MS, .total = NO_TIME, NO_CLOSE},
    },
};
/* clang-format on */

/* Whether only stragglers can follow, so that the connection is reported before the capture ends.
 */
static const struct {
    const char *name;
    struct line lines[5];
    bool over;
} ends[] = {
    {"filtered, open", {FILTERED_OPEN}, false},
    {"filtered, one FIN", {FILTERED_OPEN, EXPECT(20, "> F. 9 ack 9", "")}, false},
    {"filtered, both",
     {FILTERED_OPEN, EXPECT(20, "> F. 9 ack 9", ""), EXPECT(30, "< F. 9 ack 10", "")},
     true},
    {"not filtered",
     {OPENED, EXPECT(20, "> F. 1 ack 1", ""), EXPECT(30, "< F. 1 ack 2", "")},
     false},
    {"an RST in doubt", {OPENED, EXPECT(20, "< R 9", "")}, true},
    {"an RST refuted", {OPENED, EXPECT(20, "< R 9", ""), EXPECT(21, "< . 1 ack 1", "")}, false},
};

START_TEST(is_over)
{
    struct talk_base base = talk_ordinary;
    struct conversation c;
    int count = 0;
    base.foreign = true;
    while (count < COUNT(ends[_i].lines) && ends[_i].lines[count].segment != NULL)
        count++;
    talk_tell(ends[_i].lines, count, &base, &c);
    ck_assert_msg(conversation_over(&c) == ends[_i].over, "%s", ends[_i].name);
}
END_TEST

/* One end may have completed the handshake before: the other is completed all the same. */
START_TEST(opens_the_end_that_is_left)
{
    static const enum tcp_state before[][ENDS] = {
        {STATE_ESTABLISHED, STATE_SYN_RCVD},
        {STATE_SYN_SENT, STATE_ESTABLISHED},
        {STATE_SYN_SENT, STATE_SYN_RCVD},
        {STATE_SYN_RCVD, STATE_SYN_RCVD},
    };
    struct course course = {.foreign = true};
    struct end both[ENDS] = {{.state = before[_i][CLIENT]}, {.state = before[_i][SERVER]}};
    missed_opening(&course, both);
    ck_assert_int_eq(both[CLIENT].state, STATE_ESTABLISHED);
    ck_assert_int_eq(both[SERVER].state, STATE_ESTABLISHED);
    ck_assert(course.established);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("missed");
    TCase *tcase = tcase_create("missed");
    talk_add(suite, talks, COUNT(talks));
    tcase_add_loop_test(tcase, is_over, 0, COUNT(ends));
    tcase_add_loop_test(tcase, opens_the_end_that_is_left, 0, 4);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
