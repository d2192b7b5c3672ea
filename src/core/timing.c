/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/timing.h"

#include "core/result.h"

void sendings_add(struct sendings *sendings, int64_t time_ns, bool has_tsval, uint32_t tsval)
{
    sendings->timestamped = has_tsval && (sendings->count == 0 || sendings->timestamped);
    if (sendings->count < SENDINGS_KEPT) {
        sendings->time_ns[sendings->count] = time_ns;
        sendings->tsval[sendings->count] = tsval;
    }
    if (sendings->count < UINT32_MAX)
        sendings->count++;
}

int64_t sendings_rtt_ns(const struct sendings *sendings, int64_t answer_ns, bool has_tsecr,
                        uint32_t tsecr)
{
    if (sendings->count == 1)
        return duration_between_ns(sendings->time_ns[0], answer_ns);
    if (!sendings->timestamped || !has_tsecr)
        return DURATION_UNKNOWN;
    int64_t rtt_ns = DURATION_UNKNOWN;
    uint32_t kept = sendings->count < SENDINGS_KEPT ? sendings->count : SENDINGS_KEPT;
    for (uint32_t i = 0; i < kept; i++) {
        if (sendings->tsval[i] != tsecr)
            continue;
        if (rtt_ns != DURATION_UNKNOWN)
            return DURATION_UNKNOWN; /* sent again within one tick of the timestamp clock */
        rtt_ns = duration_between_ns(sendings->time_ns[i], answer_ns);
    }
    return rtt_ns;
}

int64_t duration_between_ns(int64_t a_ns, int64_t b_ns)
{
    if (a_ns == DURATION_UNKNOWN || b_ns == DURATION_UNKNOWN)
        return DURATION_UNKNOWN;
    if ((a_ns < 0 && b_ns > INT64_MAX + a_ns) || (a_ns > 0 && b_ns < INT64_MIN + 1 + a_ns))
        return DURATION_UNKNOWN;
    return b_ns - a_ns;
}
