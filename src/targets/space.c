/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/space.h"

#include <stdlib.h>
#include <string.h>

#include "targets/siphash.h"

/* Stores states and labels as one string with its NUL. Number 0 means neither. */
static uint32_t keep_attributes(struct space *space, const struct attributes *attributes)
{
    static const char none[2] = "";
    if (intern_add(&space->attributes, none, sizeof none) == INTERN_NONE)
        return INTERN_NONE;
    size_t len = strlen(attributes->labels) + 1;
    if (len == 1 && attributes->port_states == 0)
        return 0;
    char *both = malloc(1 + len);
    if (both == NULL)
        return INTERN_NONE;
    both[0] = (char)attributes->port_states;
    memcpy(both + 1, attributes->labels, len);
    uint32_t number = intern_add(&space->attributes, both, 1 + len);
    free(both);
    return number;
}

static enum space_status add_name(struct space *space, const char *name, struct block *block)
{
    uint32_t number = intern_add(&space->names, name, strlen(name) + 1);
    if (number == INTERN_NONE)
        return SPACE_NO_MEMORY;
    block->low = number;
    block->count = 1;
    return blocks_add(&space->blocks, block) ? SPACE_OK : SPACE_NO_MEMORY;
}

static enum space_status add_addresses(struct space *space, const struct space_entry *entry,
                                       struct block *block)
{
    size_t leave_out = entry->single ? 0 : SPECIAL_SPANS;
    struct address_number last = {entry->first.high, entry->first.low + (entry->count - 1)};
    struct gaps gaps = {.rest = {entry->first, last, entry->family}};
    struct span part;
    enum space_status status = SPACE_LEFT_OUT;
    uint64_t kept = 0;
    while (gaps_next(&gaps, special_spans(), leave_out, &part)) {
        block->high = part.first.high;
        block->low = part.first.low;
        block->count = part.last.low - part.first.low + 1;
        if (!blocks_add(&space->blocks, block))
            return SPACE_NO_MEMORY;
        kept += block->count;
        status = SPACE_OK;
    }
    space->left_out += entry->count - kept;
    return status;
}

enum space_status space_add(struct space *space, const struct space_entry *entry)
{
    const struct port_list *ports = entry->ports;
    struct block block = {
        .ports =
            intern_add(&space->port_sets, ports->runs, ports->run_count * sizeof ports->runs[0]),
        .attributes = keep_attributes(space, &entry->attributes),
        .order = space->entries,
        .family = (uint8_t)entry->family,
    };
    if (block.ports == INTERN_NONE || block.attributes == INTERN_NONE)
        return SPACE_NO_MEMORY;
    if (space->entries == UINT32_MAX) /* GCOVR_EXCL_BR_LINE: 160 GiB of entries */
        return SPACE_TOO_MANY;        /* GCOVR_EXCL_LINE */
    space->entries++;
    return entry->family == FAMILY_NONE ? add_name(space, entry->name, &block)
                                        : add_addresses(space, entry, &block);
}

bool space_exclude(struct space *space, const struct span *span)
{
    return spans_add(&space->excluded, span);
}

bool space_excludes(const struct space *space, const struct address *address)
{
    return spans_hold(&space->excluded, address);
}

uint32_t space_ports(const struct space *space, size_t i)
{
    size_t len;
    const struct port_run *runs = intern_get(&space->port_sets, space->blocks.list[i].ports, &len);
    return ports_count(runs, len / sizeof *runs);
}

static int compare_orders(const void *left, const void *right)
{
    const struct block *a = left, *b = right;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return a->low < b->low ? -1 : 1; /* blocks of one entry are within 64 bits and never equal */
}

static enum space_status number_targets(struct space *space)
{
    space->before = malloc(space->blocks.count * sizeof *space->before);
    if (space->before == NULL)
        return SPACE_NO_MEMORY;
    for (size_t i = 0; i < space->blocks.count; i++) {
        const struct block *block = &space->blocks.list[i];
        uint64_t ports = space_ports(space, i);
        space->before[i] = space->count;
        if (block->count > (SPACE_MAX - space->count) / ports)
            return SPACE_TOO_MANY;
        space->count += block->count * ports;
    }
    return SPACE_OK;
}

