/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of offers over many connections of this program's own, and whether they make a
 * difference. */
#ifndef TCPSHAKE_STATS_OFFERTOTALS_H
#define TCPSHAKE_STATS_OFFERTOTALS_H

#include "tcp/offer.h"

struct offer_kind {
    uint64_t connections, open; /* a SYN/ACK came */
};

struct offer_counts {
    uint32_t became[OFFERS][AGREEMENT_COUNT];
};

/* All zero is empty. */
struct offer_totals {
    struct offer_counts *counts; /* borrowed; NULL: nothing was offered, or they are not kept */
    struct offer_kind offered, plain; /* with anything offered or left out, and with nothing */
};

/* Whether a connection has something to count in counts. */
bool offer_totals_count(const struct connection_result *result);

void offer_totals_add(struct offer_totals *totals, const struct connection_result *result);

/* Whether anything is known of what became of that. */
bool offer_totals_have(const struct offer_totals *totals, enum offer offer);

/* Whether there are connections of both kinds to compare. */
bool offer_totals_compare(const struct offer_totals *totals);

/* How likely a difference at least as large is if the offer makes none: Fisher's exact test,
 * two-sided. */
double offer_totals_p(const struct offer_totals *totals);

#define OFFER_SIGNIFICANCE 0.01 /* the largest such probability that counts as a difference */

enum offer_verdict {
    VERDICT_NO_DIFFERENCE, /* none is shown */
    VERDICT_OFFER_FAILS,   /* with the offer, fewer connections open */
    VERDICT_PLAIN_FAILS,
    OFFER_VERDICT_COUNT,
};

enum offer_verdict offer_totals_verdict(const struct offer_totals *totals);

/* "no-difference", "offer-fails", "plain-fails". */
const char *offer_verdict_name(enum offer_verdict value);

#endif
