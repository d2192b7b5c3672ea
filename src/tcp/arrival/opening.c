/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/opening.h"

#include "tcp/offer.h"

static struct opening of_segment(const struct segment *s)
{
    const struct tcp_options *o = &s->options;
    return (struct opening){
        .ip_id = s->ip_id,
        .window = s->window,
        .cookie_digest = tcpopt_cookie_digest(o->fast_open_cookie, o->fast_open_cookie_len),
        .ttl = s->ttl,
        .ace = offer_ace(s->flags) & 7,
        .ecn = s->tos & 3u,
        .seen = true,
    };
}

static void note_first_syn(struct opening *opening, const struct segment *s)
{
    *opening = of_segment(s);
    opening->offers = offers_of_syn(s);
    opening->data = s->payload_len > 0;
}

/* Systems that get no answer leave the offer away, sooner or later: RFC 3168, 6.1.1.1; RFC 7413,
 * 4.1.3; RFC 9768, 3.1.4. */
static void note_later_syn(struct opening *opening, const struct segment *s)
{
    opening->without = (uint8_t)(opening->without | (opening->offers & ~offers_of_syn(s)));
}

/* Whether it echoes the time stamp of the latest SYN and of none before it. */
static bool answers_latest(const struct end *client, const struct segment *s)
{
    uint32_t first = client->options.tsval, latest = client->control.tsval;
    return client->control.timestamped && s->options.has_timestamps && latest != first &&
           s->options.tsecr == latest;
}

static void note_syn_ack(const struct arriving *it)
{
    const struct segment *s = it->segment;
    const struct end *client = it->b;
    struct opening *opening = &it->a->opening;
    *opening = of_segment(s);
    opening->data = client->opening.data && s->ack == client->snd_nxt;
    opening->without = answers_latest(client, s) ? client->opening.without : 0;
}

bool opening_note(const struct arriving *it)
{
    const struct segment *s = it->segment;
    struct opening *opening = &it->a->opening;
    bool answers = segment_is_syn_ack(s);
    if ((it->from == SERVER) != answers || s->seq != it->a->iss)
        return false;
    if (answers && !opening->seen)
        note_syn_ack(it);
    else if (!opening->seen)
        note_first_syn(opening, s);
    else if (!answers && !it->b->opening.seen)
        note_later_syn(opening, s);
    else
        return false;
    return answers;
}
