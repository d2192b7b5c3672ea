/* SPDX-License-Identifier: BSD-2-Clause */
/* The one source of chance: SplitMix64. What happens to the nth frame is a function of seed, kind
 * and n alone, so that one fault can be taken out of a run and the others stay. */
#ifndef TCPSHAKE_SIM_RNG_H
#define TCPSHAKE_SIM_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng_mix(rng->state);
    rng->state += 0x9e3779b97f4a7c15;
    return z;
}

/* 0 to n - 1; n > 0. */
static inline uint64_t rng_below(struct rng *rng, uint64_t n)
{
    return rng_next(rng) % n;
}

/* least to most, both included. */
static inline int64_t rng_between(struct rng *rng, int64_t least, int64_t most)
{
    return least + (int64_t)rng_below(rng, (uint64_t)(most - least) + 1);
}

static inline bool rng_percent(struct rng *rng, unsigned percent)
{
    return rng_below(rng, 100) < percent;
}

/* Numbers of 32 bits, of which some are near the wrap-around. */
static inline void rng_fill(struct rng *rng, void *out, size_t len)
{
    for (size_t done = 0; done < len; done += sizeof(uint32_t)) {
        uint32_t number = (uint32_t)rng_next(rng);
        number = number % 4 == 0 ? number | 0xfffffc00u : number;
        memcpy((uint8_t *)out + done, &number,
               len - done < sizeof number ? len - done : sizeof number);
    }
}

/* A stream of its own for each purpose of a seed. */
static inline struct rng rng_for(uint64_t seed, uint64_t purpose)
{
    return (struct rng){rng_mix(rng_mix(seed) ^ rng_mix(purpose + 0x5157))};
}

#endif
