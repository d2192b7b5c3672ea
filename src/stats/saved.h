/* SPDX-License-Identifier: BSD-2-Clause */
/* Summaries as octets, for a run that is resumed. Reading begins with a value that is all zero, as
 * far as it has no borrowed parts; what the octets say is in the bounds that the rest of the
 * program relies on. */
#ifndef TCPSHAKE_STATS_SAVED_H
#define TCPSHAKE_STATS_SAVED_H

#include "base/archive.h"
#include "stats/breakdown.h"
#include "stats/pathtotals.h"
#include "stats/stats.h"

/* What the encoding depends on: the sizes of its arrays and the order of its enums. Octets of a
 * program where one differs are not valid. */
void saved_layout(struct archive *archive);

/* All but the target, the labels and what is borrowed. */
void saved_summary(struct archive *archive, struct summary *summary);
void saved_spread(struct archive *archive, struct spread *spread);
void saved_offer_counts(struct archive *archive, struct offer_counts *counts);
void saved_path(struct archive *archive, struct path_totals *totals);
void saved_breakdown(struct archive *archive, struct breakdown *breakdown);

#endif
