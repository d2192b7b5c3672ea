/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets that were lost are found again: one whose last attempt had no answer, could not be sent,
 * or whose name was not found, is asked for before its next attempt. So a run goes on through a
 * link that goes down and up, an interface that is made anew, an address or a route that moves, and
 * a name that appears. If memory runs out meanwhile, the run ends. */
#ifndef TCPSHAKE_LIVE_SEEK_H
#define TCPSHAKE_LIVE_SEEK_H

#include "confine/locator.h"
#include "flight/recorder.h"
#include "flight/taps.h"
#include "live/jobs.h"
#include "loop/failure.h"
#include "loop/timers.h"

#define SEEKERS_MOST 4u

struct seeker {
    struct timer timer; /* of its patience; first, so that its address is the seeker's */
    struct locator *locator;
    struct job *job; /* that it is asked for; NULL: none */
    bool late;       /* its answer is not waited for any more */
};

struct seek {
    /* Borrowed; to be set before seek_open. */
    struct jobs *jobs;
    const struct options *options;
    struct taps *taps;
    struct recorder *recorder;
    struct timers *timers;
    struct failure *failure;
    /* Takes the job back: what is known of it is known now. */
    void (*found)(void *context, struct job *job);
    void *context;
    /* Its own. */
    struct seeker seekers[SEEKERS_MOST];
    size_t count;            /* 0: nothing is sought */
    struct job *head, *tail; /* that wait for a seeker */
};

/* Starts what is needed for it, if targets have several attempts. To be called before the sandbox
 * is entered. Returns 0, or -1 with *error set. */
int seek_open(struct seek *seek, struct error *error);

/* Asks for a job, which is handed back later. Returns false where nothing is sought. */
bool seek_begin(struct seek *seek, struct job *job);

/* The descriptor of the nth seeker to poll, or -1. */
int seek_fd(const struct seek *seek, size_t n);

/* Takes the answers that are there. */
void seek_read(struct seek *seek);

void seek_close(struct seek *seek);

#endif
