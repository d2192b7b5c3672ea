/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/lifelines.h"

void lifelines_begin(struct lifelines *lines, const struct connection_result *result)
{
    *lines = (struct lifelines){.result = result, .shown = {STATE_UNKNOWN, STATE_UNKNOWN}};
}

enum tcp_state lifelines_first(const struct lifelines *lines, enum end_id end)
{
    static const enum tcp_state before[STATE_COUNT + 1] = {
        [STATE_CLOSED] = STATE_CLOSED,           [STATE_LISTEN] = STATE_LISTEN,
        [STATE_SYN_SENT] = STATE_CLOSED,         [STATE_SYN_RCVD] = STATE_LISTEN,
        [STATE_ESTABLISHED] = STATE_ESTABLISHED, [STATE_FIN_WAIT_1] = STATE_ESTABLISHED,
        [STATE_FIN_WAIT_2] = STATE_FIN_WAIT_1,   [STATE_CLOSE_WAIT] = STATE_ESTABLISHED,
        [STATE_CLOSING] = STATE_FIN_WAIT_1,      [STATE_LAST_ACK] = STATE_CLOSE_WAIT,
        [STATE_TIME_WAIT] = STATE_FIN_WAIT_2,    [STATE_UNKNOWN] = STATE_UNKNOWN,
    };
    unsigned after = lines->result->steps[0].states[end];

    return after <= STATE_COUNT ? before[after] : STATE_UNKNOWN;
}

/* Until the server is heard LISTEN is presumed of it; what became of it may have refuted that. */
static enum tcp_state presumed(const struct connection_result *result, enum tcp_state state)
{
    if (state == STATE_LISTEN && result->states[SERVER] == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    if (state == STATE_LISTEN && result->handshake.result == HANDSHAKE_REFUSED)
        return STATE_CLOSED;
    return state;
}

const char *lifelines_turn(struct lifelines *lines, enum end_id end, enum tcp_state state)
{
    const char *name;

    if (end == SERVER)
        state = presumed(lines->result, state);
    name = state_name(state);
    if (name == NULL || state == lines->shown[end])
        return NULL;
    lines->shown[end] = state;
    return name;
}
