/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/conversation.h"

#include "harness.h"
#include "talk.h"
#include "tcp/outcome.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

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
    {{EXPECT(0, "> S 0", ""), EXPECT(1, "> . 1 ack 1", "")}, "< S 99", false}, /* no straggler */
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
    talk_tell(successions[_i].before, count, &talk_ordinary, &c);
    struct line line = EXPECT(5000, successions[_i].segment, "");
    talk_segment(&line, &talk_ordinary, &s, &origin);
    ck_assert_msg(conversation_is_succeeded_by(&c, &s) == successions[_i].succeeds, "%d: %s", _i,
                  successions[_i].segment);
}
END_TEST

#define ALL_CLOSED                                                                                 \
    OPENED, EXPECT(20, "> F. 1 ack 1", ""), EXPECT(21, "< F. 1 ack 2", ""),                        \
        EXPECT(22, "> . 2 ack 2", "")

/* The number of the first SYN once more, in a capture of others: behind the end it opens another
 * connection, unless it is the same frame; a refused one goes on. */
static const struct {
    struct line before[6];
    const char *segment;
    uint16_t ip_id;
    bool succeeds;
} old_numbers[] = {
    {{ALL_CLOSED}, "> S 0", 0, true},
    {{ALL_CLOSED}, "> S 0", 8, true},
    {{ALL_CLOSED}, "> S 0", 7, false},
    {{ALL_CLOSED}, "< S 0", 8, false},
    {{OPENED, EXPECT(20, "> R. 1 ack 1", "")}, "> S 0", 8, true},
    {{OPENED, EXPECT(20, "< R. 1 ack 1", "")}, "> S 0", 8, true},
    {{EXPECT(0, "> S 0", ""), EXPECT(1, "< S. 0 ack 1", ""), EXPECT(2, "> R 1", "")},
     "> S 0",
     8,
     true},
    {{EXPECT(0, "> S 0", ""), EXPECT(1, "< R. 0 ack 1", "")}, "> S 0", 8, false},
    {{OPENED}, "> S 0", 8, false},
    {{EXPECT(1, "< S. 0 ack 1", ""), EXPECT(2, "> . 1 ack 1", ""), EXPECT(3, "> R. 1 ack 1", "")},
     "> S 0",
     8,
     false}, /* it was captured late */
    {{EXPECT(0, "> S 0 ts 100/0", ""), EXPECT(1, "< S. 0 ack 1 ts 7/100", ""),
      EXPECT(2, "> R. 1 ack 1", "")},
     "> S 0 ts 100/0",
     8,
     false},
    {{EXPECT(0, "> S 0 ts 100/0", ""), EXPECT(1, "< S. 0 ack 1 ts 7/100", ""),
      EXPECT(2, "> R. 1 ack 1", "")},
     "> S 0 ts 900/0",
     8,
     true},
};

START_TEST(an_old_number_behind_the_end_opens_again)
{
    struct conversation c;
    struct segment s;
    enum origin origin;
    int count = 0;
    while (count < 6 && old_numbers[_i].before[count].segment != NULL)
        count++;
    talk_tell(old_numbers[_i].before, count, &talk_ordinary, &c);
    c.ends[CLIENT].opening.ip_id = 7;
    struct line line = EXPECT(5000, old_numbers[_i].segment, "");
    talk_segment(&line, &talk_ordinary, &s, &origin);
    s.ip_id = old_numbers[_i].ip_id;
    ck_assert(!conversation_is_succeeded_by(&c, &s)); /* ours are told apart by their numbers */
    c.course.foreign = true;
    ck_assert_int_eq(conversation_is_succeeded_by(&c, &s), old_numbers[_i].succeeds);
}
END_TEST

/* An identification of 0 is that of any packet. */
START_TEST(a_frame_without_identification_is_not_the_same)
{
    static const struct line lines[] = {ALL_CLOSED}, again = EXPECT(5000, "> S 0", "");
    struct conversation c;
    struct segment s;
    enum origin origin;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    talk_segment(&again, &talk_ordinary, &s, &origin);
    c.course.foreign = true;
    ck_assert_uint_eq(c.ends[CLIENT].opening.ip_id, 0);
    ck_assert(conversation_is_succeeded_by(&c, &s));
}
END_TEST

