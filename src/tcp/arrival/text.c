/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/text.h"

#include "tcp/arrival/fin.h"

/* RFC 7323, 4.3. */
static void timestamp_arrives(struct end *a, const struct segment *s)
{
    bool newer = !a->has_ts_recent || seq_geq(s->options.tsval, a->ts_recent);
    if (!s->options.has_timestamps || !newer || seq_gt(s->seq, a->sent.next))
        return;
    a->ts_recent = s->options.tsval;
    a->has_ts_recent = true;
}

void text_arrives(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *a = it->a;
    uint32_t len = segment_seq_len(s);
    timestamp_arrives(a, s);
    if (len == 0)
        return;
    end_owe_ack(it->b);
    stream_add(&a->sent, s->seq, len);
    a->snd_nxt = seq_max(a->snd_nxt, s->seq + len);
    if ((s->flags & TCP_FIN) != 0)
        fin_arrives(it);
    deliver_fin(a, it->b);
}

void window_arrives(struct arriving *it, enum verdict verdict)
{
    const struct segment *s = it->segment;
    struct end *a = it->a;
    const struct end *b = it->b;
    bool acceptable = verdict != VERDICT_UNEXPECTED && verdict != VERDICT_OUT_OF_WINDOW;
    bool numbered = a->syn_seen & b->syn_seen;
    if ((s->flags & TCP_ACK) == 0 || !numbered || !acceptable)
        return;
    bool scaled = (s->flags & TCP_SYN) == 0 && a->window_shift != WINDOW_UNSCALED &&
                  b->window_shift != WINDOW_UNSCALED;
    uint32_t right = s->ack + ((uint32_t)s->window << (scaled ? a->window_shift : 0));
    a->rcv_right = a->offered ? seq_max(a->rcv_right, right) : right;
    a->offered = true;
}
