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

/* What an end does on an arrival, before it sends anything: RFC 9293, 3.10.7.2, 3.10.7.3
 * and 3.10.7.4, eighth. */
static const struct arrival {
    enum tcp_state before, after;
    uint16_t set, clear; /* flags of the segment that arrives */
} arrivals[] = {
    {STATE_LISTEN, STATE_SYN_RCVD, TCP_SYN, TCP_ACK},
    {STATE_SYN_SENT, STATE_ESTABLISHED, TCP_SYN | TCP_ACK, 0},
    {STATE_ESTABLISHED, STATE_CLOSE_WAIT, TCP_FIN, 0},
};

/* The states that an end which has moved so may be in when it is next heard. */
static bool follows(const struct arrival *arrival, enum tcp_state heard)
{
    if (arrival->after == STATE_CLOSE_WAIT)
        return heard == STATE_CLOSE_WAIT || heard == STATE_LAST_ACK;
    return heard == arrival->after ||
           (arrival->after == STATE_ESTABLISHED && state_synchronized(heard));
}

static uint32_t next_of(const struct connection_result *result, uint32_t i, enum end_id end)
{
    do
        i++;
    while (i < result->step_count && (result->steps[i].is_icmp || result->steps[i].from != end));
    return i;
}

/* Whether what the end received by step i, after it was last heard and before it is heard next,
 * moved it: of segments sent more than once, only the last surely arrived. */
static bool arrived_by(const struct connection_result *result, uint32_t i, uint32_t heard,
                       enum end_id end, const struct arrival *arrival)
{
    for (uint32_t k = heard;
         k-- > 0 && (result->steps[k].is_icmp || result->steps[k].from != end);) {
        const struct step *step = &result->steps[k];

        if (!step->is_icmp && (step->flags & arrival->set) == arrival->set &&
            (step->flags & arrival->clear) == 0 && step->verdict != VERDICT_UNEXPECTED &&
            step->verdict != VERDICT_OUT_OF_WINDOW)
            return k <= i;
    }
    return false;
}

/* The tracker moves an end when it is heard; in a figure the state begins with the segment that
 * caused it. */
enum tcp_state lifelines_at(const struct lifelines *lines, enum end_id end, uint32_t i)
{
    const struct connection_result *result = lines->result;
    enum tcp_state state = result->steps[i].states[end];
    uint32_t heard = next_of(result, i, end);

    if (heard >= result->step_count)
        return state;
    for (size_t k = 0; k < sizeof(arrivals) / sizeof(arrivals[0]); k++)
        if (arrivals[k].before == state &&
            follows(&arrivals[k], result->steps[heard].states[end]) &&
            arrived_by(result, i, heard, end, &arrivals[k]))
            return arrivals[k].after;
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

bool lifelines_done(const struct lifelines *lines, enum tcp_state from, enum tcp_state *state)
{
    const struct connection_result *result = lines->result;
    enum tcp_event event = from == STATE_TIME_WAIT ? EVENT_TIME_WAIT_OVER : EVENT_ABORT;

    if (!result->done || result->step_count == 0 ||
        result->steps[result->step_count - 1].states[CLIENT] != from)
        return false;
    *state = state_transition(from, event).next;
    return true;
}
