/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/rst.h"

#include "tcp/arrival/acceptability.h"
#include "tcp/missed.h"

static void close_unknown(struct end *end)
{
    if (end->state == STATE_UNKNOWN)
        end->state = STATE_CLOSED;
}

static struct finding accepted(struct arriving *it, enum note note)
{
    struct end *a = it->a, *b = it->b;
    it->course->reset_by = it->from;
    it->times->reset_ns = it->segment->time_ns;
    a->rst_seen = true;
    if (it->from == SERVER && b->state == STATE_SYN_SENT && !a->syn_seen) {
        it->course->refused = true;
        it->times->syn_rtt_ns = end_control_rtt_ns(b, it->segment);
        it->times->connected_ns = it->segment->time_ns;
    }
    end_move(a, EVENT_ABORT);
    end_move(b, b->passive ? EVENT_RCV_RST_PASSIVE : EVENT_RCV_RST);
    close_unknown(a);
    close_unknown(b);
    return found(VERDICT_EXPECTED, note);
}

/* Whether its receiver may stand there, for all that is known: at or behind what it acknowledged,
 * and not beyond what crossed. */
static bool may_be_next(const struct end *a, uint32_t seq)
{
    return seq_within(seq, a->snd_una, a->sent.next - a->snd_una);
}

/* In a capture of others what stood between may be missing, as it is where acknowledgements never
 * show or others of that end did not; else the RST is left in doubt: its receiver may have had less
 * or more than was seen, and if it counted, its sender says nothing more. */
static struct finding inexact_of_others(struct arriving *it)
{
    const struct end *a = it->a;
    uint32_t seq = it->segment->seq;
    bool ahead = missed_up_to(it->course, seq, a->sent.next);
    if (!ahead && !may_be_next(a, seq))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    if (ahead && missed_acknowledgements(it->course, a)) {
        missed_opening(it->course, it->ends);
        return accepted(it, NOTE_AFTER_MISSED);
    }
    it->course->doubted_by = it->from;
    it->times->doubted_ns = it->segment->time_ns;
    if (!ahead)
        return found(VERDICT_EXPECTED, NOTE_NONE);
    end_owe_challenge(it->b);
    return found(VERDICT_UNEXPECTED, NOTE_RST_NOT_EXACT);
}

/* One of ours at SND.NXT ends a connection that is not open yet, unless it answers a SYN/ACK that
 * acknowledged our SYN and was not accepted (of a wrong echo). */
static bool answers_before_open(const struct arriving *it)
{
    const struct end *a = it->a;
    uint32_t seq = it->segment->seq;
    if (seq == a->sent.next)
        return a->state == STATE_SYN_SENT && a->snd_una == a->iss && seq == a->reset_seq;
    return is_ours(it) || seq == a->reset_seq; /* one of ours may answer what came before */
}

/* The RST that was owed. The capture may show one of ours late, when the connection is open, or
 * half of it in a simultaneous open, and its number has become a good one; but then a reset of ours
 * carries ACK, or is at SND.NXT. */
static bool answers_wrong_ack(const struct arriving *it)
{
    const struct end *a = it->a;
    if (a->resets_owed == 0)
        return false;
    if (a->state == STATE_SYN_SENT)
        return answers_before_open(it);
    if (it->course->foreign || it->from != CLIENT || (it->segment->flags & TCP_ACK) != 0)
        return false;
    return a->state == STATE_SYN_RCVD ? answers_before_open(it) : state_synchronized(a->state);
}

/* RFC 9293, 3.10.7.3: in SYN-SENT the acknowledgement decides. */
static struct finding in_syn_sent(struct arriving *it)
{
    const struct segment *s = it->segment;
    bool acks = (s->flags & TCP_ACK) != 0;
    if (acks && end_syn_acked_by(it->b, s->ack))
        return accepted(it, NOTE_NONE);
    it->course->answered_wrongly = true;
    return found(VERDICT_UNEXPECTED, acks ? NOTE_WRONG_ACK : NOTE_RST_WITHOUT_ACK);
}

/* RFC 5961, 3.2: exactly at RCV.NXT it resets, elsewhere in the window it is challenged, outside it
 * is dropped. */
static struct finding in_connection(struct arriving *it)
{
    uint32_t seq = it->segment->seq, next = it->a->sent.next;
    if (it->course->foreign && seq != next)
        return inexact_of_others(it);
    if (seq_lt(seq, is_ours(it) ? it->a->snd_una : next) || is_beyond_window(it->b, seq, 0))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    if (seq == next || is_ours(it)) /* ours ends it for us, wherever the receiver stands */
        return accepted(it, NOTE_NONE);
    end_owe_challenge(it->b);
    return found(VERDICT_UNEXPECTED, NOTE_RST_NOT_EXACT);
}

/* We do not know how much of what is not acknowledged the receiver has, and only a reset exactly at
 * RCV.NXT counts (RFC 5961, 3.2): so there is one for each. */
static bool is_other_of_ours(const struct arriving *it)
{
    const struct end *a = it->a;
    return is_ours(it) && it->course->reset_by == CLIENT && a->last_valid &&
           (a->last.flags & TCP_RST) != 0 && it->segment->seq != a->last.seq;
}

struct finding rst_arrives(struct arriving *it)
{
    struct end *a = it->a;
    if (is_other_of_ours(it))
        return found(VERDICT_EXPECTED, NOTE_RST_AGAIN);
    if (it->course->reset_by != NEITHER)
        return found(a->rst_seen ? VERDICT_DUPLICATE : VERDICT_UNEXPECTED, NOTE_AFTER_CLOSE);
    if (answers_wrong_ack(it))
        return found(VERDICT_EXPECTED, NOTE_ANSWERS_WRONG_ACK);
    if (it->b->state == STATE_SYN_SENT && !a->syn_seen)
        return in_syn_sent(it);
    if (end_is_unplaced(a)) {
        end_number_from_middle(a, it->segment->seq);
        return accepted(it, NOTE_NONE);
    }
    return in_connection(it);
}

struct finding local_rst_arrives(struct arriving *it)
{
    if (it->course->reset_by == NEITHER) {
        it->course->local_reset = true;
        accepted(it, NOTE_NONE);
    }
    return found(VERDICT_LOCAL_RESET, NOTE_NONE);
}
