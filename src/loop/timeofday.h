/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel stamps what is captured by the time of day, which can be stepped at any moment. Here
 * its distance from the monotonic clock is watched, and stamps from both sides of a step are
 * converted to one time. */
#ifndef TCPSHAKE_LOOP_TIMEOFDAY_H
#define TCPSHAKE_LOOP_TIMEOFDAY_H

#include <stdbool.h>
#include <stdint.h>

/* Across this many steps a stamp can be converted. */
#define TIMEOFDAY_STEPS 8

/* A time without a step: it began and ended somewhere between two readings of the monotonic clock.
 */
struct clock_era {
    int64_t begin_ns, end_ns; /* at the earliest, and at the latest; monotonic */
    int64_t offset_ns;        /* of the time of day from the monotonic clock */
    int64_t shift_ns;         /* of the time of day from the one that stamps are converted to */
};

/* All zero has not looked yet. */
struct timeofday {
    int64_t least_ns, most_ns; /* between these is the offset now, as far as it was looked at */
    int64_t begin_ns;          /* of the present era, at the earliest */
    int64_t shift_ns;          /* of the present era */
    int64_t looked_ns;         /* monotonic */
    int64_t drained_ns;        /* all that was captured before has been read; monotonic */
    unsigned count;            /* of past eras; the latest first */
    struct clock_era past[TIMEOFDAY_STEPS];
};

/* Takes what was read: the time of day, and the monotonic clock before and after. Returns how far
 * the time of day was stepped since the last look; 0: it was not. It and the monotonic clock are
 * slewed alike, so that only a step changes their distance. */
int64_t timeofday_look(struct timeofday *time, int64_t before_ns, int64_t epoch_ns,
                       int64_t after_ns);

/* Whether stamps can be converted across all steps since timeofday_adopt: these are small together,
 * so that the time of day which is reported is about right, and the latest is known well enough. */
bool timeofday_bridges(const struct timeofday *time);

/* From now on, stamps are converted to the time of day as it is; those of before do not matter. */
void timeofday_adopt(struct timeofday *time);

/* All that was captured before that time of the monotonic clock has been read. */
void timeofday_drained(struct timeofday *time, int64_t before_ns);

/* Converts the stamp of something that is read now. Returns false, with one of the times that it
 * may stand for, if a step makes that ambiguous. */
bool timeofday_convert(const struct timeofday *time, int64_t *stamp_ns);

/* Whether something with this stamp came after the last look, if the time of day was not stepped
 * back since. */
bool timeofday_is_later(const struct timeofday *time, int64_t stamp_ns);

/* The latest step. */
int64_t timeofday_step_ns(const struct timeofday *time);

/* The time of day, as stamps are converted, at a time of the monotonic clock; never later than it
 * was. */
int64_t timeofday_at(const struct timeofday *time, int64_t monotonic_ns);

#endif
