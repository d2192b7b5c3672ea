/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/doubling.h"

#define PAIRS_LEAST    3
#define COPY_WITHIN_NS INT64_C(100000000) /* as tcp/end has it: no sender sends again that soon */

static bool is_soon(int64_t one_ns, int64_t other_ns)
{
    uint64_t apart_ns = (uint64_t)one_ns - (uint64_t)other_ns + (uint64_t)COPY_WITHIN_NS;
    return apart_ns < 2 * (uint64_t)COPY_WITHIN_NS;
}

static bool are_alike(const struct segment *one, const struct segment *other)
{
    return endpoint_equal(&one->src, &other->src) && endpoint_equal(&one->dst, &other->dst) &&
           one->ip_id == 0 && other->ip_id == 0 && one->seq == other->seq &&
           one->ack == other->ack && one->flags == other->flags &&
           one->payload_len == other->payload_len && one->options.tsval == other->options.tsval &&
           is_soon(one->time_ns, other->time_ns);
}

bool doubling_shows(const struct segment *const *segments, size_t count)
{
    size_t watched = 0, pairs = 0;
    for (size_t i = 0; i < count; i++) {
        bool twice = false;
        for (size_t j = 0; j < i && !twice; j++)
            twice = are_alike(segments[i], segments[j]);
        watched += segments[i]->ip_id == 0;
        pairs += twice;
    }
    return pairs >= PAIRS_LEAST && pairs >= watched / 3;
}
