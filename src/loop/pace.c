/* SPDX-License-Identifier: BSD-2-Clause */
/* The generic cell rate algorithm (ITU-T I.371, annex A): one time in the place of a bucket. */
#include "loop/pace.h"

#define SECOND_NS INT64_C(1000000000)
#define AT_ONCE   10 /* parts of a second's worth */

void pace_init(struct pace *pace, uint32_t rate)
{
    *pace = (struct pace){0};
    pace_change(pace, rate);
}

void pace_init_even(struct pace *pace, uint32_t rate)
{
    pace_init(pace, rate);
    pace->patience_ns = 0;
}

void pace_change(struct pace *pace, uint32_t rate)
{
    pace->spacing_ns = pace->patience_ns = 0;
    if (rate == 0)
        return;
    uint32_t burst = rate / AT_ONCE > 0 ? rate / AT_ONCE : 1;
    pace->spacing_ns = SECOND_NS / rate;
    pace->patience_ns = (burst - 1) * pace->spacing_ns;
}

bool pace_take(struct pace *pace, int64_t now_ns)
{
    if (pace->spacing_ns == 0)
        return true;
    if (now_ns < pace_next_ns(pace))
        return false;
    pace->due_ns = (pace->due_ns > now_ns ? pace->due_ns : now_ns) + pace->spacing_ns;
    return true;
}

int64_t pace_next_ns(const struct pace *pace)
{
    return pace->due_ns - pace->patience_ns;
}
