/* SPDX-License-Identifier: BSD-2-Clause */
/* What a live run has to do: each target with its address, its route and the connections still to
 * be made. */
#ifndef TCPSHAKE_LIVE_JOBS_H
#define TCPSHAKE_LIVE_JOBS_H

#include "cli/options.h"
#include "flight/timers.h"
#include "net/ephemeral.h"
#include "net/route.h"
#include "net/targets.h"
#include "output/output.h"
#include "tcp/prober.h"

struct job {
    struct timer timer;       /* when the next connection begins */
    struct job *next_waiting; /* in the queue for a free place */
    const char *host;         /* owned by the targets */
    uint32_t place;           /* among the targets, from 1; 0: the only one */
    struct endpoint server;
    bool named; /* the host is no address */
    bool lost;  /* the last lookup of its name failed */
    bool routed;
    enum reason no_route_reason; /* valid unless routed */
    struct route route;
    struct plan plan;
    int64_t resolve_ns; /* what the name took, for its next connection; else DURATION_UNKNOWN */
    uint64_t left;      /* connections not begun; UINT64_MAX: without end */
    uint32_t nth;       /* the next one, counted from a number of the job's own */
};

struct jobs {
    struct targets targets;
    struct job *list;
    size_t count;
    struct ephemeral ephemeral; /* the ports that connections come from */
};

/* Resolves and routes every target of the command line, and tells output how far that is. Returns
 * 0, or -1 with *error set. */
int jobs_prepare(struct jobs *jobs, const struct options *options, struct output *output,
                 struct error *error);
/* Sets the route, and what of the plan depends on it. */
void jobs_set_route(struct job *job, const struct route *route, const struct options *options);

void jobs_free(struct jobs *jobs);

#endif
