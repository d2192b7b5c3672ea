/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/schedule.h"

#include <string.h>

#include "base/minmax.h"
#include "net/clock.h"

#define BATCH_TO_OPEN                                                                              \
    32u /* SYNs, which no ACK of a handshake waits for longer than a millisecond */
#define IN_FLIGHT_LEAST     1000u
#define IN_FLIGHT_FIRST     4096u
#define IN_FLIGHT_MOST      262144u
#define IN_FLIGHT_WITH_PATH 64u /* each has its hops, and what they quoted, or its packets */
#define SECOND_NS           INT64_C(1000000000)
#define NO_PORT_PAUSE_NS    INT64_C(1000000) /* before a port is looked for again */
#define TAKEN_MOST          256u             /* targets in a round */
#define WAITING_MOST        65536u           /* targets that wait beside those in flight */

void schedule_bound(struct schedule *schedule, const struct options *options)
{
    double wanted = (double)options->rate * ((double)options->timeout_ns / 1e9 + 1);
    schedule->patience_ns = options->timeout_ns + SECOND_NS;
    schedule->batch = options->close == CLOSE_HALF_OPEN ? TRANSMIT_BATCH : BATCH_TO_OPEN;
    schedule->in_flight_most = IN_FLIGHT_MOST;
    if (options->rate != 0 && wanted < IN_FLIGHT_MOST)
        schedule->in_flight_most = larger(IN_FLIGHT_LEAST, (uint32_t)wanted);
    if (options->parallel != 0)
        schedule->in_flight_most = options->parallel;
    if (options->path || options->path_mtu)
        schedule->in_flight_most = smaller(schedule->in_flight_most, IN_FLIGHT_WITH_PATH);
    if (options->source_port != 0)
        schedule->in_flight_most = 1;
    schedule->in_flight_now = schedule->in_flight_most;
    if (options->rate == 0 && options->parallel == 0)
        schedule->in_flight_now = smaller(IN_FLIGHT_FIRST, schedule->in_flight_most);
}

static void set_timer(struct schedule *schedule, struct timer *timer, int64_t due_ns)
{
    if (!timers_set(schedule->timers, timer, due_ns))
        failure_note_memory(schedule->failure);
}

