/* SPDX-License-Identifier: BSD-2-Clause */
/* SipHash-2-4, a keyed hash with 64 bits of result (J.-P. Aumasson, D. J. Bernstein: "SipHash: a
 * fast short-input PRF", INDOCRYPT 2012). */
#ifndef TCPSHAKE_TARGETS_SIPHASH_H
#define TCPSHAKE_TARGETS_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* The state of a message that is hashed in parts. */
struct siphash {
    uint64_t v[4];
    uint64_t word;   /* the the octets of an incomplete word, the first one lowest */
    uint64_t length; /* octets so far */
};

void siphash_begin(struct siphash *state, const uint64_t key[2]);
void siphash_add(struct siphash *state, const void *bytes, size_t len);

/* Adds a number as eight octets, the lowest first. */
void siphash_add_number(struct siphash *state, uint64_t number);

/* Returns the hash of everything added. */
uint64_t siphash_end(const struct siphash *state);

/* The hash of a number as eight octets, the lowest first, in one call. */
uint64_t siphash_of_number(const uint64_t key[2], uint64_t number);

/* The hash of octets in one call. */
uint64_t siphash_of(const uint64_t key[2], const void *bytes, size_t len);

#endif
