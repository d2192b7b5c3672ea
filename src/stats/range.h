/* SPDX-License-Identifier: BSD-2-Clause */
/* A threshold of the Monitoring Plugins guidelines ("Threshold and Ranges"): which values alert. */
#ifndef TCPSHAKE_STATS_RANGE_H
#define TCPSHAKE_STATS_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* From first to last, both inside. All zero was not given, and never alerts. */
struct range {
    int64_t first, last; /* INT64_MIN, INT64_MAX: without that limit */
    bool inside;         /* alerts inside of it, otherwise outside */
    bool given;
};

bool range_alerts(const struct range *range, int64_t value);

/* Whether every value from 0 on that narrow alerts of is one that wide alerts of too. */
bool range_covers(const struct range *wide, const struct range *narrow);

#endif
