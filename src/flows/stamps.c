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

static void advance(struct stamps *stamps, int64_t time_ns, enum stamps_state state)
{
    stamps->before_ns = stamps->last_ns;
    stamps->last_ns = time_ns;
    stamps->state = state;
}

/* The last packet is left out of what the next one is compared with. */
static void replace(struct stamps *stamps, int64_t time_ns)
{
    stamps->last_ns = time_ns;
    stamps->state = STAMPS_PLAIN;
}

/* The packet before went back: back to where the clock runs from now on, or alone. */
static enum stamps_say settle(struct stamps *stamps, int64_t time_ns)
{
    if (!is_far_behind(time_ns, stamps->before_ns)) {
        replace(stamps, time_ns);
        return STAMPS_ASTRAY;
    }
    advance(stamps, time_ns, STAMPS_PLAIN);
    return STAMPS_BACK;
}

/* The first two. */
static enum stamps_say begin(struct stamps *stamps, int64_t time_ns)
{
    enum stamps_state state = STAMPS_ONE;
    if (stamps->state == STAMPS_ONE)
        state = is_behind(stamps->last_ns, time_ns, STAMPS_SILENCE_NS) ? STAMPS_LATE
                : is_far_behind(time_ns, stamps->last_ns)              ? STAMPS_DOUBTED
                                                                       : STAMPS_PLAIN;
    advance(stamps, time_ns, state);
    return STAMPS_SOUND;
}

enum stamps_say stamps_compare(struct stamps *stamps, int64_t time_ns)
{
    if (stamps->state <= STAMPS_ONE)
        return begin(stamps, time_ns);
    if (stamps->state == STAMPS_DOUBTED)
        return settle(stamps, time_ns);
    if (!is_far_behind(time_ns, stamps->last_ns)) {
        bool late = stamps->state == STAMPS_LATE;
        advance(stamps, time_ns, STAMPS_PLAIN);
        return late ? STAMPS_FIRST : STAMPS_SOUND;
    }
    if (!is_far_behind(time_ns, stamps->before_ns)) {
        replace(stamps, time_ns); /* the one before ran ahead of both its neighbours */
        return STAMPS_ASTRAY;
    }
    advance(stamps, time_ns, STAMPS_DOUBTED);
    return STAMPS_SOUND;
}
