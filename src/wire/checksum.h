/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum: RFC 1071; its pseudo-headers: RFC 9293, 3.1 and RFC 8200, 8.1. */
#ifndef TCPSHAKE_WIRE_CHECKSUM_H
#define TCPSHAKE_WIRE_CHECKSUM_H

#include "wire/addr.h"
#include "wire/bytes.h"

/* Whether a checksum field agrees with the bytes it covers. */
enum checksum_state {
    CHECKSUM_UNKNOWN, /* bytes are missing, so it cannot be checked */
    CHECKSUM_GOOD,
    CHECKSUM_PARTIAL, /* the folded pseudo-header sum alone: the sender left the rest to the card */
    CHECKSUM_BAD,
};

/* The running one's complement sum over bytes, started from sum (0 or an earlier result); not
 * folded to its complement. An odd last byte counts as the high octet of a word (RFC 1071, section
 * 1). */
uint32_t checksum_add(uint32_t sum, struct cursor bytes);

/* Folds a running sum to 16 bits and complements it. */
uint16_t checksum_finish(uint32_t sum);

/* Whether the sum over bytes that hold their own checksum comes out right. */
bool checksum_is_right(struct cursor bytes);

/* The running sum of the TCP pseudo-header for a segment of tcp_len bytes (header and payload). */
uint32_t checksum_pseudo(const struct address *src, const struct address *dst, uint8_t protocol,
                         uint32_t tcp_len);

/* Judges the checksum field of a whole TCP segment (header and payload, as captured): the bytes are
 * all there, or the caller says CHECKSUM_UNKNOWN itself. */
enum checksum_state checksum_tcp(const struct address *src, const struct address *dst,
                                 struct cursor tcp);

#endif
