/* SPDX-License-Identifier: BSD-2-Clause */
/* A threshold of the Monitoring Plugins guidelines ("Threshold and Ranges"): which values alert. */
#ifndef TCPSHAKE_STATS_RANGE_H
#define TCPSHAKE_STATS_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* From first to last, inclusive. All zero: not given, never alerts. */
struct range {
    int64_t first, last; /* INT64_MIN, INT64_MAX: without that limit */
    bool inside;         /* alerts inside it, otherwise outside */
    bool given;
};

bool range_alerts(const struct range *range, int64_t value);

/* Whether wide alerts for every value from 0 on for which narrow does. */
bool range_covers(const struct range *wide, const struct range *narrow);

#endif
