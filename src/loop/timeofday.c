/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/timeofday.h"

#include <string.h>

#define ROUNDING_NS 1000   /* no clock is read to the nanosecond, and no step so small matters */
#define COARSE_NS   20000  /* a look that took longer says too little about a step */
#define HELD_NS     100000 /* from its stamp until a frame can be read */
#define READING_NS  1000000000 /* from one look to the next, at most, while frames are read */
#define BRIDGED_NS  1000000000 /* together; more is a time of day that was plainly wrong */

static struct clock_era present(const struct timeofday *time)
{
    return (struct clock_era){.begin_ns = time->begin_ns,
                              .end_ns = time->looked_ns + READING_NS,
                              .offset_ns = time->least_ns,
                              .shift_ns = time->shift_ns};
}

/* The present era has ended before the look did. */
static void begin_era(struct timeofday *time, int64_t now_ns, int64_t step_ns)
{
    struct clock_era ended = present(time);
    ended.end_ns = now_ns;
    memmove(&time->past[1], &time->past[0], (TIMEOFDAY_STEPS - 1) * sizeof time->past[0]);
    time->past[0] = ended;
    if (time->count < TIMEOFDAY_STEPS)
        time->count++;
    time->begin_ns = time->looked_ns;
    time->shift_ns += step_ns;
}

int64_t timeofday_look(struct timeofday *time, int64_t before_ns, int64_t epoch_ns,
                       int64_t after_ns)
{
    const int64_t least_ns = epoch_ns - after_ns;
    const int64_t most_ns = epoch_ns - before_ns;
    int64_t step_ns = 0;
    bool first = time->least_ns == 0 && time->most_ns == 0;
    bool stepped = !first && (least_ns > time->most_ns + ROUNDING_NS ||
                              most_ns < time->least_ns - ROUNDING_NS);
    if (stepped) {
        step_ns = least_ns - time->least_ns;
        begin_era(time, after_ns, step_ns);
    }
    if (first || stepped || least_ns > time->least_ns)
        time->least_ns = least_ns;
    if (first || stepped || most_ns < time->most_ns)
        time->most_ns = most_ns;
    time->looked_ns = before_ns;
    return step_ns;
}

bool timeofday_bridges(const struct timeofday *time)
{
    return time->most_ns - time->least_ns <= COARSE_NS && time->shift_ns < BRIDGED_NS &&
           time->shift_ns > -BRIDGED_NS;
}

void timeofday_adopt(struct timeofday *time)
{
    time->count = 0;
    time->shift_ns = 0;
}

void timeofday_drained(struct timeofday *time, int64_t before_ns)
{
    time->drained_ns = before_ns;
}

bool timeofday_is_later(const struct timeofday *time, int64_t stamp_ns)
{
    return stamp_ns - time->least_ns > time->looked_ns;
}

int64_t timeofday_step_ns(const struct timeofday *time)
{
    return time->count > 0 ? time->shift_ns - time->past[0].shift_ns : 0;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Whether what has this stamp can have been captured in the era, at least_ns or later. */
static bool fits(const struct clock_era *era, int64_t least_ns, int64_t stamp_ns)
{
    int64_t monotonic_ns = stamp_ns - era->offset_ns;
    return monotonic_ns >= later(era->begin_ns, least_ns) - ROUNDING_NS &&
           monotonic_ns <= era->end_ns;
}

bool timeofday_convert(const struct timeofday *time, int64_t *stamp_ns)
{
    const int64_t read_ns = *stamp_ns;
    const struct clock_era now = present(time);
    const int64_t unread_ns = time->drained_ns - HELD_NS;
    unsigned fitting = time->count == 0 || fits(&now, INT64_MIN, read_ns);
    *stamp_ns = read_ns - now.shift_ns;
    for (unsigned i = 0; i < time->count; i++)
        if (fits(&time->past[i], unread_ns, read_ns) && fitting++ == 0)
            *stamp_ns = read_ns - time->past[i].shift_ns;
    return fitting == 1;
}

int64_t timeofday_at(const struct timeofday *time, int64_t monotonic_ns)
{
    return monotonic_ns + time->least_ns - time->shift_ns;
}
