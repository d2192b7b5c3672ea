/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/end.h"

#include "harness.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define MS_NS        INT64_C(1000000)

static const struct segment remembered = {
    .time_ns = 5000 * MS_NS,
    .seq = 100,
    .ack = 200,
    .flags = TCP_ACK,
    .window = 1000,
    .payload_len = 10,
    .ip_id = 7,
    .options = {.tsval = 3},
};

/* The same frame again has the same numbers and IP identification, and follows closely. */
static const struct {
    int32_t later_ms, seq, ack, payload_len, ip_id, tsval;
    uint16_t flags;
    bool same;
} frames[] = {
    {.later_ms = 0, .same = true},     {.later_ms = 99, .same = true},
    {.later_ms = -100, .same = true},  {.later_ms = 100, .same = false},
    {.later_ms = -101, .same = false}, {.seq = 1, .same = false},
    {.ack = 1, .same = false},         {.payload_len = 1, .same = false},
    {.ip_id = 1, .same = false},       {.ip_id = -7, .same = false},
    {.tsval = 1, .same = false},       {.flags = TCP_PSH, .same = false},
};

START_TEST(knows_the_same_frame_again)
{
    struct end end = END_UNKNOWN;
    struct segment s = remembered;
    s.time_ns += frames[_i].later_ms * MS_NS;
    s.seq += (uint32_t)frames[_i].seq;
    s.ack += (uint32_t)frames[_i].ack;
    s.payload_len += (uint32_t)frames[_i].payload_len;
    s.ip_id = (uint16_t)(s.ip_id + frames[_i].ip_id);
    s.options.tsval += (uint32_t)frames[_i].tsval;
    s.flags |= frames[_i].flags;
    ck_assert(!end_repeats_frame(&end, &s, false)); /* there is none to compare it with */
    end_remember(&end, &remembered);
    ck_assert(end_repeats_frame(&end, &s, false) == frames[_i].same);
}
END_TEST

/* 0 identifies nothing: many senders set it in each packet. Then it is a copy where it was seen
 * elsewhere, or where the capture holds most frames twice. */
static const struct {
    int ttl;
    uint8_t via[2];
    bool doubles, same;
} unidentified[] = {
    {.same = false},
    {.ttl = -1, .same = true},
    {.via = {7, 8}, .same = true},
    {.via = {7, 7}, .same = false},
    {.via = {VIA_UNKNOWN, 8}, .same = false}, /* one was not captured */
    {.via = {7, VIA_UNKNOWN}, .same = false},
    {.doubles = true, .same = true},
};

START_TEST(knows_a_copy_without_identification)
{
    struct end end = END_UNKNOWN;
    struct segment s = remembered;
    s.ip_id = 0;
    s.via = unidentified[_i].via[0];
    end_remember(&end, &s);
    s.ttl = (uint8_t)(s.ttl + unidentified[_i].ttl);
    s.via = unidentified[_i].via[1];
    ck_assert(end_repeats_segment(&end, &s));
    ck_assert(end_repeats_frame(&end, &s, unidentified[_i].doubles) == unidentified[_i].same);
}
END_TEST

/* A reset's window offers nothing, and only what acknowledges pays. */
START_TEST(remembers_what_counts)
{
    struct end end = END_UNKNOWN;
    struct segment s = remembered;
    end_remember(&end, &s);
    end_owe_challenge(&end);
    s.flags = TCP_RST;
    s.window = 0;
    end_remember(&end, &s);
    ck_assert(end.ack_due && end.challenge_due);
    ck_assert_uint_eq(end.last.window, 1000);
    s.flags = TCP_RST | TCP_ACK;
    end_remember(&end, &s);
    ck_assert(!end.ack_due && !end.challenge_due);
    ck_assert_uint_eq(end.acks_owed, 1);
}
END_TEST

START_TEST(has_numbers_from_its_syn_or_from_the_middle)
{
    struct end end = END_UNKNOWN;
    const struct segment syn = {
        .seq = UINT32_MAX, .flags = TCP_SYN, .options = {.has_wscale = true, .wscale = 15}};
    ck_assert(end_is_unplaced(&end));
    end_number_from_syn(&end, &syn);
    ck_assert(!end_is_unplaced(&end) && !end.syn_acks);
    ck_assert_uint_eq(end.snd_nxt, 0);
    ck_assert_uint_eq(end.sent.next, 0);
    ck_assert_uint_eq(end.window_shift, 14); /* RFC 7323, 2.3 */
    ck_assert(!end_syn_acked_by(&end, UINT32_MAX));
    ck_assert(end_syn_acked_by(&end, 0));
    ck_assert(!end_syn_acked_by(&end, 1));
    end = (struct end)END_UNKNOWN;
    end_adopt(&end, 0);
    ck_assert_int_eq(end.state, STATE_ESTABLISHED);
    ck_assert_uint_eq(end.iss, UINT32_MAX);
    ck_assert_uint_eq(end.snd_una, 0);
    ck_assert(!end.syn_seen);
}
END_TEST

START_TEST(says_when_its_fin_arrived)
{
    struct end end = END_UNKNOWN;
    end_adopt(&end, 100);
    ck_assert(!end_fin_arrived(&end));
    end.fin_seen = true;
    end.fin_seq = 110;
    stream_add(&end.sent, 105, 6);
    ck_assert(!end_fin_arrived(&end));
    stream_add(&end.sent, 100, 5);
    ck_assert(end_fin_arrived(&end));
}
END_TEST

START_TEST(owes_a_reset_where_it_was_asked_for_last)
{
    struct end end = END_UNKNOWN;
    end_owe_reset(&end, 7);
    end_owe_reset(&end, 9);
    ck_assert_uint_eq(end.resets_owed, 2);
    ck_assert_uint_eq(end.reset_seq, 9);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("end");
    TCase *tcase = tcase_create("end");
    tcase_add_loop_test(tcase, knows_the_same_frame_again, 0, COUNT(frames));
    tcase_add_loop_test(tcase, knows_a_copy_without_identification, 0, COUNT(unidentified));
    tcase_add_test(tcase, remembers_what_counts);
    tcase_add_test(tcase, has_numbers_from_its_syn_or_from_the_middle);
    tcase_add_test(tcase, says_when_its_fin_arrived);
    tcase_add_test(tcase, owes_a_reset_where_it_was_asked_for_last);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
