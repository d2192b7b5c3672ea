/* SPDX-License-Identifier: BSD-2-Clause */
/* Where results go: the report, the summaries, and the exit status that they add up to. */
#ifndef TCPSHAKE_OUTPUT_OUTPUT_H
#define TCPSHAKE_OUTPUT_OUTPUT_H

#include "cli/options.h"
#include "files/outfile.h"
#include "output/tally.h"
#include "output/watch.h"
#include "report/report.h"
#include "stats/expectation.h"
#include "tcp/conversation.h"

struct output {
    struct report report;
    struct report_style style;
    struct tally *tally;
    struct watch watch;
    const struct expectation *expectation;
    FILE *file;
    const char *path;      /* NULL: standard output */
    struct outfile target; /* what stands behind path */
    bool begun;
    bool nothing; /* there was no connection at all: no check that succeeded */
};

/* Finds the format and opens the file of -o. The output stays where it is until output_close.
 * Returns 0, or -1 with *error set. */
int output_open(struct output *output, const struct options *options, struct error *error);

/* Whether a file is renamed into its place at the end. */
bool output_publishes(const struct output *output);

/* Whether steps, or the words of Zeek and Wireshark, are of any use to it. */
bool output_wants_steps(const struct output *output);
bool output_wants_words(const struct output *output);

/* Says how connections are to be laid out, before the first; later calls change nothing. */
void output_begin(struct output *output, enum layout layout);

/* Judges, reports and counts. */
void output_connection(struct output *output, const struct conversation *conversation);
void output_result(struct output *output, struct connection_result *result);

/* Names a target beforehand, for whoever watches the run. */
void output_target(struct output *output, const char *host, uint16_t port);

/* Whether output_tick is to be called every WATCH_TICK_NS; what it shows to whoever watches:
 * planned is UINT64_MAX for a run without end. */
bool output_wants_ticks(const struct output *output);
void output_tick(struct output *output, uint64_t planned, int64_t now_ns);

/* Shows to whoever watches how many of the targets are resolved and routed. */
void output_preparing(struct output *output, uint64_t done, uint64_t targets);

/* Shows to whoever watches how much of a capture file was read; size is 0 where it is unknown. */
void output_reading(struct output *output, const char *name, uint64_t done, uint64_t size);

/* Leaves the terminal to others, until the next tick. */
void output_hide(struct output *output);

/* The terminal has another size. */
void output_resized(struct output *output);

/* Sends on what was reported and is held back; output_close says what went wrong. */
void output_flush(struct output *output);

/* Whether something could not be written, so that going on is of no use. */
bool output_is_broken(const struct output *output);

/* Whether a target has failed by the conditions, so that going on would change nothing; whether
 * what is asked of that one is decided. */
bool output_has_failed(const struct output *output);
bool output_is_decided(const struct output *output, const char *target, uint16_t port);

/* An interim summary on stderr. */
void output_interim(struct output *output);

/* Reports the summaries and closes. Where the run never began there is nothing to report, and an
 * old file of -o stays as it is; a run that broke off is reported as far as it came, but not in the
 * form of a plugin, whose only line then is the error. Returns STATUS_OK or STATUS_UNMET, that of a
 * plugin where the format is one, STATUS_RUN where the reader of the report has left, or -1 with
 * *error set where something could not be written: then too the old file stays. */
int output_close(struct output *output, bool complete, struct error *error);

#endif
