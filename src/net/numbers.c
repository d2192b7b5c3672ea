/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/numbers.h"

#include "base/random.h"

#define CLOCK_SHIFT                                                                                \
    6 /* the number's clock ticks every 64 ns, as Linux's does: once round in 275 s */

int numbers_init(struct numbers *numbers, struct error *error)
{
    return random_fill(numbers->keys, sizeof numbers->keys, error);
}

struct prober_numbers numbers_draw(const struct numbers *numbers, const struct endpoint *ours,
                                   const struct endpoint *theirs, int64_t now_ns)
{
    const uint64_t key[2] = {numbers->keys[1][0], numbers->keys[1][1] ^ (uint64_t)now_ns};
    uint64_t of_tuple = endpoint_pair_hash(ours, theirs, numbers->keys[0]);
    return (struct prober_numbers){
        .iss = (uint32_t)of_tuple + (uint32_t)((uint64_t)now_ns >> CLOCK_SHIFT),
        .tsval_offset = (uint32_t)(of_tuple >> 32),
        .ip_id = (uint16_t)endpoint_pair_hash(ours, theirs, key),
    };
}
