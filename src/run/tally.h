/* SPDX-License-Identifier: BSD-2-Clause */
/* The summaries of a run: one for each target and port, and one for the whole. What has no target,
 * as in a capture by another program, counts in the whole alone: so that its memory is bounded by
 * what the user named. */
#ifndef TCPSHAKE_RUN_TALLY_H
#define TCPSHAKE_RUN_TALLY_H

#include "core/stats.h"
#include "report/report.h"

struct tally;

struct tally *tally_new(void); /* NULL: out of memory */
void tally_free(struct tally *tally);

/* Counts a connection; where memory runs out, in the whole alone. */
void tally_add(struct tally *tally, const struct connection_result *result);

/* Hands the report what a reader wants: the target's summary where there is one target, or those
 * with more than one connection, and the whole run's where there are several targets. */
void tally_report(const struct tally *tally, struct report *report);

const struct summary *tally_whole(const struct tally *tally);

#endif
