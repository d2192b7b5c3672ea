/* SPDX-License-Identifier: BSD-2-Clause */
/* What is due next: a hierarchical timing wheel (Varghese and Lauck: "Hashed and Hierarchical
 * Timing Wheels", SOSP 1987) for what is due later, and a heap for what is due within its current
 * slot, so that setting and unsetting takes the same time for any number of timers, and all are
 * fired in order, exact to the nanosecond. */
#ifndef TCPSHAKE_LOOP_TIMERS_H
#define TCPSHAKE_LOOP_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in whatever waits; all zero is unset. */
struct timer {
    int64_t due_ns;
    struct timer *next, **link; /* in a slot: the next one, and what points here; NULL: in none */
    size_t place;               /* in the heap, counted from 1; 0: not there */
    void (*fire)(void *context, struct timer *timer, int64_t now_ns);
    void *context; /* what fire is given */
};

#define TIMERS_LEVELS    6
#define TIMERS_SLOT_BITS 8
#define TIMERS_SLOTS     (1 << TIMERS_SLOT_BITS)

/* All zero is empty. */
struct timers {
    struct timer **heap;
    size_t near_count, capacity; /* of the heap, whose capacity is that of all timers */
    size_t count;                /* of all */
    uint64_t horizon;            /* the first slot of the lowest level that is not in the heap */
    uint64_t filled[TIMERS_LEVELS][TIMERS_SLOTS / 64]; /* a bit for each slot that has timers */
    struct timer *slots[TIMERS_LEVELS][TIMERS_SLOTS];
};

/* Sets or moves the timer. Returns false where memory ran out: it is then unset. */
bool timers_set(struct timers *timers, struct timer *timer, int64_t due_ns);
void timers_unset(struct timers *timers, struct timer *timer);

/* When the next is due; INT64_MAX if none is set. */
int64_t timers_next_ns(struct timers *timers);

/* Takes the earliest timer that is due out and fires it; false if none is. */
bool timers_fire_one(struct timers *timers, int64_t now_ns);

void timers_free(struct timers *timers);

#endif
