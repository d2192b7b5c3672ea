/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to a frame, as a function of a key: the same key, the same fate. */
#ifndef TCPSHAKE_TESTS_LINK_FATE_H
#define TCPSHAKE_TESTS_LINK_FATE_H

#include <stdbool.h>
#include <stdint.h>

/* How bad the link is in one direction. Shares are of frames, from 0 to 1. */
struct impairment {
    int64_t delay_ns;
    int64_t jitter_ns; /* at most this is added to the delay */
    double loss, late, duplicated, corrupted;
};

struct fate {
    bool lost, corrupted, duplicated;
    bool late; /* held back, so that others overtake it */
    int64_t delay_ns, copy_delay_ns;
    uint64_t random; /* for whoever corrupts it */
};

struct fate fate_of(const struct impairment *impairment, uint64_t key);

/* Mixes a number into a key. */
uint64_t fate_key(uint64_t key, uint64_t number);

#endif
