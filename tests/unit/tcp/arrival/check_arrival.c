/* SPDX-License-Identifier: BSD-2-Clause */
/* What takes segments and ICMP errors in. */
#include "tcp/arrival/arrival.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "talk.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* ICMP: RFC 5927, 4.1 and RFC 5461. */
/* clang-format off */
static const struct talk talks[] = {
    {
        .name = "an error about the SYN of the other end is not for the client",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            NOTED(1, "< S 0", "SYN_SENT SYN_SENT", SIMULTANEOUS_OPEN),
            NOTED(5, "> icmp 3/1 0", "SYN_SENT SYN_SENT", ICMP),
        },
        .result = "open half-open syn-ack none",
        .zeek = "S1 Ss", .completeness = 1,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "what its receiver drops ends no handshake",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),
            ODD(11, "< . 900000 ack 1", "SYN_SENT SYN_RCVD", "out-of-window"),
            EXPECT(15, "> . 1 ack 1", BOTH_OPEN),
        },
        .result = "open completed syn-ack none",
        .zeek = "S1 ShaA", .completeness = 7,
        .ms = {.syn_rtt = 10, .ack_delay = 5, .total = 15, NO_CLOSE},
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
        .name = "host unreachable",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(5, "< icmp 3/1 0", "SYN_SENT LISTEN", "expected", ICMP),
        },
        .result = "unreachable unreachable host-unreach none",
        .zeek = "S0 S", .completeness = 1,
        .ms = {NO_OPEN, NO_CLOSE},
    },
    {
        .name = "prohibited",
        .lines = {
            EXPECT(0, "> S 0", "SYN_SENT LISTEN"),
            SAYS(5, "< icmp6 1/1 0", "SYN_SENT LISTEN", "expected", ICMP),
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
            SAYS(5, "< icmp 3/1 0 cut 1", "SYN_SENT LISTEN", "expected", ICMP),
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
            SAYS(5, "< icmp 3/1 0", "SYN_SENT LISTEN", "expected", ICMP),
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
};
/* clang-format on */

static const struct line opened[] = {OPENED};

START_TEST(owes_a_reset_at_the_number_that_was_wrong)
{
    static const struct line lines[] = {EXPECT(0, "> S 0", ""), EXPECT(5, "< . 5000 ack 9000", ""),
                                        EXPECT(6, "< S. 0 ack 77", ""),
                                        EXPECT(7, "< R. 0 ack 66", "")};
    struct conversation c;
    talk_tell(lines, 2, &talk_ordinary, &c);
    ck_assert_uint_eq(c.ends[CLIENT].resets_owed, 1);
    ck_assert_uint_eq(c.ends[CLIENT].reset_seq, talk_ordinary.iss[CLIENT] + 9000);
    talk_tell(lines, 3, &talk_ordinary, &c);
    ck_assert_uint_eq(c.ends[CLIENT].resets_owed, 2);
    ck_assert_uint_eq(c.ends[CLIENT].reset_seq, talk_ordinary.iss[CLIENT] + 77);
    talk_tell(lines, 4, &talk_ordinary, &c);
    ck_assert_uint_eq(c.ends[CLIENT].resets_owed, 2); /* never a reset for a reset */
    ck_assert_uint_eq(c.ends[CLIENT].acks_owed, 0);
}
END_TEST

/* Each SYN/ACK before the handshake's acknowledgement. */
START_TEST(owes_an_acknowledgement_for_each_syn_ack)
{
    static const struct line lines[] = {EXPECT(0, "> S 0", ""), EXPECT(10, "< S. 0 ack 1", ""),
                                        EXPECT(1010, "< S. 0 ack 1", "")};
    struct conversation c;
    for (int count = 1; count <= COUNT(lines); count++) {
        talk_tell(lines, count, &talk_ordinary, &c);
        ck_assert_uint_eq(c.ends[CLIENT].acks_owed, (unsigned)count - 1);
    }
}
END_TEST

/* Once it has sent its own SYN/ACK, a wrong one is passed over: a reset would end what is open on
 * one side. */
START_TEST(owes_no_reset_in_a_simultaneous_open)
{
    static const struct line lines[] = {EXPECT(0, "> S 0", ""), EXPECT(1, "< S 0", ""),
                                        EXPECT(2, "> S. 0 ack 1", ""),
                                        EXPECT(3, "< S. 0 ack 77", "")};
    struct conversation c;
    talk_tell(lines, 4, &talk_ordinary, &c);
    ck_assert_int_eq(c.ends[CLIENT].state, STATE_SYN_RCVD);
    ck_assert(c.course.answered_wrongly);
    ck_assert_uint_eq(c.ends[CLIENT].resets_owed, 0);
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
    talk_tell(lines, 3, &talk_ordinary, &c);
    uint32_t before = c.ends[CLIENT].acks_owed;
    talk_tell(lines, 4, &talk_ordinary, &c);
    ck_assert_msg(c.ends[CLIENT].acks_owed - before == debts[_i].acks, "%s: %u",
                  debts[_i].line.segment, c.ends[CLIENT].acks_owed - before);
}
END_TEST

static struct talk_base foreign_base(void)
{
    struct talk_base base = talk_ordinary;
    base.foreign = true;
    return base;
}

/* Captures of others: the peer's SYN begins anew, and checksums count from the first right one. */
START_TEST(takes_captures_of_others_for_what_they_are)
{
    struct conversation c;
    struct segment s;
    enum origin origin;
    const struct talk_base foreign = foreign_base();
    static const struct line lines[] = {
        EXPECT(0, "> S 0 bad", ""),   EXPECT(1, "< S. 0 ack 1 bad", ""),
        EXPECT(2, "> . 1 ack 1", ""), EXPECT(3, "> F. 1 ack 1 bad", ""),
        EXPECT(4, "< S 99", ""),
    };
    talk_tell(lines, 4, &foreign, &c);
    ck_assert_str_eq(c.history.letters, "ShAC");
    ck_assert(c.course.established);
    ck_assert(!c.ends[CLIENT].fin_seen);
    talk_segment(&lines[4], &talk_ordinary, &s, &origin);
    ck_assert(conversation_is_succeeded_by(&c, &s));
}
END_TEST

/* A length that the frame has no room for counts no octets. The numbers go by it all the same: a
 * capture that was shortened afterwards may have lost how long its frames were. */
START_TEST(believes_a_length_for_numbers_alone)
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

int main(void)
{
    Suite *suite = suite_create("arrival");
    TCase *tcase = tcase_create("arrival");
    talk_add(suite, talks, COUNT(talks));
    tcase_add_test(tcase, owes_a_reset_at_the_number_that_was_wrong);
    tcase_add_test(tcase, owes_an_acknowledgement_for_each_syn_ack);
    tcase_add_test(tcase, owes_no_reset_in_a_simultaneous_open);
    tcase_add_loop_test(tcase, owes_an_acknowledgement, 0, COUNT(debts));
    tcase_add_test(tcase, takes_captures_of_others_for_what_they_are);
    tcase_add_test(tcase, believes_a_length_for_numbers_alone);
    tcase_add_test(tcase, shows_each_move_however_much_came);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
