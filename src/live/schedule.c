/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/schedule.h"

#include <string.h>

#define NO_PORT_PAUSE_NS INT64_C(1000000) /* before a port is looked for again */

static void set_timer(struct schedule *schedule, struct timer *timer, int64_t due_ns)
{
    if (!timers_set(schedule->timers, timer, due_ns))
        failure_note_memory(schedule->failure);
}

/* No further connection of it, if what is asked of its target is decided. */
static void retire_decided(struct schedule *schedule, struct job *job)
{
    if (schedule->cancelled || job->left == 0 ||
        !output_is_decided(schedule->output, job->host, job->server.port))
        return;
    timers_unset(schedule->timers, &job->timer);
    job->left = 0;
    schedule->jobs_left--;
}

/* The time that the name took is told of one connection alone. */
static struct attempt next_attempt(const struct schedule *schedule, struct job *job)
{
    struct attempt attempt = {
        .target = job->host,
        .place = job->place,
        .resolve_ns = job->resolve_ns,
        .server = job->server,
        .route = job->route,
        .tap = job->routed ? taps_find(schedule->taps, job->route.interface) : NULL,
        .plan = job->plan,
        .job = job,
        .astray = &job->astray,
    };
    job->resolve_ns = DURATION_UNKNOWN;
    return attempt;
}

static void begin_connection(struct schedule *schedule, struct job *job, int64_t now_ns)
{
    struct error error;
    struct attempt attempt = next_attempt(schedule, job);
    int code = 0;
    schedule->begun++;
    job->astray = !job->routed;
    if (!job->routed) {
        flights_report_unsent(schedule->flights, &attempt, job->no_route_reason);
        jobs_tell_others(job, schedule->quiet);
    } else {
        code = flights_begin(schedule->flights, &attempt, job->nth++, &error);
    }
    if (code == FLIGHTS_NO_PORT) {
        set_timer(schedule, &job->timer, now_ns + NO_PORT_PAUSE_NS);
        return;
    }
    if (code != 0)
        failure_note(schedule->failure, &error);
    if (job->left != UINT64_MAX)
        job->left--;
    if (job->left == 0)
        schedule->jobs_left--;
    else
        set_timer(schedule, &job->timer, now_ns + schedule->interval_ns);
    retire_decided(schedule, job);
}

/* No rate limit on loopback. Returns false where it is too early; then the timer is set. */
static bool is_in_pace(struct schedule *schedule, const struct job *job, int64_t now_ns)
{
    if (!job->routed || job->left == 0 || strcmp(job->route.interface, LOOPBACK) == 0 ||
        pace_take(&schedule->pace, now_ns))
        return true;
    set_timer(schedule, &schedule->pacing, pace_next_ns(&schedule->pace));
    return false;
}

static bool may_begin(const struct schedule *schedule)
{
    return schedule->waiting_head != NULL &&
           flights_count(schedule->flights) < schedule->in_flight_most && !schedule->held &&
           !schedule->cancelled && !schedule->failure->failed;
}

static void begin_waiting_jobs(struct schedule *schedule, int64_t now_ns)
{
    while (may_begin(schedule) && schedule->begun < TRANSMIT_BATCH) {
        struct job *job = schedule->waiting_head;
        if (!is_in_pace(schedule, job, now_ns))
            return;
        schedule->waiting_head = job->next_waiting;
        if (schedule->waiting_head == NULL)
            schedule->waiting_tail = NULL;
        bool sought = job->astray;
        job->astray = false;
        if (job->left > 0 && !(sought && seek_begin(schedule->seek, job)))
            begin_connection(schedule, job, now_ns);
    }
}

/* The next round begins more. */
static void pace_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    (void)context;
    (void)timer;
    (void)now_ns;
}

void schedule_found(void *context, struct job *job)
{
    struct schedule *schedule = context;
    if (schedule->cancelled)
        return;
    job->next_waiting = NULL;
    if (schedule->waiting_tail != NULL)
        schedule->waiting_tail->next_waiting = job;
    else
        schedule->waiting_head = job;
    schedule->waiting_tail = job;
}

static void job_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    (void)now_ns;
    schedule_found(context, (struct job *)timer);
}

bool schedule_start(struct schedule *schedule, uint32_t rate, int64_t now_ns)
{
    struct jobs *jobs = schedule->jobs;
    bool set = true;
    schedule->jobs_left = jobs->count;
    schedule->pacing = (struct timer){.fire = pace_is_due, .context = schedule};
    pace_init(&schedule->pace, rate);
    for (size_t i = 0; set && i < jobs->count; i++) {
        struct job *job = &jobs->list[i];
        job->timer = (struct timer){.fire = job_is_due, .context = schedule};
        if (job->found)
            set = timers_set(schedule->timers, &job->timer, now_ns);
        else
            begin_connection(schedule, job, now_ns); /* even if the deadline is over */
    }
    return set;
}

bool schedule_go_round(struct schedule *schedule, int64_t now_ns)
{
    schedule->begun = 0;
    begin_waiting_jobs(schedule, now_ns);
    return schedule->begun == TRANSMIT_BATCH && may_begin(schedule);
}

void schedule_landed(struct schedule *schedule, struct job *job)
{
    if (job->astray && !schedule->cancelled)
        jobs_tell_others(job, schedule->quiet);
    retire_decided(schedule, job);
}

void schedule_hold(struct schedule *schedule, bool held)
{
    schedule->held = held;
}

void schedule_cancel(struct schedule *schedule)
{
    schedule->cancelled = true;
    for (size_t i = 0; i < schedule->jobs->count; i++)
        timers_unset(schedule->timers, &schedule->jobs->list[i].timer);
    schedule->waiting_head = schedule->waiting_tail = NULL;
    schedule->jobs_left = 0;
}
