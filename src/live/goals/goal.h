/* SPDX-License-Identifier: BSD-2-Clause */
/* What connections are made to, one goal after another. */
#ifndef TCPSHAKE_LIVE_GOALS_GOAL_H
#define TCPSHAKE_LIVE_GOALS_GOAL_H

#include "net/resolve.h"
#include "targets/space.h"

struct host_name;
struct streamed_line;

struct goal {
    const char *name;       /* NULL: an address */
    struct host_name *host; /* of a name */
    struct resolved at;     /* valid with found */
    bool found;
    bool begins_host; /* the target before it has another host; only known if targets have several
                         connections */
    uint16_t port;
    struct attributes attributes;
    uint64_t place, number;     /* in the walk, and in the order written, from 0 */
    uint64_t reported;          /* connections, by an interrupted run */
    struct streamed_line *line; /* that owns name, host and labels, with a reference for this goal;
                                   NULL: the supply owns them */
};

#endif
