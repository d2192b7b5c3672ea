/* SPDX-License-Identifier: BSD-2-Clause */
/* The conditions on several connections to a target, and when they are decided. */
#ifndef TCPSHAKE_STATS_CONDITIONS_H
#define TCPSHAKE_STATS_CONDITIONS_H

#include <stdbool.h>
#include <stdint.h>

#define PERCENT_DECIMALS 6
#define PERCENT_ALL      INT64_C(100000000) /* 100 percent */
#define PERCENT_NONE     (-1)               /* no limit */

/* The conditions of the user. Without any, every connection must succeed. */
struct conditions {
    uint32_t fail_after, succeed_after; /* consecutive connections; 0: not given */
    int64_t max_loss;                   /* millionths of a percent, or PERCENT_NONE */
};

bool conditions_given(const struct conditions *conditions);

/* The connections to one target so far, in the order in which they ended. All zero: none. */
struct streak {
    uint64_t connections, met; /* how many; how many of them succeeded */
    uint32_t run;              /* the last consecutive ones with the same outcome */
    bool run_met;              /* ... and how those were */
    bool failed, succeeded;    /* the condition was reached, regardless of what followed */
};

void streak_add(struct streak *streak, const struct conditions *conditions, bool met);

/* Whether further connections cannot change the outcome. */
bool streak_is_decided(const struct streak *streak);

/* Whether the target meets the conditions. */
bool streak_holds(const struct streak *streak, const struct conditions *conditions);

#endif
