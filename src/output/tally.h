/* SPDX-License-Identifier: BSD-2-Clause */
/* The summaries of a run: one for each target and port, and one for the whole. What has no target,
 * as in a capture by another program, counts in the whole alone: so that its memory is bounded by
 * what the user named, or by a limit where a file names the targets. */
#ifndef TCPSHAKE_OUTPUT_TALLY_H
#define TCPSHAKE_OUTPUT_TALLY_H

#include "base/archive.h"
#include "report/report.h"
#include "stats/stats.h"

struct tally;

/* conditions are borrowed. NULL: out of memory. */
struct tally *tally_new(const struct conditions *conditions);
void tally_free(struct tally *tally);

#define TALLY_TARGETS_MAX 65536u            /* from a file: as many as a host has ports */
#define TALLY_OTHERS      "(other targets)" /* the name that the rest is summed up under */

/* From now on, new targets beyond targets_max are counted as one, TALLY_OTHERS, without a port. */
void tally_limit(struct tally *tally, size_t targets_max);

/* How many connections were counted so. */
uint64_t tally_others(const struct tally *tally);

/* Every connection is to a target of its own: targets are counted and not kept. To be called before
 * the first one. */
void tally_each_once(struct tally *tally);

/* Whether memory ran out for something that the summaries should have. */
bool tally_lacks_memory(const struct tally *tally);

/* A connection to that port is counted soon. */
void tally_expect(const struct tally *tally, uint16_t port);

/* Counts a connection; where memory runs out, in the whole alone. */
void tally_add(struct tally *tally, const struct connection_result *result);

/* Whether a target has failed by the conditions, so that the run has; whether what is asked of that
 * one is decided. */
bool tally_has_failed(const struct tally *tally);
bool tally_is_decided(const struct tally *tally, const char *target, uint16_t port);

/* Whether it has counted a connection to that target; target may be NULL. */
bool tally_knows(const struct tally *tally, const char *target, uint16_t port);

/* Whether every target holds the conditions, and what has no target does together. */
bool tally_holds(const struct tally *tally);

/* Hands the report what a reader wants, in the order of the targets: the target's summary where
 * there is one target, or those with more than one connection, and the whole run's where there are
 * several targets. A format for programs gets that of every target, and the whole run's where some
 * have none. */
void tally_report(struct tally *tally, struct report *report);

const struct summary *tally_whole(const struct tally *tally);

/* Writes it for a run that is resumed, or reads it into a new tally; archive->broken if the octets
 * are not valid, or memory ran out (tally_lacks_memory). */
void tally_archive(struct tally *tally, struct archive *archive);

#endif
