/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/clock.h"

#include <time.h>

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now); /* cannot fail: both clocks are always there */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_epoch_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}
