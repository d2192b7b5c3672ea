/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/steps.h"

#include <string.h>

enum rank {
    RANK_PLAIN, /* expected data and acknowledgements */
    RANK_SURPRISE,
    RANK_CONTROL, /* should; but there is no end to the resets that a peer can ask us for */
    RANK_TURN,    /* opens or closes: the arrows of RFC 9293 end after a few */
};

/* Whether it is the RST that, for all that is known, ended the connection without moving a state.
 */
static bool is_in_doubt(const struct conversation *c, const struct step *step)
{
    return (step->flags & TCP_RST) != 0 && c->doubted_by == (enum end_id)step->from;
}

static enum rank rank_of(const struct conversation *c, const struct step *step, bool changed)
{
    bool control = (step->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0;
    if (changed)
        return RANK_TURN;
    if (!step->is_icmp && control && (step->verdict == VERDICT_EXPECTED || is_in_doubt(c, step)))
        return RANK_CONTROL;
    if (step->is_icmp || step->verdict != VERDICT_EXPECTED || step->note != NOTE_NONE)
        return RANK_SURPRISE;
    return RANK_PLAIN;
}

/* The first segments of a run stay apart, so that a request, its acknowledgement and the response
 * can be seen; from the fourth on they are folded into the third. */
#define RUN_APART 3

static void fold(struct step *run, const struct step *step)
{
    run->count += step->count;
    run->bytes += step->bytes;
    run->last_time_ns = step->time_ns;
}

/* Frees the place of the latest step that matters less than rank. */
static bool make_room(struct conversation *c, enum rank rank)
{
    for (enum rank lower = RANK_PLAIN; lower < rank; lower++) {
        for (uint32_t i = c->step_count; i-- > 0;) {
            if (c->steps[i].rank != lower)
                continue;
            c->steps_omitted += c->steps[i].count;
            c->step_count--;
            memmove(&c->steps[i], &c->steps[i + 1], (c->step_count - i) * sizeof c->steps[0]);
            return true;
        }
    }
    return false;
}

void steps_add(struct conversation *c, const struct step *step, bool changed)
{
    enum rank rank = rank_of(c, step, changed);
    if (rank != RANK_PLAIN) {
        c->run_length = 0;
    } else if (c->run_length == RUN_APART) {
        fold(&c->steps[c->step_count - 1], step);
        return;
    }
    if (c->step_count == c->step_capacity && !make_room(c, rank)) {
        c->steps_omitted += step->count;
        c->run_length = 0;
        return;
    }
    c->steps[c->step_count] = *step;
    c->steps[c->step_count++].rank = (uint8_t)rank;
    c->run_length = (uint8_t)(c->run_length + (rank == RANK_PLAIN));
}
