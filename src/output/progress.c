/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS      INT64_C(1000000000)
#define LATEST_PART    0.3               /* of the latest second in the mean */
#define SECONDS_LISTED (99.0 * 3600 - 1) /* a longer time is not worth a figure */

void progress_begin(struct headway *progress, int64_t now_ns)
{
    *progress = (struct headway){.noted_ns = now_ns, .rate = -1};
}

void progress_go_on(struct headway *progress, uint64_t done)
{
    progress->noted = done;
}

void progress_note(struct headway *progress, uint64_t done, int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - progress->noted_ns;
    if (elapsed_ns < SECOND_NS)
        return;
    double latest = (double)(done - progress->noted) * SECOND_NS / (double)elapsed_ns;
    progress->rate =
        progress->rate < 0 ? latest : (1 - LATEST_PART) * progress->rate + LATEST_PART * latest;
    progress->noted_ns = now_ns;
    progress->noted = done;
}

/* Appends what there is room for. */
static void put(char *out, const char *format, ...)
{
    size_t len = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out + len, PROGRESS_TEXT_MAX - len, format, arguments);
    va_end(arguments);
}

static void put_time_left(char *out, double rate, uint64_t to_go)
{
    double seconds = (double)to_go / rate;
    if (seconds > SECONDS_LISTED)
        return;
    unsigned left = (unsigned)(seconds + 0.5);
    put(out, ", %u:%02u:%02u left", left / 3600, left / 60 % 60, left % 60);
}

const char *progress_text(const struct headway *progress, const struct summary *whole,
                          uint64_t planned, uint64_t in_flight, char *out)
{
    uint64_t done = whole->connections;
    snprintf(out, PROGRESS_TEXT_MAX, "connections: %llu done", (unsigned long long)done);
    if (planned != UINT64_MAX) {
        uint64_t to_go = planned > done ? planned - done : 0;
        put(out, ", %llu to go", (unsigned long long)to_go);
        if (progress->rate > 0)
            put_time_left(out, progress->rate, to_go);
    }
    if (progress->rate >= 0)
        put(out, ", %.0f/s", progress->rate);
    put(out, ", %llu in flight", (unsigned long long)in_flight);
    const char *separator = ": ";
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++) {
        if (i != PORT_OPEN && whole->by_port_state[i] == 0)
            continue;
        put(out, "%s%llu %s", separator, (unsigned long long)whole->by_port_state[i],
            port_state_name((enum port_state)i));
        separator = ", ";
    }
    return out;
}
