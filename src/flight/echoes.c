/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/echoes.h"

#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"
#include "wire/seq.h"

#define MISSED 0x8000u /* no flag of TCP: RFC 9293, 3.1 */

bool echoes_push(struct echoes *echoes, const struct sent *sent)
{
    struct echo *echo = malloc(sizeof *echo + sent->len);
    if (echo == NULL)
        return false;
    *echo = (struct echo){.sent = *sent};
    memcpy(echo->bytes, sent->bytes, sent->len);
    echo->sent.bytes = echo->bytes;
    if (echoes->tail != NULL)
        echoes->tail->next = echo;
    else
        echoes->head = echo;
    echoes->tail = echo;
    return true;
}

/* IPv6 has no identification: there, the numbers alone tell. */
static bool same(const struct echo_mark *mark, const struct segment *s)
{
    bool v6 = s->src.address.family == FAMILY_IPV6;
    return mark->seq == s->seq && mark->seq_end == s->seq + segment_seq_len(s) &&
           mark->ack == s->ack && mark->tsval == s->options.tsval && mark->flags == s->flags &&
           (v6 || mark->ip_id == s->ip_id);
}

static struct known_echoes *known_by_kind(struct echoes *echoes, uint16_t flags)
{
    return (flags & TCP_RST) != 0 ? &echoes->known_resets : &echoes->known;
}

/* Without memory there is room for the first ones alone. */
static unsigned known_room(struct known_echoes *known)
{
    if (known->more == NULL && known->next == KNOWN_FIRST) {
        known->more = malloc((KNOWN_MOST - KNOWN_FIRST) * sizeof *known->more);
        known->lacks_memory = known->more == NULL;
    }
    return known->more != NULL ? KNOWN_MOST : KNOWN_FIRST;
}

static struct echo_mark *known_at(struct known_echoes *known, unsigned at)
{
    return at < KNOWN_FIRST ? &known->first[at] : &known->more[at - KNOWN_FIRST];
}

static void remember(struct echoes *echoes, const struct echo *echo, bool lost)
{
    struct known_echoes *known = known_by_kind(echoes, echo->sent.mark.flags);
    unsigned at = known->next % known_room(known);
    struct echo_mark *mark = known_at(known, at);
    *mark = echo->sent.mark;
    mark->flags = (uint16_t)(mark->flags | (lost ? MISSED : 0));
    known->next++;
}

static void unlink_echo(struct echoes *echoes, struct echo *prev, const struct echo *echo)
{
    if (prev != NULL)
        prev->next = echo->next;
    else
        echoes->head = echo->next;
    if (echo->next == NULL)
        echoes->tail = prev;
}

enum echo_match echoes_match(struct echoes *echoes, const struct segment *s)
{
    struct echo *prev = NULL;
    for (struct echo *echo = echoes->head; echo != NULL; prev = echo, echo = echo->next) {
        if (!same(&echo->sent.mark, s))
            continue;
        unlink_echo(echoes, prev, echo);
        remember(echoes, echo, false);
        free(echo);
        return ECHO_EXPECTED;
    }
    struct known_echoes *known = known_by_kind(echoes, s->flags);
    unsigned filled = smaller(known->next, known->more != NULL ? KNOWN_MOST : KNOWN_FIRST);
    for (unsigned i = 0; i < filled; i++) {
        struct echo_mark mark = *known_at(known, i);
        bool missed = (mark.flags & MISSED) != 0;
        mark.flags &= (uint16_t)~MISSED;
        if (same(&mark, s))
            return missed ? ECHO_LATE : ECHO_KNOWN;
    }
    return ECHO_FOREIGN;
}

void echoes_free(struct echoes *echoes)
{
    while (echoes->head != NULL) {
        struct echo *echo = echoes->head;
        echoes->head = echo->next;
        free(echo);
    }
    free(echoes->known.more);
    free(echoes->known_resets.more);
    *echoes = (struct echoes){0};
}

bool echoes_lack_memory(const struct echoes *echoes)
{
    return echoes->known.lacks_memory || echoes->known_resets.lacks_memory;
}

bool echoes_await(const struct echoes *echoes, const struct segment *segment)
{
    const struct echo *echo = echoes->head;
    while (echo != NULL && !same(&echo->sent.mark, segment))
        echo = echo->next;
    return echo != NULL;
}

struct echo *echoes_give_up(struct echoes *echoes)
{
    struct echo *echo = echoes->head;
    if (echo == NULL)
        return NULL;
    unlink_echo(echoes, NULL, echo);
    remember(echoes, echo, true);
    return echo;
}

bool echoes_acknowledged(const struct echoes *echoes, const struct segment *answer)
{
    if ((answer->flags & TCP_ACK) == 0)
        return false;
    for (const struct echo *echo = echoes->head; echo != NULL; echo = echo->next)
        if (echo->sent.mark.seq_end != echo->sent.mark.seq &&
            seq_gt(answer->ack, echo->sent.mark.seq) &&
            seq_diff(answer->ack, echo->sent.mark.seq) < 1 << 30)
            return true;
    return false;
}

bool echoes_quoted(const struct echoes *echoes, const struct segment *error)
{
    for (const struct echo *echo = echoes->head; echo != NULL; echo = echo->next)
        if (error->icmp.has_seq && error->seq == echo->sent.mark.seq)
            return true;
    return false;
}
