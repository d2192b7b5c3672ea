/* SPDX-License-Identifier: BSD-2-Clause */
/* What is due next: a binary heap of deadlines, the one source of time-outs of the loop. */
#ifndef TCPSHAKE_FLIGHT_TIMERS_H
#define TCPSHAKE_FLIGHT_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in whatever waits; all zero is unset. */
struct timer {
    int64_t due_ns;
    size_t place; /* in the heap, counted from 1; 0: unset */
    void (*fire)(void *context, struct timer *timer, int64_t now_ns);
    void *context; /* what fire is given */
};

struct timers {
    struct timer **heap;
    size_t count, capacity;
};

/* Sets or moves the timer. Returns false where memory ran out: it is then unset. */
bool timers_set(struct timers *timers, struct timer *timer, int64_t due_ns);
void timers_unset(struct timers *timers, struct timer *timer);

/* When the next is due; INT64_MAX if none is set. */
int64_t timers_next_ns(const struct timers *timers);

/* Takes the earliest timer that is due out and fires it; false if none is. */
bool timers_fire_one(struct timers *timers, int64_t now_ns);

void timers_free(struct timers *timers);

#endif
