/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hop is asked next, and when: in ascending order, one at a time, until the target or an
 * error ends the path; then those that were silent and lie before one that answered, once more. So
 * no more than PATH_TRIES_MAX SYNs go out for each hop. */
#ifndef TCPSHAKE_PATH_TRACER_H
#define TCPSHAKE_PATH_TRACER_H

#include "path/path.h"

#define TRACER_SILENT_MOST 5 /* hops, one after the other, where the target was silent too */

enum tracer_verb {
    TRACER_SEND, /* a SYN with action.ttl */
    TRACER_WAIT, /* for an answer, or until action.wake_ns */
    TRACER_DONE,
};

struct tracer_action {
    enum tracer_verb verb;
    uint8_t ttl;
    int64_t wake_ns;
};

struct tracer {
    uint8_t hops_max;      /* no more than PATH_HOPS_MAX */
    bool target_answers;   /* the handshake was answered: the path goes on behind silent hops */
    int64_t round_trip_ns; /* of the handshake; INT64_MIN: unknown */
    uint8_t ttl;           /* asked last; 0: none */
    bool again;            /* the silent ones are asked once more */
    bool is_open;          /* its answer is waited for */
    int64_t until_ns;      /* this long */
};

/* What to do at now_ns, of a clock that is never set. After TRACER_SEND the SYN counts as sent. */
struct tracer_action tracer_next(struct tracer *tracer, const struct path *path, int64_t now_ns);

#endif
