/* SPDX-License-Identifier: BSD-2-Clause */
/* --stream and --targets -: targets in the order of their lines, while the list is still being
 * written, in bounded memory. Names are resolved side by side; targets with an address overtake
 * those that wait for one. */
#ifndef TCPSHAKE_LIVE_GOALS_INFLOW_H
#define TCPSHAKE_LIVE_GOALS_INFLOW_H

#include "cli/options.h"
#include "live/goals/clerks.h"
#include "live/goals/goal.h"
#include "live/goals/hosts.h"
#include "targets/lists/stream.h"

#define INFLOW_FDS_MOST (CLERKS_MOST + 1)

/* What a line says, with the targets that wait for its name. It lives as long as a goal refers to
 * it. */
struct streamed_line {
    struct errand errand; /* first, so that its address is the line's */
    uint32_t references;
    bool decided; /* the name was found, or will not be */
    struct host_name host;
    struct waiting_target *head, *tail;
    const char *labels; /* behind text */
    char text[];        /* of the name */
};

struct inflow_list {
    int fd; /* owned; -1: closed */
    const char *name;
};

struct inflow {
    /* Read-only for others. */
    uint64_t bad_lines;
    uint64_t targets;   /* that came */
    struct error error; /* that ends the run; STATUS_OK: none */
    bool ended;
    struct error why_not_found; /* of a name; STATUS_OK: none */
    /* Its own. */
    const struct options *options;
    const struct space *space; /* borrowed: its exclusions */
    struct inflow_list *lists;
    size_t list_count, list_at;
    struct target_stream *stream; /* NULL: no list is streamed */
    struct entry_reader *reader;
    struct services *services;
    struct if_nameindex *interfaces; /* of this host, for zones of addresses */
    struct clerks clerks;
    struct hosts_request request;
    struct streamed_line *line;         /* of the last target; NULL: it says nothing that is kept */
    uint64_t line_number;               /* the line that was looked at; 0: none in this list */
    struct address last;                /* address of the last target; FAMILY_NONE: it was a name */
    struct waiting_target *head, *tail; /* whose names are decided */
    uint32_t waiting;                   /* targets, these and those in lines */
    bool wants;                         /* a line, before anything else */
    int64_t now_ns;                     /* of the current call */
};

enum inflow_status {
    INFLOW_GOAL,
    INFLOW_WAIT, /* for a line or a name */
    INFLOW_END,
    INFLOW_FAILED, /* inflow.error is set */
};

/* Whether one of the lists of the options is streamed, and which. */
bool inflow_is_streamed(const struct options *options, const char *path);
bool inflow_is_wanted(const struct options *options);

/* Opens the lists and starts what resolves names; nothing if no list is streamed. To be called
 * before the sandbox is entered; the space is settled. Returns 0, or -1 with *error set;
 * inflow_close is due in both cases. */
int inflow_open(struct inflow *inflow, const struct options *options, const struct space *space,
                struct error *error);
void inflow_close(struct inflow *inflow);

/* The next target. place and number count from 0. */
enum inflow_status inflow_next(struct inflow *inflow, int64_t now_ns, struct goal *goal);

/* Gives the line of a goal back; NULL is allowed. */
void inflow_release(struct streamed_line *line);

/* The descriptors to poll for input, -1: none, n below INFLOW_FDS_MOST; and when inflow_read is to
 * be called without one of them: monotonic, INT64_MAX if never. */
int inflow_fd(const struct inflow *inflow, size_t n);
int64_t inflow_next_ns(const struct inflow *inflow);

/* Reads what there is of the list, if a line is wanted, and takes the addresses of names. Never
 * blocks. */
void inflow_read(struct inflow *inflow, int64_t now_ns);

#endif
