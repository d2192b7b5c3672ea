/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast new connections may begin: a given number per second, at most a tenth of it at once. */
#ifndef TCPSHAKE_FLIGHT_PACE_H
#define TCPSHAKE_FLIGHT_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    int64_t spacing_ns;  /* of connections that begin one after the other; 0: no limit */
    int64_t patience_ns; /* how far they may run ahead of it */
    int64_t due_ns;      /* when the next would begin if none ran ahead */
};

/* rate is in connections a second; 0: no limit. */
void pace_init(struct pace *pace, uint32_t rate);

/* The same, and none runs ahead: for what routers answer, which limit what they answer at once
 * (RFC 4443, 2.4 (f)). */
void pace_init_even(struct pace *pace, uint32_t rate);

/* Whether one may begin now; then it counts. */
bool pace_take(struct pace *pace, int64_t now_ns);

/* Changes the rate of what follows. */
void pace_change(struct pace *pace, uint32_t rate);

/* When the next one may. */
int64_t pace_next_ns(const struct pace *pace);

#endif
