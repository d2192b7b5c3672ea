/* SPDX-License-Identifier: BSD-2-Clause */
/* Second opinions: children that ask connect(2), each about one target at a time. */
#ifndef TCPSHAKE_LIVE_OPINIONS_H
#define TCPSHAKE_LIVE_OPINIONS_H

#include "cli/options.h"
#include "confine/connector.h"
#include "flight/inquiry.h"
#include "loop/failure.h"
#include "loop/timers.h"

#define OPINIONS_MOST 16u /* children */

/* Beyond the time that connect(2) may take a child has this long: one that is stopped, say, is not
 * waited for. */
#define OPINIONS_STUCK_NS INT64_C(60000000000)

struct asker {
    struct timer timer; /* of its patience; first, so that its address is the asker's */
    struct connector *connector;
    struct inquiry *inquiry; /* NULL: none, or it was withdrawn, or is not waited for any more */
    bool busy;
    bool stuck; /* its time is over, and it has not answered */
};

struct opinions {
    /* Borrowed; to be set before opinions_open. */
    struct timers *timers;
    struct failure *failure;
    /* Its own. */
    const struct options *options; /* borrowed */
    struct inquiries inquiries;    /* how connections ask */
    struct asker askers[OPINIONS_MOST];
    size_t count;
    struct inquiry *head, *tail; /* those that wait for a child */
};

/* Starts as many children as are useful for that many targets; none if no second opinion is wanted.
 * To be called before the sandbox is entered. Returns 0, or -1 with *error set; opinions_close is
 * due in both cases. */
int opinions_open(struct opinions *opinions, const struct options *options, uint64_t targets,
                  struct error *error);
void opinions_close(struct opinions *opinions);

/* How connections ask; NULL: no second opinion is wanted. */
const struct inquiries *opinions_inquiries(struct opinions *opinions);

/* Becomes readable when the nth child, from 0, has answered; -1: there is none. */
int opinions_fd(const struct opinions *opinions, size_t n);
void opinions_read(struct opinions *opinions);

#endif
