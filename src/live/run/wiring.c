/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/wiring.h"

static bool is_quiet(const struct options *options)
{
    return options->verbosity <= -2;
}

static struct flights wire_flights(struct run *run)
{
    const struct options *options = run->options;
    struct flights flights = {.sender = &run->sender,
                              .recorder = &run->recorder,
                              .timers = &run->timers,
                              .failure = &run->failure,
                              .lane = &run->lane,
                              .throttle = &run->schedule.throttle,
                              .taps = &run->taps,
                              .output = run->output,
                              .hops_max = options->path ? options->hops_max : 0,
                              .measures = options->path_mtu,
                              .quiet = is_quiet(options)};
    pace_init_even(&flights.side_pace, options->rate);
    return flights;
}

static struct schedule wire_schedule(struct run *run)
{
    const struct options *options = run->options;
    return (struct schedule){.jobs = &run->jobs,
                             .flights = &run->flights,
                             .taps = &run->taps,
                             .recorder = &run->recorder,
                             .timers = &run->timers,
                             .failure = &run->failure,
                             .output = run->output,
                             .seek = &run->seek,
                             .quiet = is_quiet(options),
                             .compare = options->compare,
                             .control_port = options->control_port,
                             .interval_ns = options->interval_ns};
}

static struct seek wire_seek(struct run *run)
{
    return (struct seek){.jobs = &run->jobs,
                         .options = run->options,
                         .taps = &run->taps,
                         .recorder = &run->recorder,
                         .timers = &run->timers,
                         .failure = &run->failure,
                         .found = schedule_found,
                         .context = &run->schedule};
}

static struct relocation wire_relocation(struct run *run)
{
    return (struct relocation){.jobs = &run->jobs,
                               .options = run->options,
                               .taps = &run->taps,
                               .timers = &run->timers,
                               .failure = &run->failure};
}

void wiring_connect(struct run *run, const struct options *options, struct output *output,
                    int64_t now_ns)
{
    *run = (struct run){.options = options,
                        .output = output,
                        .deadline_ns = INT64_MAX,
                        .local_errors = {{-1, -1}},
                        .interrupts = {.signals = -1, .stops = -1}};
    if (options->deadline_ns != DURATION_UNKNOWN)
        run->deadline_ns = now_ns + options->deadline_ns;
    run->flights = wire_flights(run);
    run->schedule = wire_schedule(run);
    run->seek = wire_seek(run);
    run->relocation = wire_relocation(run);
    run->opinions = (struct opinions){.timers = &run->timers, .failure = &run->failure};
    run->reverse.failure = &run->failure;
    run->journaling = (struct journaling){.options = options, .jobs = &run->jobs, .output = output};
    run->taps.quiet = is_quiet(options);
    run->sender.conntrack = &run->schedule.tracking.table;
}
