/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "world.h"

enum purpose { DICE_DELAY = 100, DICE_LEN, DICE_BIT, DICE_BITS };

static bool is_partitioned(const struct world *w, int64_t at_ns)
{
    for (unsigned i = 0; i < PARTITIONS_MAX; i++)
        if (at_ns - START_NS >= w->s.link.partitions[i].from_ns &&
            at_ns - START_NS < w->s.link.partitions[i].to_ns)
            return true;
    return false;
}

static void damage(struct world *w, unsigned where, uint32_t nth, struct bytes_frame *frame)
{
    const uint32_t ethernet = 14; /* the tap is behind the card that checks it */
    if (frame->len > ethernet + 1 && world_chance(w, FAULT_TRUNCATE, where, nth))
        frame->len =
            ethernet + (uint32_t)world_dice(w, DICE_LEN, where, nth, frame->len - ethernet);
    if (frame->len <= ethernet || !world_chance(w, FAULT_CORRUPT, where, nth))
        return;
    unsigned bits = 1 + (unsigned)world_dice(w, DICE_BITS, where, nth, 3);
    for (unsigned i = 0; i < bits; i++) {
        uint64_t bit =
            world_dice(w, DICE_BIT + i, where, nth, (uint64_t)(frame->len - ethernet) * 8);
        frame->bytes[ethernet + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void carry_copy(struct world *w, enum direction direction, unsigned copy, uint32_t nth,
                       const struct bytes_frame *frame, int64_t at_ns)
{
    int64_t delay_ns = w->s.link.delay_ns;
    uint32_t id = nth * 2 + copy;
    if (w->s.link.jitter_ns > 0 && world_chance(w, FAULT_REORDER, direction, id))
        delay_ns +=
            (int64_t)world_dice(w, DICE_DELAY, direction, id, (uint64_t)w->s.link.jitter_ns);
    struct event *event =
        world_new_event(w, direction == TO_PEER ? EVENT_TO_PEER : EVENT_CAPTURED, at_ns + delay_ns);
    if (event == NULL)
        return;
    event->frame.len = frame->len;
    event->frame.forged = frame->forged;
    memcpy(event->frame.bytes, frame->bytes, frame->len);
    event->stamp_ns = event->at_ns;
    unsigned before = w->fault_total[FAULT_CORRUPT];
    damage(w, direction, id, &event->frame);
    event->damaged = w->fault_total[FAULT_CORRUPT] > before;
}

void link_carry(struct world *w, enum direction direction, const struct bytes_frame *frame,
                int64_t at_ns)
{
    uint32_t nth = w->frames[direction]++;
    if (is_partitioned(w, at_ns)) {
        w->fault_total[FAULT_PARTITION]++;
        world_tell(w, "  lost: the link is down");
        return;
    }
    if (world_chance(w, FAULT_LOSS, direction, nth))
        return;
    bool twice = world_chance(w, FAULT_DUPLICATE, direction, nth);
    for (unsigned copy = 0; copy <= twice; copy++)
        carry_copy(w, direction, copy, nth, frame, at_ns);
}
