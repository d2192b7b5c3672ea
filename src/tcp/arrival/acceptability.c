/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/acceptability.h"

#include "tcp/missed.h"

bool is_beyond_window(const struct end *receiver, uint32_t seq, uint32_t len)
{
    if (!receiver->offered)
        return false;
    return len == 0 ? seq_gt(seq, receiver->rcv_right) : seq_geq(seq, receiver->rcv_right);
}

bool is_long_past(const struct arriving *it)
{
    const struct segment *s = it->segment;
    return seq_lt(s->seq + segment_seq_len(s), it->a->snd_una);
}

/* RFC 7323, 5.3, R1: of any length, but not with RST. */
static bool has_old_timestamp(const struct arriving *it)
{
    const struct tcp_options *options = &it->segment->options;
    return options->has_timestamps && it->a->has_ts_recent &&
           seq_lt(options->tsval, it->a->ts_recent) && ends_use_timestamps(it->a, it->b);
}

/* Of what takes no sequence space. An acknowledgement of ours that is too old was overtaken on the
 * way to the capture: it was sent before what it seems to come after. */
static struct finding judge_position(const struct arriving *it)
{
    const struct segment *s = it->segment;
    const struct end *a = it->a;
    if (seq_lt(s->seq, a->snd_una) && is_ours(it))
        return found(VERDICT_DUPLICATE, NOTE_OVERTAKEN);
    if (seq_lt(s->seq, a->snd_una))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    if (has_old_timestamp(it))
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
static bool is_in_reach(const struct arriving *it)
{
    uint32_t seq = it->segment->seq, next = it->a->sent.next;
    return (it->course->foreign && seq_leq(seq, next)) || missed_up_to(it->course, seq, next);
}

/* Of what takes sequence space, within the window. */
static struct finding judge_text(const struct arriving *it, uint32_t len)
{
    const struct segment *s = it->segment;
    const struct end *a = it->a;
    if (a->fin_seen && seq_gt(s->seq + len, a->fin_seq + 1))
        return found(VERDICT_UNEXPECTED, NOTE_AFTER_FIN);
    enum stream_fit fit = stream_fit(&a->sent, s->seq, len);
    if (fit == STREAM_OLD)
        return found(VERDICT_RETRANSMISSION, NOTE_NONE);
    if (has_old_timestamp(it))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_OLD_TIMESTAMP);
    if (fit == STREAM_BEYOND)
        return found(VERDICT_EXPECTED, it->course->foreign ? NOTE_AFTER_MISSED : NOTE_OUT_OF_ORDER);
    return found(VERDICT_EXPECTED, NOTE_NONE);
}

struct finding judge_sequence(const struct arriving *it)
{
    const struct segment *s = it->segment;
    const struct end *a = it->a, *b = it->b;
    uint32_t len = segment_seq_len(s);
    if (len <= 1 && s->seq == a->sent.next - 1 && is_idle(a) && (s->flags & TCP_FIN) == 0)
        return found(VERDICT_EXPECTED, NOTE_KEEP_ALIVE); /* RFC 9293, 3.8.4 */
    if (len == 1 && s->payload_len == 1 && b->offered && s->seq == b->rcv_right)
        return found(VERDICT_EXPECTED, NOTE_WINDOW_PROBE); /* RFC 9293, 3.8.6.1 */
    bool bare_fin = len == 1 && s->payload_len == 0; /* stacks send and take it at a full window */
    if (is_beyond_window(b, s->seq, bare_fin ? 0 : len) && !is_in_reach(it))
        return found(VERDICT_OUT_OF_WINDOW, NOTE_NONE);
    return len == 0 ? judge_position(it) : judge_text(it, len);
}
