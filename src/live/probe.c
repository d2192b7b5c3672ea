/* SPDX-License-Identifier: BSD-2-Clause */
/* The live loop. One thread, one poll: frames from every capture go to the conversation they belong
 * to, the prober of that conversation is asked what to do next, and a heap of timers says when to
 * ask again without a frame. The tracker never learns what was sent except through the capture;
 * what the capture misses enters it with the time of sending, and is marked. */
#include "live/probe.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "live/flight.h"
#include "live/relocate.h"
#include "live/setup.h"
#include "net/clock.h"

#define READ_BATCH 256

/* No further connection of it, if what is asked of its target is decided. */
static void retire_decided(struct run *run, struct job *job)
{
    if (run->cancelled || job->left == 0 ||
        !output_is_decided(run->output, job->host, job->server.port))
        return;
    timers_unset(&run->timers, &job->timer);
    job->left = 0;
    run->jobs_left--;
}

static void begin_connection(struct run *run, struct job *job, int64_t now_ns)
{
    struct error error;
    if (!job->routed)
        flight_report_unsent(run, job, job->no_route_reason);
    else if (flight_begin(run, job, &error) != 0)
        live_fail(run, &error);
    if (job->left != UINT64_MAX)
        job->left--;
    if (job->left == 0) {
        run->jobs_left--;
    } else if (!timers_set(&run->timers, &job->timer, now_ns + run->options->interval_ns)) {
        live_fail_memory(run);
    }
    retire_decided(run, job);
}

/* The host itself is nobody to be polite to. Returns false where it is too early; then the timer is
 * set. */
static bool is_in_pace(struct run *run, const struct job *job, int64_t now_ns)
{
    if (!job->routed || job->left == 0 || strcmp(job->route.interface, LOOPBACK) == 0 ||
        pace_take(&run->pace, now_ns))
        return true;
    if (!timers_set(&run->timers, &run->pacing, pace_next_ns(&run->pace)))
        live_fail_memory(run);
    return false;
}

static void begin_waiting_jobs(struct run *run, int64_t now_ns)
{
    while (run->waiting_head != NULL && run->in_flight < run->in_flight_most && !run->cancelled &&
           !run->failed) {
        struct job *job = run->waiting_head;
        if (!is_in_pace(run, job, now_ns))
            return;
        run->waiting_head = job->next_waiting;
        if (run->waiting_head == NULL)
            run->waiting_tail = NULL;
        if (job->left > 0)
            begin_connection(run, job, now_ns);
    }
}

static void pace_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    (void)timer;
    begin_waiting_jobs(context, now_ns);
}

static void job_has_landed(struct run *run, struct job *job, int64_t now_ns)
{
    retire_decided(run, job);
    begin_waiting_jobs(run, now_ns);
}

static void job_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct run *run = context;
    struct job *job = (struct job *)timer;
    job->next_waiting = NULL;
    if (run->waiting_tail != NULL)
        run->waiting_tail->next_waiting = job;
    else
        run->waiting_head = job;
    run->waiting_tail = job;
    begin_waiting_jobs(run, now_ns);
}

/* No new connection; those in flight reset what is open. */
static void cancel(struct run *run)
{
    if (run->cancelled)
        return;
    run->cancelled = true;
    for (size_t i = 0; i < run->jobs.count; i++)
        timers_unset(&run->timers, &run->jobs.list[i].timer);
    run->waiting_head = run->waiting_tail = NULL;
    run->jobs_left = 0;
    flight_cancel_all(run);
}

static void deadline_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    (void)timer;
    (void)now_ns;
    cancel(context);
}

/* Whoever watches is told from time to time. */
static void tick_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct run *run = context;
    uint64_t planned = run->options->count == 0 ? UINT64_MAX : setup_connections_planned(run);
    output_tick(run->output, planned, now_ns);
    if (!timers_set(&run->timers, timer, now_ns + WATCH_TICK_NS))
        live_fail_memory(run);
}

/* Returns false when asked to leave at once: a second signal. */
static bool take_signals(struct run *run)
{
    struct signalfd_siginfo info;
    while (read(run->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGQUIT)
            output_interim(run->output);
        else if (info.ssi_signo == SIGWINCH)
            output_resized(run->output);
        if (info.ssi_signo == SIGQUIT || info.ssi_signo == SIGWINCH)
            continue;
        if (run->cancelled)
            return false;
        cancel(run);
    }
    return true;
}

/* The signal is left pending until the terminal is free; then it stops the process here. */
static void stop_if_asked(struct run *run)
{
    struct pollfd asked = {.fd = run->stops, .events = POLLIN};
    sigset_t stop;
    if (run->stops < 0 || poll(&asked, 1, 0) <= 0)
        return;
    output_hide(run->output);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, NULL);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    output_resized(run->output);
}

