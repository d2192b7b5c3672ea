/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/siphash.h"

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

/* SipRound, figure 2.1 of the paper. */
static inline void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* Two rounds for each word of the message. */
static inline void compress(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    mix(v);
    v[0] ^= word;
}

/* Four rounds at the end. */
static inline uint64_t finish(uint64_t v[4])
{
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void siphash_begin(struct siphash *state, const uint64_t key[2])
{
    *state = (struct siphash){.v = {
                                  key[0] ^ 0x736f6d6570736575,
                                  key[1] ^ 0x646f72616e646f6d,
                                  key[0] ^ 0x6c7967656e657261,
                                  key[1] ^ 0x7465646279746573,
                              }};
}

void siphash_add(struct siphash *state, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++) {
        state->word |= (uint64_t)at[i] << 8 * (state->length % 8);
        if (++state->length % 8 == 0) {
            compress(state->v, state->word);
            state->word = 0;
        }
    }
}

void siphash_add_number(struct siphash *state, uint64_t number)
{
    uint8_t octets[8];
    for (unsigned i = 0; i < 8; i++)
        octets[i] = (uint8_t)(number >> 8 * i);
    siphash_add(state, octets, sizeof octets);
}

/* The last word holds the rest of the message, and its length modulo 256 in the top octet. */
uint64_t siphash_end(const struct siphash *state)
{
    struct siphash last = *state;
    compress(last.v, last.word | last.length << 56);
    return finish(last.v);
}

uint64_t siphash_of_number(const uint64_t key[2], uint64_t number)
{
    struct siphash state;
    siphash_begin(&state, key);
    compress(state.v, number);
    compress(state.v, UINT64_C(8) << 56);
    return finish(state.v);
}

uint64_t siphash_of(const uint64_t key[2], const void *bytes, size_t len)
{
    struct siphash state;
    siphash_begin(&state, key);
    siphash_add(&state, bytes, len);
    return siphash_end(&state);
}
