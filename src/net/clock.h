/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_NET_CLOCK_H
#define TCPSHAKE_NET_CLOCK_H

#include <poll.h>
#include <stdint.h>

int64_t clock_monotonic_ns(void); /* for deadlines */
int64_t clock_epoch_ns(void);     /* the clock of captured frames */

/* ppoll(2) until that time of the monotonic clock; INT64_MAX: without end. */
int clock_wait(struct pollfd *polled, nfds_t count, int64_t until_ns);

/* Detects when the time of day was set. It and the monotonic clock are slewed alike, so that only a
 * step changes their distance; which lies between these two, as far as it was looked at. All zero
 * has not looked yet. */
struct clock_watch {
    int64_t least_ns, most_ns;
};

/* Looks, and returns how far the time of day was set since it last looked; 0: it was not. */
int64_t clock_watch_look(struct clock_watch *watch);

/* The same with what was read: the time of day, and the monotonic clock before and after. */
int64_t clock_watch_take(struct clock_watch *watch, int64_t before_ns, int64_t epoch_ns,
                         int64_t after_ns);

#endif
