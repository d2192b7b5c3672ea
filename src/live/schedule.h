/* SPDX-License-Identifier: BSD-2-Clause */
/* Which connection begins when: each job at its interval, as many at once as there is room for, at
 * the rate that is asked for. */
#ifndef TCPSHAKE_LIVE_SCHEDULE_H
#define TCPSHAKE_LIVE_SCHEDULE_H

#include "flight/flights.h"
#include "live/jobs.h"
#include "live/neighbours.h"
#include "live/perhost.h"
#include "live/queue.h"
#include "live/seek.h"
#include "live/tracking.h"

struct schedule {
    /* Borrowed; to be set before schedule_start. */
    struct jobs *jobs;
    struct flights *flights;
    struct taps *taps;
    struct recorder *recorder;
    struct timers *timers;
    struct failure *failure;
    const struct output *output;
    int64_t interval_ns;
    /* Set by schedule_bound. */
    int64_t patience_ns;     /* with each connection */
    uint32_t batch;          /* connections that begin before what came in is answered */
    uint32_t in_flight_most; /* connections, ... */
    uint32_t in_flight_now;  /* ... to which this grows by one for each that ends */
    /* Borrowed and set as those before. */
    struct seek *seek;
    bool quiet;            /* no warnings */
    bool compare;          /* every second connection of a job is plain */
    uint32_t control_port; /* 0: none; or CONTROL_PORT_AUTO */
    /* Its own. */
    struct throttle throttle;
    struct timer pacing;
    struct queue waiting;            /* for room, or for the pace */
    struct queue parked;             /* for an entry of the table of neighbours */
    struct neighbours neighbours[2]; /* IPv4 and IPv6 */
    struct perhost perhost;          /* room for connections to each address */
    struct tracking tracking;        /* room for connections in the firewall of this host */
    uint64_t jobs_left;              /* under way, that have connections to begin */
    bool all_taken;                  /* there is no further target */
    uint32_t begun, taken;           /* in this round: SYNs, and targets */
    bool held;                       /* nothing begins for now */
    bool cancelled;
};

/* Opens what is needed outside of the sandbox; max_per_host is of connections in flight to each
 * address, 0: no limit. Returns 0, or -1 with *error set; schedule_close is
 * due in both cases. */
int schedule_open(struct schedule *schedule, uint32_t max_per_host, struct error *error);
void schedule_close(struct schedule *schedule);

/* Decides how many connections are in flight, and how many begin before what came in is answered.
 * To be called before schedule_start. As many are in flight as begin at the rate of the options
 * while one of them waits for an answer that does not come: so a silent network is probed as fast
 * as the rate says. Without a rate, their number grows while connections end. */
void schedule_bound(struct schedule *schedule, const struct options *options);

/* Lets the first targets begin; rate is in SYNs a second, 0: no limit. */
void schedule_start(struct schedule *schedule, uint32_t rate);

/* Reports the targets whose names were not found before the deadline of the run was over. */
void schedule_tell_unfound(struct schedule *schedule, int64_t now_ns);

/* Whether there are connections to begin. */
bool schedule_has_more(const struct schedule *schedule);

/* Begins what there is room for, at most as many as are sent together, with those that are queued
 * already: what came in meanwhile is to be answered first. To be called in each round of the loop.
 * Returns whether more could begin. */
bool schedule_go_round(struct schedule *schedule, uint32_t queued, int64_t now_ns);

/* A connection has ended. */
void schedule_landed(struct schedule *schedule, const struct attempt *attempt, int64_t now_ns);

/* Takes a job back that was sought. The context is the schedule. */
void schedule_found(void *context, struct job *job);

/* Begins no connection as long as it is held. */
void schedule_hold(struct schedule *schedule, bool held);

/* Begins no further connection. */
void schedule_cancel(struct schedule *schedule);

#endif
