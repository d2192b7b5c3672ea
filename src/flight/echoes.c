/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/echoes.h"

#include <stdlib.h>
#include <string.h>

#include "wire/seq.h"

#define KNOWN_COUNT                                                                                \
    (sizeof((struct known_echoes *)0)->list / sizeof((struct known_echoes *)0)->list[0])

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
           mark->ack == s->ack && mark->flags == s->flags && (v6 || mark->ip_id == s->ip_id);
}

static struct known_echoes *known_by_kind(struct echoes *echoes, uint16_t flags)
{
    return (flags & TCP_RST) != 0 ? &echoes->known_resets : &echoes->known;
}

static void remember(struct echoes *echoes, const struct echo *echo, bool lost)
{
    struct known_echoes *known = known_by_kind(echoes, echo->sent.mark.flags);
    unsigned at = known->next++ % KNOWN_COUNT;
    known->list[at].mark = echo->sent.mark;
    known->list[at].lost = lost;
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
    const struct known_echoes *known = known_by_kind(echoes, s->flags);
    unsigned filled = known->next < KNOWN_COUNT ? known->next : KNOWN_COUNT;
    for (unsigned i = 0; i < filled; i++)
        if (same(&known->list[i].mark, s))
            return known->list[i].lost ? ECHO_LATE : ECHO_KNOWN;
    return ECHO_FOREIGN;
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
