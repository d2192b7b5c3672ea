/* SPDX-License-Identifier: BSD-2-Clause */
/* How much a run needs of what it opens, from what its options ask for and what is known of its
 * targets: decisions without an effect. */
#ifndef TCPSHAKE_LIVE_RUN_NEEDS_H
#define TCPSHAKE_LIVE_RUN_NEEDS_H

#include "flight/lane.h"
#include "live/jobs.h"

/* How many connections are planned; UINT64_MAX: without end. */
uint64_t needs_connections(const struct jobs *jobs);

/* How many source ports, where in_flight connections may be under way at once: so that no tuple has
 * to be used twice while the peer may hold the one before in TIME_WAIT, as far as that goes; and
 * some for many targets, so that who sees one does not know the others. */
uint32_t needs_ports(const struct jobs *jobs, uint32_t in_flight);

/* The lane of that many ports. It borrows from jobs. */
struct lane_request needs_lane(const struct jobs *jobs, uint32_t in_flight);

/* How many descriptors are to be free for the guards of that many ports, and how many ports there
 * are guards for in the room that there is: 1 at least. */
size_t needs_descriptors(const struct lane_request *request, uint32_t ports);
uint32_t needs_guards(const struct lane_request *request, uint32_t ports, uint32_t room);

/* How many frames a capture has room for: those of a quarter of a second, for which another process
 * may have the processor; but no more than there will be. */
uint32_t needs_frames(const struct jobs *jobs);

/* Whether captures are opened for interfaces that a route leads over later. */
bool needs_spares(const struct jobs *jobs);

/* Whether a child closes the captures: it outlives the run, and where process 1 does not reap
 * orphans, as in some containers, each leaves a zombie; so a small run, as a check makes one every
 * minute, closes its captures itself. */
bool needs_holder(const struct jobs *jobs);

/* Whether there are too many targets, each with one connection, to keep a summary of each. */
bool needs_each_once(const struct jobs *jobs);

#endif
