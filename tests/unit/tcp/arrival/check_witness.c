/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/witness.h"

#include "harness.h"
#include "talk.h"

#define SYN                                                                                        \
    {                                                                                              \
        0, "> S 0 ttl 64"                                                                          \
    }
#define SYN_ACK                                                                                    \
    {                                                                                              \
        10, "< S. 0 ack 1 ttl 60"                                                                  \
    }
#define ACK                                                                                        \
    {                                                                                              \
        11, "> . 1 ack 1 ttl 64"                                                                   \
    }
#define OPEN SYN, SYN_ACK, ACK
#define DATA                                                                                       \
    {                                                                                              \
        20, "> P. 1 ack 1 len 5 ttl 64"                                                            \
    }
#define ANSWER                                                                                     \
    {                                                                                              \
        30, "< P. 1 ack 6 len 5 ttl 60"                                                            \
    }

static const struct {
    bool foreign;
    struct line lines[12];
    unsigned marks;
    uint32_t closed_ms[ENDS];
} cases[] = {
    {.lines = {OPEN, DATA, ANSWER}},
    /* An older connection. */
    {.lines = {SYN, EXPECT(10, "< . 77 ack 4242", NULL)}, .marks = EVIDENCE_OLD_ANSWER},
    {.lines = {SYN, EXPECT(10, "< S. 77 ack 4242", NULL), EXPECT(11, "> R 4242", NULL)},
     .marks = EVIDENCE_OLD_ANSWER},
    {.lines = {SYN, EXPECT(10, "< S. 77 ack 4242", NULL)}},
    {.foreign = true, /* damaged: the client takes it */
     .lines = {SYN, EXPECT(10, "< S. 77 ack 4242", NULL), EXPECT(11, "> . 1 ack 78", NULL)}},
    {.foreign = true, /* it answers another one */
     .lines = {SYN, EXPECT(10, "< S. 77 ack 4242", NULL), EXPECT(1000, "> S 0", NULL),
               EXPECT(1001, "> R 4242", NULL)}},
    {.lines = {SYN, EXPECT(10, "< R. 0 ack 4242", NULL)}},
    {.lines = {SYN, EXPECT(10, "< . 77 ack 4242 bad", NULL)}},
    /* SYN/ACK again: after its RTO, or as a copy, or because the acknowledgement was lost. */
    {.lines = {OPEN, EXPECT(1015, "< S. 0 ack 1", NULL)}, .marks = EVIDENCE_SYN_ACK_LATE},
    {.lines = {OPEN, EXPECT(1015, "< S. 0 ack 1 bad", NULL)}},
    {.lines = {OPEN, EXPECT(60, "< S. 0 ack 1", NULL)}},
    {.lines = {OPEN, EXPECT(500, "< S. 0 ack 1", NULL)}}, /* no sender's RTO is as short */
    {.lines = {SYN, SYN_ACK, EXPECT(1015, "< S. 0 ack 1", NULL),
               EXPECT(1016, "> . 1 ack 1", NULL)}},
    {.lines = {OPEN, EXPECT(2000, "> S 0", NULL)}},
    /* Window 0 in the SYN/ACK. */
    {.lines = {SYN, EXPECT(10, "< S. 0 ack 1 win 0", NULL), ACK,
               EXPECT(20, "< . 1 ack 1 win 500", NULL)},
     .marks = EVIDENCE_WINDOW_OPENED},
    {.lines = {SYN, EXPECT(10, "< S. 0 ack 1 win 0 ttl 64", NULL), ACK,
               EXPECT(20, "< . 1 ack 1 win 500 ttl 64", NULL),
               EXPECT(30, "< P. 1 ack 1 len 4 ttl 63", NULL)},
     .marks = EVIDENCE_WINDOW_OPENED | EVIDENCE_PROXIED},
    {.lines = {SYN, EXPECT(10, "< S. 0 ack 1 win 0 ttl 64", NULL), ACK,
               EXPECT(20, "< . 1 ack 1 win 500 ttl 64", NULL),
               EXPECT(30, "< P. 1 ack 1 len 4 ttl 64", NULL)},
     .marks = EVIDENCE_WINDOW_OPENED},
    {.lines = {SYN, EXPECT(10, "< S. 0 ack 1 win 0", NULL), ACK,
               EXPECT(20, "< P. 1 ack 1 len 4 win 500", NULL)}},
    {.lines = {SYN, EXPECT(10, "< S. 0 ack 1 win 0", NULL), ACK,
               EXPECT(20, "< . 1 ack 1 win 0", NULL)}},
    {.lines = {SYN, EXPECT(10, "< S. 0 ack 1 win 0", NULL), ACK, DATA,
               EXPECT(30, "< . 1 ack 6 win 500", NULL)}}, /* it took data before */
    /* The TTL of the SYN/ACK. */
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6 ttl 50", NULL),
               EXPECT(31, "< P. 1 ack 6 len 5 ttl 50", NULL)},
     .marks = EVIDENCE_SYN_ACK_TTL},
    {.lines = {SYN, EXPECT(10, "< S. 0 ack 1 ttl 50", NULL), ACK, DATA,
               EXPECT(30, "< . 1 ack 6 ttl 60", NULL),
               EXPECT(31, "< P. 1 ack 6 len 5 ttl 60", NULL)},
     .marks = EVIDENCE_SYN_ACK_TTL},
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6 ttl 50", NULL),
               EXPECT(31, "< P. 1 ack 6 len 5 ttl 60", NULL)}},
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6 ttl 50 bad", NULL),
               EXPECT(31, "< P. 1 ack 6 len 5 ttl 50 bad", NULL)}},
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6 ttl 57", NULL),
               EXPECT(31, "< P. 1 ack 6 len 5 ttl 57", NULL)}},
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6 ttl 50", NULL)}},
    {.foreign = true, /* the client's as well: not captured in one place */
     .lines = {OPEN, EXPECT(20, "> P. 1 ack 1 len 5 ttl 128", NULL),
               EXPECT(30, "< . 1 ack 6 ttl 50", NULL),
               EXPECT(31, "< P. 1 ack 6 len 5 ttl 50", NULL)}},
    /* The TTL of an RST. */
    {.lines = {OPEN, DATA, ANSWER, EXPECT(40, "< R 6 ttl 200", NULL)}, .marks = EVIDENCE_RST_TTL},
    {.lines = {OPEN, DATA, ANSWER, EXPECT(40, "< R 6 ttl 61", NULL)}},
    {.lines = {OPEN, EXPECT(40, "< R 1 ttl 200", NULL)}}, /* one segment before it is too few */
    {.lines = {OPEN, DATA, ANSWER, EXPECT(40, "> R 6 ttl 200 local", NULL)}},
    /* RSTs at numbers ahead. */
    {.lines = {OPEN, DATA, ANSWER, EXPECT(40, "< R 6 ttl 60", NULL),
               EXPECT(41, "< R 500 ttl 60", NULL)},
     .marks = EVIDENCE_RST_AHEAD},
    {.lines = {OPEN, DATA, ANSWER, EXPECT(40, "< R 6 ttl 60", NULL),
               EXPECT(41, "< R 6 ttl 60", NULL)}},
    {.lines = {OPEN, DATA, ANSWER, EXPECT(40, "< R 500 ttl 60", NULL),
               EXPECT(41, "< R 500 ttl 60", NULL)}}, /* one, behind data that was lost */
    {.foreign = true,                                /* it went on, and reached that number */
     .lines = {OPEN, EXPECT(20, "< R 1 ttl 60", NULL), EXPECT(24, "< P. 1 ack 1 len 5", NULL),
               EXPECT(41, "< R 6 ttl 60", NULL)}},
    {.foreign = true, /* segments of its are missing */
     .lines = {OPEN, EXPECT(20, "> . 1 ack 600", NULL), EXPECT(30, "< R 600 ttl 60", NULL),
               EXPECT(31, "< R 700 ttl 60", NULL)}},
    /* Its sender goes on sending, and the other end takes it. */
    {.foreign = true,
     .lines = {OPEN, EXPECT(20, "< R 1 ttl 60", NULL), EXPECT(40, "< P. 1 ack 1 len 5", NULL),
               EXPECT(41, "> . 1 ack 6", NULL)},
     .marks = EVIDENCE_RST_IGNORED},
    {.foreign = true, /* captured out of order */
     .lines = {OPEN, EXPECT(20, "< R 1 ttl 60", NULL), EXPECT(21, "< P. 1 ack 1 len 5", NULL),
               EXPECT(41, "> . 1 ack 6", NULL)}},
    /* Its sender goes on: it acknowledges what was sent before, or after the RST. */
    {.lines = {OPEN, EXPECT(20, "< R 500 ttl 60", NULL), DATA, ANSWER},
     .marks = EVIDENCE_RST_OUTLIVED},
    {.lines = {OPEN, DATA, EXPECT(25, "< R 500 ttl 60", NULL), ANSWER}},
    {.lines = {OPEN, EXPECT(20, "< R 500 ttl 60", NULL), DATA,
               EXPECT(30, "< P. 1 ack 900 len 5 ttl 60", NULL)}}, /* of what was never sent */
    {.lines = {OPEN, EXPECT(20, "< R 500 ttl 60", NULL), DATA,
               EXPECT(30, "< P. 4000 ack 6 len 5 ttl 60", NULL)}}, /* from somewhere else */
    {.foreign = true,
     .lines = {OPEN, EXPECT(20, "< R 1 ttl 60", NULL), DATA, ANSWER},
     .marks = EVIDENCE_RST_OUTLIVED},
    {.lines = {OPEN, EXPECT(20, "< R 50000 ttl 60", NULL), DATA,
               ANSWER}}, /* outside the window: a stray */
    {.foreign = true,
     .lines = {SYN, EXPECT(10, "< R. 0 ack 1", NULL), EXPECT(12, "< S. 0 ack 1", NULL)},
     .marks = EVIDENCE_REFUSAL_REVOKED},
    /* Window 0. */
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6 win 0", NULL),
               EXPECT(1530, "< . 1 ack 6 win 0", NULL), EXPECT(2030, "< . 1 ack 6 win 900", NULL)},
     .closed_ms = {0, 2000}},
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6 win 0 bad", NULL),
               EXPECT(2030, "< . 1 ack 6 win 900", NULL)}}, /* none takes it */
    {.lines = {OPEN, EXPECT(30, "> . 1 ack 1 win 0", NULL), EXPECT(40, "> . 1 ack 1 win 9", NULL),
               EXPECT(50, "> . 1 ack 1 win 0", NULL), EXPECT(55, "> . 1 ack 1 win 9", NULL)},
     .closed_ms = {10, 0}},
    {.lines = {OPEN, EXPECT(30, "> F. 1 ack 1", NULL), EXPECT(40, "< . 1 ack 2 win 0", NULL),
               EXPECT(900, "< . 1 ack 2 win 0", NULL)}},
    {.lines = {OPEN, EXPECT(30, "< . 99999 ack 1 win 0", NULL), EXPECT(900, "< . 1 ack 1", NULL)}},
    /* Waited for an answer. */
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6", NULL), EXPECT(2000, "> F. 6 ack 1", NULL)},
     .marks = EVIDENCE_WAITED},
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6", NULL), EXPECT(2000, "> R 6", NULL)},
     .marks = EVIDENCE_WAITED},
    {.lines = {OPEN, DATA, EXPECT(30, "< . 1 ack 6", NULL), EXPECT(40, "> F. 6 ack 1", NULL)}},
    {.lines = {OPEN, DATA, ANSWER, EXPECT(2000, "> F. 6 ack 6", NULL)}},
    {.lines = {OPEN, EXPECT(2000, "> F. 1 ack 1", NULL)}},
    {.lines = {OPEN, DATA, EXPECT(30, "> F. 6 ack 1", NULL),
               EXPECT(2000, "> F. 6 ack 1", NULL)}}, /* again */
};

