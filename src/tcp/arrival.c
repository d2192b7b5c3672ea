/* SPDX-License-Identifier: BSD-2-Clause */
/* Throughout, a is the end that sent the segment and b the one that it goes to. The guards
 * (checksum, flags, duplicated frame) run once, in front; then the order is the RFC's: SYN and RST
 * by the state of the handshake, and for the rest sequence number, acknowledgement, text, FIN. */
#include "tcp/arrival.h"

#include "tcp/history.h"
#include "tcp/missed.h"
#include "wire/seq.h"

static struct finding found(enum verdict verdict, enum note note)
{
    return (struct finding){.verdict = verdict, .note = note};
}

static void move(struct end *end, enum tcp_event event)
{
    end->state = state_transition(end->state, event).next;
}

static void owe_ack(struct end *end)
{
    end->acks_owed++;
    end->ack_due = true;
}

static void owe_challenge(struct end *end)
{
    owe_ack(end);
    end->challenge_due = true;
}

/* RFC 9293, 3.10.7.3, first: <SEQ=SEG.ACK><CTL=RST>. */
static void owe_reset(struct end *end, uint32_t seq)
{
    end->resets_owed++;
    end->reset_seq = seq;
}

static void take_options(struct end *end, const struct tcp_options *options)
{
    end->options = *options;
    end->window_shift = WINDOW_UNSCALED;
    if (options->has_wscale)
        end->window_shift =
            options->wscale < TCPOPT_WSCALE_LIMIT ? options->wscale : TCPOPT_WSCALE_LIMIT;
}

/* The end's numbers from its SYN, which occupies the first of them. */
static void number_from_syn(struct end *end, const struct segment *s)
{
    end->iss = s->seq;
    end->snd_una = s->seq;
    end->snd_nxt = s->seq + 1 + s->payload_len;
    end->syn_seen = true;
    end->syn_acks = (s->flags & TCP_ACK) != 0;
    take_options(end, &s->options);
    end->has_ts_recent = s->options.has_timestamps;
    end->ts_recent = s->options.tsval;
    stream_start(&end->sent, s->seq + 1);
}

/* The end's numbers where its SYN was not captured: next is the first that it is known to use. */
static void number_from_middle(struct end *end, uint32_t next)
{
    end->iss = next - 1;
    end->snd_una = next;
    end->snd_nxt = next;
    stream_start(&end->sent, next);
}

/* The capture began when the connection was open already, or missed how it opened. */
static void adopt(struct end *end, uint32_t next)
{
    number_from_middle(end, next);
    end->state = STATE_ESTABLISHED;
}

/* Whether nothing gave the end numbers yet: it is not known, or its state was only presumed. */
static bool is_unplaced(const struct end *end)
{
    return !end->syn_seen && !end->fin_seen &&
           (end->state == STATE_UNKNOWN || end->state == STATE_CLOSED ||
            end->state == STATE_LISTEN);
}

static bool acks_syn_of(const struct end *end, uint32_t ack)
{
    return seq_gt(ack, end->iss) && seq_leq(ack, end->snd_nxt);
}

/* Whether the acknowledgement is of something that end sent, captured or not. */
static bool was_sent(const struct conversation *c, const struct end *end, uint32_t ack)
{
    return seq_leq(ack, end->snd_nxt) || missed_up_to(c, ack, end->snd_nxt);
}

/* A FIN that crossed counts as received once its receiver shows it: by acknowledging it, or, where
 * the FINs cross each other, by a FIN of its own that does not (RFC 9293, 3.6, figure 13). */
static inline void deliver_fin(struct conversation *c, enum end_id from)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    if (!a->fin_seen || a->fin_delivered || !(a->fin_acked || b->fin_seen) ||
        !conversation_fin_arrived(c, from))
        return;
    a->fin_delivered = true;
    move(b, EVENT_RCV_FIN);
}

