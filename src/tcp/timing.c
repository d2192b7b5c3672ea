/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/timing.h"

#include "tcp/result.h"

#define REPEATED_UNASKED_NS INT64_C(1000000000)

void sendings_add(struct sendings *sendings, int64_t time_ns, bool has_tsval, uint32_t tsval)
{
    bool first = sendings->count == 0;
    sendings->timestamped = has_tsval && (first || sendings->timestamped);
    sendings->twice_a_tick = !first && sendings->tsval == tsval;
    sendings->time_ns = time_ns;
    sendings->tsval = tsval;
    if (sendings->count < UINT32_MAX)
        sendings->count++;
}

int64_t sendings_rtt_ns(const struct sendings *sendings, int64_t answer_ns, bool has_tsecr,
                        uint32_t tsecr)
{
    if (sendings->count == 0)
        return DURATION_UNKNOWN;
    int64_t rtt_ns = duration_between(sendings->time_ns, answer_ns);
    if (sendings->count == 1)
        return rtt_ns;
    bool last_is_meant =
        sendings->timestamped && has_tsecr && tsecr == sendings->tsval && !sendings->twice_a_tick;
    return last_is_meant && rtt_ns < REPEATED_UNASKED_NS ? rtt_ns : DURATION_UNKNOWN;
}
