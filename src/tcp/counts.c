/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/counts.h"

#include "wire/seq.h"

/* Sets the time once; returns whether it did. */
static bool set_once(int64_t *time_ns, int64_t now_ns)
{
    if (*time_ns != DURATION_UNKNOWN)
        return false;
    *time_ns = now_ns;
    return true;
}

/* The first acknowledgement of the first SYN/ACK. */
static void note_first_ack(struct first *first, enum end_id from, const struct segment *s)
{
    if (from == CLIENT && (s->flags & TCP_ACK) != 0 && first->ack_ns == DURATION_UNKNOWN &&
        first->syn_ack_ns != DURATION_UNKNOWN && seq_gt(s->ack, first->syn_ack_seq))
        first->ack_ns = s->time_ns;
}

static void add_control(struct counts *counts, struct first *first, enum end_id from,
                        const struct segment *s)
{
    if (from == CLIENT && segment_opens(s)) {
        counts->syn_count++;
        set_once(&first->syn_ns, s->time_ns);
    } else if (from == SERVER && segment_is_syn_ack(s)) {
        counts->syn_count++;
        if (set_once(&first->syn_ack_ns, s->time_ns))
            first->syn_ack_seq = s->seq;
    }
    if ((s->flags & TCP_FIN) != 0) {
        counts->fin_count++;
        set_once(&first->fin_ns[from], s->time_ns);
    }
    if ((s->flags & TCP_RST) != 0 && set_once(&first->rst_ns, s->time_ns))
        first->rst_by = from;
}

void counts_add(struct counts *counts, struct first *first, enum end_id from,
                const struct segment *s)
{
    counts->segments++;
    counts->bytes += segment_carried_len(s);
    if ((s->flags & (TCP_SYN | TCP_RST)) == 0)
        note_first_ack(first, from, s);
    if ((s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0)
        add_control(counts, first, from, s);
}