/* a acknowledges what b sent, up to ack, which is new and was sent. */
static void acknowledge(struct conversation *c, enum end_id b_id, const struct segment *s)
{
    struct end *b = &c->ends[b_id];
    b->acked += s->ack - b->snd_una;
    b->snd_una = s->ack;
    uint32_t missing = seq_gt(s->ack, b->sent.next) ? s->ack - b->sent.next : 0;
    bool probe = missing == 1 && seq_leq(s->ack, b->snd_nxt); /* of the window, and let in */
    if (missing > 0 && !probe && (s->flags & TCP_SYN) == 0) {
        history_gap(c, b_id);
        b->missed = true;
    }
    stream_add(&b->sent, b->sent.next, missing);
    if (b->state == STATE_SYN_RCVD)
        move(b, EVENT_RCV_ACK_OF_SYN);
    if (!b->fin_seen || b->fin_acked || seq_leq(s->ack, b->fin_seq))
        return;
    b->fin_acked = true;
    move(b, EVENT_RCV_ACK_OF_FIN);
    deliver_fin(c, b_id);
    c->last_fin_acked_ns = s->time_ns;
    if (b_id != c->first_fin)
        return;
    c->first_fin_acked_ns = s->time_ns;
    c->fin_rtt_ns =
        sendings_rtt_ns(&b->control, s->time_ns, s->options.has_timestamps, s->options.tsecr);
    c->fin_acked_by_fin = (s->flags & TCP_FIN) != 0 && !c->ends[!b_id].fin_seen;
}

/* How far a lets b send: the furthest right edge that it ever offered, since segments may be under
 * way while a window shrinks. Without both SYNs the scale is not known (RFC 7323, 2.2), and what is
 * not acceptable or acknowledges what was never sent offers nothing (RFC 9293, 3.10.7.4, fifth). */
