/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/stats.h"

void rtt_stats_add(struct rtt_stats *stats, int64_t rtt_ns)
{
    double difference;

    if (rtt_ns == DURATION_UNKNOWN)
        return;
    if (stats->count == 0)
        stats->first_ns = stats->min_ns = stats->max_ns = rtt_ns;
    if (rtt_ns < stats->min_ns)
        stats->min_ns = rtt_ns;
    if (rtt_ns > stats->max_ns)
        stats->max_ns = rtt_ns;
    difference = (double)rtt_ns - (double)stats->first_ns;
    stats->sum += difference;
    stats->sum_of_squares += difference * difference;
    stats->count++;
}

int64_t rtt_stats_mean_ns(const struct rtt_stats *stats)
{
    double mean;

    if (stats->count == 0)
        return DURATION_UNKNOWN;
    mean = (double)stats->first_ns + stats->sum / (double)stats->count;
    if (mean <= (double)stats->min_ns)
        return stats->min_ns;
    if (mean >= (double)stats->max_ns)
        return stats->max_ns;
    return (int64_t)(mean < 0 ? mean - 0.5 : mean + 0.5);
}

/* Newton's method from above, where it falls until it has arrived: the first half of its steps
 * halve the exponent, so 1100 is more than any double takes. */
static double square_root(double square)
{
    double root = square > 1 ? square : 1;

    for (int i = 0; i < 1100; i++) {
        double next = (root + square / root) / 2;

        if (next >= root)
            break;
        root = next;
    }
    return root;
}

int64_t rtt_stats_mdev_ns(const struct rtt_stats *stats)
{
    double count = (double)stats->count, mean, variance, deviation;

    if (stats->count == 0)
        return DURATION_UNKNOWN;
    mean = stats->sum / count;
    variance = stats->sum_of_squares / count - mean * mean;
    if (!(variance > 0)) /* rounding may leave less than nothing */
        return 0;
    deviation = square_root(variance);
    return deviation < 9.2e18 ? (int64_t)(deviation + 0.5) : INT64_MAX;
}

static void tally(uint64_t *counts, size_t size, size_t value)
{
    if (value < size)
        counts[value]++;
}

void summary_add(struct summary *summary, const struct connection_result *result)
{
    summary->connections++;
    summary->ok += result->ok;
    tally(summary->by_port_state, PORT_STATE_COUNT, result->port_state);
    tally(summary->by_handshake, HANDSHAKE_RESULT_COUNT, result->handshake.result);
    tally(summary->by_teardown, TEARDOWN_RESULT_COUNT, result->teardown.result);
    rtt_stats_add(&summary->syn_rtt, result->handshake.syn_rtt_ns);
    rtt_stats_add(&summary->fin_rtt, result->teardown.fin_rtt_ns);
}
