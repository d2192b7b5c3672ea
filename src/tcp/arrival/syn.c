/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/syn.h"

#include "tcp/arrival/ack.h"
#include "tcp/arrival/fin.h"

static struct finding again(struct arriving *it)
{
    struct end *a = it->a, *b = it->b;
    if (state_synchronized(b->state) || (a->syn_acks && b->state == STATE_SYN_SENT))
        end_owe_ack(b);
    if (!a->fin_seen)
        end_sent_control(a, it->segment);
    return found(VERDICT_RETRANSMISSION, NOTE_NONE);
}

static struct finding out_of_place(struct arriving *it)
{
    if (it->course->reset_by != NEITHER)
        return found(VERDICT_UNEXPECTED, NOTE_AFTER_CLOSE);
    if (state_synchronized(it->b->state))
        end_owe_challenge(it->b); /* RFC 5961, 4.2 */
    return found(VERDICT_UNEXPECTED, NOTE_SYN_IN_CONNECTION);
}

static struct finding expected_syn(const struct segment *s)
{
    return found(VERDICT_EXPECTED, s->payload_len > 0 ? NOTE_SYN_DATA : NOTE_NONE);
}

/* The SYN that its own acknowledgement overtook in the capture. */
static struct finding overtaken(struct end *a, const struct segment *s)
{
    a->syn_seen = true;
    a->acked++;
    end_take_options(a, &s->options);
    return found(VERDICT_EXPECTED, NOTE_OUT_OF_ORDER);
}

static struct finding plain_syn_arrives(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *a = it->a, *b = it->b;
    bool reset = it->course->reset_by != NEITHER;
    if (!a->syn_seen && b->syn_seen && a->snd_nxt != a->iss && s->seq == a->iss && !reset)
        return overtaken(a, s);
    if (!end_is_unplaced(a) || a->state == STATE_UNKNOWN || reset)
        return out_of_place(it);
    bool simultaneous = b->state == STATE_SYN_SENT;
    end_number_from_syn(a, s);
    end_sent_control(a, s);
    end_move(a, EVENT_ACTIVE_OPEN);
    return simultaneous ? found(VERDICT_EXPECTED, NOTE_SIMULTANEOUS_OPEN) : expected_syn(s);
}

/* RFC 9293, 3.5, figure 7: both sent SYN, a now acknowledges b's with its own SYN sent again. */
static struct finding simultaneous_syn_ack(struct arriving *it)
{
    struct end *a = it->a, *b = it->b;
    a->syn_acks = true;
    end_move(a, EVENT_RCV_SYN);
    acknowledge(it); /* b, if it is in SYN_RCVD, is established by that */
    if (b->syn_acks) {
        end_move(a, EVENT_RCV_ACK_OF_SYN);
        it->course->established = true;
    }
    if (it->from == SERVER)
        it->times->connected_ns = it->segment->time_ns;
    end_owe_ack(b);
    return found(VERDICT_EXPECTED, NOTE_SIMULTANEOUS_OPEN);
}

/* RFC 9293, 3.10.7.3, fourth: what else the SYN/ACK carries is processed when the connection is
 * open. */
static void fin_with_syn(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *a = it->a;
    stream_add(&a->sent, s->seq + 1, s->payload_len + 1);
    a->snd_nxt = s->seq + segment_seq_len(s);
    fin_arrives(it);
}

/* RFC 7323, 3.2 asks for the echo of a TSval that the SYN carried. Linux takes 0 too, resets what
 * echoes anything else, and goes on asking. */
static bool echoes_what_was_never_sent(const struct end *b, const struct segment *s)
{
    if (!b->syn_seen || b->state != STATE_SYN_SENT || !b->control.timestamped ||
        !s->options.has_timestamps || s->options.tsecr == 0)
        return false;
    uint32_t first = b->options.tsval, last = b->control.tsval;
    return seq_lt(s->options.tsecr, first) || seq_gt(s->options.tsecr, last);
}

/* The server's SYN/ACK. A SYN/ACK of the client answers a SYN that it never waited for. */
static void time_answer(struct arriving *it)
{
    const struct end *client = it->b;
    it->times->syn_ack_ns = it->times->connected_ns = it->segment->time_ns;
    if (client->syn_seen)
        it->times->syn_rtt_ns = end_control_rtt_ns(client, it->segment);
}

static struct finding first_syn_ack(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *a = it->a, *b = it->b;
    bool wrong_echo = echoes_what_was_never_sent(b, s);
    if (!b->syn_seen) {
        end_number_from_middle(b, s->ack);
        b->state = STATE_SYN_SENT;
    }
    it->course->refused = false;
    end_number_from_syn(a, s);
    a->passive = true;
    a->state = STATE_LISTEN; /* it was only presumed, or not known at all */
    end_move(a, EVENT_RCV_SYN);
    end_sent_control(a, s);
    if (b->syn_seen) {
        acknowledge(it);
        b->rcv_right = s->seq + 1 + b->last.window;
        b->offered = true;
    }
    if (it->from == SERVER)
        time_answer(it);
    end_owe_ack(b);
    if ((s->flags & TCP_FIN) != 0)
        fin_with_syn(it);
    return wrong_echo ? found(VERDICT_EXPECTED, NOTE_WRONG_ECHO) : expected_syn(s);
}

static struct finding syn_ack_arrives(struct arriving *it)
{
    const struct segment *s = it->segment;
    struct end *a = it->a, *b = it->b;
    bool awaited = b->state == STATE_SYN_SENT || b->state == STATE_SYN_RCVD || end_is_unplaced(b);
    if (!awaited || it->course->reset_by != NEITHER)
        return out_of_place(it);
    if (b->syn_seen && !end_syn_acked_by(b, s->ack)) {
        if (b->state == STATE_SYN_SENT)
            end_owe_reset(b, s->ack);
        it->course->answered_wrongly = true;
        return found(VERDICT_UNEXPECTED, NOTE_WRONG_ACK);
    }
    if (echoes_what_was_never_sent(b, s) && !it->course->foreign) {
        end_owe_reset(b, s->ack);
        it->course->answered_wrongly = true;
        return found(VERDICT_UNEXPECTED, NOTE_WRONG_ECHO);
    }
    if (b->syn_seen && a->syn_seen && s->seq == a->iss && a->state == STATE_SYN_SENT)
        return simultaneous_syn_ack(it);
    if (a->syn_seen || state_synchronized(a->state))
        return out_of_place(it);
    return first_syn_ack(it);
}

/* The client was refused and asks once more with the same number: what comes next decides. */
static struct finding asks_again(struct arriving *it)
{
    struct end *a = it->a, *b = it->b;
    it->course->reset_by = NEITHER;
    it->times->syn_rtt_ns = it->times->reset_ns = DURATION_UNKNOWN;
    end_move(a, EVENT_ACTIVE_OPEN);
    b->rst_seen = false;
    end_sent_control(a, it->segment);
    return found(VERDICT_RETRANSMISSION, NOTE_NONE);
}

struct finding syn_arrives(struct arriving *it)
{
    const struct segment *s = it->segment;
    const struct end *a = it->a;
    bool acks = (s->flags & TCP_ACK) != 0;
    bool refused = it->course->refused && it->course->reset_by == SERVER && it->from == CLIENT;
    if (refused && !acks && s->seq == a->iss)
        return asks_again(it);
    if (a->syn_seen && s->seq == a->iss && a->syn_acks == acks && it->course->reset_by == NEITHER)
        return again(it);
    return acks ? syn_ack_arrives(it) : plain_syn_arrives(it);
}
