/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/rounds.h"

#include <errno.h>
#include <stdlib.h>

#include "live/run/ending.h"
#include "live/run/readers.h"
#include "live/run/start.h"
#include "live/run/stop.h"
#include "live/run/waiting.h"
#include "net/clock.h"

#define READ_BATCH       256
#define UNREAD_MOST      (CAPTURE_FRAMES_MOST / READ_BATCH) /* rounds: of the largest ring */
#define DROPS_WATCHED_NS INT64_C(10000000)
#define FIRE_BATCH       256u

static void read_what_came(struct run *run)
{
    flights_reading(&run->flights);
    local_errors_read(&run->local_errors, READ_BATCH, flights_take_local_error, &run->flights);
    bool more = taps_read(&run->taps, READ_BATCH, flights_take_frame, &run->flights, &run->failure);
    flights_have_read(&run->flights, !more);
    flights_flush(&run->flights); /* answers, before any question */
    run->unread = more ? run->unread + 1 : 0;
    relocation_read(&run->relocation);
    seek_read(&run->seek);
    opinions_read(&run->opinions);
    reverse_read(&run->reverse);
    inflow_read(&run->jobs.supply.inflow, clock_monotonic_ns());
}

/* A frame that the capture has dropped is no answer that was not given. */
static void watch_drops(struct run *run, int64_t now_ns)
{
    if (now_ns - run->watched_ns < DROPS_WATCHED_NS)
        return;
    throttle_watch(&run->schedule.throttle, taps_dropped(&run->taps), now_ns);
    if (run->unread == 0)
        throttle_judge_departures(&run->schedule.throttle, now_ns);
    run->watched_ns = now_ns;
}

/* SYNs that are sent again go before new ones. */
static void release_held(struct run *run, int64_t now_ns)
{
    int64_t next_ns = flights_release(&run->flights, now_ns);
    if (next_ns != INT64_MAX && !timers_set(&run->timers, &run->release, next_ns))
        failure_note_memory(&run->failure);
}

/* An answer that waits to be read must not be missed when the time for it is over, nor wait for
 * questions. But a flood of frames must not hold up time for longer than the rings are full. */
static bool reads_first(const struct run *run)
{
    return run->unread % UNREAD_MOST != 0;
}

/* What is set anew for at once comes behind signals. All SYNs of a round, those that are sent again
 * first, are one batch. */
static void fire_what_is_due(struct run *run)
{
    int64_t now_ns = clock_monotonic_ns();
    watch_drops(run, now_ns); /* before any probe ends without an answer */
    run->more = run->unread > 0;
    if (reads_first(run)) {
        flights_flush(&run->flights);
        return;
    }
    size_t left = run->timers.count < FIRE_BATCH ? run->timers.count : FIRE_BATCH;
    while (left > 0 && !sender_is_full(&run->sender) && timers_fire_one(&run->timers, now_ns)) {
        stop_take_landed(run, now_ns);
        left--;
    }
    release_held(run, now_ns);
    bool begins = schedule_go_round(&run->schedule, (uint32_t)run->sender.queued, now_ns);
    run->more = run->more || begins;
    flights_flush(&run->flights);
}

/* Between two rounds, when all that was reported is accounted for. */
static void keep_journal(struct run *run)
{
    struct error error;
    if (!run->journaling.open || run->schedule.cancelled || run->failure.failed)
        return;
    if (journaling_keep(&run->journaling, clock_monotonic_ns(), &error) != 0)
        failure_note(&run->failure, &error);
    timers_unset(&run->timers, &run->journal);
    int64_t due_ns = journaling_due_ns(&run->journaling);
    if (due_ns != INT64_MAX && !timers_set(&run->timers, &run->journal, due_ns))
        failure_note_memory(&run->failure);
}

/* Returns whether the run stays. */
static bool take_signals(struct run *run)
{
    const struct output_outlook outlook = start_outlook(run);
    bool stuck = readers_push(run);
    unsigned ends = interrupts_take(&run->interrupts, run->output, &outlook, stuck);
    bool leaves = ending_is_at_once(ends, run->schedule.cancelled);
    for (unsigned i = 0; i < ends; i++)
        outlets_interrupt();
    if (ends > 0)
        stop_interrupt(run);
    return !leaves;
}

/* output_close says why there is no reader any more. */
static void look_for_an_end(struct run *run)
{
    const struct ending_signs signs = {.reader_has_left = output_is_broken(run->output),
                                       .target_has_failed = output_has_failed(run->output),
                                       .recording_failed = run->recorder.failure.failed,
                                       .is_endless = run->options->count == 0};
    switch (ending_of(&signs)) {
    case ENDING_INTERRUPT:
        stop_interrupt(run);
        break;
    case ENDING_CANCEL:
        stop_cancel(run);
        break;
    case ENDING_NONE:
        break;
    }
}

bool rounds_go_one(struct run *run)
{
    bool stays = take_signals(run);
    read_what_came(run);
    look_for_an_end(run);
    fire_what_is_due(run);
    keep_journal(run);
    return stays;
}

static enum ending_turn next_turn(struct run *run)
{
    const struct ending_state state = {.has_more = schedule_has_more(&run->schedule),
                                       .in_flight = flights_count(&run->flights),
                                       .failed = run->failure.failed,
                                       .cancelled = run->schedule.cancelled,
                                       .more = run->more,
                                       .wakes = !run->failure.failed ||
                                                timers_next_ns(&run->timers) != INT64_MAX};
    return ending_turn_of(&state);
}

/* Waits, then goes one round. Returns whether the run stays. */
static bool wait_and_go(struct run *run, struct pollfd *polled)
{
    struct error error;
    if (waiting_for(run, polled) >= 0 || errno == EINTR)
        return rounds_go_one(run);
    error_set_code(&error, errno, "cannot wait for packets");
    failure_note(&run->failure, &error);
    return false;
}

int rounds_go(struct run *run, struct error *error)
{
    struct pollfd *polled = calloc(waiting_most(run), sizeof *polled);
    if (polled == NULL)
        return error_set_memory(error, "out of memory");
    bool stays = true;
    enum ending_turn turn;
    while (stays && (turn = next_turn(run)) != TURN_OVER) {
        if (turn == TURN_INTERRUPT)
            stop_interrupt(run);
        else
            stays = wait_and_go(run, polled);
    }
    free(polled);
    if (run->failure.failed)
        *error = run->failure.error;
    return run->failure.failed ? -1 : 0;
}
