/* SPDX-License-Identifier: BSD-2-Clause */
/* A question to connect(2) about a connection that is over: --second-opinion. */
#ifndef TCPSHAKE_FLIGHT_INQUIRY_H
#define TCPSHAKE_FLIGHT_INQUIRY_H

#include "tcp/host.h"

struct inquiry {
    struct inquiry *next; /* for the one that asks */
    struct endpoint server;
    unsigned ifindex; /* of the way there, which is the zone of a link-local server; 0: unknown */
    bool done;
    struct opinion opinion; /* valid if done; OPINION_NONE: there is no answer */
    void (*answered)(void *owner);
    void *owner;
};

/* Asks connect(2): implemented where children may be started. */
struct inquiries {
    void *context;
    void (*ask)(void *context, struct inquiry *inquiry); /* may answer at once */
    void (*withdraw)(void *context, const struct inquiry *inquiry);
};

/* Asks, and calls answered(owner) when done. NULL: out of memory. */
struct inquiry *inquiry_begin(const struct inquiries *inquiries, const struct endpoint *server,
                              unsigned ifindex, void (*answered)(void *owner), void *owner);
/* Withdraws a question without an answer. NULL is allowed. */
void inquiry_end(const struct inquiries *inquiries, struct inquiry *inquiry);

#endif
