/* SPDX-License-Identifier: BSD-2-Clause */
/* What a live run has to do: each target with its address, its route and the connections still to
 * be made. */
#ifndef TCPSHAKE_LIVE_JOBS_H
#define TCPSHAKE_LIVE_JOBS_H

#include "cli/options.h"
#include "loop/timers.h"
#include "net/ephemeral.h"
#include "net/route.h"
#include "net/targets.h"
#include "output/output.h"
#include "tcp/prober.h"

struct name; /* live/names.h */

struct job {
    struct timer timer;       /* when the next connection begins */
    struct job *next_waiting; /* in the queue for a free place */
    const char *host;         /* owned by the targets */
    uint32_t place;           /* among the targets, from 1; 0: the only one */
    struct endpoint server;
    const struct name
        *name;              /* with its further addresses; NULL: there is none, or all are probed */
    unsigned scope_ifindex; /* of a link-local server with a zone, 0 otherwise */
    bool named;             /* the host is no address */
    bool found;             /* server has an address; false: there never was one for the name */
    bool told_others;       /* which addresses of the name are not tried */
    bool lost;              /* that it cannot be found was said */
    bool astray;            /* it is to be found again before its next connection */
    bool routed;
    enum reason no_route_reason; /* valid unless routed */
    struct route route;
    uint8_t
        syn_linear_timeouts; /* of the plan, as connect(2) has it here; 0 among several targets */
    struct plan plan;
    struct fast_open_cookie cookie; /* of the server, for the next connection */
    int64_t resolve_ns; /* what the name took, for its next connection; else DURATION_UNKNOWN */
    uint64_t left;      /* connections not begun; UINT64_MAX: without end */
    uint32_t nth;       /* the next one, counted from a number of the job's own */
};

struct jobs {
    struct targets targets;
    struct job *list;
    size_t count;
    struct name *names;         /* owned */
    struct ephemeral ephemeral; /* the ports that connections come from */
    bool repeats;               /* more than one connection to a target */
    bool tells_protocol;        /* transmit_tells_protocol */
    struct error why_not_found; /* of a name that was not found; status STATUS_OK: none */
};

/* Resolves and routes every target of the command line, and tells output how far that is. A name
 * that is not found by deadline_ns (monotonic; INT64_MAX: none) is a job without an address.
 * Returns 0, or -1 with *error set. */
int jobs_prepare(struct jobs *jobs, const struct options *options, int64_t deadline_ns,
                 struct output *output, struct error *error);

/* Whether no target of the run has an address; why_not_found says why. */
bool jobs_found_none(const struct jobs *jobs);

/* Sets the route, and what of the plan depends on it. */
void jobs_set_route(struct job *job, const struct route *route, const struct options *options);

/* There is no way to its server; why tells what this host knows of that, NULL: nothing. */
void jobs_set_no_route(struct job *job, enum reason reason, const struct route *why);

/* Whether what is sent goes the way of that route: rules by the protocol have to learn of it. */
bool jobs_can_follow(const struct jobs *jobs, const struct route *route);

/* Says once which addresses of the name were not tried, after the one that was has failed. */
void jobs_tell_others(struct job *job, bool quiet);

void jobs_free(struct jobs *jobs);

#endif