static int count_of(const struct line *lines)
{
    int count = 0;
    while (count < 12 && lines[count].segment != NULL)
        count++;
    return count;
}

START_TEST(what_crosses_is_kept)
{
    struct talk_base base = talk_ordinary;
    struct conversation c;
    base.foreign = cases[_i].foreign;
    talk_tell(cases[_i].lines, count_of(cases[_i].lines), &base, &c);
    ck_assert_uint_eq(c.evidence.marks & ~(unsigned)EVIDENCE_RST_SETTLED, cases[_i].marks);
    ck_assert_uint_eq(c.evidence.closed_ms[CLIENT], cases[_i].closed_ms[CLIENT]);
    ck_assert_uint_eq(c.evidence.closed_ms[SERVER], cases[_i].closed_ms[SERVER]);
}
END_TEST

/* Whether an RST comes from an end that is known to hold the connection. */
static const struct {
    struct line lines[6];
    bool settled;
} resets[] = {
    {.lines = {OPEN, EXPECT(20, "< R 1", NULL)}, .settled = false},
    {.lines = {OPEN, DATA, ANSWER, EXPECT(40, "< R 6", NULL)}, .settled = true},
    {.lines = {OPEN, EXPECT(20, "> R 1", NULL)}, .settled = true},
    {.lines = {SYN, SYN_ACK, EXPECT(20, "> R 1", NULL)}, .settled = false},
    {.lines = {SYN, EXPECT(10, "< R. 0 ack 1", NULL)}, .settled = false},
};

