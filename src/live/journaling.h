/* SPDX-License-Identifier: BSD-2-Clause */
/* --resume: the journal of a live run, which is written while it goes on. */
#ifndef TCPSHAKE_LIVE_JOURNALING_H
#define TCPSHAKE_LIVE_JOURNALING_H

#include "confine/syncer.h"
#include "files/journalfile.h"
#include "live/jobs.h"
#include "output/output.h"

struct octets {
    uint8_t *bytes; /* owned */
    size_t capacity;
};

struct journaling {
    /* Borrowed; to be set before journaling_open. */
    const struct options *options;
    struct jobs *jobs;
    struct output *output;
    /* Its own. */
    struct journal_file file;
    bool open;      /* false: no journal is wanted, or it was not opened */
    bool concluded; /* by the run before: there is nothing to do */
    struct syncer *syncer;
    unsigned phase; /* of the record that is being written */
    struct journal_state state;
    struct octets pending, summary;
    int64_t due_ns;       /* when the next record is to be written ... */
    int64_t pause_ns;     /* ... and how long after the one before, at least */
    uint64_t position;    /* of the walk in the last record ... */
    uint64_t connections; /* ... and how many were counted by then */
};

/* Opens the journal of options->resume_path, if there is one, and resumes the run that it is of:
 * the targets in jobs, and the output. Returns 0, or -1 with *error set; journaling_close is due in
 * both cases. */
int journaling_open(struct journaling *journaling, struct error *error);

/* Writes a record, or goes on with it, without waiting for the disk: if anything was reported, the
 * first after 50 ms, then each after twice as long as before, up to a second. Less often where the
 * figures of the summary are many. To be called when everything that is reported is accounted for
 * in jobs, the run was not cancelled, and it is due or journaling_fd is readable. Returns 0, or -1
 * with *error set. */
int journaling_keep(struct journaling *journaling, int64_t now_ns, struct error *error);

/* When a record is due; INT64_MAX while one is being written. */
int64_t journaling_due_ns(const struct journaling *journaling);

/* Becomes readable when a file was synced; -1 without a journal. */
int journaling_fd(const struct journaling *journaling);

/* Writes a record at once, and waits for the disk: the run was interrupted. Returns 0, or -1 with
 * *error set. */
int journaling_leave(struct journaling *journaling, struct error *error);

/* Writes the summaries, and that the run is complete; failure is the status of the run apart from
 * that of its connections. Returns 0, or -1 with *error set. */
int journaling_conclude(struct journaling *journaling, int failure, struct error *error);

void journaling_close(struct journaling *journaling);

#endif
