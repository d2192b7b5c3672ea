/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/timing.h"

#include "harness.h"
#include "tcp/result.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define UNKNOWN      DURATION_UNKNOWN
#define NO_TS        -1 /* a segment without timestamps */

/* Sendings at the given times with the given TSvals, and which of them an answer belongs to. */
static const struct {
    const char *name;
    struct {
        int64_t at_ns, tsval;
    } sent[8];
    int count;
    int64_t answer_ns, tsecr, rtt_ns;
} answers[] = {
    {"none was sent", {{0, 0}}, 0, 100, NO_TS, UNKNOWN},
    {"none was sent, with an echo", {{0, 0}}, 0, 100, 0, UNKNOWN},
    {"one", {{10, NO_TS}}, 1, 100, NO_TS, 90},
    {"one, timestamps do not matter", {{10, 7}}, 1, 100, 9, 90},
    {"one, answered before it was captured", {{10, NO_TS}}, 1, 4, NO_TS, UNKNOWN},
    {"two: Karn", {{10, NO_TS}, {20, NO_TS}}, 2, 100, NO_TS, UNKNOWN},
    {"two, the echo means the first: maybe repeated", {{10, 1}, {20, 2}}, 2, 100, 1, UNKNOWN},
    {"two, the echo means the second", {{10, 1}, {20, 2}}, 2, 100, 2, 80},
    {"two, the echo means neither", {{10, 1}, {20, 2}}, 2, 100, 3, UNKNOWN},
    {"two, no echo", {{10, 1}, {20, 2}}, 2, 100, NO_TS, UNKNOWN},
    {"two, only the second carried one", {{10, NO_TS}, {20, 2}}, 2, 100, 2, UNKNOWN},
    {"two, only the first carried one", {{10, 1}, {20, NO_TS}}, 2, 100, 1, UNKNOWN},
    {"two within a tick", {{10, 1}, {20, 1}}, 2, 100, 1, UNKNOWN},
    {"three, two within a tick", {{10, 1}, {20, 2}, {30, 2}}, 3, 100, 2, UNKNOWN},
    {"three, the first two within a tick", {{10, 1}, {20, 1}, {30, 2}}, 3, 100, 2, 70},
    {"two, almost a second", {{10, 1}, {20, 2}}, 2, 1000000019, 2, 999999999},
    {"two, a second: maybe repeated unasked", {{10, 1}, {20, 2}}, 2, 1000000020, 2, UNKNOWN},
    {"one, a second", {{10, 1}}, 1, 1000000010, 1, 1000000000},
    {"two, the second at a time that is not known", {{10, 1}, {UNKNOWN, 2}}, 2, 100, 2, UNKNOWN},
    {"a TSval of 0 is one like any other", {{10, 0xffffffff}, {20, 0}}, 2, 100, 0, 80},
    {"many, an early one",
     {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}, {7, 7}, {8, 8}},
     8,
     100,
     4,
     UNKNOWN},
    {"many, the last",
     {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}, {7, 7}, {8, 8}},
     8,
     100,
     8,
     92},
    {"sent at a time that is not known", {{UNKNOWN, NO_TS}}, 1, 100, NO_TS, UNKNOWN},
};

START_TEST(finds_the_sending)
{
    struct sendings sendings = {.count = 0};
    for (int i = 0; i < answers[_i].count; i++) {
        int64_t tsval = answers[_i].sent[i].tsval;
        sendings_add(&sendings, answers[_i].sent[i].at_ns, tsval != NO_TS, (uint32_t)tsval);
    }
    ck_assert_uint_eq(sendings.count, (unsigned)answers[_i].count);
    int64_t tsecr = answers[_i].tsecr;
    int64_t rtt_ns =
        sendings_rtt_ns(&sendings, answers[_i].answer_ns, tsecr != NO_TS, (uint32_t)tsecr);
    ck_assert_msg(rtt_ns == answers[_i].rtt_ns, "%s: %lld", answers[_i].name, (long long)rtt_ns);
}
END_TEST

START_TEST(counts_without_end)
{
    struct sendings sendings = {.count = UINT32_MAX - 1, .timestamped = true};
    sendings_add(&sendings, 1, true, 1);
    sendings_add(&sendings, 2, true, 2);
    sendings_add(&sendings, 3, true, 3);
    ck_assert_uint_eq(sendings.count, UINT32_MAX);
    ck_assert_int_eq(sendings_rtt_ns(&sendings, 9, true, 3), 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timing");
    TCase *sendings = tcase_create("sendings");
    tcase_add_loop_test(sendings, finds_the_sending, 0, COUNT(answers));
    tcase_add_test(sendings, counts_without_end);
    suite_add_tcase(suite, sendings);
    return run_suite(suite);
}
