/* SPDX-License-Identifier: BSD-2-Clause */
/* --resolve-every: the names of a long run are resolved again, one after the other, and their
 * further connections go where they lead by then. */
#ifndef TCPSHAKE_LIVE_RELOCATE_H
#define TCPSHAKE_LIVE_RELOCATE_H

#include "confine/locator.h"
#include "flight/taps.h"
#include "live/jobs.h"
#include "loop/failure.h"
#include "loop/timers.h"

struct relocation {
    /* Borrowed; to be set before relocation_open. */
    struct jobs *jobs;
    const struct options *options;
    const struct taps *taps;
    struct timers *timers;
    struct failure *failure;
    /* Its own. */
    struct locator *locator; /* NULL: not asked for, or over */
    struct timer timer;      /* of the next round */
    int64_t began_ns;        /* of this round, monotonic */
    size_t at;               /* the name that is asked for */
};

/* Starts what is needed for it, if it was asked for and there is a name. To be called before the
 * sandbox is entered. Returns 0, or -1 with *error set. */
int relocation_open(struct relocation *relocation, struct error *error);

/* Sets the first round's timer. Returns false where memory ran out. */
bool relocation_start(struct relocation *relocation, int64_t now_ns);

/* The descriptor to poll, or -1. */
int relocation_fd(const struct relocation *relocation);

/* Takes the answer, if it is there. */
void relocation_read(struct relocation *relocation);

void relocation_close(struct relocation *relocation);

#endif