static void offer(struct conversation *c, enum end_id from, const struct segment *s,
                  enum verdict verdict)
{
    struct end *a = &c->ends[from];
    const struct end *b = &c->ends[!from];
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

static bool beyond_window(const struct end *receiver, uint32_t seq, uint32_t len)
{
    if (!receiver->offered)
        return false;
    return len == 0 ? seq_gt(seq, receiver->rcv_right) : seq_geq(seq, receiver->rcv_right);
}

static struct finding syn_again(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    if (state_synchronized(b->state) || (a->syn_acks && b->state == STATE_SYN_SENT))
        owe_ack(b);
    if (!a->fin_seen)
        sendings_add(&a->control, s->time_ns, s->options.has_timestamps, s->options.tsval);
    return found(VERDICT_RETRANSMISSION, NOTE_NONE);
}

static struct finding syn_out_of_place(struct conversation *c, enum end_id from)
{
    struct end *b = &c->ends[!from];
    if (c->reset_by != NEITHER)
        return found(VERDICT_UNEXPECTED, NOTE_AFTER_CLOSE);
    if (state_synchronized(b->state))
        owe_challenge(b); /* RFC 5961, 4.2 */
    return found(VERDICT_UNEXPECTED, NOTE_SYN_IN_CONNECTION);
}

/* The SYN that its own acknowledgement overtook in the capture. */
static struct finding overtaken_syn(struct end *a, const struct segment *s)
{
    a->syn_seen = true;
    a->acked++;
    take_options(a, &s->options);
    return found(VERDICT_EXPECTED, NOTE_OUT_OF_ORDER);
}

static struct finding plain_syn_arrives(struct conversation *c, enum end_id from,
                                        const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    if (!a->syn_seen && b->syn_seen && a->snd_nxt != a->iss && s->seq == a->iss &&
        c->reset_by == NEITHER)
        return overtaken_syn(a, s);
    bool opens = is_unplaced(a) && a->state != STATE_UNKNOWN && c->reset_by == NEITHER;
    if (!opens)
        return syn_out_of_place(c, from);
    bool simultaneous = b->state == STATE_SYN_SENT;
    number_from_syn(a, s);
    sendings_add(&a->control, s->time_ns, s->options.has_timestamps, s->options.tsval);
    move(a, EVENT_ACTIVE_OPEN);
    if (simultaneous)
        return found(VERDICT_EXPECTED, NOTE_SIMULTANEOUS_OPEN);
    return found(VERDICT_EXPECTED, s->payload_len > 0 ? NOTE_SYN_DATA : NOTE_NONE);
}

/* RFC 9293, 3.5, figure 7: both sent SYN, a now acknowledges b's with its own SYN sent again. */
static struct finding simultaneous_syn_ack(struct conversation *c, enum end_id from,
                                           const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    a->syn_acks = true;
    move(a, EVENT_RCV_SYN);
    acknowledge(c, !from, s); /* b, if it is in SYN_RCVD, is established by that */
    if (b->syn_acks) {
        move(a, EVENT_RCV_ACK_OF_SYN);
        c->established = true;
    }
    owe_ack(b);
    return found(VERDICT_EXPECTED, NOTE_SIMULTANEOUS_OPEN);
}

static struct finding first_syn_ack(struct conversation *c, enum end_id from,
                                    const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    if (!b->syn_seen) {
        number_from_middle(b, s->ack);
        b->state = STATE_SYN_SENT;
    }
    number_from_syn(a, s);
    a->passive = true;
    a->state = STATE_LISTEN; /* it was only presumed, or not known at all */
    move(a, EVENT_RCV_SYN);
    sendings_add(&a->control, s->time_ns, s->options.has_timestamps, s->options.tsval);
    if (b->syn_seen) {
        acknowledge(c, !from, s);
        c->syn_rtt_ns =
            sendings_rtt_ns(&b->control, s->time_ns, s->options.has_timestamps, s->options.tsecr);
        b->rcv_right = s->seq + 1 + b->last.window;
        b->offered = true;
    }
    c->syn_ack_ns = s->time_ns;
    owe_ack(b);
    return found(VERDICT_EXPECTED, s->payload_len > 0 ? NOTE_SYN_DATA : NOTE_NONE);
}

static struct finding syn_ack_arrives(struct conversation *c, enum end_id from,
                                      const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    bool awaited = b->state == STATE_SYN_SENT || b->state == STATE_SYN_RCVD || is_unplaced(b);
    if (!awaited || c->reset_by != NEITHER)
        return syn_out_of_place(c, from);
    if (b->syn_seen && !acks_syn_of(b, s->ack)) {
        if (b->state == STATE_SYN_SENT)
            owe_reset(b, s->ack);
        return found(VERDICT_UNEXPECTED, NOTE_WRONG_ACK);
    }
    if (b->syn_seen && a->syn_seen && s->seq == a->iss && a->state == STATE_SYN_SENT)
        return simultaneous_syn_ack(c, from, s);
    if (a->syn_seen || state_synchronized(a->state))
        return syn_out_of_place(c, from);
    return first_syn_ack(c, from, s);
}

static struct finding syn_arrives(struct conversation *c, enum end_id from, const struct segment *s)
{
    const struct end *a = &c->ends[from];
    bool acks = (s->flags & TCP_ACK) != 0;
    if (a->syn_seen && s->seq == a->iss && a->syn_acks == acks && c->reset_by == NEITHER)
        return syn_again(c, from, s);
    return acks ? syn_ack_arrives(c, from, s) : plain_syn_arrives(c, from, s);
}

static void reset_accepted(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    c->reset_by = from;
    c->reset_ns = s->time_ns;
    a->rst_seen = true;
    if (from == SERVER && b->state == STATE_SYN_SENT && !a->syn_seen) {
        c->refused = true;
        c->syn_rtt_ns =
            sendings_rtt_ns(&b->control, s->time_ns, s->options.has_timestamps, s->options.tsecr);
    }
    move(a, EVENT_ABORT);
    move(b, b->passive ? EVENT_RCV_RST_PASSIVE : EVENT_RCV_RST);
    if (a->state == STATE_UNKNOWN)
        a->state = STATE_CLOSED;
    if (b->state == STATE_UNKNOWN)
        b->state = STATE_CLOSED;
}

/* In a capture of others what stood between may be missing, as it is where acknowledgements never
 * show or others of that end did not; else the RST is left in doubt: its receiver may have had less
 * or more than was seen, and if it counted, its sender says nothing more. */
static struct finding inexact_rst_of_others(struct conversation *c, enum end_id from,
                                            const struct segment *s)
{
    struct end *a = &c->ends[from];
    bool ahead = missed_up_to(c, s->seq, a->sent.next);
    if (!ahead && !seq_within(s->seq, a->snd_una, a->sent.next - a->snd_una))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    if (ahead && missed_acknowledgements(c, from)) {
        missed_opening(c);
        reset_accepted(c, from, s);
        return found(VERDICT_EXPECTED, NOTE_AFTER_MISSED);
    }
    c->doubted_by = from;
    c->doubted_ns = s->time_ns;
    if (!ahead)
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    owe_challenge(&c->ends[!from]);
    return found(VERDICT_UNEXPECTED, NOTE_RST_NOT_EXACT);
}

/* The RST that was owed. The capture may show one of ours late, when the connection is open and its
 * number has become a good one; but then a reset of ours carries ACK. */
static bool answers_wrong_ack(const struct conversation *c, const struct end *a,
                              const struct segment *s)
{
    if (a->resets_owed == 0)
        return false;
    if (a->state == STATE_SYN_SENT)
        return s->seq == a->reset_seq && s->seq != a->sent.next;
    return !c->foreign && a == &c->ends[CLIENT] && state_synchronized(a->state) &&
           (s->flags & TCP_ACK) == 0;
}

/* RFC 9293, 3.10.7.3 for an end whose SYN is not answered yet; else RFC 5961, 3.2: exactly at
 * RCV.NXT it resets, elsewhere in the window it is challenged, outside it is dropped. */
static struct finding rst_arrives(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    if (c->reset_by != NEITHER)
        return found(a->rst_seen ? VERDICT_DUPLICATE : VERDICT_UNEXPECTED, NOTE_AFTER_CLOSE);
    if (answers_wrong_ack(c, a, s))
        return found(VERDICT_EXPECTED, NOTE_ANSWERS_WRONG_ACK);
    if (b->state == STATE_SYN_SENT && !a->syn_seen) {
        if ((s->flags & TCP_ACK) == 0 || !acks_syn_of(b, s->ack))
            return found(VERDICT_UNEXPECTED, NOTE_WRONG_ACK);
    } else if (is_unplaced(a)) {
        number_from_middle(a, s->seq);
    } else if (c->foreign && s->seq != a->sent.next) {
        return inexact_rst_of_others(c, from, s);
    } else if (seq_lt(s->seq, a->sent.next) || beyond_window(b, s->seq, 0)) {
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    } else if (s->seq != a->sent.next) {
        owe_challenge(b);
        return found(VERDICT_UNEXPECTED, NOTE_RST_NOT_EXACT);
    }
    reset_accepted(c, from, s);
    return found(VERDICT_EXPECTED, NOTE_NONE);
}

/* A segment without SYN and RST for an end that waits for a SYN/ACK: RFC 9293, 3.10.7.3. What
 * carries no text is how a peer that holds an older connection answers our SYN (RFC 5961, 4.2). */
static struct finding arrives_in_syn_sent(struct conversation *c, enum end_id from,
                                          const struct segment *s)
{
    struct end *b = &c->ends[!from];
    if (acks_syn_of(b, s->ack))
        return found(VERDICT_UNEXPECTED, NOTE_SYN_MISSING);
    owe_reset(b, s->ack);
    return found(segment_seq_len(s) == 0 ? VERDICT_CHALLENGE_ACK : VERDICT_UNEXPECTED,
                 NOTE_WRONG_ACK);
}

/* The client's first segment after the SYN/ACK shows that it took it: both are established. */
static bool completes_handshake(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    if (!b->syn_seen) {
        adopt(b, s->ack); /* the SYN/ACK was not captured, but the client has it */
        a->ack_due = true;
    } else if (seq_leq(s->ack, b->iss) || !was_sent(c, b, s->ack)) {
        return false;
    }
    move(a, EVENT_RCV_SYN_ACK);
    if (b->syn_seen && c->ack_ns == DURATION_UNKNOWN)
        c->ack_ns = s->time_ns;
    return true;
}

/* Whether b acknowledged more than the segment before it can have arrived: it is dropped unread
 * (RFC 9293, 3.10.7.4, first). Anything younger, b may see for the first time. */
static bool is_long_past(const struct end *a, const struct segment *s)
{
    return seq_lt(s->seq + segment_seq_len(s), a->snd_una);
}

/* RFC 7323, 5.3, R1: of any length, but not with RST. */
static bool has_old_timestamp(const struct end *a, const struct segment *s)
{
    return s->options.has_timestamps && a->has_ts_recent && seq_lt(s->options.tsval, a->ts_recent);
}

static struct finding judge_position(const struct end *a, const struct segment *s)
{
    if (seq_lt(s->seq, a->snd_una))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    if (has_old_timestamp(a, s))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_OLD_TIMESTAMP);
    return seq_lt(s->seq, a->sent.next) ? found(VERDICT_DUPLICATE, NOTE_OVERTAKEN)
                                        : found(VERDICT_EXPECTED, NOTE_NONE);
}

