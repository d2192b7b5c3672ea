/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/stamps.h"

static bool is_behind(int64_t time_ns, int64_t than_ns, uint64_t by_ns)
{
    return time_ns < than_ns && (uint64_t)than_ns - (uint64_t)time_ns > by_ns;
}

static bool is_far_behind(int64_t time_ns, int64_t than_ns)
{
    return is_behind(time_ns, than_ns, STAMPS_STEP_NS);
}

static void advance(struct stamps *stamps, int64_t time_ns)
{
    stamps->before_ns = stamps->last_ns;
    stamps->last_ns = time_ns;
    if (stamps->seen < 2)
        stamps->seen++;
}

/* The packet before went back: back to where the clock runs from now on, or alone. */
static enum stamps_say settle(struct stamps *stamps, int64_t time_ns)
{
    stamps->doubted = false;
    if (is_far_behind(time_ns, stamps->before_ns)) {
        advance(stamps, time_ns);
        return STAMPS_BACK;
    }
    stamps->last_ns = time_ns;
    return STAMPS_ASTRAY;
}

enum stamps_say stamps_compare(struct stamps *stamps, int64_t time_ns)
{
    if (stamps->doubted)
        return settle(stamps, time_ns);
    bool was_late = stamps->late;
    stamps->late = stamps->seen == 1 && is_behind(stamps->last_ns, time_ns, STAMPS_SILENCE_NS);
    if (stamps->seen == 0 || !is_far_behind(time_ns, stamps->last_ns)) {
        advance(stamps, time_ns);
        return was_late ? STAMPS_FIRST : STAMPS_SOUND;
    }
    if (stamps->seen > 1 && !is_far_behind(time_ns, stamps->before_ns)) {
        stamps->last_ns = time_ns; /* the one before ran ahead of both its neighbours */
        return STAMPS_ASTRAY;
    }
    stamps->doubted = true;
    advance(stamps, time_ns);
    return STAMPS_SOUND;
}
