/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/synchronized.h"

#include "tcp/arrival/acceptability.h"
#include "tcp/arrival/ack.h"
#include "tcp/arrival/fin.h"
#include "tcp/arrival/text.h"
#include "tcp/missed.h"

/* RFC 9293, 3.10.7.4: what is not acceptable is answered with an acknowledgement and dropped. */
static struct finding refused(struct arriving *it, struct finding why)
{
    end_owe_ack(it->b);
    return why;
}

static bool is_refused(const struct arriving *it, struct finding sequence)
{
    return sequence.verdict == VERDICT_OUT_OF_WINDOW || sequence.verdict == VERDICT_UNEXPECTED ||
           (sequence.verdict == VERDICT_RETRANSMISSION && is_long_past(it));
}

/* All of it crossed before. */
static struct finding repeated(struct arriving *it, struct finding sequence)
{
    if (is_overtaken_fin(it))
        return overtaken_fin_arrives(it);
    end_owe_ack(it->b);
    if ((it->segment->flags & TCP_FIN) != 0 && it->a->fin_seen) /* a first one cannot be old */
        fin_arrives(it);
    return sequence;
}

static struct finding probed(struct arriving *it, struct finding sequence)
{
    const struct segment *s = it->segment;
    end_owe_ack(it->b);
    if (sequence.note == NOTE_WINDOW_PROBE) /* b may take the octet */
        it->a->snd_nxt = seq_max(it->a->snd_nxt, s->seq + s->payload_len);
    return sequence;
}

/* Moves b's numbers by an acknowledgement of what was sent; returns whether it is news. */
static bool take_ack(struct arriving *it, struct finding *sequence)
{
    uint32_t ack = it->segment->ack;
    struct end *b = it->b;
    bool news = seq_gt(ack, b->snd_una);
    if (seq_gt(ack, b->snd_nxt)) {
        missed_opening(it->course, it->ends);
        if (sequence->note == NOTE_NONE)
            sequence->note = NOTE_ACKS_MISSED;
    }
    if (news)
        acknowledge(it);
    b->snd_nxt = seq_max(b->snd_nxt, ack);
    return news;
}

struct finding synchronized_arrives(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct finding sequence = judge_sequence(it);
    if (is_refused(it, sequence))
        return refused(it, sequence);
    if (!it->b->seen && seq_gt(s->ack, it->b->snd_nxt))
        it->b->snd_nxt = s->ack; /* that direction is not in the capture */
    if (!acks_what_was_sent(it) || acks_long_past(it))
        return refused(it, found(VERDICT_UNEXPECTED, NOTE_WRONG_ACK));
    bool news = take_ack(it, &sequence);
    if (sequence.verdict == VERDICT_RETRANSMISSION)
        return repeated(it, sequence);
    if (sequence.note == NOTE_KEEP_ALIVE || sequence.note == NOTE_WINDOW_PROBE)
        return probed(it, sequence);
    bool bare = segment_seq_len(s) == 0 && !news && it->a->last_valid;
    text_arrives(it);
    if (sequence.note == NOTE_NONE && s->window == 0)
        sequence.note = NOTE_ZERO_WINDOW;
    return bare && sequence.note == NOTE_NONE ? judge_bare_ack(it) : sequence;
}
