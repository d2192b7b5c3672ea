/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/missed.h"

#include "wire/seq.h"

#define WINDOW_MAX (INT32_C(1) << 30)

bool missed_up_to(const struct conversation *c, uint32_t number, uint32_t next)
{
    return c->foreign && seq_gt(number, next) && seq_diff(number, next) <= WINDOW_MAX;
}

void missed_opening(struct conversation *c)
{
    for (enum end_id id = CLIENT; id < ENDS; id++) {
        struct end *end = &c->ends[id];
        enum tcp_event event =
            end->state == STATE_SYN_SENT ? EVENT_RCV_SYN_ACK : EVENT_RCV_ACK_OF_SYN;
        if (end->state != STATE_SYN_SENT && end->state != STATE_SYN_RCVD)
            continue;
        end->state = state_transition(end->state, event).next;
        c->established = true;
    }
}

bool missed_acknowledgements(const struct conversation *c, enum end_id of)
{
    const struct end *end = &c->ends[of];
    return c->foreign && (!end->seen || end->missed || !c->bare_ack);
}

bool missed_closing(const struct conversation *c)
{
    if (!c->foreign || c->first_fin == NEITHER)
        return false;
    if (!c->ends[!c->first_fin].seen)
        return c->ends[c->first_fin].fin_count == 1;
    for (enum end_id id = CLIENT; id < ENDS; id++) {
        const struct end *end = &c->ends[id];
        if (!end->fin_seen || (!end->fin_acked && !missed_acknowledgements(c, !id)))
            return false;
    }
    return true;
}