/* A SYN/ACK is of the server; of a connection with itself each end is the client. */
START_TEST(knows_who_sends)
{
    static const struct line lines[] = {EXPECT(0, "< S. 0 ack 1", ""),
                                        EXPECT(1, "> . 1 ack 1", "")};
    struct conversation c;
    struct segment s;
    enum origin origin;
    talk_segment(&lines[0], &talk_ordinary, &s, &origin);
    conversation_start(&c, &s, NULL, 0);
    ck_assert_int_eq(conversation_sender(&c, &s.src), SERVER);
    ck_assert_int_eq(conversation_sender(&c, &s.dst), CLIENT);
    ck_assert_str_eq(c.history.letters, "^");
    s.src = s.dst;
    conversation_start(&c, &s, NULL, 0);
    ck_assert_int_eq(conversation_sender(&c, &s.src), CLIENT);
}
END_TEST

/* Of more room than an octet counts, no more is used. */
START_TEST(bounds_its_steps)
{
    static struct step steps[300];
    struct conversation c;
    const struct segment s = {.flags = TCP_SYN};
    conversation_start(&c, &s, steps, 300);
    ck_assert_uint_eq(c.steps.capacity, UINT8_MAX);
    conversation_start(&c, &s, steps, 255);
    ck_assert_uint_eq(c.steps.capacity, 255);
    ck_assert_ptr_eq(c.steps.list, steps);
}
END_TEST

/* Which packet of an open and a close has a wrong stamp, far ahead or far behind, and what is
 * measured without it. */
static const struct {
    int wrong;
    bool connect, syn_rtt, ack_delay, total, fin_rtt, peer_fin_delay, close;
} strays[] = {
    {0, false, false, false, false, false, false, false}, /* all is measured from the start */
    {1, false, false, false, true, true, true, true},
    {2, true, true, false, false, true, true, true},
    {3, true, true, true, true, false, true, false},
    {4, true, true, true, true, false, false, true},
    {5, true, true, true, true, true, false, true},
    {6, true, true, true, true, true, true, false},
};

START_TEST(distrusts_one_stamp)
{
    static const struct line lines[] = {
        OPENED,
        EXPECT(20, "> F. 1 ack 1", ""),
        EXPECT(30, "< . 1 ack 2", ""),
        EXPECT(31, "< F. 1 ack 2", ""),
        EXPECT(40, "> . 2 ack 2", ""),
    };
    struct conversation c;
    struct connection_result r;
    struct step step;
    int64_t before_ns = 0, wrong_ns = DURATION_UNKNOWN;
    const int stray = _i % COUNT(strays), at_ms = _i < COUNT(strays) ? 1000000 : -1000000;
    for (int i = 0; i < 7; i++) {
        struct line line = lines[i];
        line.at_ms = i == strays[stray].wrong ? at_ms : line.at_ms;
        talk_play(&line, &talk_ordinary, i == 0, &c, &step);
        if (i == strays[stray].wrong) {
            wrong_ns = c.end_ns;
            conversation_distrust(&c, before_ns);
        }
        before_ns = c.end_ns;
    }
    conversation_result(&c, &r);
    ck_assert_int_ne(r.first.syn_ack_ns, wrong_ns);
    ck_assert_int_ne(r.first.ack_ns, wrong_ns);
    ck_assert_int_ne(r.first.fin_ns[CLIENT], wrong_ns);
    ck_assert_int_ne(r.first.fin_ns[SERVER], wrong_ns);
    ck_assert_int_eq(r.handshake.connect_ns, strays[stray].connect ? 10000000 : DURATION_UNKNOWN);
    ck_assert_int_eq(r.handshake.syn_rtt_ns, strays[stray].syn_rtt ? 10000000 : DURATION_UNKNOWN);
    ck_assert_int_eq(r.handshake.ack_delay_ns,
                     strays[stray].ack_delay ? 1000000 : DURATION_UNKNOWN);
    ck_assert_int_eq(r.handshake.total_ns, strays[stray].total ? 11000000 : DURATION_UNKNOWN);
    ck_assert_int_eq(r.teardown.fin_rtt_ns, strays[stray].fin_rtt ? 10000000 : DURATION_UNKNOWN);
    ck_assert_int_eq(r.teardown.peer_fin_delay_ns,
                     strays[stray].peer_fin_delay ? 1000000 : DURATION_UNKNOWN);
    ck_assert_int_eq(r.teardown.total_ns, strays[stray].close ? 20000000 : DURATION_UNKNOWN);
    ck_assert_int_lt(duration_between(r.start_ns, r.end_ns), 1000000000);
    ck_assert_int_lt(r.first.rst_ns, 0);
}
END_TEST

