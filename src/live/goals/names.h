/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of a run's targets, resolved side by side before anything is sent. */
#ifndef TCPSHAKE_LIVE_NAMES_H
#define TCPSHAKE_LIVE_NAMES_H

#include "confine/resolver.h"

struct host_name;

struct name {
    const char *host;             /* borrowed */
    struct host_name *of;         /* the caller's */
    struct resolution resolution; /* its result */
};

struct names_request {
    enum family family;  /* FAMILY_NONE: either */
    int64_t timeout_ns;  /* for each name */
    int64_t deadline_ns; /* for all of them, monotonic; INT64_MAX: none */
};

/* Resolves every name, several at a time, and fills in its resolution. A name for which no answer
 * comes in time has an error as any other that is not found. Returns 0, or -1 with *error set: a
 * child could not be started, or exited. */
int names_resolve(struct name *names, size_t count, const struct names_request *request,
                  struct error *error);

#endif