static int compare_numbers(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* Each once, rising. */
static void sort_orders(struct orders *orders)
{
    size_t kept = 0;
    if (orders->count > 0)
        qsort(orders->list, orders->count, sizeof *orders->list, compare_numbers);
    for (size_t i = 0; i < orders->count; i++)
        if (i == 0 || orders->list[i] != orders->list[i - 1])
            orders->list[kept++] = orders->list[i];
    orders->count = kept;
}

enum space_status space_settle(struct space *space)
{
    spans_settle(&space->excluded);
    switch (sweep(&space->blocks, &space->port_sets, &space->excluded, &space->overruled)) {
    case SWEEP_OK:
        break;
    case SWEEP_NO_MEMORY:
        return SPACE_NO_MEMORY;
    case SWEEP_TANGLED:
        return SPACE_TANGLED;
    }
    sort_orders(&space->overruled);
    if (space->blocks.count == 0)
        return SPACE_EMPTY;
    qsort(space->blocks.list, space->blocks.count, sizeof *space->blocks.list, compare_orders);
    return number_targets(space);
}

/* Finds the block that contains the target of a number. */
static size_t find_block(const struct space *space, uint64_t number)
{
    size_t low = 0, high = space->blocks.count - 1;
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        if (space->before[middle] <= number)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static struct attributes attributes_of(const struct space *space, const struct block *block)
{
    size_t len;
    const uint8_t *both = intern_get(&space->attributes, block->attributes, &len);
    return (struct attributes){.port_states = both[0], .labels = (const char *)both + 1};
}

struct space_target space_at(const struct space *space, uint64_t number)
{
    size_t at = find_block(space, number), len;
    const struct block *block = &space->blocks.list[at];
    const struct port_run *runs = intern_get(&space->port_sets, block->ports, &len);
    size_t run_count = len / sizeof *runs;
    uint32_t ports = ports_count(runs, run_count);
    uint64_t rest = number - space->before[at];
    struct address_number address = {block->high, block->low + rest / ports};
    struct space_target target = {
        .port = ports_at(runs, run_count, (uint32_t)(rest % ports)),
        .attributes = attributes_of(space, block),
    };
    if (block->family == FAMILY_NONE)
        target.name = intern_get(&space->names, target.name_number = (uint32_t)block->low, &len);
    else
        target.address = address_from_number((enum family)block->family, address);
    return target;
}

static void digest_string(struct siphash *state, const struct intern *intern, uint32_t number)
{
    size_t len;
    const void *octets = intern_get(intern, number, &len);
    siphash_add_number(state, len);
    siphash_add(state, octets, len);
}

static void digest_ports(struct siphash *state, const struct space *space, uint32_t number)
{
    size_t len;
    const struct port_run *runs = intern_get(&space->port_sets, number, &len);
    siphash_add_number(state, len / sizeof *runs);
    for (size_t i = 0; i < len / sizeof *runs; i++)
        siphash_add_number(state, (uint64_t)runs[i].first << 16 | runs[i].last);
}

static const uint64_t digest_key[2] = {0x7463707368616b65, 0x74617267657473}; /* any will do */

uint64_t space_digest(const struct space *space)
{
    struct siphash state;
    siphash_begin(&state, digest_key);
    for (size_t i = 0; i < space->blocks.count; i++) {
        const struct block *block = &space->blocks.list[i];
        siphash_add_number(&state, block->family);
        if (block->family == FAMILY_NONE)
            digest_string(&state, &space->names, (uint32_t)block->low);
        siphash_add_number(&state, block->high);
        siphash_add_number(&state, block->low);
        siphash_add_number(&state, block->count);
        digest_ports(&state, space, block->ports);
        digest_string(&state, &space->attributes, block->attributes);
    }
    return siphash_end(&state);
}

uint64_t space_exclusions_digest(const struct space *space)
{
    struct siphash state;
    siphash_begin(&state, digest_key);
    for (size_t i = 0; i < space->excluded.count; i++) {
        const struct span *span = &space->excluded.list[i];
        siphash_add_number(&state, span->family);
        siphash_add_number(&state, span->first.high);
        siphash_add_number(&state, span->first.low);
        siphash_add_number(&state, span->last.high);
        siphash_add_number(&state, span->last.low);
    }
    return siphash_end(&state);
}

void space_free(struct space *space)
{
    intern_free(&space->port_sets);
    intern_free(&space->names);
    intern_free(&space->attributes);
    spans_free(&space->excluded);
    free(space->blocks.list);
    free(space->before);
    free(space->overruled.list);
    *space = (struct space){0};
}