/* A capture may begin with the SYN/ACK, and hold the SYN behind it: nothing is measured from either
 * if its stamp is wrong. */
START_TEST(distrusts_the_start_and_the_syn)
{
    static const struct line starts[][2] = {
        {EXPECT(1000000, "< S. 0 ack 1", "")},
        {EXPECT(0, "< S. 0 ack 1", ""), EXPECT(1000000, "> S 0", "")},
    };
    struct conversation c;
    struct step step;
    for (int i = 0; i <= _i; i++)
        talk_play(&starts[_i][i], &talk_ordinary, i == 0, &c, &step);
    ck_assert(!c.clock_was_set);
    conversation_distrust(&c, 0);
    ck_assert(c.clock_was_set);
}
END_TEST

START_TEST(distrusts_the_stamp_of_a_refusal)
{
    static const struct line lines[] = {EXPECT(0, "> S 0", ""),
                                        EXPECT(1000000, "< R. 0 ack 1", "")};
    struct conversation c;
    struct connection_result r;
    talk_tell(lines, COUNT(lines), &talk_ordinary, &c);
    conversation_result(&c, &r);
    ck_assert_int_eq(r.handshake.syn_rtt_ns, INT64_C(1000000000000));
    conversation_distrust(&c, c.start_ns);
    conversation_result(&c, &r);
    ck_assert(!c.clock_was_set);
    ck_assert_int_eq(r.handshake.result, HANDSHAKE_REFUSED);
    const int64_t unknown_ns[] = {r.handshake.connect_ns, r.handshake.syn_rtt_ns,
                                  r.handshake.total_ns, r.teardown.reset_after_ns, r.first.rst_ns};
    for (int i = 0; i < COUNT(unknown_ns); i++)
        ck_assert_int_eq(unknown_ns[i], DURATION_UNKNOWN);
}
END_TEST

START_TEST(distrusts_the_time_of_a_syn_and_of_a_step)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", ""),
        EXPECT(1000000, "> S 0", ""),
        EXPECT(3000, "> S 0", ""),
    };
    struct conversation c;
    struct connection_result r;
    struct step step;
    for (int i = 0; i < 3; i++) {
        talk_play(&lines[i], &talk_ordinary, i == 0, &c, &step);
        if (i != 1)
            continue;
        conversation_distrust(&c, c.start_ns);
        ck_assert_int_eq(step.time_ns, DURATION_UNKNOWN);
        ck_assert_int_eq(step.last_time_ns, DURATION_UNKNOWN);
    }
    conversation_result(&c, &r);
    ck_assert_int_eq(r.handshake.syn_times_ns[1], DURATION_UNKNOWN);
    ck_assert_int_eq(r.handshake.syn_times_ns[2], INT64_C(3000000000));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conversation");
    TCase *tcase = tcase_create("conversation");
    tcase_add_loop_test(tcase, knows_a_successor, 0, COUNT(successions));
    tcase_add_loop_test(tcase, an_old_number_behind_the_end_opens_again, 0, COUNT(old_numbers));
    tcase_add_test(tcase, a_frame_without_identification_is_not_the_same);
    tcase_add_test(tcase, knows_who_sends);
    tcase_add_test(tcase, bounds_its_steps);
    tcase_add_loop_test(tcase, distrusts_one_stamp, 0, 2 * COUNT(strays));
    tcase_add_loop_test(tcase, distrusts_the_start_and_the_syn, 0, 2);
    tcase_add_test(tcase, distrusts_the_stamp_of_a_refusal);
    tcase_add_test(tcase, distrusts_the_time_of_a_syn_and_of_a_step);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
