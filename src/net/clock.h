/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_NET_CLOCK_H
#define TCPSHAKE_NET_CLOCK_H

#include <poll.h>
#include <stdint.h>

int64_t clock_monotonic_ns(void); /* for deadlines */
int64_t clock_epoch_ns(void);     /* the clock of captured frames */

/* ppoll(2) until that time of the monotonic clock; INT64_MAX: without end. */
int clock_wait(struct pollfd *polled, nfds_t count, int64_t until_ns);

/* Reads the time of day, and the monotonic clock just before and just after. */
struct clock_look {
    int64_t before_ns, epoch_ns, after_ns;
};
struct clock_look clock_look(void);

#endif
