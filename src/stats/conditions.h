/* SPDX-License-Identifier: BSD-2-Clause */
/* What several connections to a target have to show together, and when that is decided. */
#ifndef TCPSHAKE_STATS_CONDITIONS_H
#define TCPSHAKE_STATS_CONDITIONS_H

#include <stdbool.h>
#include <stdint.h>

#define PERCENT_DECIMALS 6
#define PERCENT_ALL      INT64_C(100000000) /* 100 percent */
#define PERCENT_NONE     (-1)               /* no limit */

/* What was asked for. Without any of them, every connection has to be as expected. */
struct conditions {
    uint32_t fail_after, succeed_after; /* connections in a row; 0: not asked for */
    int64_t max_loss;                   /* millionths of a percent, or PERCENT_NONE */
};

bool conditions_given(const struct conditions *conditions);

/* The connections to one target so far, in the order in which they ended. All zero is none. */
struct streak {
    uint64_t connections, met; /* how many; how many of them were as expected */
    uint32_t run;              /* the last ones that were alike */
    bool run_met;              /* ... and how those were */
    bool failed, succeeded;    /* fail_after or succeed_after was reached, whatever came later */
};

void streak_add(struct streak *streak, const struct conditions *conditions, bool met);

/* Whether further connections could change nothing. */
bool streak_is_decided(const struct streak *streak);

/* Whether that target is as it was asked for. */
bool streak_holds(const struct streak *streak, const struct conditions *conditions);

#endif
