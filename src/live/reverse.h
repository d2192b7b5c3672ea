/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of hops: children ask for them while the run goes on, for each address once. */
#ifndef TCPSHAKE_LIVE_REVERSE_H
#define TCPSHAKE_LIVE_REVERSE_H

#include "cli/options.h"
#include "confine/namer.h"
#include "flight/hopnames.h"
#include "loop/failure.h"

#define NAMERS_MOST  4u
#define REVERSE_MOST 1024u /* addresses; further ones have no names */

#define REVERSE_BUCKETS 256u

/* What is known of an address. */
struct reverse_name {
    struct reverse_name *next;    /* of the same bucket */
    struct reverse_name *waiting; /* the next one that waits for a child */
    struct address address;
    int64_t asked_ns; /* monotonic; 0: it waits for a child */
    bool settled;     /* the answer has come */
    char name[RESOLVE_NAME_MAX];
};

struct reverse {
    struct failure *failure; /* borrowed; to be set before reverse_open */
    struct hop_names names;  /* how traces ask */
    struct {
        struct namer *namer;
        struct reverse_name *asked; /* NULL: it is idle */
    } namers[NAMERS_MOST];
    size_t count; /* of namers; 0: names are not wanted, or the children are gone */
    struct reverse_name *buckets[REVERSE_BUCKETS]; /* owned */
    size_t name_count;
    struct reverse_name *head, *tail; /* that wait for a child */
};

/* Starts the children if the run shows names. To be called before the sandbox is entered. Returns
 * 0, or -1 with *error set; reverse_close is due in both cases. */
int reverse_open(struct reverse *reverse, const struct options *options, struct error *error);
void reverse_close(struct reverse *reverse);

/* How traces ask; NULL: no names are wanted. */
const struct hop_names *reverse_names(const struct reverse *reverse);

/* The descriptor of the nth child to poll, or -1. */
int reverse_fd(const struct reverse *reverse, size_t n);

/* Takes the answers that are there. */
void reverse_read(struct reverse *reverse);

#endif
