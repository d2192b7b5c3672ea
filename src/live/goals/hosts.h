/* SPDX-License-Identifier: BSD-2-Clause */
/* The names among the targets of a run, with the addresses that they lead to. */
#ifndef TCPSHAKE_LIVE_HOSTS_H
#define TCPSHAKE_LIVE_HOSTS_H

#include "live/goals/names.h"
#include "targets/space.h"
#include "tcp/result.h"

struct host_name {
    const char *text;     /* owned by the space */
    struct resolved *all; /* owned; in the resolver's order, without those that are excluded */
    uint32_t count;       /* of these; 0: not found */
    bool named;           /* it is no address, so that a resolver was asked */
    bool excluded;        /* it was found, and all its addresses are excluded */
    bool lost;            /* that it cannot be found again was said */
    int64_t resolve_ns;   /* what resolving it took, or DURATION_UNKNOWN */
};

/* All zero is empty. */
struct hosts {
    struct host_name *list; /* by the number of the name in the space */
    size_t count;
    struct error why_not_found; /* of a name that was not found; status STATUS_OK: none */
};

struct hosts_request {
    struct names_request names;
    bool numeric; /* no resolver is asked */
    bool quiet;   /* names that are not found are not reported */
};

/* Resolves the names of a settled space side by side, and reports on standard error those that are
 * not found or excluded. Returns 0, or -1 with *error set; hosts_free is due in both cases. */
int hosts_resolve(struct hosts *hosts, const struct space *space,
                  const struct hosts_request *request, struct error *error);

/* Takes a name whose text is an address with a zone, or refuses what is no name. Returns 0; 1 where
 * a resolver is to be asked; or -1 with *error set. */
int hosts_take_numeric(struct host_name *host, const struct space *space,
                       const struct hosts_request *request, struct error *error);

/* Takes what a resolver has found, without what is excluded. Returns 0, or -1 with *error set: out
 * of memory, here or in the resolver, which says nothing of the name. */
int hosts_take(struct host_name *host, const struct space *space,
               const struct resolution *resolution, struct error *error);

/* Reports on standard error that a name was not found (unless quiet), or is excluded. */
void hosts_tell(const struct host_name *host, const struct resolution *resolution, bool quiet);

/* Sets the only address of a name. Returns false if there is no memory. */
bool hosts_move(struct host_name *host, const struct resolved *to);

/* Says which addresses of a name were not tried, after the first has failed. */
void hosts_tell_others(const struct host_name *host);

void hosts_free(struct hosts *hosts);

#endif