/* Whether all that the end sent has crossed and was acknowledged, and more may come. */
static bool is_idle(const struct end *a)
{
    return a->snd_una == a->snd_nxt && a->snd_nxt == a->sent.next && a->state != STATE_CLOSED &&
           a->state != STATE_TIME_WAIT;
}

/* As far as a window that was not seen lets. */
static bool is_in_reach(const struct conversation *c, const struct end *a, uint32_t seq)
{
    return (c->foreign && seq_leq(seq, a->sent.next)) || missed_up_to(c, seq, a->sent.next);
}

/* The sequence number check of RFC 9293, 3.10.7.4, first, with what the RFC only calls unacceptable
 * told apart. EXPECTED: go on. */
static struct finding judge_sequence(const struct conversation *c, enum end_id from,
                                     const struct segment *s)
{
    const struct end *a = &c->ends[from];
    const struct end *b = &c->ends[!from];
    uint32_t len = segment_seq_len(s);
    if (len <= 1 && s->seq == a->sent.next - 1 && is_idle(a) && (s->flags & TCP_FIN) == 0)
        return found(VERDICT_EXPECTED, NOTE_KEEP_ALIVE); /* RFC 9293, 3.8.4 */
    if (len == 1 && s->payload_len == 1 && b->offered && s->seq == b->rcv_right)
        return found(VERDICT_EXPECTED, NOTE_WINDOW_PROBE); /* RFC 9293, 3.8.6.1 */
    bool bare_fin = len == 1 && s->payload_len == 0; /* stacks send and take it at a full window */
    if (beyond_window(b, s->seq, bare_fin ? 0 : len) && !is_in_reach(c, a, s->seq))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    if (len == 0)
        return judge_position(a, s);
    if (a->fin_seen && seq_gt(s->seq + len, a->fin_seq + 1))
        return found(VERDICT_UNEXPECTED, NOTE_AFTER_FIN);
    enum stream_fit fit = stream_fit(&a->sent, s->seq, len);
    if (fit == STREAM_OLD)
        return found(VERDICT_RETRANSMISSION, NOTE_NONE);
    if (has_old_timestamp(a, s))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_OLD_TIMESTAMP);
    if (fit == STREAM_BEYOND)
        return found(VERDICT_EXPECTED, c->foreign ? NOTE_AFTER_MISSED : NOTE_OUT_OF_ORDER);
    return found(VERDICT_EXPECTED, NOTE_NONE);
}

