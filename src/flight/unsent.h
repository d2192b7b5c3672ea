/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections for which nothing could be sent. Their report waits for a second opinion, if one is
 * wanted. */
#ifndef TCPSHAKE_FLIGHT_UNSENT_H
#define TCPSHAKE_FLIGHT_UNSENT_H

#include "flight/flight.h"
#include "flight/inquiry.h"
#include "loop/failure.h"
#include "output/output.h"

struct unsent;

struct unsents {
    /* Borrowed. */
    const struct inquiries *inquiries; /* NULL: no second opinion is wanted */
    struct failure *failure;
    struct recorder *recorder;
    struct output *output;
    /* Its own. */
    struct unsent *first;
    uint32_t count;
    bool over; /* nothing waits any longer */
};

/* Reports it, or lets it wait. */
void unsents_add(struct unsents *unsents, const struct attempt *attempt, enum reason reason);

/* Reports all that wait, without an opinion, and from now on at once. */
void unsents_end(struct unsents *unsents);

#endif
