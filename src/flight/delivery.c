/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/delivery.h"

#define ON_ITS_WAY_NS INT64_C(50000000)

/* TCP drops what has a wrong checksum before it looks for a socket. */
void delivery_count(struct deliveries *deliveries, const struct segment *segment, int64_t now_ns)
{
    if (segment->checksum == CHECKSUM_BAD)
        return;
    deliveries->captured++;
    deliveries->latest_ns = now_ns;
}

/* Negative if some were delivered, but not captured, or their frames not read yet. Returns false if
 * the kernel does not say. */
static bool count_missing(struct deliveries *deliveries, int32_t *missing)
{
    bool known = true;
    if ((int32_t)(deliveries->captured - deliveries->delivered) > 0)
        known = guard_delivered(deliveries->guard, &deliveries->delivered);
    *missing = (int32_t)(deliveries->captured - deliveries->delivered);
    return known;
}

struct delivery_mark delivery_begin(struct deliveries *deliveries, int64_t now_ns)
{
    struct delivery_mark mark = {.captured = deliveries->captured};
    count_missing(deliveries, &mark.missing);
    if (mark.missing < 0)
        mark.missing = 0;
    mark.settled = mark.missing == 0 || now_ns - deliveries->latest_ns >= ON_ITS_WAY_NS;
    return mark;
}

bool delivery_is_pending(struct deliveries *deliveries, const struct delivery_mark *begun,
                         int64_t now_ns)
{
    int32_t missing;
    return now_ns - deliveries->latest_ns < ON_ITS_WAY_NS && count_missing(deliveries, &missing) &&
           missing > begun->missing;
}

enum delivery delivery_judge(struct deliveries *deliveries, const struct delivery_mark *begun)
{
    uint32_t since = deliveries->captured - begun->captured;
    int32_t missing;
    if (since == 0 || !count_missing(deliveries, &missing))
        return DELIVERY_UNKNOWN;
    int32_t of_these = missing - begun->missing;
    if (missing <= 0 || (of_these <= 0 && begun->settled))
        return DELIVERED;
    return of_these >= (int32_t)since ? NOT_DELIVERED : DELIVERY_UNKNOWN;
}
