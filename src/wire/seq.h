/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequence numbers live on a circle of 2^32: RFC 9293, section 3.4. Nothing else may compare them.
 */
#ifndef TCPSHAKE_WIRE_SEQ_H
#define TCPSHAKE_WIRE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* The signed distance from b to a, right while they are less than 2^31 apart. */
static inline int32_t seq_diff(uint32_t a, uint32_t b)
{
    uint32_t distance = a - b;
    return distance < 0x80000000u ? (int32_t)distance : -(int32_t)(~distance) - 1;
}

static inline bool seq_lt(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) < 0;
}

static inline bool seq_leq(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) <= 0;
}

static inline bool seq_gt(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) > 0;
}

static inline bool seq_geq(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) >= 0;
}

/* Whether x stands in the half-open range [first, first + len). */
static inline bool seq_within(uint32_t x, uint32_t first, uint32_t len)
{
    return x - first < len;
}

static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
    return seq_lt(a, b) ? b : a;
}

#endif
