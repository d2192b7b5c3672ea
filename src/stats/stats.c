/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/stats.h"

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

/* Newton's method from above, which decreases until it converges: the first half of its steps halve
 * the exponent, so 1100 is more than any double takes. */
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

void jitter_add(struct jitter *jitter, int64_t rtt_ns)
{
    double difference;

    if (rtt_ns == DURATION_UNKNOWN)
        return;
    if (jitter->begun) {
        difference = (double)rtt_ns - (double)jitter->last_ns;
        jitter->sum += difference < 0 ? -difference : difference;
        jitter->count++;
    }
    jitter->last_ns = rtt_ns;
    jitter->begun = true;
}

void jitter_join(struct jitter *jitter, const struct jitter *other)
{
    jitter->sum += other->sum;
    jitter->count += other->count;
}

int64_t jitter_mean_ns(const struct jitter *jitter)
{
    double mean;

    if (jitter->count == 0)
        return DURATION_UNKNOWN;
    mean = jitter->sum / (double)jitter->count;
    return mean < 9.2e18 ? (int64_t)(mean + 0.5) : INT64_MAX;
}

/* Of the seven highest bits the first says which power of two, the others which bucket of it. */
static size_t bucket_of(uint64_t value)
{
    unsigned shift;

    if (value < 2 * HISTOGRAM_FINE)
        return value;
    shift = 57 - (unsigned)__builtin_clzll(value);
    return shift * HISTOGRAM_FINE + (value >> shift);
}

static int64_t middle_of(size_t bucket)
{
    size_t shift = bucket < 2 * HISTOGRAM_FINE ? 0 : bucket / HISTOGRAM_FINE - 1;
    uint64_t low = (uint64_t)(bucket - shift * HISTOGRAM_FINE) << shift;

    return (int64_t)(low + ((UINT64_C(1) << shift) - 1) / 2);
}

size_t histogram_bucket(int64_t duration_ns)
{
    return bucket_of(duration_ns > 0 ? (uint64_t)duration_ns : 0);
}

void histogram_add(struct histogram *histogram, int64_t duration_ns)
{
    if (duration_ns == DURATION_UNKNOWN)
        return;
    histogram->buckets[histogram_bucket(duration_ns)]++;
    histogram->count++;
}

int64_t histogram_percentile_ns(const struct histogram *histogram, unsigned percent)
{
    /* count * percent / 100, rounded up, without the product */
    uint64_t rank =
        histogram->count / 100 * percent + (histogram->count % 100 * percent + 99) / 100;
    uint64_t upto = histogram->buckets[0];
    size_t i = 0;

    if (histogram->count == 0)
        return DURATION_UNKNOWN;
    while (upto < rank && i < HISTOGRAM_SIZE - 1)
        upto += histogram->buckets[++i];
    return middle_of(i);
}

static int64_t percentile(const struct histogram *histogram, const struct rtt_stats *stats,
                          unsigned percent)
{
    int64_t value_ns = histogram_percentile_ns(histogram, percent);

    if (stats->count == 0 || value_ns == DURATION_UNKNOWN)
        return DURATION_UNKNOWN;
    if (value_ns < stats->min_ns)
        return stats->min_ns;
    return value_ns > stats->max_ns ? stats->max_ns : value_ns;
}

int64_t summary_connect_percentile_ns(const struct summary *summary, unsigned percent)
{
    if (summary->spread == NULL)
        return DURATION_UNKNOWN;
    return percentile(&summary->spread->connect, &summary->connect, percent);
}

int64_t summary_syn_percentile_ns(const struct summary *summary, unsigned percent)
{
    if (summary->spread == NULL)
        return DURATION_UNKNOWN;
    return percentile(&summary->spread->syn_rtt, &summary->syn_rtt, percent);
}

int64_t summary_fin_percentile_ns(const struct summary *summary, unsigned percent)
{
    if (summary->spread == NULL)
        return DURATION_UNKNOWN;
    return percentile(&summary->spread->fin_rtt, &summary->fin_rtt, percent);
}

/* Into its place among the slowest, if it has one. */
static void keep_if_slow(struct spread *spread, const struct connection_result *result)
{
    int64_t connect_ns = result->handshake.connect_ns;
    unsigned at = spread->slowest_count;

    if (result->handshake.result != HANDSHAKE_COMPLETED || connect_ns == DURATION_UNKNOWN ||
        (at == SLOWEST_MAX && connect_ns <= spread->slowest[SLOWEST_MAX - 1].connect_ns))
        return;
    if (at < SLOWEST_MAX)
        spread->slowest_count++;
    else
        at--;
    for (; at > 0 && spread->slowest[at - 1].connect_ns < connect_ns; at--)
        spread->slowest[at] = spread->slowest[at - 1];
    spread->slowest[at] = (struct slow_handshake){
        .ends = {result->ends[CLIENT], result->ends[SERVER]},
        .start_ns = result->start_ns,
        .connect_ns = connect_ns,
        .total_ns = result->handshake.total_ns,
        .syn_count = result->handshake.syn_count,
    };
}

