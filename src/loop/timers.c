/* SPDX-License-Identifier: BSD-2-Clause */
/* Time is counted in slots of 2^SLOT_SHIFT ns. The lowest level of the wheel has the next
 * TIMERS_SLOTS of them, each higher one slots that are TIMERS_SLOTS times as long. What is due
 * before the horizon is in the heap. The horizon moves on when the heap is empty: to the next slot
 * that has timers, which go into the heap, or from a higher level into lower ones. */
#include "loop/timers.h"

#include <stdlib.h>

#define SLOT_SHIFT 20 /* 1.05 ms */
#define SLOT_MASK  (TIMERS_SLOTS - 1u)

/* The heap */

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
    for (size_t child; (child = 2 * at + 1) < timers->near_count; at = child) {
        if (child + 1 < timers->near_count &&
            timers->heap[child + 1]->due_ns < timers->heap[child]->due_ns)
            child++;
        if (timer->due_ns <= timers->heap[child]->due_ns)
            break;
        place(timers, at, timers->heap[child]);
    }
    place(timers, at, timer);
}

static void heap_add(struct timers *timers, struct timer *timer)
{
    timers->near_count++;
    sift_up(timers, timers->near_count - 1, timer);
}

static void heap_remove(struct timers *timers, struct timer *timer)
{
    size_t at = timer->place - 1;
    struct timer *last = timers->heap[--timers->near_count];
    timer->place = 0;
    if (last == timer)
        return;
    if (at > 0 && last->due_ns < timers->heap[(at - 1) / 2]->due_ns)
        sift_up(timers, at, last);
    else
        sift_down(timers, at, last);
}

/* Room in the heap for all timers, wherever they are now. */
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

/* The wheel */

/* Monotonic time is never negative. */
static uint64_t slot_of(const struct timer *timer)
{
    return timer->due_ns > 0 ? (uint64_t)timer->due_ns >> SLOT_SHIFT : 0;
}

static void mark(struct timers *timers, unsigned level, unsigned slot, bool filled)
{
    uint64_t bit = UINT64_C(1) << slot % 64;
    uint64_t *word = &timers->filled[level][slot / 64];
    *word = filled ? *word | bit : *word & ~bit;
}

/* The lowest level whose current turn has the slot: that where it and the horizon differ last. */
static unsigned level_of(const struct timers *timers, uint64_t slot)
{
    unsigned level = 0;
    for (uint64_t differ = (slot ^ timers->horizon) >> TIMERS_SLOT_BITS; differ != 0;
         differ >>= TIMERS_SLOT_BITS)
        level++;
    return level;
}

static void wheel_add(struct timers *timers, struct timer *timer)
{
    uint64_t slot = slot_of(timer);
    unsigned level = level_of(timers, slot);
    unsigned at = slot >> level * TIMERS_SLOT_BITS & SLOT_MASK;
    struct timer **head = &timers->slots[level][at];
    timer->next = *head;
    timer->link = head;
    if (*head != NULL)
        (*head)->link = &timer->next;
    *head = timer;
    mark(timers, level, at, true);
}

/* The slot's bit is left to be found out by the search. */
static void wheel_remove(struct timer *timer)
{
    *timer->link = timer->next;
    if (timer->next != NULL)
        timer->next->link = timer->link;
    timer->next = NULL;
    timer->link = NULL;
}

static void add(struct timers *timers, struct timer *timer)
{
    if (slot_of(timer) < timers->horizon)
        heap_add(timers, timer);
    else
        wheel_add(timers, timer);
}

/* The first slot of a level from its current one on that has timers; TIMERS_SLOTS: none. */
static unsigned first_filled(struct timers *timers, unsigned level)
{
    unsigned from = timers->horizon >> level * TIMERS_SLOT_BITS & SLOT_MASK;
    for (unsigned slot = from; slot < TIMERS_SLOTS;) {
        uint64_t word = timers->filled[level][slot / 64] >> slot % 64;
        if (word == 0) {
            slot = (slot / 64 + 1) * 64;
            continue;
        }
        slot += (unsigned)__builtin_ctzll(word);
        if (timers->slots[level][slot] != NULL)
            return slot;
        mark(timers, level, slot, false);
    }
    return TIMERS_SLOTS;
}

/* Takes the timers of a slot out, and puts them where they belong by now. */
static void scatter(struct timers *timers, unsigned level, unsigned slot)
{
    struct timer *timer = timers->slots[level][slot];
    timers->slots[level][slot] = NULL;
    mark(timers, level, slot, false);
    while (timer != NULL) {
        struct timer *next = timer->next;
        timer->next = NULL;
        timer->link = NULL;
        add(timers, timer);
        timer = next;
    }
}

/* Where the horizon enters a slot of higher levels, its timers go to lower ones. */
static void enter_turn(struct timers *timers)
{
    uint64_t at = timers->horizon;
    for (unsigned level = 1; level < TIMERS_LEVELS && (at & SLOT_MASK) == 0; level++) {
        at >>= TIMERS_SLOT_BITS;
        scatter(timers, level, at & SLOT_MASK);
    }
}

/* Moves the horizon to the next slot of that level that has timers: to its beginning on higher
 * levels, behind it on the lowest. Returns false if there is none. */
static bool advance_on(struct timers *timers, unsigned level)
{
    unsigned slot = first_filled(timers, level);
    unsigned shift = level * TIMERS_SLOT_BITS;
    if (slot == TIMERS_SLOTS)
        return false;
    uint64_t turn = timers->horizon >> shift >> TIMERS_SLOT_BITS << TIMERS_SLOT_BITS;
    timers->horizon = (turn | slot) << shift;
    if (level == 0)
        timers->horizon++;
    scatter(timers, level, slot);
    if (level == 0)
        enter_turn(timers);
    return true;
}

/* Until the heap has the next one. */
static void advance(struct timers *timers)
{
    while (timers->near_count == 0 && timers->count > 0) {
        unsigned level = 0;
        while (level < TIMERS_LEVELS && !advance_on(timers, level))
            level++;
    }
}

/* All of them */

void timers_unset(struct timers *timers, struct timer *timer)
{
    if (timer->place != 0)
        heap_remove(timers, timer);
    else if (timer->link != NULL)
        wheel_remove(timer);
    else
        return;
    timers->count--;
}

bool timers_set(struct timers *timers, struct timer *timer, int64_t due_ns)
{
    timers_unset(timers, timer);
    if (!reserve(timers))
        return false;
    timer->due_ns = due_ns;
    timers->count++;
    add(timers, timer);
    return true;
}

int64_t timers_next_ns(struct timers *timers)
{
    advance(timers);
    return timers->near_count > 0 ? timers->heap[0]->due_ns : INT64_MAX;
}

bool timers_fire_one(struct timers *timers, int64_t now_ns)
{
    if (timers_next_ns(timers) > now_ns || timers->count == 0)
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
