/* SPDX-License-Identifier: BSD-2-Clause */
/* The figures of a summary, over the connections of one target or of a whole run. */
#ifndef TCPSHAKE_CORE_STATS_H
#define TCPSHAKE_CORE_STATS_H

#include "core/result.h"

/* Round-trip times so far; all zero is empty. The deviation is ping's: sqrt(mean of squares -
 * square of mean), taken over differences from the first sample so that it loses no digits. */
struct rtt_stats {
    uint64_t count;
    int64_t first_ns, min_ns, max_ns;
    double sum, sum_of_squares; /* of the differences from first_ns */
};

void rtt_stats_add(struct rtt_stats *stats, int64_t rtt_ns);
int64_t rtt_stats_mean_ns(const struct rtt_stats *stats); /* DURATION_UNKNOWN if empty */
int64_t rtt_stats_mdev_ns(const struct rtt_stats *stats); /* DURATION_UNKNOWN if empty */

#define HISTOGRAM_FINE 64 /* buckets of each power of two */
#define HISTOGRAM_SIZE (58 * HISTOGRAM_FINE)

/* Durations by their logarithm, the nanoseconds below 128 one by one: bounded memory for any number
 * of them, and percentiles that are off by less than 1/128. All zero is empty. */
struct histogram {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_SIZE];
};

/* Unknown ones are left out, those of a clock that was set back count as 0. */
void histogram_add(struct histogram *histogram, int64_t duration_ns);

/* By the nearest rank, the middle of its bucket; percent is 1 to 100. DURATION_UNKNOWN if empty. */
int64_t histogram_percentile_ns(const struct histogram *histogram, unsigned percent);

#define SLOWEST_MAX 5

struct slow_handshake {
    struct endpoint ends[ENDS];
    int64_t start_ns, total_ns;
    uint32_t syn_count;
};

/* What is too large to be kept of each of many targets. All zero is empty. */
struct spread {
    struct histogram syn_rtt, fin_rtt;
    struct slow_handshake
        slowest[SLOWEST_MAX]; /* by total_ns, falling; the first of equals first */
    unsigned slowest_count;
};

struct summary {
    const char *target; /* NULL: the whole run */
    uint16_t port;      /* 0: several */
    uint64_t connections, ok;
    uint64_t by_port_state[PORT_STATE_COUNT];
    uint64_t by_handshake[HANDSHAKE_RESULT_COUNT];
    uint64_t by_teardown[TEARDOWN_RESULT_COUNT];
    struct rtt_stats syn_rtt, fin_rtt;
    struct spread *spread; /* borrowed; NULL: not kept */
};

/* A percentile of the round trips of the SYN or of the FIN, never outside of what was measured;
 * DURATION_UNKNOWN where none was or no spread is kept. */
int64_t summary_syn_percentile_ns(const struct summary *summary, unsigned percent);
int64_t summary_fin_percentile_ns(const struct summary *summary, unsigned percent);

/* Counts one connection, also in the spread if there is one. */
void summary_add(struct summary *summary, const struct connection_result *result);

#endif
