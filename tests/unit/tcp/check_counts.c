/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/counts.h"

#include "harness.h"
#include "talk.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* By the flags alone: the receiver drops some of these. */
START_TEST(counts_each_kind_and_notes_its_first)
{
    static const struct line lines[] = {
        EXPECT(0, "> S 0", ""),        EXPECT(1, "< S. 0 ack 9", ""), EXPECT(2, "< S. 0 ack 1", ""),
        EXPECT(3, "> . 1 ack 0", ""),  EXPECT(4, "> . 1 ack 1", ""),  EXPECT(5, "< R 77", ""),
        EXPECT(6, "> F. 1 ack 1", ""), EXPECT(7, "> F. 1 ack 1", ""), EXPECT(8, "< F. 1 ack 2", ""),
        EXPECT(9, "> R 2", ""),
    };
    static const struct first none = FIRST_NONE;
    struct counts counts[ENDS] = {{.segments = 0}, {.segments = 0}};
    struct first first = none;
    struct syn_times syn_times;
    int64_t start_ns = 0;
    for (int i = 0; i < COUNT(lines); i++) {
        struct segment s;
        enum origin origin;
        enum end_id from = lines[i].segment[0] == '>' ? CLIENT : SERVER;
        talk_segment(&lines[i], &talk_ordinary, &s, &origin);
        counts_add(&counts[from], &first, &syn_times, from, &s);
        start_ns = i == 0 ? s.time_ns : start_ns;
    }
    const int64_t at_ns[] = {first.syn_ns,         first.syn_ack_ns,     first.ack_ns,
                             first.fin_ns[CLIENT], first.fin_ns[SERVER], first.rst_ns};
    static const int64_t wanted_ms[] = {0, 1, 4, 6, 8, 5};
    for (int i = 0; i < COUNT(at_ns); i++)
        ck_assert_int_eq((at_ns[i] - start_ns) / 1000000, wanted_ms[i]);
    ck_assert_int_eq(first.rst_by, SERVER);
    ck_assert_uint_eq(counts[CLIENT].segments, 6);
    ck_assert_uint_eq(counts[SERVER].segments, 4);
    ck_assert_uint_eq(counts[CLIENT].syn_count, 1);
    ck_assert_uint_eq(counts[SERVER].syn_count, 2);
    ck_assert_uint_eq(counts[CLIENT].fin_count, 2);
    ck_assert_uint_eq(counts[SERVER].fin_count, 1);
}
END_TEST

/* A length that the frame has no room for counts no octets. */
START_TEST(counts_what_the_wire_carried)
{
    struct counts counts = {.segments = 0};
    struct first first = FIRST_NONE;
    struct syn_times syn_times;
    struct segment s = {.flags = TCP_ACK, .payload_len = 100, .cut = 60};
    counts_add(&counts, &first, &syn_times, CLIENT, &s);
    s.cut = 120;
    counts_add(&counts, &first, &syn_times, CLIENT, &s);
    ck_assert_uint_eq(counts.bytes, 40);
    ck_assert_uint_eq(counts.segments, 2);
}
END_TEST

/* Of the client's SYNs as many as are kept, and nothing that 40 bits do not hold. */
START_TEST(keeps_the_times_of_syns)
{
    static const int64_t at_ns[] = {5,          1000000006, 4,  6,         (INT64_C(1) << 40) + 3,
                                    7000000005, 9,          10, 1000000000};
    static const int64_t wanted_ns[SYN_TIMES_MAX] = {
        0, 1000000001, DURATION_UNKNOWN, 1, (INT64_C(1) << 40) - 2, 7000000000};
    struct counts counts = {.segments = 0};
    struct first first = FIRST_NONE;
    struct syn_times syn_times;
    for (int i = 0; i < COUNT(at_ns); i++) {
        struct segment s = {.flags = TCP_SYN, .time_ns = at_ns[i]};
        counts_add(&counts, &first, &syn_times, CLIENT, &s);
    }
    for (uint32_t i = 0; i < SYN_TIMES_MAX; i++)
        ck_assert_int_eq(syn_times_at(&syn_times, i), wanted_ns[i]);
    struct segment late = {.flags = TCP_SYN, .time_ns = (INT64_C(1) << 40) + 4};
    counts = (struct counts){.syn_count = 1};
    counts_add(&counts, &first, &syn_times, CLIENT, &late);
    ck_assert_int_eq(syn_times_at(&syn_times, 1), DURATION_UNKNOWN);
}
END_TEST

START_TEST(counts_what_was_sent_again_by_kind)
{
    struct repeats repeats = {.fin = UINT16_MAX - 1, .data = UINT32_MAX - 1};
    static const uint16_t flags[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_FIN | TCP_ACK,
                                     TCP_FIN | TCP_ACK, TCP_ACK,           TCP_ACK | TCP_PSH};
    for (int i = 0; i < COUNT(flags); i++)
        repeats_add(&repeats, &(struct segment){.flags = flags[i]});
    repeats_add_duplicate(&repeats);
    ck_assert_uint_eq(repeats.syn, 2);
    ck_assert_uint_eq(repeats.fin, UINT16_MAX);
    ck_assert_uint_eq(repeats.data, UINT32_MAX);
    ck_assert_uint_eq(repeats.duplicates, 1);
    ck_assert_uint_eq(repeats_retransmitted(&repeats), UINT64_C(2) + UINT16_MAX + UINT32_MAX);
    repeats.duplicates = UINT32_MAX;
    repeats_add_duplicate(&repeats);
    ck_assert_uint_eq(repeats.duplicates, UINT32_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("counts");
    TCase *tcase = tcase_create("counts");
    tcase_add_test(tcase, counts_each_kind_and_notes_its_first);
    tcase_add_test(tcase, counts_what_the_wire_carried);
    tcase_add_test(tcase, keeps_the_times_of_syns);
    tcase_add_test(tcase, counts_what_was_sent_again_by_kind);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
