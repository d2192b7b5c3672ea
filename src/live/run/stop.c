/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/stop.h"

#include "net/clock.h"
#include "output/inplace.h"

void stop_take_landed(struct run *run, int64_t now_ns)
{
    struct attempt landed;
    while (flights_next_landed(&run->flights, &landed))
        schedule_landed(&run->schedule, &landed, now_ns);
}

void stop_cancel(struct run *run)
{
    if (run->schedule.cancelled)
        return;
    schedule_cancel(&run->schedule);
    flights_cancel(&run->flights);
}

void stop_interrupt(struct run *run)
{
    if (run->schedule.cancelled)
        return;
    stop_take_landed(run, clock_monotonic_ns());
    run->interrupted = true;
    if (run->journaling.open)
        inplace_freeze(run->output);
    stop_cancel(run);
}
