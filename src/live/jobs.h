/* SPDX-License-Identifier: BSD-2-Clause */
/* The targets that a live run is at: each with its address, its route and the connections still to
 * be made. They are taken from the supply one by one, so that memory grows with those that are
 * under way. */
#ifndef TCPSHAKE_LIVE_JOBS_H
#define TCPSHAKE_LIVE_JOBS_H

#include "cli/options.h"
#include "flight/flight.h"
#include "live/supply.h"
#include "live/ways.h"
#include "loop/timers.h"
#include "net/ephemeral.h"
#include "tcp/prober.h"

struct job {
    struct timer timer;         /* when the next connection begins */
    struct job *next_waiting;   /* in the queue for a free place; of those to be used again */
    struct job *before, *after; /* among all jobs */
    struct streamed_line *line; /* see struct goal */
    const char *host;           /* owned by the supply or the line, or text */
    struct target_facts facts;  /* owned by the supply or the line */
    uint32_t place;             /* among the targets, from 1; 0: the only one */
    struct endpoint server;
    struct host_name *name; /* NULL: an address */
    unsigned scope_ifindex; /* of a link-local server with a zone, 0 otherwise */
    bool begins_host;       /* the first port of its host, which reports for all of them */
    bool found;             /* server has an address; false: there never was one for the name */
    bool told_others;       /* which addresses of the name are not tried */
    bool lost;              /* that it cannot be found was said */
    bool astray;            /* it is to be found again before its next connection */
    bool queued;            /* it waits for a place, or is sought */
    bool routed;
    enum reason no_route_reason; /* valid unless routed */
    struct route route;
    uint8_t
        syn_linear_timeouts; /* of the plan, as connect(2) has it here; 0 among several targets */
    struct plan plan;
    struct fast_open_cookie cookie; /* of the server, for the next connection */
    int64_t resolve_ns; /* what the name took, for its next connection; else DURATION_UNKNOWN */
    uint64_t left;      /* connections not begun; UINT64_MAX: without end */
    uint64_t reported;  /* connections */
    uint64_t walk_place;
    uint32_t nth; /* the next one, counted from a number of the job's own: */
    uint32_t first;
    uint32_t flights;            /* connections in flight */
    char text[ADDRESS_TEXT_MAX]; /* of an address */
};

#define SURVEY_INTERFACES_MOST 64u

/* What is known of the routes before the first connection. */
struct survey {
    bool complete;    /* every target was looked at */
    bool families[2]; /* of the targets: IPv4 and IPv6 */
    char interfaces[SURVEY_INTERFACES_MOST][IF_NAMESIZE];
    size_t interface_count;
    struct address source;   /* that one of them has; FAMILY_NONE: none is known */
    unsigned source_ifindex; /* the interface of its route, which is its zone */
};

struct jobs {
    const struct options *options;
    struct supply supply;
    struct survey survey;
    struct ways *ways;
    struct job *first; /* those under way */
    size_t count;      /* of these */
    struct job *spare;
    uint32_t begun;             /* jobs so far */
    struct ephemeral ephemeral; /* the ports that connections come from */
    bool repeats;               /* more than one connection to a target */
    bool tells_protocol;        /* transmit_tells_protocol */
    uint8_t linear_timeouts;    /* of the only target */
    bool only_unfound;          /* the others are passed over */
    bool resumes;               /* an interrupted run, which may have found others */
    bool no_memory;
    bool awaits;    /* jobs_next: there is no target yet */
    uint64_t found; /* targets that had an address */
};

/* Reads and resolves the targets, and looks at the routes to them: to all of them, or if there are
 * many, to some that are spread evenly. A name that is not found by
 * deadline_ns (monotonic; INT64_MAX: none) has no address. Returns 0, or -1 with *error set;
 * jobs_free is due in both cases. */
int jobs_prepare(struct jobs *jobs, const struct options *options, int64_t deadline_ns,
                 struct error *error);

/* Takes the next target. Returns NULL after the last one, where it must be waited for (awaits),
 * where memory ran out (no_memory), or where the stream cannot be read (supply.inflow.error).
 * no_memory may be set for one that is returned too: there was none to find its route. */
struct job *jobs_next(struct jobs *jobs, int64_t now_ns);

/* Releases a job that is done with. */
void jobs_release(struct jobs *jobs, struct job *job);

/* Whether no target of the run has an address; supply.hosts.why_not_found says why. */
bool jobs_found_none(const struct jobs *jobs);

/* Sets the route, and what of the plan depends on it. */
void jobs_set_route(struct job *job, const struct route *route, const struct options *options);

/* There is no way to its server; why tells what this host knows of that, NULL: nothing. */
void jobs_set_no_route(struct job *job, enum reason reason, const struct route *why);

/* Whether what is sent goes the way of that route: rules by the protocol have to learn of it. */
bool jobs_can_follow(const struct jobs *jobs, const struct route *route);

/* Whether an address is excluded, to which a name leads by now. */
bool jobs_exclude(const struct jobs *jobs, const struct address *address);

/* Says once which addresses of the name were not tried, after the one that was has failed. */
void jobs_tell_others(struct job *job, bool quiet);

void jobs_free(struct jobs *jobs);

#endif
