/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/intern.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "targets/array.h"
#include "targets/siphash.h"

#define SLOTS_LEAST 64

static uint64_t hash_of(const void *octets, size_t len)
{
    static const uint64_t key[2] = {0};
    return siphash_of(key, octets, len);
}

const void *intern_get(const struct intern *intern, uint32_t number, size_t *len)
{
    size_t start = number == 0 ? 0 : intern->ends[number - 1];
    *len = intern->ends[number] - start;
    return intern->octets + start;
}

/* Finds the slot of the string, or the free one for it. */
static uint32_t *find_slot(const struct intern *intern, const void *octets, size_t len)
{
    size_t mask = intern->slot_count - 1;
    for (size_t i = (size_t)hash_of(octets, len) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &intern->slots[i];
        if (*slot == 0)
            return slot;
        size_t other_len;
        const void *other = intern_get(intern, *slot - 1, &other_len);
        if (other_len == len && memcmp(other, octets, len) == 0)
            return slot;
    }
}

/* A table of twice the size, at most three quarters full. */
static bool grow_slots(struct intern *intern)
{
    if (intern->slot_count > 0 && intern->count < intern->slot_count / 4 * 3)
        return true;
    struct intern grown = *intern;
    grown.slot_count = intern->slot_count == 0 ? SLOTS_LEAST : 2 * intern->slot_count;
    grown.slots = calloc(grown.slot_count, sizeof *grown.slots);
    if (grown.slots == NULL)
        return false;
    for (uint32_t number = 0; number < grown.count; number++) {
        size_t len;
        const void *octets = intern_get(&grown, number, &len);
        *find_slot(&grown, octets, len) = number + 1;
    }
    free(intern->slots);
    intern->slots = grown.slots;
    intern->slot_count = grown.slot_count;
    return true;
}

static bool make_room(struct intern *intern, size_t len)
{
    if (len > UINT32_MAX - intern->used || intern->count >= INTERN_NONE - 1)
        return false;
    uint8_t *octets = array_room(intern->octets, intern->used, len, &intern->room, 1);
    if (octets == NULL)
        return false;
    intern->octets = octets;
    uint32_t *ends =
        array_room(intern->ends, intern->count, 1, &intern->capacity, sizeof *intern->ends);
    if (ends != NULL)
        intern->ends = ends;
    return ends != NULL;
}

uint32_t intern_add(struct intern *intern, const void *octets, size_t len)
{
    if (!grow_slots(intern))
        return INTERN_NONE;
    uint32_t *slot = find_slot(intern, octets, len);
    if (*slot != 0)
        return *slot - 1;
    if (!make_room(intern, len))
        return INTERN_NONE;
    memcpy(intern->octets + intern->used, octets, len);
    intern->used += len;
    intern->ends[intern->count++] = (uint32_t)intern->used;
    *slot = (uint32_t)intern->count;
    return *slot - 1;
}

void intern_free(struct intern *intern)
{
    free(intern->octets);
    free(intern->ends);
    free(intern->slots);
    *intern = (struct intern){0};
}
