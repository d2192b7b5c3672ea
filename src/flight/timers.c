/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/timers.h"

#include <stdlib.h>

static void place(struct timers *timers, size_t at, struct timer *timer)
{
    timers->heap[at] = timer;
    timer->place = at + 1;
}

static void sift_up(struct timers *timers, size_t at, struct timer *timer)
{
    while (at > 0 && timer->due_ns < timers->heap[(at - 1) / 2]->due_ns) {
        place(timers, at, timers->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(timers, at, timer);
}

static void sift_down(struct timers *timers, size_t at, struct timer *timer)
{
    for (size_t child; (child = 2 * at + 1) < timers->count; at = child) {
        if (child + 1 < timers->count &&
            timers->heap[child + 1]->due_ns < timers->heap[child]->due_ns)
            child++;
        if (timer->due_ns <= timers->heap[child]->due_ns)
            break;
        place(timers, at, timers->heap[child]);
    }
    place(timers, at, timer);
}

static bool reserve(struct timers *timers)
{
    if (timers->count < timers->capacity)
        return true;
    size_t capacity = timers->capacity == 0 ? 64 : 2 * timers->capacity;
    struct timer **heap = realloc(timers->heap, capacity * sizeof(struct timer *));
    if (heap == NULL)
        return false;
    timers->heap = heap;
    timers->capacity = capacity;
    return true;
}

void timers_unset(struct timers *timers, struct timer *timer)
{
    if (timer->place == 0)
        return;
    size_t at = timer->place - 1;
    struct timer *last = timers->heap[--timers->count];
    timer->place = 0;
    if (last == timer)
        return;
    if (at > 0 && last->due_ns < timers->heap[(at - 1) / 2]->due_ns)
        sift_up(timers, at, last);
    else
        sift_down(timers, at, last);
}

bool timers_set(struct timers *timers, struct timer *timer, int64_t due_ns)
{
    timers_unset(timers, timer);
    if (!reserve(timers))
        return false;
    timer->due_ns = due_ns;
    timers->count++;
    sift_up(timers, timers->count - 1, timer);
    return true;
}

int64_t timers_next_ns(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0]->due_ns : INT64_MAX;
}

bool timers_fire_one(struct timers *timers, int64_t now_ns)
{
    if (timers->count == 0 || timers->heap[0]->due_ns > now_ns)
        return false;
    struct timer *timer = timers->heap[0];
    timers_unset(timers, timer);
    timer->fire(timer->context, timer, now_ns);
    return true;
}

void timers_free(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}
