/* SPDX-License-Identifier: BSD-2-Clause */
/* When a segment was sent, how often, and whether an answer belongs to the last sending: Karn's
 * rule (RFC 6298, section 3), with timestamps (RFC 7323, 4.1) telling retransmissions apart. */
#ifndef TCPSHAKE_TCP_TIMING_H
#define TCPSHAKE_TCP_TIMING_H

#include <stdbool.h>
#include <stdint.h>

/* The sendings of one segment; all zero is none. */
struct sendings {
    int64_t time_ns; /* of the last */
    uint32_t tsval;
    uint32_t count;
    bool timestamped;  /* every one carried a timestamp */
    bool twice_a_tick; /* the last carries the timestamp of the one before */
};

void sendings_add(struct sendings *sendings, int64_t time_ns, bool has_tsval, uint32_t tsval);

/* The time from the sending that an answer at answer_ns belongs to, or DURATION_UNKNOWN where that
 * cannot be told. Of several, only the last can be: who receives a segment again repeats the
 * answer, and Linux repeats a SYN/ACK with the echo of the SYN that came first. Nor may it be a
 * second old: by then a peer repeats its answer unasked (RFC 6298, 2.1). */
int64_t sendings_rtt_ns(const struct sendings *sendings, int64_t answer_ns, bool has_tsecr,
                        uint32_t tsecr);

/* Milliseconds since the epoch, modulo 2^32: for short spans where eight octets are too many. */
static inline uint32_t milliseconds_of(int64_t time_ns)
{
    return (uint32_t)((uint64_t)time_ns / 1000000);
}

#endif
