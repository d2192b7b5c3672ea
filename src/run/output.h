/* SPDX-License-Identifier: BSD-2-Clause */
/* Where results go: the report, the summaries, and the exit status that they add up to. */
#ifndef TCPSHAKE_RUN_OUTPUT_H
#define TCPSHAKE_RUN_OUTPUT_H

#include "core/conversation.h"
#include "options.h"
#include "report/report.h"
#include "run/tally.h"

struct output {
    struct report report;
    struct report_style style;
    struct tally *tally;
    const struct expectation *expectation;
    FILE *file;
    const char *path;     /* NULL: standard output */
    char *temporary_path; /* renamed to path when all is written */
    bool begun, unmet;
};

/* Finds the format and opens the file of -o. Returns 0, or -1 with *error set. */
int output_open(struct output *output, const struct options *options, struct error *error);

/* Whether steps are of any use to it. */
bool output_wants_steps(const struct output *output);

/* Says how connections are to be laid out, before the first; later calls change nothing. */
void output_begin(struct output *output, enum layout layout);

/* Judges, reports and counts. */
void output_connection(struct output *output, const struct conversation *conversation);
void output_result(struct output *output, struct connection_result *result);

/* Whether something could not be written, so that going on is of no use. */
bool output_is_broken(const struct output *output);

/* An interim summary on stderr. */
void output_interim(const struct output *output);

/* Reports the summaries and closes. Where the run never began there is nothing to report, and an
 * old file of -o stays as it is; a run that broke off is reported as far as it came. Returns
 * STATUS_OK or STATUS_UNMET, or -1 with *error set where something could not be written: then too
 * the old file stays. */
int output_close(struct output *output, struct error *error);

#endif
