/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/end.h"

#include <string.h>

#define IP_CE 3u /* of the ECN field: RFC 3168, 5 */

void end_move(struct end *end, enum tcp_event event)
{
    end->state = state_transition(end->state, event).next;
}

void end_take_options(struct end *end, const struct tcp_options *options)
{
    memcpy(&end->options, options, sizeof end->options);
    end->options.sack_count = 0;
    end->window_shift = WINDOW_UNSCALED;
    if (options->has_wscale)
        end->window_shift =
            options->wscale < TCPOPT_WSCALE_LIMIT ? options->wscale : TCPOPT_WSCALE_LIMIT;
}

void end_number_from_syn(struct end *end, const struct segment *s)
{
    end->iss = s->seq;
    end->snd_una = s->seq;
    end->snd_nxt = s->seq + 1 + s->payload_len;
    end->syn_seen = true;
    end->syn_acks = (s->flags & TCP_ACK) != 0;
    end_take_options(end, &s->options);
    end->has_ts_recent = s->options.has_timestamps;
    end->ts_recent = s->options.tsval;
    stream_start(&end->sent, s->seq + 1);
}

void end_number_from_middle(struct end *end, uint32_t next)
{
    end->iss = next - 1;
    end->snd_una = next;
    end->snd_nxt = next;
    stream_start(&end->sent, next);
}

void end_adopt(struct end *end, uint32_t next)
{
    end_number_from_middle(end, next);
    end->state = STATE_ESTABLISHED;
}

bool end_is_unplaced(const struct end *end)
{
    return !end->syn_seen && !end->fin_seen &&
           (end->state == STATE_UNKNOWN || end->state == STATE_CLOSED ||
            end->state == STATE_LISTEN);
}

void end_sent_control(struct end *end, const struct segment *s)
{
    sendings_add(&end->control, s->time_ns, s->options.has_timestamps, s->options.tsval);
}

int64_t end_control_rtt_ns(const struct end *end, const struct segment *s)
{
    return sendings_rtt_ns(&end->control, s->time_ns, s->options.has_timestamps, s->options.tsecr);
}

/* CWR ends the echo, and a mark on the same segment begins it anew. */
static void note_mark(struct end *end, const struct segment *s)
{
    bool marked = (s->tos & IP_CE) == IP_CE;
    end->marked.count = (end->marked.count + marked) & 7;
    end->marked.echo = marked || (end->marked.echo && (s->flags & TCP_CWR) == 0);
}

void end_remember(struct end *end, const struct segment *s)
{
    end->seen = true;
    if ((s->flags & TCP_ACK) != 0)
        end->ack_due = end->challenge_due = false;
    end->last.seq = s->seq;
    end->last.ack = s->ack;
    end->last.payload_len = s->payload_len;
    end->last.tsval = s->options.tsval;
    end->last.flags = s->flags;
    if ((s->flags & TCP_RST) == 0) /* a reset's window offers nothing */
        end->last.window = s->window;
    end->last.ip_id = s->ip_id;
    end->last.ttl = s->ttl;
    end->last.via = s->via;
    end->last.time_ms = milliseconds_of(s->time_ns);
    end->last_valid = true;
    if ((s->tos & IP_CE) == IP_CE || (s->flags & TCP_CWR) != 0)
        note_mark(end, s);
}

/* Copies of a frame follow each other closely; no sender sends again that soon (its RTO is at least
 * 200 ms in practice). */
#define COPY_WITHIN_MS 100u

bool end_repeats_segment(const struct end *end, const struct segment *s)
{
    if (!end->last_valid || s->ip_id != end->last.ip_id || s->seq != end->last.seq ||
        s->ack != end->last.ack || s->flags != end->last.flags ||
        s->payload_len != end->last.payload_len || s->options.tsval != end->last.tsval)
        return false;
    uint32_t since_ms =
        milliseconds_of(s->time_ns) - end->last.time_ms; /* stamps may run back a little */
    return since_ms + COPY_WITHIN_MS < 2 * COPY_WITHIN_MS;
}

/* A sender that sends again uses a new IP identification, or (RFC 6864, 4.1, where fragments are
 * forbidden) always the same one, 0 above all; then something else has to tell. */
bool end_repeats_frame(const struct end *end, const struct segment *s, bool capture_doubles)
{
    if (!end_repeats_segment(end, s))
        return false;
    bool elsewhere =
        s->via != end->last.via && s->via != VIA_UNKNOWN && end->last.via != VIA_UNKNOWN;
    return s->ip_id != 0 || s->ttl != end->last.ttl || elsewhere || capture_doubles;
}