static void fin_arrives(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    const struct end *b = &c->ends[!from];
    uint32_t fin_seq = s->seq + s->payload_len;
    if (!a->fin_seen)
        a->control = (struct sendings){.count = 0};
    if (!a->fin_seen || a->fin_seq == fin_seq)
        sendings_add(&a->control, s->time_ns, s->options.has_timestamps, s->options.tsval);
    if (a->fin_seen)
        return;
    a->fin_seen = true;
    a->fin_seq = fin_seq;
    move(a, EVENT_CLOSE);
    if (c->first_fin == NEITHER) {
        c->first_fin = from;
        c->first_fin_ns = s->time_ns;
    } else {
        c->other_fin_ns = s->time_ns;
        c->fins_crossed = b->fin_seen && !b->fin_acked;
    }
    deliver_fin(c, !from);
    deliver_fin(c, from);
}

/* Whether the acknowledgement of the end's FIN came before it, as it can in a capture of others. */
static bool is_overtaken_fin(const struct conversation *c, const struct end *a,
                             const struct segment *s)
{
    return c->foreign && !a->fin_seen && (s->flags & TCP_FIN) != 0 &&
           s->seq + segment_seq_len(s) == a->snd_una;
}

static struct finding overtaken_fin(struct conversation *c, enum end_id from,
                                    const struct segment *s)
{
    struct end *a = &c->ends[from];
    fin_arrives(c, from, s);
    a->fin_acked = true;
    move(a, EVENT_RCV_ACK_OF_FIN);
    deliver_fin(c, from);
    c->last_fin_acked_ns = s->time_ns;
    if (c->first_fin == from)
        c->first_fin_acked_ns = s->time_ns;
    return found(VERDICT_EXPECTED, NOTE_OUT_OF_ORDER);
}

