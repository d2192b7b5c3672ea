/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that are resolved while the run goes on: by children that are started before the sandbox is
 * entered, several at a time. */
#ifndef TCPSHAKE_LIVE_GOALS_CLERKS_H
#define TCPSHAKE_LIVE_GOALS_CLERKS_H

#include "confine/resolver.h"

#define CLERKS_MOST 16u

/* More than getaddrinfo(3) takes by default if no server answers: two questions to each of three
 * servers, 5 s each (resolv.conf(5)). */
#define CLERKS_STUCK_NS INT64_C(60000000000)

/* A name to be resolved; owned by the caller, as is its text. */
struct errand {
    struct errand *next;
    const char *host;
};

struct clerk {
    struct resolver *resolver;
    struct errand *errand; /* that it is at; NULL: none */
    int64_t due_ns;        /* when the wait for its answer ends; monotonic */
};

struct clerks {
    enum family family; /* FAMILY_NONE: either */
    int64_t timeout_ns; /* for each name */
    struct clerk list[CLERKS_MOST];
    size_t count;
    struct errand *head, *tail; /* that wait for a clerk */
};

/* Starts the children, as many as there are descriptors for. Returns 0, or -1 with *error set;
 * clerks_close is due in both cases. */
int clerks_open(struct clerks *clerks, enum family family, int64_t timeout_ns, struct error *error);
void clerks_close(struct clerks *clerks);

/* Returns 0, or -1 with *error set: the name is too long (STATUS_USAGE), or a child has exited. */
int clerks_ask(struct clerks *clerks, struct errand *errand, int64_t now_ns, struct error *error);

/* Takes the answer to one errand without waiting, and gives clerks that are free what waits. A name
 * for which no answer comes in time has an error as any other that is not found, and so has one
 * that waits for a clerk when no child has answered for CLERKS_STUCK_NS after the time of its name.
 * Returns 1 with *errand and *out, 0 if there is none, or -1 with *error set: a child has exited.
 */
int clerks_take(struct clerks *clerks, int64_t now_ns, struct errand **errand,
                struct resolution *out, struct error *error);

/* The descriptor of the nth clerk to poll, or -1; and when clerks_take is to be called without one
 * being readable: monotonic, INT64_MAX if never. */
int clerks_fd(const struct clerks *clerks, size_t n);
int64_t clerks_next_ns(const struct clerks *clerks);

#endif