static void read_what_came(struct run *run)
{
    struct error error;
    local_errors_read(&run->local_errors, READ_BATCH, flight_take_local_error, run);
    for (size_t i = 0; i < run->tap_count; i++) {
        struct flight_tap taking = {.run = run, .tap = &run->taps[i]};
        if (capture_read(run->taps[i].capture, READ_BATCH, flight_take_frame, &taking, &error) < 0)
            live_fail(run, &error);
    }
}

/* What the loop waits for: every capture, the two sockets of local errors, signals, names. */
static nfds_t fill_polled(const struct run *run, struct pollfd *polled)
{
    nfds_t count = 0;
    for (size_t i = 0; i < run->tap_count; i++)
        polled[count++].fd = capture_fd(run->taps[i].capture);
    for (int i = 0; i < 2; i++)
        polled[count++].fd = run->local_errors.fds[i]; /* poll passes over a negative one */
    polled[count++].fd = run->signals;
    polled[count++].fd = relocate_fd(run);
    polled[count++].fd = run->stops;
    for (nfds_t i = 0; i < count; i++)
        polled[i].events = POLLIN;
    return count;
}

static int wait_for_something(struct run *run, struct pollfd *polled, nfds_t count)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t next_ns = timers_next_ns(&run->timers);
    int64_t pause_ns = next_ns > now_ns ? next_ns - now_ns : 0;
    struct timespec pause = {.tv_sec = pause_ns / 1000000000, .tv_nsec = pause_ns % 1000000000};
    return ppoll(polled, count, next_ns == INT64_MAX ? NULL : &pause, NULL);
}

/* One round: what came, then what is due. Returns false when asked to leave at once. */
static bool go_round(struct run *run)
{
    bool stay = take_signals(run);
    stop_if_asked(run);
    flight_watch_clock(run);
    read_what_came(run);
    relocate_read(run);
    if (output_is_broken(run->output) || output_has_failed(run->output))
        cancel(run); /* nobody reads any more: output_close says why; or nothing can change */
    if (run->recording_failed && run->options->count == 0)
        cancel(run); /* a run with an end tells its report first */
    int64_t now_ns = clock_monotonic_ns();
    size_t left = run->timers.count; /* what is set anew for at once comes behind signals */
    while (left > 0 && timers_fire_one(&run->timers, now_ns, run))
        left--;
    return stay;
}

static int loop(struct run *run, struct error *error)
{
    struct pollfd *polled = calloc(run->tap_count + 5, sizeof *polled);
    if (polled == NULL)
        return error_set(error, STATUS_RUN, "out of memory");
    bool stay = true;
    while (stay && (run->jobs_left > 0 || run->in_flight > 0)) {
        if (run->failed && !run->cancelled) {
            cancel(run);
            continue; /* there may be nothing left to wait for */
        }
        if (wait_for_something(run, polled, fill_polled(run, polled)) < 0 && errno != EINTR) {
            error_set(error, STATUS_RUN, "cannot wait for packets: %s", strerror(errno));
            live_fail(run, error);
            break;
        }
        stay = go_round(run);
    }
    free(polled);
    if (run->failed)
        *error = run->error;
    return run->failed ? -1 : 0;
}

/* Many targets can be watched at once. */
static void name_targets(struct run *run)
{
    if (run->jobs.count < 2 || run->jobs.count > WATCH_TARGETS_MAX)
        return;
    for (size_t i = 0; i < run->jobs.count; i++)
        output_target(run->output, run->jobs.list[i].host, run->jobs.list[i].server.port);
}

static int start_jobs(struct run *run, struct error *error)
{
    int64_t now_ns = clock_monotonic_ns();
    clock_watch_look(&run->clock);
    run->jobs_left = run->jobs.count;
    run->deadline.fire = deadline_is_due;
    run->pacing.fire = pace_is_due;
    pace_init(&run->pace, run->options->rate);
    bool set = run->options->deadline_ns == DURATION_UNKNOWN ||
               timers_set(&run->timers, &run->deadline, now_ns + run->options->deadline_ns);
    set = set && relocate_begin(run, now_ns);
    run->tick.fire = tick_is_due;
    if (output_wants_ticks(run->output))
        set = set && timers_set(&run->timers, &run->tick, now_ns + WATCH_TICK_NS);
    for (size_t i = 0; set && i < run->jobs.count; i++) {
        run->jobs.list[i].timer.fire = job_is_due;
        set = timers_set(&run->timers, &run->jobs.list[i].timer, now_ns);
    }
    return set ? 0 : error_set(error, STATUS_RUN, "out of memory");
}

int probe_run(const struct options *options, struct output *output, struct error *error)
{
    struct run run = {.options = options,
                      .output = output,
                      .signals = -1,
                      .stops = -1,
                      .local_errors = {{-1, -1}},
                      .on_landing = job_has_landed};
    int status = setup_open(&run, error);
    if (status == 0) {
        output_begin(output, setup_connections_planned(&run) == 1 ? LAYOUT_LADDER : LAYOUT_LINES);
        name_targets(&run);
        status = start_jobs(&run, error);
    }
    if (status == 0)
        status = loop(&run, error);
    return setup_close(&run, status, error);
}
