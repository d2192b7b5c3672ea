/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/conditions.h"

bool conditions_given(const struct conditions *conditions)
{
    return conditions->fail_after > 0 || conditions->succeed_after > 0 ||
           conditions->max_loss != PERCENT_NONE;
}

static bool reached(const struct streak *streak, bool met, uint32_t wanted)
{
    return wanted > 0 && streak->run_met == met && streak->run >= wanted;
}

void streak_add(struct streak *streak, const struct conditions *conditions, bool met)
{
    streak->connections++;
    streak->met += met;
    if (streak->run_met != met)
        streak->run = 0;
    streak->run_met = met;
    if (streak->run < UINT32_MAX)
        streak->run++;
    if (streak_is_decided(streak))
        return;
    streak->failed = reached(streak, false, conditions->fail_after);
    streak->succeeded = reached(streak, true, conditions->succeed_after);
}

bool streak_is_decided(const struct streak *streak)
{
    return streak->failed || streak->succeeded;
}

/* Counts of connections are exact in a double up to 2^53. */
static bool loses_too_much(const struct streak *streak, int64_t max_loss)
{
    double lost = (double)(streak->connections - streak->met);
    return max_loss != PERCENT_NONE &&
           lost * (double)PERCENT_ALL > (double)max_loss * (double)streak->connections;
}

bool streak_holds(const struct streak *streak, const struct conditions *conditions)
{
    if (!conditions_given(conditions))
        return streak->met == streak->connections;
    return !streak->failed && (conditions->succeed_after == 0 || streak->succeeded) &&
           !loses_too_much(streak, conditions->max_loss);
}