START_TEST(a_reset_is_told_by_whether_its_sender_held_the_connection)
{
    struct conversation c;
    int count = 0;
    while (count < 6 && resets[_i].lines[count].segment != NULL)
        count++;
    talk_tell(resets[_i].lines, count, &talk_ordinary, &c);
    ck_assert_int_eq((c.evidence.marks & EVIDENCE_RST_SETTLED) != 0, resets[_i].settled);
}
END_TEST

START_TEST(openings_are_kept_as_they_were_first)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0 ttl 64 id 7 win 1000", NULL),
        EXPECT(1000, "> S 0 ttl 63 id 8 win 1000", NULL),
        EXPECT(1010, "< S. 0 ack 1 ttl 60 id 9 win 5", NULL),
        EXPECT(1020, "< S. 0 ack 1 ttl 59 id 10 win 5", NULL),
        EXPECT(1025, "> . 1 ack 1 ttl 64 id 11", NULL),
    };
    struct conversation c;
    talk_tell(lines, 5, &talk_ordinary, &c);
    const struct opening *syn = &c.ends[CLIENT].opening, *ack = &c.ends[SERVER].opening;
    ck_assert(syn->seen && ack->seen);
    ck_assert_uint_eq(syn->ttl, 64);
    ck_assert_uint_eq(syn->ip_id, 7);
    ck_assert_uint_eq(syn->window, 1000);
    ck_assert_uint_eq(ack->ttl, 60);
    ck_assert_uint_eq(ack->ip_id, 9);
    ck_assert_uint_eq(ack->window, 5);
}
END_TEST

