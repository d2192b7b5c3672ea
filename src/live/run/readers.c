/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/readers.h"

#define QUEUED_MOST (256u * 1024)

struct outlet *readers_queue(const struct run *run, size_t n)
{
    struct outlet *outlet = n == 0 ? &run->output->outlet : recorder_outlet(&run->recorder);
    return outlet != NULL && outlet_queued(outlet) > 0 ? outlet : NULL;
}

bool readers_push(struct run *run)
{
    bool full = false, stuck = false;
    for (size_t i = 0; i < READERS_MOST; i++) {
        struct outlet *outlet = readers_queue(run, i);
        if (outlet == NULL)
            continue;
        outlet_push(outlet); /* a failure is noted by the next write */
        full = full || outlet_queued(outlet) > QUEUED_MOST;
        stuck = stuck || outlet_queued(outlet) > 0;
    }
    schedule_hold(&run->schedule, full);
    return stuck;
}
