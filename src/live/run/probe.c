/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/probe.h"

#include "live/run/announcement.h"
#include "live/run/conclusion.h"
#include "live/run/rounds.h"
#include "live/run/setup.h"
#include "live/run/start.h"
#include "live/run/wiring.h"
#include "net/clock.h"

static int make_connections(struct run *run, struct error *error)
{
    announcement_begin_report(&run->jobs, run->output);
    int status = start_begin(run, clock_monotonic_ns(), error);
    if (status == 0)
        status = rounds_go(run, error);
    return conclusion_of(run, status, error);
}

int probe_run(const struct options *options, struct output *output, struct error *error)
{
    struct run run;
    wiring_connect(&run, options, output, clock_monotonic_ns());
    int status = setup_open(&run, error);
    if (status == 0 && !run.journaling.concluded)
        status = make_connections(&run, error);
    return setup_close(&run, status, error);
}