/* A client that asks once more leaves the refusal behind. */
START_TEST(a_refusal_is_forgotten_when_the_client_asks_again)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", NULL),
        EXPECT(10, "< R. 0 ack 1 ttl 200", NULL),
        EXPECT(1000, "> S 0", NULL),
        EXPECT(1010, "< R. 0 ack 1 ttl 60", NULL),
    };
    static const struct {
        int count;
        enum end_id reset_by;
        uint8_t ttl;
    } steps[] = {{1, NEITHER, 0}, {2, SERVER, 200}, {3, NEITHER, 200}, {4, SERVER, 60}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct conversation c;
        talk_tell(lines, steps[i].count, &talk_ordinary, &c);
        ck_assert_int_eq(c.evidence.reset_by, steps[i].reset_by);
        ck_assert_uint_eq(c.evidence.reset_ttl, steps[i].ttl);
    }
}
END_TEST

START_TEST(an_error_that_counts_is_kept)
{
    static const struct line lines[] = {EXPECT(0, "> S 0", NULL), EXPECT(5, "< icmp 3/13 0", NULL),
                                        EXPECT(6, "< icmp 3/1 900", NULL)};
    struct conversation c;
    talk_tell(lines, 3, &talk_ordinary, &c);
    ck_assert_uint_ne(c.evidence.icmp_from.family, FAMILY_NONE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("witness");
    TCase *tests = tcase_create("witness");
    tcase_add_loop_test(tests, what_crosses_is_kept, 0, sizeof cases / sizeof cases[0]);
    tcase_add_loop_test(tests, a_reset_is_told_by_whether_its_sender_held_the_connection, 0,
                        sizeof resets / sizeof resets[0]);
    tcase_add_test(tests, openings_are_kept_as_they_were_first);
    tcase_add_test(tests, a_refusal_is_forgotten_when_the_client_asks_again);
    tcase_add_test(tests, an_error_that_counts_is_kept);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