static void text_arrives(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    uint32_t len = segment_seq_len(s);
    bool newer = !a->has_ts_recent || seq_geq(s->options.tsval, a->ts_recent);
    if (s->options.has_timestamps && newer && seq_leq(s->seq, a->sent.next)) {
        a->ts_recent = s->options.tsval;
        a->has_ts_recent = true;
    }
    if (len == 0)
        return;
    owe_ack(b);
    stream_add(&a->sent, s->seq, len);
    a->snd_nxt = seq_max(a->snd_nxt, s->seq + len);
    if ((s->flags & TCP_FIN) != 0)
        fin_arrives(c, from, s);
    deliver_fin(c, from);
}

/* Whether a pure acknowledgement that says nothing new answers something. */
static struct finding judge_bare_ack(const struct end *a, const struct segment *s)
{
    if (a->challenge_due)
        return found(VERDICT_CHALLENGE_ACK, NOTE_NONE);
    if (a->ack_due)
        return found(VERDICT_EXPECTED, NOTE_NONE);
    return found(s->window == a->last.window ? VERDICT_DUPLICATE : VERDICT_EXPECTED, NOTE_NONE);
}

#define WINDOW_MOST (UINT32_C(1) << 30) /* that anybody can offer: RFC 7323, 2.3 */

static struct finding synchronized_arrives(struct conversation *c, enum end_id from,
                                           const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    struct finding sequence = judge_sequence(c, from, s);
    if (sequence.verdict == VERDICT_OUT_OF_WINDOW || sequence.verdict == VERDICT_UNEXPECTED) {
        owe_ack(b);
        return sequence;
    }
    if (sequence.verdict == VERDICT_RETRANSMISSION && is_long_past(a, s)) {
        owe_ack(b);
        return sequence;
    }
    if (!b->seen && seq_gt(s->ack, b->snd_nxt))
        b->snd_nxt = s->ack; /* that direction is not in the capture */
    if (!was_sent(c, b, s->ack)) {
        owe_ack(b); /* RFC 9293, 3.10.7.4, fifth: acknowledges what was never sent */
        return found(VERDICT_UNEXPECTED, NOTE_WRONG_ACK);
    }
    if (!c->foreign && !seq_geq(s->ack, b->snd_una) && b->snd_una - s->ack > WINDOW_MOST) {
        owe_ack(b); /* RFC 5961, 5.2: older than anything that can be on its way */
        return found(VERDICT_UNEXPECTED, NOTE_WRONG_ACK);
    }
    bool news = seq_gt(s->ack, b->snd_una);
    if (seq_gt(s->ack, b->snd_nxt)) {
        missed_opening(c);
        if (sequence.note == NOTE_NONE)
            sequence.note = NOTE_ACKS_MISSED;
    }
    if (news)
        acknowledge(c, !from, s);
    b->snd_nxt = seq_max(b->snd_nxt, s->ack);
    if (sequence.verdict == VERDICT_RETRANSMISSION && is_overtaken_fin(c, a, s))
        return overtaken_fin(c, from, s);
    if (sequence.verdict == VERDICT_RETRANSMISSION) {
        owe_ack(b);
        if ((s->flags & TCP_FIN) != 0 && a->fin_seen) /* a first one cannot be old */
            fin_arrives(c, from, s);
        return sequence;
    }
    if (sequence.note == NOTE_KEEP_ALIVE || sequence.note == NOTE_WINDOW_PROBE) {
        owe_ack(b);
        if (sequence.note == NOTE_WINDOW_PROBE)
            a->snd_nxt = seq_max(a->snd_nxt, s->seq + s->payload_len); /* b may take the octet */
        return sequence;
    }
    bool bare = segment_seq_len(s) == 0 && !news && a->last_valid;
    text_arrives(c, from, s);
    if (sequence.note == NOTE_NONE && s->window == 0)
        sequence.note = NOTE_ZERO_WINDOW;
    return bare && sequence.note == NOTE_NONE ? judge_bare_ack(a, s) : sequence;
}

