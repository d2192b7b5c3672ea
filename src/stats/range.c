/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/range.h"

#include <stddef.h>

bool range_alerts(const struct range *range, int64_t value)
{
    return range->given && (value >= range->first && value <= range->last) == range->inside;
}

/* The neighbours of both limits, as far as there are any from 0 on. */
static size_t turning_points(const struct range *range, int64_t points[4])
{
    size_t count = 0;
    if (range->first > 0)
        points[count++] = range->first - 1;
    if (range->first >= 0)
        points[count++] = range->first;
    if (range->last >= 0)
        points[count++] = range->last;
    if (range->last >= 0 && range->last < INT64_MAX)
        points[count++] = range->last + 1;
    return count;
}

/* Neither changes between two turning points, so that these decide for all values. */
bool range_covers(const struct range *wide, const struct range *narrow)
{
    int64_t points[2 + 4 + 4] = {0, INT64_MAX};
    size_t count = 2;
    count += turning_points(wide, points + count);
    count += turning_points(narrow, points + count);
    for (size_t i = 0; i < count; i++)
        if (range_alerts(narrow, points[i]) && !range_alerts(wide, points[i]))
            return false;
    return true;
}