/* It is done with once nothing of it is to begin, in flight or sought. */
static void release_if_done(struct schedule *schedule, struct job *job)
{
    if (job->left == 0 && job->flights == 0 && !job->queued && !schedule->cancelled)
        jobs_release(schedule->jobs, job);
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

/* Whether the kernel needs an entry for the target in its table of neighbours. */
static bool is_on_link(const struct job *job)
{
    return job->routed && strcmp(job->route.interface, LOOPBACK) != 0 &&
           address_equal(&job->route.next_hop, &job->server.address);
}

static struct neighbours *neighbours_of(struct schedule *schedule, const struct address *address)
{
    return &schedule->neighbours[address->family == FAMILY_IPV6];
}

/* Whether the job has begun 1, 3, 5, ... connections. */
static bool is_odd(const struct job *job)
{
    return ((job->nth - job->first) & 1) != 0;
}

/* IANA has assigned neither of them. */
#define UNASSIGNED      4
#define ALSO_UNASSIGNED 6

/* The port that ought to be closed beside that one. */
static uint16_t control_port(const struct schedule *schedule, uint16_t port)
{
    if (schedule->control_port == CONTROL_PORT_AUTO)
        return port == UNASSIGNED ? ALSO_UNASSIGNED : UNASSIGNED;
    return schedule->control_port != port ? (uint16_t)schedule->control_port : 0;
}

/* The time that the name took is told of one connection alone. */
static struct attempt next_attempt(const struct schedule *schedule, struct job *job)
{
    struct attempt attempt = {
        .target = job->host,
        .facts = &job->facts,
        .place = job->place,
        .resolve_ns = job->resolve_ns,
        .server = job->server,
        .route = job->route,
        .tap = job->routed ? taps_find(schedule->taps, job->route.interface) : NULL,
        .plan = job->plan,
        .on_link = is_on_link(job),
        .throttled = schedule->jobs->supply.total > 1 && job->routed &&
                     strcmp(job->route.interface, LOOPBACK) != 0,
        .job = job,
        .control_port = control_port(schedule, job->server.port),
        .controlled = job->plan.offers != 0 && !schedule->compare,
    };
    if (schedule->compare && is_odd(job))
        attempt.plan.offers = 0;
    job->resolve_ns = DURATION_UNKNOWN;
    return attempt;
}

static void give_place_back(struct schedule *schedule, const struct attempt *attempt,
                            int64_t now_ns)
{
    const struct address *address = &attempt->server.address;
    if (attempt->on_link)
        neighbours_give_back(neighbours_of(schedule, address), address, attempt->answered, now_ns);
    perhost_give_back(&schedule->perhost, address);
}

/* Returns false where memory ran out. */
static bool take_place(struct schedule *schedule, const struct attempt *attempt, int64_t now_ns)
{
    const struct address *address = &attempt->server.address;
    if (attempt->on_link && !neighbours_take(neighbours_of(schedule, address), address))
        return false;
    if (perhost_take(&schedule->perhost, address))
        return true;
    if (attempt->on_link)
        neighbours_give_back(neighbours_of(schedule, address), address, false, now_ns);
    return false;
}

/* Returns what flights_begin does. */
static int begin_routed(struct schedule *schedule, const struct attempt *attempt, uint32_t nth,
                        int64_t now_ns, struct error *error)
{
    if (!take_place(schedule, attempt, now_ns))
        return error_set_memory(error, "out of memory");
    int code = flights_begin(schedule->flights, attempt, nth, error);
    if (code == 0)
        tracking_begun(&schedule->tracking);
    else
        give_place_back(schedule, attempt, now_ns);
    return code;
}

/* Whether nothing is sent, which is then reported. */
static bool report_obstacle(struct schedule *schedule, struct job *job,
                            const struct attempt *attempt)
{
    if (job->routed && !flights_is_own_guard(schedule->flights, attempt))
        return false;
    flights_report_unsent(schedule->flights, attempt,
                          job->routed ? REASON_OWN_GUARD : job->no_route_reason);
    job->reported++;
    if (!job->routed)
        jobs_tell_others(job, schedule->quiet);
    return true;
}

static void begin_connection(struct schedule *schedule, struct job *job, int64_t now_ns)
{
    struct error error;
    struct attempt attempt = next_attempt(schedule, job);
    int code = 0;
    schedule->begun++;
    job->astray = !job->routed;
    bool sends = !report_obstacle(schedule, job, &attempt);
    if (sends)
        code = begin_routed(schedule, &attempt, job->nth++, now_ns, &error);
    job->flights += sends && code == 0;
    if (code == FLIGHTS_NO_PORT) {
        set_timer(schedule, &job->timer, now_ns + NO_PORT_PAUSE_NS);
        return;
    }
    if (code != 0) { /* it stays among the jobs, as one that is not reported */
        failure_note(schedule->failure, &error);
        return;
    }
    if (job->left != UINT64_MAX)
        job->left--;
    if (job->left == 0)
        schedule->jobs_left--;
    else
        set_timer(schedule, &job->timer, now_ns + schedule->interval_ns);
    retire_decided(schedule, job);
    release_if_done(schedule, job);
}

/* No rate limit on loopback. Returns false where it is too early; then the timer is set. */
static bool is_in_pace(struct schedule *schedule, const struct job *job, int64_t now_ns)
{
    if (job->routed && job->left > 0 && !tracking_has_room(&schedule->tracking, now_ns)) {
        set_timer(schedule, &schedule->pacing, tracking_next_ns(&schedule->tracking));
        return false;
    }
    if (!job->routed || job->left == 0 || strcmp(job->route.interface, LOOPBACK) == 0 ||
        throttle_take(&schedule->throttle, now_ns))
        return true;
    set_timer(schedule, &schedule->pacing, throttle_next_ns(&schedule->throttle));
    return false;
}

static bool may_begin(const struct schedule *schedule)
{
    uint32_t in_flight = flights_count(schedule->flights);
    return in_flight < schedule->in_flight_now &&
           in_flight < throttle_window(&schedule->throttle, schedule->patience_ns) &&
           !schedule->held && !schedule->cancelled && !schedule->failure->failed;
}

static bool has_room(struct schedule *schedule, const struct job *job)
{
    const struct address *address = &job->server.address;
    return !is_on_link(job) || neighbours_have_room(neighbours_of(schedule, address), address);
}

/* The interface of its route may not be captured on yet. */
static void watch_interface(struct schedule *schedule, struct job *job)
{
    const struct route *route = &job->route;
    struct error error;
    if (!job->routed || taps_find(schedule->taps, route->interface) != NULL ||
        taps_adopt(schedule->taps, route->interface, route->ifindex, schedule->recorder, &error) ==
            0)
        return;
    if (!failure_note_if_memory(schedule->failure, &error) && !schedule->quiet)
        warning("%s: %s", job->host, error.text);
    jobs_set_no_route(job, REASON_LOCAL_ERROR, NULL);
}

/* Whether there is room for one more target beside those under way. */
static bool may_take(const struct schedule *schedule)
{
    return !schedule->all_taken && schedule->taken < TAKEN_MOST &&
           (schedule->jobs->options->count == 0 ||
            schedule->jobs->count < (size_t)schedule->in_flight_most + WAITING_MOST);
}

static void job_is_due(void *context, struct timer *timer, int64_t now_ns);

/* The next target, or NULL. */
static struct job *take_target(struct schedule *schedule, int64_t now_ns)
{
    struct job *job = jobs_next(schedule->jobs, now_ns);
    const struct error *error = &schedule->jobs->supply.inflow.error;
    schedule->all_taken = job == NULL && !schedule->jobs->awaits;
    if (schedule->jobs->no_memory)
        failure_note_memory(schedule->failure);
    if (job == NULL && error->status != STATUS_OK)
        failure_note(schedule->failure, error);
    if (job == NULL)
        return NULL;
    schedule->taken++;
    schedule->jobs_left++;
    job->timer = (struct timer){.fire = job_is_due, .context = schedule};
    watch_interface(schedule, job);
    if (job->reported > 0)
        retire_decided(schedule, job);
    return job;
}

static bool has_room_at_host(const struct schedule *schedule, const struct job *job)
{
    return !job->routed || job->left == 0 ||
           perhost_has_room(&schedule->perhost, &job->server.address);
}

/* Whether the front of the queue could begin. Those that there is no room for are taken off: they
 * hold up none of the others. */
static bool find_one(struct schedule *schedule, struct queue *queue)
{
    while (queue->head != NULL && has_room(schedule, queue->head) &&
           !has_room_at_host(schedule, queue->head))
        perhost_park(&schedule->perhost, queue_pop(queue));
    return queue->head != NULL && has_room(schedule, queue->head);
}

/* The queue that the next one is taken from, or NULL. */
static struct queue *next_queue(struct schedule *schedule, int64_t now_ns)
{
    struct queue *waiting = &schedule->waiting;
    struct job *job;
    if (find_one(schedule, &schedule->parked))
        return &schedule->parked;
    for (;;) {
        if (find_one(schedule, waiting))
            return waiting;
        if (waiting->head != NULL)
            queue_push(&schedule->parked, queue_pop(waiting));
        else if (!may_take(schedule) || (job = take_target(schedule, now_ns)) == NULL)
            return NULL;
        else
            queue_push(waiting, job);
    }
}

/* One that waited for another connection to its address to end; and before it those whose name has
 * moved elsewhere in the meantime, whose connections give no place back here. */
static void wake(struct schedule *schedule, const struct address *address)
{
    struct job *job;
    while ((job = perhost_next(&schedule->perhost, address)) != NULL) {
        queue_push(&schedule->waiting, job);
        if (address_equal(&job->server.address, address))
            return;
    }
}

static void begin_or_seek(struct schedule *schedule, struct job *job, int64_t now_ns)
{
    const struct address address = job->server.address;
    bool sought = job->astray;
    job->astray = false;
    if (job->left == 0)
        release_if_done(schedule, job);
    else if (sought && seek_begin(schedule->seek, job))
        job->queued = true;
    else
        begin_connection(schedule, job, now_ns);
    wake(schedule, &address);
}

/* Returns whether more could begin at once. */
static bool begin_waiting_jobs(struct schedule *schedule, int64_t now_ns)
{
    struct queue *queue;
    while (may_begin(schedule) && (queue = next_queue(schedule, now_ns)) != NULL) {
        if (schedule->failure->failed) /* of the target that was taken: it is not reported */
            return false;
        if (schedule->begun >= schedule->batch)
            return true;
        if (!is_in_pace(schedule, queue->head, now_ns))
            return false;
        begin_or_seek(schedule, queue_pop(queue), now_ns);
    }
    return schedule->taken == TAKEN_MOST && may_begin(schedule);
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
    job->queued = false;
    if (!schedule->cancelled)
        queue_push(&schedule->waiting, job);
}

int schedule_open(struct schedule *schedule, uint32_t max_per_host, struct error *error)
{
    static const enum family families[] = {FAMILY_IPV4, FAMILY_IPV6};
    if (perhost_open(&schedule->perhost, max_per_host, error) != 0)
        return -1;
    tracking_open(&schedule->tracking, schedule->quiet, clock_monotonic_ns());
    for (unsigned i = 0; i < 2; i++)
        if (neighbours_open(&schedule->neighbours[i], families[i], schedule->timers, error) != 0)
            return -1;
    return 0;
}

void schedule_close(struct schedule *schedule)
{
    tracking_close(&schedule->tracking);
    perhost_close(&schedule->perhost);
    for (unsigned i = 0; i < 2; i++)
        neighbours_close(&schedule->neighbours[i]);
}

static void job_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    (void)now_ns;
    schedule_found(context, (struct job *)timer);
}

