/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/ack.h"

#include "tcp/arrival/fin.h"
#include "tcp/missed.h"

#define WINDOW_MOST (UINT32_C(1) << 30) /* the largest there is: RFC 7323, 2.3 */

bool acks_what_was_sent(const struct arriving *it)
{
    uint32_t ack = it->segment->ack, snd_nxt = it->b->snd_nxt;
    return seq_leq(ack, snd_nxt) || missed_up_to(it->course, ack, snd_nxt);
}

bool acks_long_past(const struct arriving *it)
{
    uint32_t ack = it->segment->ack, snd_una = it->b->snd_una;
    return !it->course->foreign && !seq_geq(ack, snd_una) && snd_una - ack > WINDOW_MOST;
}

/* What is acknowledged and did not cross was missed; but for one octet that probed a shut window,
 * and was let in. */
static void acknowledge_stream(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *b = it->b;
    uint32_t missing = seq_gt(s->ack, b->sent.next) ? s->ack - b->sent.next : 0;
    bool probe = missing == 1 && seq_leq(s->ack, b->snd_nxt);
    if (missing > 0 && !probe && (s->flags & TCP_SYN) == 0)
        it->shows_gap = b->missed = true;
    stream_add(&b->sent, b->sent.next, missing);
}

static void acknowledge_fin(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *b = it->b;
    b->fin_acked = true;
    end_move(b, EVENT_RCV_ACK_OF_FIN);
    deliver_fin(b, it->a);
    it->times->last_fin_acked_ns = s->time_ns;
    if (it->course->first_fin == it->from)
        return;
    it->times->first_fin_acked_ns = s->time_ns;
    it->times->fin_rtt_ns = end_control_rtt_ns(b, s);
    it->course->fin_acked_by_fin = (s->flags & TCP_FIN) != 0 && !it->a->fin_seen;
}

void acknowledge(struct arriving *it)
{
    uint32_t ack = it->segment->ack;
    struct end *b = it->b;
    b->acked += ack - b->snd_una;
    b->snd_una = ack;
    acknowledge_stream(it);
    if (b->state == STATE_SYN_RCVD)
        end_move(b, EVENT_RCV_ACK_OF_SYN);
    if (b->fin_seen && !b->fin_acked && seq_gt(ack, b->fin_seq))
        acknowledge_fin(it);
}

bool completes_handshake(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *a = it->a, *b = it->b;
    if (!b->syn_seen) {
        end_adopt(b, s->ack); /* the SYN/ACK was not captured, but the client has it */
        a->ack_due = true;
    } else if (seq_leq(s->ack, b->iss) || !acks_what_was_sent(it)) {
        return false;
    }
    end_move(a, EVENT_RCV_SYN_ACK);
    if (b->syn_seen && it->times->ack_ns == DURATION_UNKNOWN)
        it->times->ack_ns = s->time_ns;
    return true;
}

/* RFC 9293, 3.10.7.3. What carries no text is how a peer that holds an older connection answers our
 * SYN (RFC 5961, 4.2). */
struct finding ack_in_syn_sent(struct arriving *it)
{
    const struct segment *s = it->segment;
    it->course->answered_wrongly = true;
    if (end_syn_acked_by(it->b, s->ack))
        return found(VERDICT_UNEXPECTED, NOTE_SYN_MISSING);
    end_owe_reset(it->b, s->ack);
    return found(segment_seq_len(s) == 0 ? VERDICT_CHALLENGE_ACK : VERDICT_UNEXPECTED,
                 NOTE_WRONG_ACK);
}

struct finding judge_bare_ack(const struct arriving *it)
{
    const struct end *a = it->a;
    if (a->challenge_due)
        return found(VERDICT_CHALLENGE_ACK, NOTE_NONE);
    if (a->ack_due)
        return found(VERDICT_EXPECTED, NOTE_NONE);
    bool same_window = it->segment->window == a->last.window;
    return found(same_window ? VERDICT_DUPLICATE : VERDICT_EXPECTED, NOTE_NONE);
}
