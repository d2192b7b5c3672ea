/* SPDX-License-Identifier: BSD-2-Clause */
/* The targets of a run, one after another: those of the command line and of lists, without those
 * that are excluded, in the order and the part that this run takes. */
#ifndef TCPSHAKE_LIVE_SUPPLY_H
#define TCPSHAKE_LIVE_SUPPLY_H

#include "cli/options.h"
#include "live/hosts.h"
#include "targets/walk.h"

struct supply {
    /* Read-only for others. */
    struct space space;
    struct walk walk;
    struct hosts hosts;
    uint64_t total;     /* targets in all; of a name, each address that is probed counts */
    uint64_t bad_lines; /* of lists */
    uint64_t seed;      /* of the order */
    /* Its own. */
    bool all_addresses;
    struct space_target current;
    uint64_t place, number;
    uint32_t address; /* the next one of the current target, if it is a name; 0: none */
};

/* What one connection after another is made to. */
struct goal {
    const char *name;       /* NULL: an address; owned by the supply */
    struct host_name *host; /* of a name */
    struct resolved at;     /* valid with found */
    bool found;
    uint16_t port;
    struct attributes attributes; /* owned by the supply */
    uint64_t place, number;       /* in the walk, and in the order written, from 0 */
};

/* Reads the lists and resolves the names, by deadline_ns (monotonic; INT64_MAX: none). Invalid
 * lines are reported on standard error and counted. Returns 0, or -1 with *error set; supply_close
 * is due in both cases. */
int supply_open(struct supply *supply, const struct options *options, int64_t deadline_ns,
                struct error *error);
void supply_close(struct supply *supply);

/* The next target. Returns false after the last one. */
bool supply_next(struct supply *supply, struct goal *goal);

/* The target of that number in the order written, with the first address of a name. */
struct goal supply_at(const struct supply *supply, uint64_t number);

/* Whether the target before it, in the order written, has another host. */
bool supply_begins_host(const struct supply *supply, uint64_t number);

/* The numbers of this run's targets, in the order written. There are at most `most`; returns how
 * many. */
size_t supply_numbers(const struct supply *supply, uint64_t *numbers, size_t most);

#endif