void schedule_start(struct schedule *schedule, uint32_t rate)
{
    schedule->pacing = (struct timer){.fire = pace_is_due, .context = schedule};
    throttle_init(&schedule->throttle, rate);
}

void schedule_tell_unfound(struct schedule *schedule, int64_t now_ns)
{
    struct job *job;
    schedule->jobs->only_unfound = true;
    while ((job = take_target(schedule, now_ns)) != NULL)
        begin_connection(schedule, job, now_ns);
}

bool schedule_has_more(const struct schedule *schedule)
{
    return !schedule->cancelled && (schedule->jobs_left > 0 || !schedule->all_taken);
}

bool schedule_go_round(struct schedule *schedule, uint32_t queued, int64_t now_ns)
{
    schedule->begun = queued;
    schedule->taken = 0;
    return begin_waiting_jobs(schedule, now_ns);
}

void schedule_landed(struct schedule *schedule, const struct attempt *attempt, int64_t now_ns)
{
    struct job *job = attempt->job;
    give_place_back(schedule, attempt, now_ns);
    if (!schedule->cancelled)
        wake(schedule, &attempt->server.address);
    schedule->in_flight_now += schedule->in_flight_now < schedule->in_flight_most;
    job->astray = attempt->astray;
    job->flights--;
    job->reported += !schedule->cancelled;
    if (job->astray && !schedule->cancelled)
        jobs_tell_others(job, schedule->quiet);
    retire_decided(schedule, job);
    release_if_done(schedule, job);
}

void schedule_hold(struct schedule *schedule, bool held)
{
    schedule->held = held;
}

void schedule_cancel(struct schedule *schedule)
{
    schedule->cancelled = true;
    for (struct job *job = schedule->jobs->first; job != NULL; job = job->after)
        timers_unset(schedule->timers, &job->timer);
    schedule->waiting = schedule->parked = (struct queue){NULL, NULL};
    perhost_cancel(&schedule->perhost);
    schedule->jobs_left = 0;
}