/* Everything without SYN and RST. */
static struct finding ack_arrives(struct conversation *c, enum end_id from, const struct segment *s)
{
    struct end *a = &c->ends[from];
    struct end *b = &c->ends[!from];
    if ((s->flags & TCP_ACK) == 0)
        return found(VERDICT_UNEXPECTED, NOTE_BAD_FLAGS); /* RFC 9293, 3.10.7.4, fifth: dropped */
    if (c->reset_by != NEITHER)
        return found(VERDICT_UNEXPECTED, NOTE_AFTER_CLOSE);
    if (c->foreign && !b->seen && a->syn_acks)
        missed_opening(c); /* it goes on, so it was answered */
    if (b->state == STATE_SYN_SENT && !a->syn_acks)
        return arrives_in_syn_sent(c, from, s);
    if (is_unplaced(a) && !b->syn_seen)
        adopt(a, s->seq);
    if (is_unplaced(b) && !a->syn_seen)
        adopt(b, s->ack);
    if (a->state == STATE_SYN_SENT && !completes_handshake(c, from, s))
        return found(VERDICT_UNEXPECTED, NOTE_WRONG_ACK);
    return synchronized_arrives(c, from, s);
}

static bool flags_make_no_sense(const struct segment *s)
{
    bool syn = (s->flags & TCP_SYN) != 0;
    return syn && (s->flags & (TCP_FIN | TCP_RST)) != 0;
}

/* Copies of a frame follow each other closely; no sender sends again that soon (its RTO is at least
 * 200 ms in practice). */
#define COPY_WITHIN_MS 100u

/* The same frame seen twice: a sender that sends again uses a new IP identification, or (RFC
 * 6864, 4.1, where fragments are forbidden) always the same one, 0 above all; then only the time
 * tells. */
static bool same_frame_again(const struct end *a, const struct segment *s)
{
    if (!a->last_valid || s->ip_id == 0 || s->ip_id != a->last.ip_id || s->seq != a->last.seq ||
        s->ack != a->last.ack || s->flags != a->last.flags ||
        s->payload_len != a->last.payload_len || s->options.tsval != a->last.tsval)
        return false;
    uint32_t since_ms =
        milliseconds_of(s->time_ns) - a->last.time_ms; /* stamps may run back a little */
    return since_ms + COPY_WITHIN_MS < 2 * COPY_WITHIN_MS;
}

static struct finding local_reset(struct conversation *c, enum end_id from, const struct segment *s)
{
    if (c->reset_by == NEITHER) {
        c->local_reset = true;
        reset_accepted(c, from, s);
    }
    return found(VERDICT_LOCAL_RESET, NOTE_NONE);
}

static struct finding by_flags(struct conversation *c, enum end_id from, const struct segment *s)
{
    if ((s->flags & TCP_SYN) != 0)
        return syn_arrives(c, from, s);
    if ((s->flags & TCP_RST) != 0)
        return rst_arrives(c, from, s);
    return ack_arrives(c, from, s);
}

static struct finding judge_and_move(struct conversation *c, enum end_id from,
                                     const struct segment *s)
{
    struct finding finding = by_flags(c, from, s);
    if (c->doubted_by == from && (s->flags & TCP_RST) == 0)
        c->doubted_by = NEITHER; /* the RST was not of this end */
    offer(c, from, s, finding.verdict);
    return finding;
}

struct finding segment_arrives(struct conversation *c, enum end_id from, const struct segment *s,
                               enum origin origin)
{
    if (origin == ORIGIN_LOCAL_KERNEL && (s->flags & TCP_RST) != 0)
        return local_reset(c, from, s);
    if (s->checksum == CHECKSUM_BAD)
        return found(VERDICT_UNEXPECTED, NOTE_BAD_CHECKSUM);
    if (s->flags == 0)
        return found(VERDICT_UNEXPECTED, NOTE_NO_FLAGS);
    if (flags_make_no_sense(s))
        return found(VERDICT_UNEXPECTED, NOTE_BAD_FLAGS);
    struct end *a = &c->ends[from];
    bool again = same_frame_again(a, s);
    struct sendings control = again ? a->control : (struct sendings){.count = 0};
    struct finding finding = judge_and_move(c, from, s);
    if (again) { /* the receiver cannot tell it from a retransmission, but it was sent once */
        a->control = control;
        finding.verdict = VERDICT_DUPLICATE;
    }
    return finding;
}
