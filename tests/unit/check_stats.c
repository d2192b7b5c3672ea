/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/stats.h"
#include "harness.h"

#define SAMPLES_MAX 8

static const struct {
    int64_t samples[SAMPLES_MAX];
    unsigned count;
    int64_t min, mean, max, mdev;
} cases[] = {
    {{0}, 0, 0, DURATION_UNKNOWN, 0, DURATION_UNKNOWN},
    {{12345678}, 1, 12345678, 12345678, 12345678, 0},
    {{0}, 1, 0, 0, 0, 0},
    {{5, 5, 5, 5}, 4, 5, 5, 5, 0},
    {{1, 2}, 2, 1, 2, 2, 1},                   /* 1.5 and 0.5 round up */
    {{2, 4, 4, 4, 5, 5, 7, 9}, 8, 2, 5, 9, 2}, /* the population's deviation, as in ping */
    {{9, 7, 5, 5, 4, 4, 4, 2}, 8, 2, 5, 9, 2}, /* in any order */
    {{-4, -2}, 2, -4, -3, -2, 1},              /* a clock that was set back */
    {{DURATION_UNKNOWN, 10, DURATION_UNKNOWN, 20}, 4, 10, 15, 20, 5},
    {{DURATION_UNKNOWN}, 1, 0, DURATION_UNKNOWN, 0, DURATION_UNKNOWN},
    /* squares of these have more digits than a double keeps */
    {{1000000000000001, 1000000000000003},
     2,
     1000000000000001,
     1000000000000002,
     1000000000000003,
     1},
    {{3600000000000, 3600000000000, 3600000001000},
     3,
     3600000000000,
     3600000000333,
     3600000001000,
     471},
    {{INT64_MAX, INT64_MAX}, 2, INT64_MAX, INT64_MAX, INT64_MAX, 0},
    {{INT64_MIN + 1, INT64_MAX}, 2, INT64_MIN + 1, 0, INT64_MAX, INT64_MAX},
};

START_TEST(sums_up_round_trips)
{
    struct rtt_stats stats = {0};

    for (unsigned i = 0; i < cases[_i].count; i++)
        rtt_stats_add(&stats, cases[_i].samples[i]);
    ck_assert_int_eq(rtt_stats_mean_ns(&stats), cases[_i].mean);
    ck_assert_int_eq(rtt_stats_mdev_ns(&stats), cases[_i].mdev);
    ck_assert_int_eq(stats.min_ns, cases[_i].min);
    ck_assert_int_eq(stats.max_ns, cases[_i].max);
}
END_TEST

/* 1, 2, ..., n above a base: the deviation is the square root of (n * n - 1) / 12. */
START_TEST(loses_no_digits_over_many)
{
    struct rtt_stats stats = {0};
    const int64_t base = INT64_C(40000000000), n = 1000000;

    for (int64_t i = 1; i <= n; i++)
        rtt_stats_add(&stats, base + (i * 7919 % n == 0 ? n : i * 7919 % n));
    ck_assert_uint_eq(stats.count, (uint64_t)n);
    ck_assert_int_eq(stats.min_ns, base + 1);
    ck_assert_int_eq(stats.max_ns, base + n);
    ck_assert_int_le(rtt_stats_mean_ns(&stats) - base - n / 2, 1);
    ck_assert_int_ge(rtt_stats_mean_ns(&stats) - base - n / 2, 0);
    ck_assert_int_eq(rtt_stats_mdev_ns(&stats), 288675);
}
END_TEST

START_TEST(takes_every_root)
{
    for (int64_t root = 1; root < INT64_C(2000000000); root = root * 3 / 2 + 1) {
        struct rtt_stats stats = {0};

        rtt_stats_add(&stats, 0);
        rtt_stats_add(&stats, 2 * root);
        ck_assert_int_eq(rtt_stats_mdev_ns(&stats), root);
    }
}
END_TEST

static struct connection_result a_result(enum port_state port, int64_t syn_rtt_ns, bool ok)
{
    struct connection_result result = {.port_state = port, .ok = ok};

    result.handshake.result = port == PORT_OPEN ? HANDSHAKE_COMPLETED : HANDSHAKE_NO_ANSWER;
    result.handshake.syn_rtt_ns = syn_rtt_ns;
    result.teardown.result = port == PORT_OPEN ? TEARDOWN_GRACEFUL : TEARDOWN_NONE;
    result.teardown.fin_rtt_ns = port == PORT_OPEN ? 2 * syn_rtt_ns : DURATION_UNKNOWN;
    return result;
}

START_TEST(counts_results)
{
    struct summary summary = {.target = "example.com", .port = 443};
    struct connection_result open = a_result(PORT_OPEN, 100, true),
                             slow = a_result(PORT_OPEN, 300, false),
                             silent = a_result(PORT_FILTERED, DURATION_UNKNOWN, false);

    summary_add(&summary, &open);
    summary_add(&summary, &slow);
    summary_add(&summary, &silent);
    ck_assert_uint_eq(summary.connections, 3);
    ck_assert_uint_eq(summary.ok, 1);
    ck_assert_uint_eq(summary.by_port_state[PORT_OPEN], 2);
    ck_assert_uint_eq(summary.by_port_state[PORT_FILTERED], 1);
    ck_assert_uint_eq(summary.by_port_state[PORT_CLOSED], 0);
    ck_assert_uint_eq(summary.by_handshake[HANDSHAKE_COMPLETED], 2);
    ck_assert_uint_eq(summary.by_handshake[HANDSHAKE_NO_ANSWER], 1);
    ck_assert_uint_eq(summary.by_teardown[TEARDOWN_GRACEFUL], 2);
    ck_assert_uint_eq(summary.by_teardown[TEARDOWN_NONE], 1);
    ck_assert_uint_eq(summary.syn_rtt.count, 2);
    ck_assert_int_eq(rtt_stats_mean_ns(&summary.syn_rtt), 200);
    ck_assert_uint_eq(summary.fin_rtt.count, 2);
    ck_assert_int_eq(rtt_stats_mean_ns(&summary.fin_rtt), 400);
    ck_assert_str_eq(summary.target, "example.com");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tcase = tcase_create("stats");

    tcase_add_loop_test(tcase, sums_up_round_trips, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tcase, loses_no_digits_over_many);
    tcase_add_test(tcase, takes_every_root);
    tcase_add_test(tcase, counts_results);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
