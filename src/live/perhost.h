/* SPDX-License-Identifier: BSD-2-Clause */
/* --max-per-host: how many connections are in flight to each address. Jobs of an address that has
 * as many as it may have wait in a queue of their own, so that they hold up no others. */
#ifndef TCPSHAKE_LIVE_PERHOST_H
#define TCPSHAKE_LIVE_PERHOST_H

#include "base/error.h"
#include "live/queue.h"
#include "wire/addr.h"

struct host_load;

struct perhost {
    uint32_t most; /* connections to an address; 0: no limit, and nothing is kept */
    struct host_load **chains;
    uint64_t key[2];
    uint32_t count; /* of addresses that are kept: with connections in flight, or jobs that wait */
};

/* Returns 0, or -1 with *error set. */
int perhost_open(struct perhost *perhost, uint32_t most, struct error *error);
void perhost_close(struct perhost *perhost);

/* Whether a connection to the address may begin. */
bool perhost_has_room(const struct perhost *perhost, const struct address *address);

/* A connection to it begins, and ends. perhost_take returns false if there is no memory. */
bool perhost_take(struct perhost *perhost, const struct address *address);
void perhost_give_back(struct perhost *perhost, const struct address *address);

/* The job waits until its address, which has no room, has some. */
void perhost_park(const struct perhost *perhost, struct job *job);

/* Takes a job that waits for the address if that has room now; NULL: there is none. To be called
 * whenever it may have room, and again after what becomes of that job: it may not begin. */
struct job *perhost_next(struct perhost *perhost, const struct address *address);

/* Forgets the jobs that wait. */
void perhost_cancel(struct perhost *perhost);

#endif
