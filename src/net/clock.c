/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/clock.h"

#include <stdbool.h>
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

#define ROUNDING_NS 1000 /* no clock is read to the nanosecond, and no step so small matters */

int64_t clock_watch_take(struct clock_watch *watch, int64_t before_ns, int64_t epoch_ns,
                         int64_t after_ns)
{
    const struct clock_watch now = {epoch_ns - after_ns, epoch_ns - before_ns};
    const struct clock_watch then = *watch;
    bool first = then.least_ns == 0 && then.most_ns == 0;
    if (first || now.least_ns > then.most_ns + ROUNDING_NS ||
        now.most_ns < then.least_ns - ROUNDING_NS) {
        *watch = now;
        return first ? 0 : now.least_ns - then.least_ns;
    }
    if (now.least_ns > then.least_ns)
        watch->least_ns = now.least_ns;
    if (now.most_ns < then.most_ns)
        watch->most_ns = now.most_ns;
    return 0;
}

int64_t clock_watch_look(struct clock_watch *watch)
{
    int64_t before_ns = clock_monotonic_ns();
    int64_t epoch_ns = clock_epoch_ns();
    return clock_watch_take(watch, before_ns, epoch_ns, clock_monotonic_ns());
}
