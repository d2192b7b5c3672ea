/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/missed.h"

#define WINDOW_MAX (INT32_C(1) << 30)

bool missed_up_to(const struct course *course, uint32_t number, uint32_t next)
{
    return course->foreign && seq_gt(number, next) && seq_diff(number, next) <= WINDOW_MAX;
}

void missed_opening(struct course *course, struct end ends[ENDS])
{
    for (enum end_id id = CLIENT; id < ENDS; id++) {
        struct end *end = &ends[id];
        if (end->state != STATE_SYN_SENT && end->state != STATE_SYN_RCVD)
            continue;
        end_move(end, end->state == STATE_SYN_SENT ? EVENT_RCV_SYN_ACK : EVENT_RCV_ACK_OF_SYN);
        course->established = true;
    }
}

bool missed_acknowledgements(const struct course *course, const struct end *of)
{
    return course->foreign && (!of->seen || of->missed || !course->bare_ack);
}

bool missed_closing(const struct course *course, const struct end ends[ENDS])
{
    if (!course->foreign || course->first_fin == NEITHER)
        return false;
    if (!ends[!course->first_fin].seen)
        return ends[course->first_fin].counts.fin_count == 1;
    for (enum end_id id = CLIENT; id < ENDS; id++) {
        const struct end *end = &ends[id];
        if (!end->fin_seen || (!end->fin_acked && !missed_acknowledgements(course, &ends[!id])))
            return false;
    }
    return true;
}
