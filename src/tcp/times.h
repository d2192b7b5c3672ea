/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_TCP_TIMES_H
#define TCPSHAKE_TCP_TIMES_H

#include "tcp/result.h"

/* When what counts happened, since the epoch, and how long answers took; DURATION_UNKNOWN until
 * then. */
struct times {
    int64_t connected_ns;       /* the client is ESTABLISHED, or refused: connect(2) returns */
    int64_t syn_ack_ns, ack_ns; /* first SYN/ACK; first acknowledgement of it */
    int64_t syn_rtt_ns;
    int64_t first_fin_ns, first_fin_acked_ns, other_fin_ns, last_fin_acked_ns, reset_ns;
    int64_t fin_rtt_ns;
    int64_t doubted_ns; /* of the RST that is in doubt */
};

/* Wireshark's tcp.analysis.initial_rtt: from the last SYN to the first segment with ACK and without
 * SYN, of either end. */
struct initial_rtt {
    int64_t syn_ns, ack_ns; /* with ack_ns known, both stand */
};

#define INITIAL_RTT_UNKNOWN                                                                        \
    {                                                                                              \
        .syn_ns = DURATION_UNKNOWN, .ack_ns = DURATION_UNKNOWN                                     \
    }

#define TIMES_UNKNOWN                                                                              \
    {                                                                                              \
        .connected_ns = DURATION_UNKNOWN, .syn_ack_ns = DURATION_UNKNOWN,                          \
        .ack_ns = DURATION_UNKNOWN, .syn_rtt_ns = DURATION_UNKNOWN,                                \
        .first_fin_ns = DURATION_UNKNOWN, .first_fin_acked_ns = DURATION_UNKNOWN,                  \
        .other_fin_ns = DURATION_UNKNOWN, .last_fin_acked_ns = DURATION_UNKNOWN,                   \
        .reset_ns = DURATION_UNKNOWN, .fin_rtt_ns = DURATION_UNKNOWN,                              \
        .doubted_ns = DURATION_UNKNOWN                                                             \
    }

#endif
