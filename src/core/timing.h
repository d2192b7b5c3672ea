/* SPDX-License-Identifier: BSD-2-Clause */
/* When a segment was sent, how often, and which sending an answer belongs to: Karn's rule (RFC
 * 6298, section 3), with timestamps (RFC 7323, 4.1) telling retransmissions apart. */
#ifndef TCPSHAKE_CORE_TIMING_H
#define TCPSHAKE_CORE_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#define SENDINGS_KEPT 4

/* The sendings of one segment; all zero is none. */
struct sendings {
    int64_t time_ns[SENDINGS_KEPT];
    uint32_t tsval[SENDINGS_KEPT];
    uint32_t count;   /* also of those that were not kept */
    bool timestamped; /* every one carried a timestamp */
};

void sendings_add(struct sendings *sendings, int64_t time_ns, bool has_tsval, uint32_t tsval);

/* The time from the sending that an answer at answer_ns belongs to, or DURATION_UNKNOWN where
 * several come into question. */
int64_t sendings_rtt_ns(const struct sendings *sendings, int64_t answer_ns, bool has_tsecr,
                        uint32_t tsecr);

/* Milliseconds since the epoch, modulo 2^32: for short spans where eight octets are too many. */
static inline uint32_t milliseconds_of(int64_t time_ns)
{
    return (uint32_t)((uint64_t)time_ns / 1000000);
}

/* b - a, or DURATION_UNKNOWN where either is DURATION_UNKNOWN or the difference overflows. */
int64_t duration_between_ns(int64_t a_ns, int64_t b_ns);

#endif
