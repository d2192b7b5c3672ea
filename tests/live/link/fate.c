/* SPDX-License-Identifier: BSD-2-Clause */
#include "fate.h"

#define LATE_NS INT64_C(5000000) /* and half of the delay */

/* The output function of the generator SplitMix64. */
static uint64_t mixed(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t fate_key(uint64_t key, uint64_t number)
{
    return mixed(mixed(key) + (number + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

/* From 0 to below 1. */
static double share(uint64_t random)
{
    return (double)(random >> 11) * 0x1p-53;
}

enum draw { LOSS, CORRUPTION, PLACE, DUPLICATION, JITTER, COPY_JITTER, LATENESS };

struct fate fate_of(const struct impairment *impairment, uint64_t key)
{
    double jitter_ns = (double)impairment->jitter_ns;
    struct fate fate = {
        .lost = share(fate_key(key, LOSS)) < impairment->loss,
        .corrupted = share(fate_key(key, CORRUPTION)) < impairment->corrupted,
        .duplicated = share(fate_key(key, DUPLICATION)) < impairment->duplicated,
        .late = share(fate_key(key, LATENESS)) < impairment->late,
        .random = fate_key(key, PLACE),
    };
    fate.delay_ns = impairment->delay_ns + (int64_t)(jitter_ns * share(fate_key(key, JITTER)));
    fate.copy_delay_ns =
        impairment->delay_ns + (int64_t)(jitter_ns * share(fate_key(key, COPY_JITTER)));
    if (fate.late)
        fate.delay_ns += LATE_NS + impairment->delay_ns / 2;
    return fate;
}
