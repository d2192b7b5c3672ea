/* SPDX-License-Identifier: BSD-2-Clause */
/* The guards (checksum, flags, duplicated frame) run once, in front; then the order is the RFC's:
 * SYN and RST by the state of the handshake, and for the rest sequence number, acknowledgement,
 * text, FIN. */
#include "tcp/arrival/judge.h"

#include "tcp/arrival/ack.h"
#include "tcp/arrival/rst.h"
#include "tcp/arrival/syn.h"
#include "tcp/arrival/synchronized.h"
#include "tcp/arrival/text.h"
#include "tcp/missed.h"

/* Everything without SYN and RST. */
static struct finding plain_arrives(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *a = it->a, *b = it->b;
    if ((s->flags & TCP_ACK) == 0)
        return found(VERDICT_UNEXPECTED, NOTE_BAD_FLAGS); /* RFC 9293, 3.10.7.4, fifth: dropped */
    if (it->course->reset_by != NEITHER)
        return found(VERDICT_UNEXPECTED, NOTE_AFTER_CLOSE);
    if (it->course->foreign && !b->seen && a->syn_acks)
        missed_opening(it->course, it->ends); /* it goes on, so it was answered */
    if (b->state == STATE_SYN_SENT && !a->syn_acks)
        return ack_in_syn_sent(it);
    if (end_is_unplaced(a) && !b->syn_seen)
        end_adopt(a, s->seq);
    if (end_is_unplaced(b) && !a->syn_seen)
        end_adopt(b, s->ack);
    if (a->state == STATE_SYN_SENT && !completes_handshake(it))
        return found(VERDICT_UNEXPECTED, NOTE_WRONG_ACK);
    return synchronized_arrives(it);
}

static struct finding by_flags(struct arriving *it)
{
    if ((it->segment->flags & TCP_SYN) != 0)
        return syn_arrives(it);
    if ((it->segment->flags & TCP_RST) != 0)
        return rst_arrives(it);
    return plain_arrives(it);
}

static bool flags_make_no_sense(const struct segment *s)
{
    if ((s->flags & TCP_SYN) == 0)
        return false;
    bool fin = (s->flags & TCP_FIN) != 0 && !segment_is_syn_ack(s); /* RFC 9293, 3.10.7.3, fourth */
    return fin || (s->flags & TCP_RST) != 0;
}

static struct finding judge_and_move(struct arriving *it)
{
    struct finding finding = by_flags(it);
    if (it->course->doubted_by == it->from && (it->segment->flags & TCP_RST) == 0)
        it->course->doubted_by = NEITHER; /* the RST was not of this end */
    window_arrives(it, finding.verdict);
    return finding;
}

struct finding judge_segment(struct arriving *it)
{
    const struct segment *s = it->segment;
    if (it->by_local_kernel && (s->flags & TCP_RST) != 0)
        return local_rst_arrives(it);
    if (s->checksum == CHECKSUM_BAD)
        return found(VERDICT_UNEXPECTED, NOTE_BAD_CHECKSUM);
    if (s->flags == 0)
        return found(VERDICT_UNEXPECTED, NOTE_NO_FLAGS);
    if (flags_make_no_sense(s))
        return found(VERDICT_UNEXPECTED, NOTE_BAD_FLAGS);
    bool again = end_repeats_frame(it->a, s, it->course->capture_doubles);
    struct sendings control = again ? it->a->control : (struct sendings){.count = 0};
    struct finding finding = judge_and_move(it);
    if (again) { /* the receiver cannot tell it from a retransmission, but it was sent once */
        it->a->control = control;
        finding.verdict = VERDICT_DUPLICATE;
        repeats_add_duplicate(&it->a->repeats);
    } else if (finding.verdict == VERDICT_RETRANSMISSION) {
        repeats_add(&it->a->repeats, s);
    }
    return finding;
}
