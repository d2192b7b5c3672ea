/* SPDX-License-Identifier: BSD-2-Clause */
/* The targets of a run, one after another: those of the command line and of lists, without those
 * that are excluded, in the order and the part that this run takes; then those of lists that are
 * streamed. */
#ifndef TCPSHAKE_LIVE_SUPPLY_H
#define TCPSHAKE_LIVE_SUPPLY_H

#include "cli/options.h"
#include "live/goals/goal.h"
#include "live/goals/hosts.h"
#include "live/goals/inflow.h"
#include "targets/journal.h"
#include "targets/walk.h"

struct supply {
    /* Read-only for others. */
    struct space space;
    struct walk walk;
    struct hosts hosts;
    struct inflow inflow;
    bool streams;       /* a list is streamed */
    uint64_t total;     /* targets in all; of a name, each address that is probed counts; UINT64_MAX
                           with a stream */
    uint64_t bad_lines; /* of lists that are not streamed */
    uint64_t seed;      /* of the order */
    /* Its own. */
    bool all_addresses, repeats;
    struct space_target current;
    uint64_t place, number, reported; /* of the current target */
    uint32_t address; /* the next one of the current target, if it is a name; 0: none */
    struct journal_pending *unfinished; /* owned: of an interrupted run, which go first, ... */
    size_t unfinished_count, unfinished_next; /* ... and the next one of them */
};

/* Reads the lists and resolves the names, by deadline_ns (monotonic; INT64_MAX: none), and opens
 * those that are streamed. Invalid
 * lines are reported on standard error and counted. Returns 0, or -1 with *error set; supply_close
 * is due in both cases. */
int supply_open(struct supply *supply, const struct options *options, int64_t deadline_ns,
                struct error *error);
void supply_close(struct supply *supply);

/* Goes on where an interrupted run was: with the targets that it had begun and not completely
 * reported, then behind its position. connections is their number for each target. Returns 0, or -1
 * with *error set. */
int supply_resume(struct supply *supply, const struct journal_state *state, uint64_t connections,
                  struct error *error);

enum supply_status {
    SUPPLY_GOAL,
    SUPPLY_WAIT, /* for input of a stream */
    SUPPLY_END,
    SUPPLY_FAILED, /* inflow.error is set */
};

/* The next target, which is to be released. */
enum supply_status supply_next(struct supply *supply, int64_t now_ns, struct goal *goal);

/* Whether the other shards have all targets. To be asked after the run. */
bool supply_is_empty(const struct supply *supply);

/* How many lines of the lists were invalid. */
uint64_t supply_bad_lines(const struct supply *supply);

/* Whether lists that are streamed had a target, as the others have; tells what was left out of
 * their prefixes. Returns 0, or -1 with *error set. To be asked after the run. */
int supply_judge(const struct supply *supply, struct error *error);

/* The target of that number in the order written, with the first address of a name. */
struct goal supply_at(const struct supply *supply, uint64_t number);

/* The numbers of this run's targets, in the order written. There are at most `most`; returns how
 * many. */
size_t supply_numbers(const struct supply *supply, uint64_t *numbers, size_t most);

#endif
