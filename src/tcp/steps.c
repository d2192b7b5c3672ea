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
static bool is_in_doubt(const struct step *step, enum end_id doubted_by)
{
    return (step->flags & TCP_RST) != 0 && doubted_by == (enum end_id)step->from;
}

static enum rank rank_of(const struct step *step, bool changed, enum end_id doubted_by)
{
    bool control = (step->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0;
    if (changed)
        return RANK_TURN;
    if (!step->is_icmp && control &&
        (step->verdict == VERDICT_EXPECTED || is_in_doubt(step, doubted_by)))
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
    run->client_count += step->client_count;
    run->client_bytes += step->client_bytes;
    run->last_time_ns = step->time_ns;
}

/* Frees the place of the latest step that matters less than rank. */
static bool make_room(struct steps *s, enum rank rank)
{
    for (enum rank lower = RANK_PLAIN; lower < rank; lower++) {
        for (uint32_t i = s->count; i-- > 0;) {
            if (s->list[i].rank != lower)
                continue;
            s->omitted += s->list[i].count;
            s->count--;
            memmove(&s->list[i], &s->list[i + 1], (s->count - i) * sizeof s->list[0]);
            return true;
        }
    }
    return false;
}

void steps_add(struct steps *s, const struct step *step, bool changed, enum end_id doubted_by)
{
    enum rank rank = rank_of(step, changed, doubted_by);
    if (rank != RANK_PLAIN) {
        s->run_length = 0;
    } else if (s->run_length == RUN_APART) {
        fold(&s->list[s->count - 1], step);
        return;
    }
    if (s->count == s->capacity && !make_room(s, rank)) {
        s->omitted += step->count;
        s->run_length = 0;
        return;
    }
    s->list[s->count] = *step;
    s->list[s->count++].rank = (uint8_t)rank;
    s->run_length = (uint8_t)(s->run_length + (rank == RANK_PLAIN));
}
