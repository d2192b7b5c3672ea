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

int clock_wait(struct pollfd *polled, nfds_t count, int64_t until_ns)
{
    int64_t pause_ns = until_ns - clock_monotonic_ns();
    pause_ns = pause_ns > 0 ? pause_ns : 0;
    const struct timespec pause = {.tv_sec = pause_ns / 1000000000,
                                   .tv_nsec = pause_ns % 1000000000};
    return ppoll(polled, count, until_ns == INT64_MAX ? NULL : &pause, NULL);
}

#define LOOKS        3
#define PREEMPTED_NS 5000 /* it takes well under a microsecond otherwise */

struct clock_look clock_look(void)
{
    struct clock_look look;
    int tries = 0;
    do {
        look.before_ns = clock_monotonic_ns();
        look.epoch_ns = clock_epoch_ns();
        look.after_ns = clock_monotonic_ns();
    } while (look.after_ns - look.before_ns > PREEMPTED_NS && ++tries < LOOKS);
    return look;
}
