/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/start.h"

#include "base/outlet.h"
#include "live/run/needs.h"
#include "live/run/stop.h"

#define DEADLINE_GRACE_NS INT64_C(100000000) /* for readers */

static void deadline_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct run *run = context;
    (void)timer;
    (void)now_ns;
    run->out_of_time = !run->schedule.cancelled;
    stop_interrupt(run);
}

/* The round that it wakes does it. */
static void is_due(void *context, struct timer *timer, int64_t now_ns)
{
    (void)context;
    (void)timer;
    (void)now_ns;
}

struct output_outlook start_outlook(const struct run *run)
{
    return (struct output_outlook){.planned = needs_connections(&run->jobs),
                                   .in_flight = flights_count(&run->flights)};
}

static void tick_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct run *run = context;
    const struct output_outlook outlook = start_outlook(run);
    const struct conversation *conversation = flights_conversation(&run->flights);
    if (outlook.planned == 1 && conversation != NULL)
        output_so_far(run->output, conversation, now_ns);
    output_tick(run->output, &outlook, now_ns);
    if (!timers_set(&run->timers, timer, now_ns + WATCH_TICK_NS))
        failure_note_memory(&run->failure);
}

/* Returns false where memory ran out. */
static bool set_timers(struct run *run, int64_t now_ns)
{
    bool set =
        run->deadline_ns == INT64_MAX || timers_set(&run->timers, &run->deadline, run->deadline_ns);
    set = set && relocation_start(&run->relocation, now_ns);
    if (output_wants_ticks(run->output))
        set = set && timers_set(&run->timers, &run->tick, now_ns + WATCH_TICK_NS);
    if (run->journaling.open)
        set = set && timers_set(&run->timers, &run->journal, journaling_due_ns(&run->journaling));
    return set;
}

/* The time of a run may be over before its first connection: names took it. A run with a journal
 * leaves these targets to the next one. */
static bool has_unfound_to_tell(const struct run *run, int64_t now_ns)
{
    return !run->journaling.open && now_ns >= run->deadline_ns &&
           run->jobs.supply.hosts.why_not_found.status != STATUS_OK;
}

int start_begin(struct run *run, int64_t now_ns, struct error *error)
{
    if (run->deadline_ns != INT64_MAX)
        outlets_end_by(run->deadline_ns + DEADLINE_GRACE_NS);
    run->deadline = (struct timer){.fire = deadline_is_due, .context = run};
    run->tick = (struct timer){.fire = tick_is_due, .context = run};
    run->release = (struct timer){.fire = is_due};
    run->journal = (struct timer){.fire = is_due};
    bool set = set_timers(run, now_ns);
    schedule_start(&run->schedule, run->options->rate);
    run->more = true;
    if (has_unfound_to_tell(run, now_ns))
        schedule_tell_unfound(&run->schedule, now_ns);
    return set ? 0 : error_set_memory(error, "out of memory");
}
