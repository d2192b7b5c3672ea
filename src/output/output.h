/* SPDX-License-Identifier: BSD-2-Clause */
/* Where results go: the report, the summaries, and the exit status that they add up to. */
#ifndef TCPSHAKE_OUTPUT_OUTPUT_H
#define TCPSHAKE_OUTPUT_OUTPUT_H

#include "base/outlet.h"
#include "cli/options.h"
#include "files/outfile.h"
#include "output/progress.h"
#include "output/tally.h"
#include "output/watch.h"
#include "report/report.h"
#include "stats/expectation.h"
#include "tcp/conversation.h"
#include "tcp/host.h"

struct output {
    struct report report;
    struct report_style style;
    struct tally *tally;
    struct watch watch;
    struct headway progress;
    const struct expectation *expectation;
    const struct selection *only; /* the connections that are shown */
    FILE *file;
    FILE *opened;          /* what stands behind file: itself, unless that writes into the outlet */
    struct outlet outlet;  /* in use where the reader may be slow: a pipe or a socket */
    const char *path;      /* NULL: standard output */
    struct outfile target; /* what stands behind path */
    uint64_t left_out;     /* connections that are not shown */
    bool begun;
    bool warns;                        /* of second opinions that contradict a verdict ... */
    enum opinion_result contradiction; /* ... the latest, and of which target */
    struct endpoint contradicted;
    bool nothing;      /* there was no connection at all, which is a failure, ... */
    bool may_be_empty; /* ... unless there was none to make */
    bool in_place;     /* it can be resumed: see output/inplace.h */
    bool made;         /* then: the file of path was created when it was opened */
    bool frozen;       /* connections are neither reported nor counted */
    bool concluded;    /* the summaries are written ... */
    int status;        /* ... and this is what output_close returns */
};

/* Finds the format and opens the file of -o. The output stays where it is until output_close.
 * Returns 0, or -1 with *error set. */
int output_open(struct output *output, const struct options *options, struct error *error);

/* Whether a file is renamed into its place at the end. */
bool output_publishes(const struct output *output);

/* Whether the format uses steps, or the words of Zeek and Wireshark. */
bool output_wants_steps(const struct output *output);
bool output_wants_words(const struct output *output);

/* Sets the order of the targets, which the summary tells. */
void output_order(struct output *output, const struct run_order *order);

/* Lets the summary compare connections with an offer and plain ones. */
void output_compare(struct output *output);

/* Sets the layout before the first connection; later calls have no effect. */
void output_begin(struct output *output, enum layout layout);

/* Judges, reports and counts. */
void output_connection(struct output *output, const struct conversation *conversation);
void output_result(struct output *output, struct connection_result *result);

/* Every connection is to a target of its own: memory then does not grow with their number, unless
 * the format wants the summary of each. To be called before the first one. */
void output_each_once(struct output *output);

/* That many lines of the lists are invalid. Returns whether the report tells of them, so that they
 * are no error of the run. To be called before output_close. */
bool output_invalid_lines(struct output *output, uint64_t count);

/* There is no target in this part of the run: to report nothing is a success. */
void output_may_be_empty(struct output *output);

/* Announces a target for the live table, if there may be one. */
bool output_wants_targets(const struct output *output);
void output_target(struct output *output, const char *host, uint16_t port);

/* What is known of a live run beside its results. */
struct output_outlook {
    uint64_t planned; /* connections; UINT64_MAX: there is no end */
    uint64_t in_flight;
};

/* Whether output_tick is to be called every WATCH_TICK_NS; it shows on a terminal how far the run
 * has come. */
bool output_wants_ticks(const struct output *output);
void output_tick(struct output *output, const struct output_outlook *outlook, int64_t now_ns);

/* The same on stderr, whatever that is, for a run of several connections: one line. */
void output_status(struct output *output, const struct output_outlook *outlook, int64_t now_ns);

/* Shows on a terminal how far the only connection of a run has come. */
void output_so_far(struct output *output, const struct conversation *conversation, int64_t now_ns);

/* Shows on a terminal how much of a capture file was read; size is 0 if it is unknown. */
void output_reading(struct output *output, const char *name, uint64_t done, uint64_t size);

/* Leaves the terminal to others, until the next tick. */
void output_hide(struct output *output);

/* The size of the terminal has changed. */
void output_resized(struct output *output);

/* Flushes what was reported; output_close reports errors. */
void output_flush(struct output *output);

/* Whether something could not be written, so that there is no point in continuing. */
bool output_is_broken(const struct output *output);

/* Whether a target has failed the conditions, so that the run need not continue; and whether the
 * outcome of this target is decided. */
bool output_has_failed(const struct output *output);
bool output_is_decided(const struct output *output, const char *target, uint16_t port);

/* An interim summary on stderr. */
void output_interim(struct output *output);

/* Reports the summaries. Returns STATUS_OK or STATUS_UNMET, or the status of a plugin. */
int output_sum_up(struct output *output);

/* Reports the summaries and closes. Where the run never began there is nothing to report, and an
 * old file of -o stays as it is; a run that broke off is reported as far as it came, but not in the
 * form of a plugin, whose only line then is the error. Returns STATUS_OK or STATUS_UNMET, that of a
 * plugin where the format is one, STATUS_RUN where the reader of the report has left, or -1 with
 * *error set where something could not be written: then too the old file stays. A run that can be
 * resumed has its summaries from inplace_conclude alone. */
int output_close(struct output *output, bool complete, struct error *error);

#endif
