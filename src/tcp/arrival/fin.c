/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/fin.h"

static void first_fin(struct arriving *it, uint32_t fin_seq)
{
    struct end *a = it->a;
    const struct end *b = it->b;
    a->fin_seen = true;
    a->fin_seq = fin_seq;
    end_move(a, EVENT_CLOSE);
    if (it->course->first_fin == NEITHER) {
        it->course->first_fin = it->from;
        it->times->first_fin_ns = it->segment->time_ns;
    } else {
        it->times->other_fin_ns = it->segment->time_ns;
        it->course->fins_crossed = b->fin_seen && !b->fin_acked;
    }
    deliver_fin(it->b, a);
    deliver_fin(a, it->b);
}

void fin_arrives(struct arriving *it)
{
    struct end *a = it->a;
    uint32_t fin_seq = it->segment->seq + segment_seq_len(it->segment) - 1;
    if (!a->fin_seen)
        a->control = (struct sendings){.count = 0};
    if (!a->fin_seen || a->fin_seq == fin_seq)
        end_sent_control(a, it->segment);
    if (!a->fin_seen)
        first_fin(it, fin_seq);
}

bool is_overtaken_fin(const struct arriving *it)
{
    const struct segment *s = it->segment;
    return it->course->foreign && !it->a->fin_seen && (s->flags & TCP_FIN) != 0 &&
           s->seq + segment_seq_len(s) == it->a->snd_una;
}

struct finding overtaken_fin_arrives(struct arriving *it)
{
    struct end *a = it->a;
    fin_arrives(it);
    a->fin_acked = true;
    end_move(a, EVENT_RCV_ACK_OF_FIN);
    deliver_fin(a, it->b);
    it->times->last_fin_acked_ns = it->segment->time_ns;
    if (it->course->first_fin == it->from)
        it->times->first_fin_acked_ns = it->segment->time_ns;
    return found(VERDICT_EXPECTED, NOTE_OUT_OF_ORDER);
}
