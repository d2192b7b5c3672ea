/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/ending.h"

enum ending ending_of(const struct ending_signs *signs)
{
    if (signs->reader_has_left)
        return ENDING_INTERRUPT;
    if (signs->target_has_failed || (signs->recording_failed && signs->is_endless))
        return ENDING_CANCEL;
    return ENDING_NONE;
}

bool ending_is_at_once(unsigned asked, bool cancelled)
{
    return asked > (cancelled ? 0 : 1);
}

enum ending_turn ending_turn_of(const struct ending_state *state)
{
    if (!state->has_more && state->in_flight == 0)
        return TURN_OVER;
    if (state->failed && !state->cancelled)
        return TURN_INTERRUPT;
    if (state->failed && !state->more && !state->wakes)
        return TURN_OVER; /* nothing would wake what is in flight */
    return TURN_ROUND;
}
