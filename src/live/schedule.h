/* SPDX-License-Identifier: BSD-2-Clause */
/* Which connection begins when: each job at its interval, as many at once as there is room for, at
 * the rate that is asked for. */
#ifndef TCPSHAKE_LIVE_SCHEDULE_H
#define TCPSHAKE_LIVE_SCHEDULE_H

#include "flight/flights.h"
#include "live/jobs.h"
#include "live/pace.h"
#include "live/seek.h"

struct schedule {
    /* Borrowed; to be set before schedule_start. */
    struct jobs *jobs;
    struct flights *flights;
    const struct taps *taps;
    struct timers *timers;
    struct failure *failure;
    const struct output *output;
    int64_t interval_ns;
    uint32_t in_flight_most;
    struct seek *seek;
    bool quiet; /* no warnings */
    /* Its own. */
    struct pace pace;
    struct timer pacing;
    struct job *waiting_head, *waiting_tail; /* for room, or for the pace */
    uint64_t jobs_left;                      /* that have connections to begin */
    uint32_t begun;                          /* in this round */
    bool held;                               /* nothing begins for now */
    bool cancelled;
};

/* Lets every job begin; rate is in connections a second, 0: no limit. Returns false where memory
 * ran out. */
bool schedule_start(struct schedule *schedule, uint32_t rate, int64_t now_ns);

/* Begins what there is room for, at most as many as are sent together: what came in meanwhile is to
 * be answered first. To be called in each round of the loop. Returns whether more could begin. */
bool schedule_go_round(struct schedule *schedule, int64_t now_ns);

/* A connection of the job has ended. */
void schedule_landed(struct schedule *schedule, struct job *job);

/* Takes a job back that was sought. The context is the schedule. */
void schedule_found(void *context, struct job *job);

/* Begins no connection as long as it is held. */
void schedule_hold(struct schedule *schedule, bool held);

/* Begins no further connection. */
void schedule_cancel(struct schedule *schedule);

#endif
