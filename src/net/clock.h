/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_NET_CLOCK_H
#define TCPSHAKE_NET_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_ns(void); /* for deadlines */
int64_t clock_epoch_ns(void);     /* the clock of captured frames */

#endif