static void spread_add(struct spread *spread, const struct connection_result *result)
{
    if (result->port_state == PORT_OPEN)
        histogram_add(&spread->connect, result->handshake.connect_ns);
    histogram_add(&spread->syn_rtt, result->handshake.syn_rtt_ns);
    histogram_add(&spread->fin_rtt, result->teardown.fin_rtt_ns);
    keep_if_slow(spread, result);
}

static void tally(uint64_t *counts, size_t size, size_t value)
{
    if (value < size)
        counts[value]++;
}

static void traffic_add(struct traffic *traffic, const struct connection_result *result,
                        enum end_id end)
{
    const struct repeats *repeats = &result->repeats[end];

    traffic->segments += result->segments[end];
    traffic->syn += repeats->syn;
    traffic->fin += repeats->fin;
    traffic->data += repeats->data;
    traffic->duplicates += repeats->duplicates;
}

uint64_t traffic_retransmitted(const struct traffic *traffic)
{
    return traffic->syn + traffic->fin + traffic->data;
}

/* From the first segment to the last; without an answer that would only be our own time-out. */
static int64_t total_ns_of(const struct connection_result *result)
{
    if (!result->has_client || result->handshake.result == HANDSHAKE_NO_ANSWER)
        return DURATION_UNKNOWN;
    return duration_between(result->start_ns, result->end_ns);
}

/* The name is not resolved for every connection: its last time stays. */
static void note_latest(struct latest *latest, const struct connection_result *result, bool first)
{
    int64_t before_ns = first ? DURATION_UNKNOWN : latest->resolve_ns;

    *latest = (struct latest){
        .port_state = result->port_state,
        .reason = result->handshake.reason,
        .family = result->ends[SERVER].address.family,
        .unmet = (uint8_t)result->unmet,
        .total_ns = total_ns_of(result),
        .resolve_ns = result->resolve_ns != DURATION_UNKNOWN ? result->resolve_ns : before_ns,
        .connect_ns = result->handshake.connect_ns,
        .syn_rtt_ns = result->handshake.syn_rtt_ns,
        .ack_delay_ns = result->handshake.ack_delay_ns,
        .fin_rtt_ns = result->teardown.fin_rtt_ns,
        .peer_fin_delay_ns = result->teardown.peer_fin_delay_ns,
        .close = connection_close(result),
        .reset_by = result->teardown.reset_by,
    };
}

static double percent_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

double summary_failed_percent(const struct summary *summary)
{
    return percent_of(summary->connections - summary->ok, summary->connections);
}

double summary_retransmitted_percent(const struct summary *summary)
{
    const struct traffic *client = &summary->traffic[CLIENT], *server = &summary->traffic[SERVER];

    return percent_of(traffic_retransmitted(client) + traffic_retransmitted(server),
                      client->segments + server->segments);
}

static void tally_causes(struct summary *summary, const struct diagnoses *diagnoses)
{
    for (unsigned i = 0; diagnoses != NULL && i < diagnoses->count; i++)
        if ((unsigned)diagnoses->list[i].cause < CAUSE_COUNT)
            summary->by_cause[diagnoses->list[i].cause]++;
}

void summary_add(struct summary *summary, const struct connection_result *result)
{
    summary->connections++;
    summary->ok += result->ok;
    summary->warned += result->ok && result->warned;
    traffic_add(&summary->traffic[CLIENT], result, CLIENT);
    traffic_add(&summary->traffic[SERVER], result, SERVER);
    if (summary->target != NULL || summary->connections == 1)
        note_latest(&summary->latest, result, summary->connections == 1);
    if (result->port_state == PORT_OPEN)
        rtt_stats_add(&summary->connect, result->handshake.connect_ns);
    if (summary->target != NULL)
        jitter_add(&summary->syn_jitter, result->handshake.syn_rtt_ns);
    tally(summary->by_port_state, PORT_STATE_COUNT, result->port_state);
    tally(summary->by_handshake, HANDSHAKE_RESULT_COUNT, result->handshake.result);
    tally(summary->by_teardown, TEARDOWN_RESULT_COUNT, result->teardown.result);
    tally_causes(summary, result->diagnoses);
    offer_totals_add(&summary->offers, result);
    tally(summary->by_close, TEARDOWN_RESULT_COUNT, connection_close(result));
    rtt_stats_add(&summary->syn_rtt, result->handshake.syn_rtt_ns);
    rtt_stats_add(&summary->fin_rtt, result->teardown.fin_rtt_ns);
    if (summary->spread != NULL)
        spread_add(summary->spread, result);
}
