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

struct summary {
    const char *target; /* NULL: the whole run */
    uint16_t port;      /* 0: several */
    uint64_t connections, ok;
    uint64_t by_port_state[PORT_STATE_COUNT];
    uint64_t by_handshake[HANDSHAKE_RESULT_COUNT];
    uint64_t by_teardown[TEARDOWN_RESULT_COUNT];
    struct rtt_stats syn_rtt, fin_rtt;
};

void summary_add(struct summary *summary, const struct connection_result *result);

#endif
