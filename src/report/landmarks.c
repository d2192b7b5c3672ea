/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/landmarks.h"

#include "wire/seq.h"

/* The first step, from start on, that end sent with every flag of set and none of clear. */
static uint32_t find(const struct connection_result *result, uint32_t start, enum end_id end,
                     unsigned set, unsigned clear)
{
    for (uint32_t i = start; i < result->step_count; i++) {
        const struct step *step = &result->steps[i];

        if (!step->is_icmp && step->from == end && (step->flags & set) == set &&
            (step->flags & clear) == 0)
            return i;
    }
    return NO_STEP;
}

static uint32_t find_syn_answer(const struct connection_result *result)
{
    unsigned set = result->handshake.result == HANDSHAKE_REFUSED ? TCP_RST : TCP_SYN | TCP_ACK;
    uint32_t i = find(result, 0, SERVER, set, 0);

    while (i != NO_STEP && result->steps[i].verdict != VERDICT_EXPECTED)
        i = find(result, i + 1, SERVER, set, 0);
    return i;
}

static uint32_t find_open(const struct connection_result *result)
{
    if (result->handshake.result != HANDSHAKE_COMPLETED)
        return NO_STEP;
    for (uint32_t i = 0; i < result->step_count; i++)
        if (state_synchronized(result->steps[i].states[CLIENT]) &&
            state_synchronized(result->steps[i].states[SERVER]))
            return i;
    return NO_STEP;
}

static uint32_t find_fin_ack(const struct connection_result *result, uint32_t fin, enum end_id peer)
{
    uint32_t end_seq = result->steps[fin].seq + result->steps[fin].len + 1;
    uint32_t i = find(result, fin + 1, peer, TCP_ACK, TCP_RST);

    while (i != NO_STEP && seq_lt(result->steps[i].ack, end_seq))
        i = find(result, i + 1, peer, TCP_ACK, TCP_RST);
    return i;
}

/* Its first FIN that counts: what contradicts the state of the connection closes nothing. */
static uint32_t find_fin(const struct connection_result *result, enum end_id end)
{
    uint32_t i = find(result, 0, end, TCP_FIN, 0);

    while (i != NO_STEP && (result->steps[i].verdict == VERDICT_UNEXPECTED ||
                            result->steps[i].verdict == VERDICT_OUT_OF_WINDOW))
        i = find(result, i + 1, end, TCP_FIN, 0);
    return i;
}

/* Where connect(2) returns: at the SYN/ACK, or where that is not among the steps, once both ends
 * are open. */
static uint32_t find_connected(const struct connection_result *result, uint32_t syn_answer,
                               uint32_t open)
{
    bool completed = result->handshake.result == HANDSHAKE_COMPLETED;

    return completed && syn_answer != NO_STEP ? syn_answer : open;
}

struct landmarks landmarks_find(const struct connection_result *result)
{
    struct landmarks found = {
        .syn_answer = find_syn_answer(result),
        .open = find_open(result),
        .fin_ack = NO_STEP,
        .peer_fin = NO_STEP,
    };
    enum end_id initiator = result->teardown.initiator;
    uint32_t fin = initiator < ENDS ? find_fin(result, initiator) : NO_STEP;

    found.connected = find_connected(result, found.syn_answer, found.open);
    if (fin != NO_STEP) {
        enum end_id peer = initiator == CLIENT ? SERVER : CLIENT;

        found.fin_ack = find_fin_ack(result, fin, peer);
        found.peer_fin = find_fin(result, peer);
    }
    return found;
}
