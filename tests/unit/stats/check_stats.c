/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/stats.h"

#include <stdlib.h>
#include <string.h>

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

/* Buckets rise with what they count, and nothing falls out of them. */
START_TEST(finds_buckets)
{
    size_t before = 0;

    ck_assert_uint_eq(histogram_bucket(DURATION_UNKNOWN), 0);
    ck_assert_uint_eq(histogram_bucket(-5), 0);
    ck_assert_uint_eq(histogram_bucket(127), 127);
    ck_assert_uint_lt(histogram_bucket(INT64_MAX), HISTOGRAM_SIZE);
    for (int64_t ns = 1; ns < INT64_MAX / 2; ns += ns / 50 + 1) {
        ck_assert_uint_gt(histogram_bucket(ns), before);
        before = histogram_bucket(ns);
    }
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

    open.warned = slow.warned = true;
    summary_add(&summary, &open);
    summary_add(&summary, &slow);
    summary_add(&summary, &silent);
    ck_assert_uint_eq(summary.connections, 3);
    ck_assert_uint_eq(summary.ok, 1);
    ck_assert_uint_eq(summary.warned, 1); /* what is not ok is more than a warning */
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

/* The exact percentile by the nearest rank. */
static int64_t exact_percentile(int64_t *sorted, uint64_t count, unsigned percent)
{
    return sorted[(count * percent + 99) / 100 - 1];
}

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Samples of every magnitude: off by less than 1/128, whatever their number. */
START_TEST(estimates_percentiles)
{
    static int64_t samples[10000];
    static struct histogram histogram;
    uint64_t random = (uint64_t)_i, count = 1 + next_random(&random) % 10000;

    memset(&histogram, 0, sizeof histogram);
    for (uint64_t i = 0; i < count; i++) {
        samples[i] = (int64_t)(next_random(&random) >> (1 + next_random(&random) % 63));
        histogram_add(&histogram, samples[i]);
    }
    qsort(samples, count, sizeof(samples[0]), by_size);
    for (unsigned percent = 1; percent <= 100; percent++) {
        int64_t exact = exact_percentile(samples, count, percent),
                estimate = histogram_percentile_ns(&histogram, percent);

        ck_assert_int_le(estimate > exact ? estimate - exact : exact - estimate, exact / 128);
    }
}
END_TEST

/* What lies alone in its bucket comes out as it went in, small and at the ends of all buckets. */
START_TEST(keeps_single_durations)
{
    for (int64_t ns = 0; ns < 128; ns++) {
        struct histogram histogram = {0};

        histogram_add(&histogram, ns);
        ck_assert_int_eq(histogram_percentile_ns(&histogram, 50), ns);
    }
    for (unsigned bit = 7; bit < 63; bit++) {
        for (int64_t beside = -1; beside <= 1; beside++) {
            int64_t ns = (INT64_C(1) << bit) + beside;
            struct histogram histogram = {0};

            histogram_add(&histogram, ns);
            ns -= histogram_percentile_ns(&histogram, 1);
            ck_assert_int_le(ns > 0 ? ns : -ns, (INT64_C(1) << bit) / 128);
        }
    }
}
END_TEST

/* Between two doubles that are next to each other the mean is one of them. */
START_TEST(means_lie_within)
{
    const int64_t least_ns = (INT64_C(1) << 62) + 1024, most_ns = least_ns + 1024;
    struct rtt_stats stats = {0};

    rtt_stats_add(&stats, least_ns);
    rtt_stats_add(&stats, most_ns);
    ck_assert_int_eq(rtt_stats_mean_ns(&stats), most_ns);
}
END_TEST

START_TEST(takes_any_duration)
{
    struct histogram histogram = {0};

    ck_assert_int_eq(histogram_percentile_ns(&histogram, 50), DURATION_UNKNOWN);
    histogram_add(&histogram, DURATION_UNKNOWN);
    ck_assert_int_eq(histogram_percentile_ns(&histogram, 50), DURATION_UNKNOWN);
    histogram_add(&histogram, -1);
    histogram_add(&histogram, INT64_MIN + 1);
    ck_assert_int_eq(histogram_percentile_ns(&histogram, 100), 0);
    histogram_add(&histogram, INT64_MAX);
    ck_assert_uint_eq(histogram.buckets[HISTOGRAM_SIZE - 1], 1);
    ck_assert_int_gt(histogram_percentile_ns(&histogram, 100), INT64_MAX / 128 * 127);
    ck_assert_int_eq(histogram_percentile_ns(&histogram, 66), 0);
}
END_TEST

/* Percentiles never leave what was measured. */
START_TEST(bounds_percentiles)
{
    static struct spread spread;
    struct summary summary = {.spread = &spread};
    struct connection_result result = a_result(PORT_OPEN, 1000001, true);

    ck_assert_int_eq(summary_syn_percentile_ns(&summary, 50), DURATION_UNKNOWN);
    result.handshake.connect_ns = 3000003;
    summary_add(&summary, &result);
    for (unsigned percent = 1; percent <= 100; percent++) {
        ck_assert_int_eq(summary_syn_percentile_ns(&summary, percent), 1000001);
        ck_assert_int_eq(summary_fin_percentile_ns(&summary, percent), 2000002);
        ck_assert_int_eq(summary_connect_percentile_ns(&summary, percent), 3000003);
    }
    summary = (struct summary){.spread = memset(&spread, 0, sizeof spread)};
    result = a_result(PORT_OPEN, (INT64_C(2) << 20) - 1, true); /* the last of its bucket */
    summary_add(&summary, &result);
    ck_assert_int_eq(summary_syn_percentile_ns(&summary, 50), (INT64_C(2) << 20) - 1);
    summary.spread = NULL;
    ck_assert_int_eq(summary_syn_percentile_ns(&summary, 50), DURATION_UNKNOWN);
    ck_assert_int_eq(summary_fin_percentile_ns(&summary, 50), DURATION_UNKNOWN);
    ck_assert_int_eq(summary_connect_percentile_ns(&summary, 50), DURATION_UNKNOWN);
}
END_TEST

/* A refusal takes a time too, but opened nothing. */
START_TEST(counts_what_was_opened)
{
    static struct spread spread;
    struct summary summary = {.spread = memset(&spread, 0, sizeof spread)};

    for (unsigned i = 0; i < 12; i++) {
        struct connection_result result = a_result(i < 2 ? PORT_OPEN : PORT_CLOSED, 1000, true);

        result.handshake.connect_ns = i == 0 ? 20000 : 10000;
        summary_add(&summary, &result);
    }
    ck_assert_uint_eq(summary.connect.count, 2);
    ck_assert_uint_eq(spread.connect.count, 2);
    ck_assert_uint_eq(spread.syn_rtt.count, 12);
    ck_assert_uint_eq(spread.fin_rtt.count, 2);
    ck_assert_int_gt(summary_connect_percentile_ns(&summary, 90), 19000);
}
END_TEST

struct timed {
    int64_t connect_ns;
    uint16_t port;
};

static int slower_first(const void *a, const void *b)
{
    const struct timed *x = a, *y = b;

    if (x->connect_ns != y->connect_ns)
        return x->connect_ns < y->connect_ns ? 1 : -1;
    return x->port - y->port;
}

/* Against sorting all of them; of equals the first ones stay, which their ports tell. */
START_TEST(keeps_the_slowest)
{
    enum { HANDSHAKES = 300 };
    static struct spread spread;
    struct summary summary = {.spread = &spread};
    struct timed all[HANDSHAKES];
    uint64_t random = (uint64_t)_i;
    unsigned known = 0;

    memset(&spread, 0, sizeof spread);
    for (unsigned i = 0; i < HANDSHAKES; i++) {
        struct connection_result result = a_result(PORT_OPEN, 1, true);
        int64_t connect_ns = (int64_t)(next_random(&random) % 40) - 3;

        result.handshake.connect_ns = connect_ns == 0 ? DURATION_UNKNOWN : connect_ns;
        result.ends[CLIENT].port = (uint16_t)i;
        result.ends[SERVER].port = (uint16_t)(i + 1);
        result.start_ns = 1000 + i;
        result.handshake.total_ns = 2000 + i;
        result.handshake.syn_count = 1 + i;
        summary_add(&summary, &result);
        if (connect_ns != 0)
            all[known++] = (struct timed){connect_ns, (uint16_t)i};
        result.handshake.result = HANDSHAKE_REFUSED; /* the time of a refusal is no handshake's */
        result.handshake.connect_ns = 1000;
        summary_add(&summary, &result);
        qsort(all, known, sizeof(all[0]), slower_first);
        ck_assert_uint_eq(spread.slowest_count, known < SLOWEST_MAX ? known : SLOWEST_MAX);
        for (unsigned k = 0; k < spread.slowest_count; k++) {
            ck_assert_int_eq(spread.slowest[k].connect_ns, all[k].connect_ns);
            ck_assert_uint_eq(spread.slowest[k].ends[CLIENT].port, all[k].port);
            ck_assert_uint_eq(spread.slowest[k].ends[SERVER].port, all[k].port + 1u);
            ck_assert_int_eq(spread.slowest[k].start_ns, 1000 + all[k].port);
            ck_assert_int_eq(spread.slowest[k].total_ns, 2000 + all[k].port);
            ck_assert_uint_eq(spread.slowest[k].syn_count, 1u + all[k].port);
        }
    }
}
END_TEST

static const struct {
    int64_t samples[SAMPLES_MAX];
    unsigned count;
    int64_t mean;
} jitters[] = {
    {{0}, 0, DURATION_UNKNOWN},
    {{7}, 1, DURATION_UNKNOWN},
    {{5, 5, 5}, 3, 0},
    {{10, 14, 12, 20}, 4, 5},           /* 4, 2, 8: 14 / 3 = 4.7 */
    {{10, DURATION_UNKNOWN, 14}, 3, 4}, /* the lost one between is left out */
    {{DURATION_UNKNOWN, DURATION_UNKNOWN}, 2, DURATION_UNKNOWN},
    {{-5, 5, -5}, 3, 10}, /* a clock that was set back */
    {{INT64_MAX, INT64_MIN + 1, INT64_MAX}, 3, INT64_MAX},
};

START_TEST(means_the_differences)
{
    struct jitter jitter = {0};

    for (unsigned i = 0; i < jitters[_i].count; i++)
        jitter_add(&jitter, jitters[_i].samples[i]);
    ck_assert_int_eq(jitter_mean_ns(&jitter), jitters[_i].mean);
}
END_TEST

/* The mean of the differences of both, as if they had been one series of differences. */
START_TEST(joins_the_differences)
{
    static const int64_t ours[] = {10, 14, 12}, theirs[] = {100, 109};
    struct jitter joined = {0}, other = {0};

    for (unsigned i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        jitter_add(&joined, ours[i]);
    for (unsigned i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
        jitter_add(&other, theirs[i]);
    jitter_join(&joined, &other);
    ck_assert_int_eq(jitter_mean_ns(&joined), 5); /* 4, 2 and 9 */
}
END_TEST

/* How long the last connection took is known only where something answered. */
START_TEST(times_the_latest)
{
    struct summary summary = {.target = "example.com"};
    struct connection_result result = a_result(PORT_OPEN, 100, true);

    result.has_client = true;
    result.start_ns = 1000;
    result.end_ns = 1700;
    summary_add(&summary, &result);
    ck_assert_int_eq(summary.latest.total_ns, 700);
    result.handshake.result = HANDSHAKE_NO_ANSWER;
    summary_add(&summary, &result);
    ck_assert_int_eq(summary.latest.total_ns, DURATION_UNKNOWN);
}
END_TEST

/* The time of the name stays until another one is known; all else is of the latest connection. */
START_TEST(keeps_the_latest)
{
    struct summary summary = {.target = "example.com"};
    struct connection_result result = a_result(PORT_OPEN, 100, true);

    result.resolve_ns = DURATION_UNKNOWN;
    summary_add(&summary, &result);
    ck_assert_int_eq(summary.latest.resolve_ns, DURATION_UNKNOWN);
    result.resolve_ns = 7;
    summary_add(&summary, &result);
    ck_assert_int_eq(summary.latest.resolve_ns, 7);
    result = a_result(PORT_CLOSED, 201, false);
    result.resolve_ns = DURATION_UNKNOWN;
    result.unmet = CRITERION_MAX_RTT;
    result.ends[SERVER].address.family = FAMILY_IPV6;
    result.handshake.reason = REASON_RESET;
    result.handshake.connect_ns = 200;
    result.handshake.ack_delay_ns = 202;
    result.teardown.fin_rtt_ns = 203;
    result.teardown.peer_fin_delay_ns = 204;
    result.teardown.reset_by = SERVER;
    summary_add(&summary, &result);
    const struct latest *latest = &summary.latest;
    ck_assert_int_eq(latest->resolve_ns, 7);
    ck_assert_int_eq(latest->port_state, PORT_CLOSED);
    ck_assert_int_eq(latest->reason, REASON_RESET);
    ck_assert_uint_eq(latest->family, FAMILY_IPV6);
    ck_assert_uint_eq(latest->unmet, CRITERION_MAX_RTT);
    ck_assert_int_eq(latest->connect_ns, 200);
    ck_assert_int_eq(latest->syn_rtt_ns, 201);
    ck_assert_int_eq(latest->ack_delay_ns, 202);
    ck_assert_int_eq(latest->fin_rtt_ns, 203);
    ck_assert_int_eq(latest->peer_fin_delay_ns, 204);
    ck_assert_int_eq(latest->close, TEARDOWN_RESULT_COUNT);
    ck_assert_int_eq(latest->reset_by, SERVER);
}
END_TEST

START_TEST(tells_the_share_of_failures)
{
    static const struct {
        uint64_t connections, ok;
        double percent;
    } losses[] = {{0, 0, 0}, {4, 4, 0}, {4, 3, 25}, {3, 0, 100}};

    for (unsigned i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
        const struct summary summary = {.connections = losses[i].connections, .ok = losses[i].ok};

        ck_assert_double_eq(summary_failed_percent(&summary), losses[i].percent);
    }
}
END_TEST

/* What both ends sent again, as a share of what they sent; copies of frames are nothing sent. */
START_TEST(tells_the_share_of_retransmissions)
{
    struct summary summary = {0};
    struct connection_result result = a_result(PORT_OPEN, 100, true);

    ck_assert_double_eq(summary_retransmitted_percent(&summary), 0);
    result.segments[CLIENT] = 6;
    result.segments[SERVER] = 4;
    result.repeats[CLIENT] = (struct repeats){.data = 1, .syn = 2, .fin = 1, .duplicates = 3};
    result.repeats[SERVER] = (struct repeats){.fin = 1};
    summary_add(&summary, &result);
    ck_assert_uint_eq(traffic_retransmitted(&summary.traffic[CLIENT]), 4);
    ck_assert_uint_eq(traffic_retransmitted(&summary.traffic[SERVER]), 1);
    ck_assert_uint_eq(summary.traffic[CLIENT].duplicates, 3);
    ck_assert_double_eq(summary_retransmitted_percent(&summary), 50);
    result.repeats[CLIENT] = result.repeats[SERVER] = (struct repeats){0};
    summary_add(&summary, &result);
    ck_assert_double_eq(summary_retransmitted_percent(&summary), 25);
}
END_TEST

/* Of a connection whose findings were worked out; an unknown number counts nowhere. */
START_TEST(counts_causes)
{
    struct summary summary = {0};
    struct connection_result result = a_result(PORT_CLOSED, 100, false);
    const struct diagnoses diagnoses = {
        .count = 3,
        .list = {{.cause = CAUSE_REFUSED},
                 {.cause = CAUSE_RESET_INJECTED},
                 {.cause = (enum cause)CAUSE_COUNT}},
    };

    summary_add(&summary, &result);
    for (unsigned cause = 0; cause < CAUSE_COUNT; cause++)
        ck_assert_uint_eq(summary.by_cause[cause], 0);
    result.diagnoses = &diagnoses;
    summary_add(&summary, &result);
    summary_add(&summary, &result);
    for (unsigned cause = 0; cause < CAUSE_COUNT; cause++)
        ck_assert_uint_eq(summary.by_cause[cause],
                          cause == CAUSE_REFUSED || cause == CAUSE_RESET_INJECTED ? 2 : 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tcase = tcase_create("stats");

    tcase_add_loop_test(tcase, sums_up_round_trips, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tcase, finds_buckets);
    tcase_add_loop_test(tcase, means_the_differences, 0, sizeof(jitters) / sizeof(jitters[0]));
    tcase_add_test(tcase, joins_the_differences);
    tcase_add_test(tcase, times_the_latest);
    tcase_add_test(tcase, keeps_the_latest);
    tcase_add_test(tcase, tells_the_share_of_failures);
    tcase_add_test(tcase, tells_the_share_of_retransmissions);
    tcase_add_test(tcase, counts_causes);
    tcase_add_test(tcase, loses_no_digits_over_many);
    tcase_add_test(tcase, takes_every_root);
    tcase_add_test(tcase, counts_results);
    tcase_add_loop_test(tcase, estimates_percentiles, 0, 30);
    tcase_add_test(tcase, keeps_single_durations);
    tcase_add_test(tcase, takes_any_duration);
    tcase_add_test(tcase, means_lie_within);
    tcase_add_test(tcase, bounds_percentiles);
    tcase_add_test(tcase, counts_what_was_opened);
    tcase_add_loop_test(tcase, keeps_the_slowest, 0, 10);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
