/* SPDX-License-Identifier: BSD-2-Clause */
/* The figures of a summary, over the connections of one target or of a whole run. */
#ifndef TCPSHAKE_STATS_STATS_H
#define TCPSHAKE_STATS_STATS_H

#include <stddef.h>

#include "findings/cause.h"
#include "stats/conditions.h"
#include "stats/offertotals.h"
#include "tcp/result.h"

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

/* How much one round trip differs from the next: the |D(i-1, i)| of RFC 3550, 6.4.1, but their
 * plain mean, which says the same of a short run, where that of the RFC has hardly left its start
 * at 0. All zero is empty. */
struct jitter {
    uint64_t count;  /* of differences */
    int64_t last_ns; /* the round trip before */
    bool begun;      /* there is one */
    double sum;
};

void jitter_add(struct jitter *jitter, int64_t rtt_ns); /* an unknown one is left out */
int64_t jitter_mean_ns(const struct jitter *jitter);    /* DURATION_UNKNOWN if empty */

/* Adds the differences of another. */
void jitter_join(struct jitter *jitter, const struct jitter *other);

#define HISTOGRAM_FINE 64 /* buckets of each power of two */
#define HISTOGRAM_SIZE (58 * HISTOGRAM_FINE)

/* Durations by their logarithm, the nanoseconds below 128 one by one: bounded memory for any number
 * of them, and percentiles that are off by less than 1/128. All zero is empty. */
struct histogram {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_SIZE];
};

/* Unknown ones are left out. */
void histogram_add(struct histogram *histogram, int64_t duration_ns);

/* The bucket that a duration is counted in; they rise with it. */
size_t histogram_bucket(int64_t duration_ns);

/* By the nearest rank, the middle of its bucket; percent is 1 to 100. DURATION_UNKNOWN if empty. */
int64_t histogram_percentile_ns(const struct histogram *histogram, unsigned percent);

#define SLOWEST_MAX 5

struct slow_handshake {
    struct endpoint ends[ENDS];
    int64_t start_ns, connect_ns, total_ns;
    uint32_t syn_count;
};

/* What is too large to be kept of each of many targets. All zero is empty. */
struct spread {
    struct histogram connect, syn_rtt, fin_rtt;
    struct slow_handshake
        slowest[SLOWEST_MAX]; /* by connect_ns, falling; the first of equals first */
    unsigned slowest_count;
};

struct path_totals; /* stats/pathtotals.h */
struct breakdown;   /* stats/breakdown.h */

/* What the last connection of a target showed, or the only one of a whole run. */
struct latest {
    enum port_state port_state;
    enum reason reason;
    uint16_t family;
    uint8_t unmet;    /* enum criterion: the first that it does not meet */
    int64_t total_ns; /* from its first segment to its last; unknown without an answer */
    int64_t resolve_ns, connect_ns, syn_rtt_ns, ack_delay_ns, fin_rtt_ns, peer_fin_delay_ns;
    enum teardown_result close; /* as connection_close says */
    enum end_id reset_by;
};

/* What one end of all connections sent: how many segments, how many of them again, and how many
 * frames were seen twice. */
struct traffic {
    uint64_t segments, syn, fin, data, duplicates; /* syn to data: again */
};

struct summary {
    const char *target; /* NULL: the whole run */
    uint16_t port;      /* 0: several */
    const char *labels; /* of the target; NULL: none */
    uint64_t connections, ok, warned;
    uint64_t by_port_state[PORT_STATE_COUNT];
    uint64_t by_handshake[HANDSHAKE_RESULT_COUNT];
    uint64_t by_teardown[TEARDOWN_RESULT_COUNT];
    uint32_t by_cause[CAUSE_COUNT];           /* of connections whose findings were worked out */
    uint64_t by_close[TEARDOWN_RESULT_COUNT]; /* as connection_close says */
    struct rtt_stats connect;                 /* of open ones: a refusal would hide how they fare */
    struct rtt_stats syn_rtt, fin_rtt;
    struct jitter syn_jitter; /* of one target alone: between two it would be their distance */
    struct traffic traffic[ENDS];
    struct offer_totals offers;
    struct latest latest;
    struct streak streak;
    bool holds;                        /* the conditions; valid in what is reported */
    struct spread *spread;             /* borrowed; NULL: not kept */
    struct path_totals *path;          /* borrowed; NULL: there are none, or they are not kept */
    const struct breakdown *breakdown; /* borrowed; NULL but for a run with many targets */
};

/* A percentile of the times to connect, or of the round trips of the SYN or of the FIN, never
 * outside of what was measured; DURATION_UNKNOWN where none was or no spread is kept. */
int64_t summary_connect_percentile_ns(const struct summary *summary, unsigned percent);
int64_t summary_syn_percentile_ns(const struct summary *summary, unsigned percent);
int64_t summary_fin_percentile_ns(const struct summary *summary, unsigned percent);

/* The percentage of failed connections; 0 if there were none. */
double summary_failed_percent(const struct summary *summary);

/* What an end sent again. */
uint64_t traffic_retransmitted(const struct traffic *traffic);

/* The percentage of segments that were sent again, of both ends: what was lost, or taken for lost;
 * 0 if there were none. */
double summary_retransmitted_percent(const struct summary *summary);

/* Counts one connection, also in the spread if there is one. */
void summary_add(struct summary *summary, const struct connection_result *result);

#endif
