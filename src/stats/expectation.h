/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_STATS_EXPECTATION_H
#define TCPSHAKE_STATS_EXPECTATION_H

#include "stats/range.h"
#include "tcp/result.h"

/* What the user counts as success. */
struct expectation {
    uint8_t port_states; /* bit 1 << enum port_state */
    /* DURATION_UNKNOWN: no limit; otherwise on handshake.total_ns, or on syn_rtt_ns where none was
     * completed. */
    int64_t max_rtt_ns;
    struct range warning, critical; /* in ns, on the same time */
};

/* The duration of a handshake: total_ns, or syn_rtt_ns where none was completed; DURATION_UNKNOWN
 * where nothing was measured. */
int64_t handshake_time_ns(const struct connection_result *result);

/* Whether a connection met the expectation. */
bool expectation_met(const struct expectation *expectation, const struct connection_result *result);

/* Whether the time of its handshake calls for a warning. */
bool expectation_warns(const struct expectation *expectation,
                       const struct connection_result *result);

/* Reads a comma-separated list of port states into *states, bit 1 << enum port_state. Returns NULL,
 * or the first invalid word, which ends at a comma or the end of the text. */
const char *port_states_parse(const char *text, uint8_t *states);

#endif
