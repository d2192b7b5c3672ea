/* SPDX-License-Identifier: BSD-2-Clause */
/* A keyed permutation of the numbers below a count, computed place by place: nothing is stored.
 * It is the generalized Feistel cipher with cycle-walking of J. Black and P. Rogaway, "Ciphers with
 * Arbitrary Finite Domains" (CT-RSA 2002), whose round function is SipHash. */
#ifndef TCPSHAKE_TARGETS_PERMUTATION_H
#define TCPSHAKE_TARGETS_PERMUTATION_H

#include <stdint.h>

/* The largest count. */
#define PERMUTATION_MAX (UINT64_C(1) << 63)

struct permutation {
    uint64_t count;
    uint64_t left, right; /* sizes of the halves: left * right is count or slightly more */
    uint64_t key[2];
};

/* Sets up the permutation of 0 to count - 1 that a seed selects; count is 1 to PERMUTATION_MAX. */
void permutation_init(struct permutation *permutation, uint64_t count, uint64_t seed);

/* The number at a place; both are 0 to count - 1. */
uint64_t permutation_at(const struct permutation *permutation, uint64_t place);

#endif
