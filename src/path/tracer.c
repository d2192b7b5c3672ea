/* SPDX-License-Identifier: BSD-2-Clause */
#include "path/tracer.h"

#define MILLISECOND_NS INT64_C(1000000)
#define WAIT_LEAST_NS  (200 * MILLISECOND_NS)
#define WAIT_UNKNOWN   (500 * MILLISECOND_NS) /* where nothing has answered yet */
#define WAIT_MOST_NS   (1000 * MILLISECOND_NS)

/* Three times the longest round trip that was seen. */
static int64_t patience_ns(const struct tracer *tracer, const struct path *path)
{
    int64_t longest_ns = tracer->round_trip_ns;
    for (size_t i = 0; i < path->hop_count; i++)
        if (path->hops[i].rtt_ns > longest_ns)
            longest_ns = path->hops[i].rtt_ns;
    if (longest_ns < 0)
        return WAIT_UNKNOWN;
    if (longest_ns > WAIT_MOST_NS / 3)
        return WAIT_MOST_NS;
    return 3 * longest_ns > WAIT_LEAST_NS ? 3 * longest_ns : WAIT_LEAST_NS;
}

static bool is_silent(const struct path *path, uint8_t ttl)
{
    return path->hops[ttl - 1].answered == 0;
}

static bool gives_up(const struct tracer *tracer, const struct path *path)
{
    return !tracer->target_answers && tracer->ttl - path_last_answered(path) >= TRACER_SILENT_MOST;
}

/* The next hop to ask, or 0. */
static uint8_t choose(struct tracer *tracer, const struct path *path)
{
    if (!tracer->again) {
        if (path->end_ttl == 0 && tracer->ttl < tracer->hops_max && !gives_up(tracer, path))
            return (uint8_t)(tracer->ttl + 1);
        tracer->again = true;
        tracer->ttl = 0;
    }
    for (uint8_t ttl = (uint8_t)(tracer->ttl + 1); ttl < path_last_answered(path); ttl++)
        if (is_silent(path, ttl) && path->hops[ttl - 1].sent < PATH_TRIES_MAX)
            return ttl;
    return 0;
}

struct tracer_action tracer_next(struct tracer *tracer, const struct path *path, int64_t now_ns)
{
    bool answered = tracer->is_open && !is_silent(path, tracer->ttl);
    if (tracer->is_open && !answered && now_ns < tracer->until_ns)
        return (struct tracer_action){.verb = TRACER_WAIT, .wake_ns = tracer->until_ns};
    tracer->is_open = false;
    uint8_t ttl = choose(tracer, path);
    if (ttl == 0)
        return (struct tracer_action){.verb = TRACER_DONE};
    tracer->ttl = ttl;
    tracer->is_open = true;
    tracer->until_ns = now_ns + patience_ns(tracer, path);
    return (struct tracer_action){.verb = TRACER_SEND, .ttl = ttl};
}
