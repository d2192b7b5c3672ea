/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers that a connection begins with: RFC 6528 and RFC 7323, 5.4. No other end can guess
 * them, and those of one tuple grow from connection to connection, so that a peer that still holds
 * the one before in TIME_WAIT takes the next SYN (RFC 9293, 3.10.7.4; RFC 6191). */
#ifndef TCPSHAKE_NET_NUMBERS_H
#define TCPSHAKE_NET_NUMBERS_H

#include "base/error.h"
#include "tcp/prober.h"

/* 256 random bits. */
struct numbers {
    uint64_t keys[2][2];
};

/* Returns 0, or -1 with *error set. */
int numbers_init(struct numbers *numbers, struct error *error);

/* Of a connection between these endpoints that begins at now_ns, monotonic. */
struct prober_numbers numbers_draw(const struct numbers *numbers, const struct endpoint *ours,
                                   const struct endpoint *theirs, int64_t now_ns);

#endif
