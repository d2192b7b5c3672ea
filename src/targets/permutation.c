/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/permutation.h"

#include "targets/siphash.h"

/* Four rounds: M. Luby and C. Rackoff, "How to Construct Pseudorandom Permutations from
 * Pseudorandom Functions" (1988). An even number, so that each half ends with its own size. */
#define ROUNDS 4

/* The smallest root whose square is not below the number, which is 1 to 2^63. */
static uint64_t root_above(uint64_t number)
{
    uint64_t low = 1, high = UINT64_C(1) << 32;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (middle * middle < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void permutation_init(struct permutation *permutation, uint64_t count, uint64_t seed)
{
    uint64_t left = root_above(count);
    *permutation = (struct permutation){
        .count = count,
        .left = left,
        .right = count / left + (count % left != 0),
        .key = {seed, count},
    };
}

/* In each round the halves of a number are swapped, and the hash of one is added to the other. */
static uint64_t encipher(const struct permutation *permutation, uint64_t number)
{
    uint64_t moved = number % permutation->left, kept = number / permutation->left;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t size = round % 2 == 0 ? permutation->left : permutation->right;
        uint64_t mixed = siphash_of_number(permutation->key, round << 32 | kept);
        uint64_t sum = (moved + mixed % size) % size;
        moved = kept;
        kept = sum;
    }
    return permutation->left * kept + moved;
}

/* A number not below the count is enciphered again: its cycle returns below the count. */
uint64_t permutation_at(const struct permutation *permutation, uint64_t place)
{
    uint64_t number = place;
    do
        number = encipher(permutation, number);
    while (number >= permutation->count);
    return number;
}
