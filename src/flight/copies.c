/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/copies.h"

#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"

#define NS_PER_MS 1000000
#define APART_MS  500 /* a copy crosses this host alone, in much less */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/* All that stays the same when this host hands a segment on, so without addresses and ports, which
 * it may translate, and without the TTL. */
static uint32_t identity_of(const struct segment *s)
{
    uint64_t hash = mix(0, (uint64_t)s->seq << 32 | s->ack);
    hash = mix(hash, (uint64_t)s->flags << 48 | (uint64_t)s->window << 32 | s->payload_len);
    hash = mix(hash, (uint64_t)s->options.tsval << 32 | s->options.tsecr);
    hash = mix(hash, (uint64_t)s->ip_id << 16 | (uint64_t)s->icmp.type << 8 | s->icmp.code);
    return (uint32_t)(hash >> 32);
}

/* Makes room for four times as many. Without memory, the latest few have to do. */
static void grow(struct copies *copies)
{
    uint32_t before = copies->many != NULL ? copies->room : COPIES_FEW;
    uint32_t room = smaller(4 * before, COPIES_MOST);
    struct copy *many = calloc(room, sizeof *many);
    if (many == NULL) {
        copies->lacks_memory = true;
        return;
    }
    memcpy(many, copies->many != NULL ? copies->many : copies->few, before * sizeof *many);
    free(copies->many);
    copies->many = many;
    copies->room = (uint16_t)room;
}

static bool is_copy(const struct copy *one, const struct copy *other)
{
    uint32_t apart_ms = one->time_ms - other->time_ms + APART_MS;
    return one->identity == other->identity && apart_ms < 2 * APART_MS;
}

bool copies_take(struct copies *copies, const struct segment *segment, unsigned ifindex)
{
    const struct copy taken = {identity_of(segment), (uint32_t)(segment->time_ns / NS_PER_MS),
                               ifindex};
    uint32_t room = copies->many != NULL ? copies->room : COPIES_FEW;
    if (copies->next == room && room < COPIES_MOST) {
        grow(copies);
        room = copies->many != NULL ? copies->room : COPIES_FEW;
    }
    struct copy *list = copies->many != NULL ? copies->many : copies->few;
    for (uint32_t i = 0; i < room && list[i].ifindex != 0; i++)
        if (list[i].ifindex != ifindex && is_copy(&list[i], &taken))
            return true;
    if (room > 0) /* always */
        list[copies->next++ % room] = taken;
    return false;
}

void copies_free(struct copies *copies)
{
    free(copies->many);
    copies->many = NULL;
}
