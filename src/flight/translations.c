/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/translations.h"

#include <stdlib.h>

#define TSECR_SPAN 600000u /* ticks of our timestamp clock that an echo may be old: ten minutes */

struct wire_tuple {
    struct wire_tuple *next;
    struct endpoint src, dst;
    struct match match;
};

static unsigned bucket_of(const struct endpoint *src, const struct endpoint *dst)
{
    return (src->port * 31u ^ dst->port) % TRANSLATIONS_BUCKETS;
}

bool translations_find(const struct translations *translations, const struct segment *segment,
                       struct match *match)
{
    const struct wire_tuple *tuple = translations->buckets[bucket_of(&segment->src, &segment->dst)];
    while (tuple != NULL && !(endpoint_equal(&tuple->src, &segment->src) &&
                              endpoint_equal(&tuple->dst, &segment->dst)))
        tuple = tuple->next;
    if (tuple == NULL)
        return false;
    *match = tuple->match;
    return true;
}

static bool add(struct translations *translations, const struct endpoint *src,
                const struct endpoint *dst, const struct match *match)
{
    struct wire_tuple **bucket = &translations->buckets[bucket_of(src, dst)];
    struct wire_tuple *tuple = malloc(sizeof *tuple);
    if (tuple == NULL)
        return false;
    *tuple = (struct wire_tuple){.next = *bucket, .src = *src, .dst = *dst, .match = *match};
    *bucket = tuple;
    return true;
}

bool translations_add(struct translations *translations, const struct segment *segment,
                      const struct match *match)
{
    const struct match back = {.flight = match->flight, .sent = !match->sent};
    return add(translations, &segment->src, &segment->dst, match) &&
           add(translations, &segment->dst, &segment->src, &back);
}

void translations_forget(struct translations *translations, const struct flight *flight)
{
    for (unsigned i = 0; i < TRANSLATIONS_BUCKETS; i++) {
        struct wire_tuple **at = &translations->buckets[i];
        while (*at != NULL) {
            struct wire_tuple *tuple = *at;
            if (tuple->match.flight != flight) {
                at = &tuple->next;
                continue;
            }
            *at = tuple->next;
            free(tuple);
        }
    }
}

/* Whether one end at least is as we know it, of a segment that comes in. */
static bool keeps_an_end(const struct flight *flight, const struct segment *s)
{
    const struct endpoint *server = &flight->attempt.server, *ours = &flight->ours;
    return s->dst.port == ours->port || s->src.port == server->port ||
           address_equal(&s->dst.address, &ours->address) ||
           address_equal(&s->src.address, &server->address);
}

/* What was captured as we sent it is not translated, so that it is answered under the same tuple.
 */
static bool may_be_translated(const struct flight *flight)
{
    return !flight->echoed || (flight->wire != NULL && flight->wire->sent.known);
}

/* The number alone is one of 2^32, of which a busy host may see many. */
static bool is_answer(const struct flight *flight, const struct segment *s)
{
    if (s->src.address.family != flight->ours.address.family || !may_be_translated(flight))
        return false;
    if ((s->flags & TCP_SYN) != 0 && s->options.has_timestamps && s->options.tsecr != 0)
        return s->options.tsecr - flight->first_tsval < TSECR_SPAN;
    return keeps_an_end(flight, s);
}

static bool is_sent(const struct flight *flight, const struct segment *s)
{
    return s->src.address.family == flight->ours.address.family && echoes_await(&flight->echoes, s);
}

static bool is_quoted(const struct flight *flight, const struct segment *s)
{
    const struct segment back = {.src = s->dst, .dst = s->src};
    return may_be_translated(flight) && keeps_an_end(flight, &back);
}

bool translations_recognize(const struct pool *pool, const struct segment *segment,
                            enum segment_kind kind, struct match *match)
{
    uint16_t flags = segment->flags & (TCP_SYN | TCP_ACK | TCP_RST);
    bool error = kind == SEGMENT_ICMP_ERROR && segment->icmp.has_seq;
    bool syn = kind == SEGMENT_TCP && flags == TCP_SYN;
    bool answer =
        kind == SEGMENT_TCP && (flags == (TCP_SYN | TCP_ACK) || flags == (TCP_RST | TCP_ACK));
    if ((!error && !syn && !answer) || segment->checksum == CHECKSUM_BAD || segment->cut > 0)
        return false; /* damaged: the addresses may be what is wrong */
    uint32_t number = answer ? segment->ack - 1 : segment->seq;
    bool (*belongs)(const struct flight *, const struct segment *) = error ? is_quoted
                                                                     : syn ? is_sent
                                                                           : is_answer;
    struct flight *flight = pool_find_number(pool, number, NULL);
    while (flight != NULL && !belongs(flight, segment))
        flight = pool_find_number(pool, number, flight);
    *match = (struct match){.flight = flight, .sent = !answer};
    return flight != NULL;
}
