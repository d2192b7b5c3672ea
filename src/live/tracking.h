/* SPDX-License-Identifier: BSD-2-Clause */
/* The firewall of this host follows connections in a table of bounded size, which the whole host
 * needs: this program takes at most half of what is free in it. */
#ifndef TCPSHAKE_LIVE_TRACKING_H
#define TCPSHAKE_LIVE_TRACKING_H

#include "loop/conntrack.h"
#include "loop/share.h"

struct tracking {
    struct conntrack table;
    struct share share;
    bool quiet; /* no warning */
    bool told;  /* that the table sets the pace */
};

/* Outside of the sandbox. tracking_close is due. */
void tracking_open(struct tracking *tracking, bool quiet, int64_t now_ns);
void tracking_close(struct tracking *tracking);

/* Whether another connection may begin: tracking_begun tells that it has. If not, it may be asked
 * again at tracking_next_ns, and the user is told why the run is slow. */
bool tracking_has_room(struct tracking *tracking, int64_t now_ns);
void tracking_begun(struct tracking *tracking);
int64_t tracking_next_ns(const struct tracking *tracking);

#endif
