/* SPDX-License-Identifier: BSD-2-Clause */
/* A sweep over the addresses, from the lowest to the highest. Between two places where a block
 * begins or ends, the set of active blocks is constant: each contributes the ports that no earlier
 * entry has. A piece continues across such places while the contribution of its block stays the
 * same, so that a prefix that contains single hosts is divided only where it must be. */
#include "targets/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "targets/array.h"

/* The limit of pieces: this many for each entry and exclusion. */
#define PIECES_EACH  16
#define PIECES_LEAST 4096

/* An active block, and the piece of it that is not yet written. */
struct active {
    const struct block *block;
    uint64_t first; /* of the piece */
    uint32_t ports; /* of the piece; INTERN_NONE: earlier entries have all */
    bool overruled; /* it has lost a target to an entry with other attributes */
};

struct sweep {
    const struct blocks *blocks; /* by their places */
    struct intern *port_sets;
    const struct spans *excluded;
    struct active *active; /* by the order of their entries */
    size_t active_count, active_capacity;
    struct blocks pieces;
    struct port_list *ports;
    struct orders *overruled;
    enum sweep_status status;
};

bool blocks_add(struct blocks *blocks, const struct block *block)
{
    struct block *list =
        array_room(blocks->list, blocks->count, 1, &blocks->capacity, sizeof *list);
    if (list == NULL)
        return false;
    list[blocks->count++] = *block;
    blocks->list = list;
    return true;
}

static uint64_t last_of(const struct block *block)
{
    return block->low + (block->count - 1);
}

static int compare_places(const void *left, const void *right)
{
    const struct block *a = left, *b = right;
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return a->order < b->order ? -1 : 1; /* parts of one entry do not overlap */
}

static bool fail(struct sweep *sweep, enum sweep_status status)
{
    sweep->status = status;
    return false;
}

static bool write_piece(struct sweep *sweep, const struct block *piece)
{
    if (sweep->pieces.count / PIECES_EACH >=
        sweep->blocks->count + sweep->excluded->count + PIECES_LEAST)
        return fail(sweep, SWEEP_TANGLED);
    return blocks_add(&sweep->pieces, piece) || fail(sweep, SWEEP_NO_MEMORY);
}

/* Writes the piece that ends at `last`, without the exclusions. */
static bool end_piece(struct sweep *sweep, const struct active *active, uint64_t last)
{
    const struct spans *excluded = sweep->excluded;
    struct block piece = *active->block;
    struct gaps gaps = {.rest = {{piece.high, active->first}, {piece.high, last}, piece.family}};
    struct span part;
    if (active->ports == INTERN_NONE)
        return true;
    piece.ports = active->ports;
    while (gaps_next(&gaps, excluded->list, excluded->count, &part)) {
        piece.low = part.first.low;
        piece.count = part.last.low - part.first.low + 1;
        if (!write_piece(sweep, &piece))
            return false;
    }
    return true;
}

/* From `first` on, the block contributes these ports. */
static bool go_on(struct sweep *sweep, struct active *active, uint64_t first, uint32_t ports)
{
    if (active->ports == ports)
        return true;
    if (!end_piece(sweep, active, first - 1))
        return false;
    active->first = first;
    active->ports = ports;
    return true;
}

/* The ports of a block that sweep->ports has not seen. */
static bool added_ports(struct sweep *sweep, const struct block *block, uint32_t *out)
{
    struct port_list *list = sweep->ports;
    size_t len;
    const struct port_run *runs = intern_get(sweep->port_sets, block->ports, &len);
    port_list_next(list);
    for (size_t i = 0; i < len / sizeof *runs; i++)
        port_list_add(list, runs[i].first, runs[i].last);
    *out = INTERN_NONE;
    if (list->run_count == 0)
        return true;
    *out = intern_add(sweep->port_sets, list->runs, list->run_count * sizeof *runs);
    return *out != INTERN_NONE || fail(sweep, SWEEP_NO_MEMORY);
}

static bool sets_meet(const struct sweep *sweep, uint32_t one, uint32_t other)
{
    size_t one_len, other_len;
    const struct port_run *a = intern_get(sweep->port_sets, one, &one_len);
    const struct port_run *b = intern_get(sweep->port_sets, other, &other_len);
    return ports_meet(a, one_len / sizeof *a, b, other_len / sizeof *b);
}

/* Whether an earlier entry with other attributes contributes a port that the ith has, too. */
static bool is_overruled(const struct sweep *sweep, size_t i)
{
    const struct block *block = sweep->active[i].block;
    for (size_t j = 0; j < i; j++) {
        const struct active *earlier = &sweep->active[j];
        if (earlier->block->attributes != block->attributes && earlier->ports != INTERN_NONE &&
            sets_meet(sweep, earlier->ports, block->ports))
            return true;
    }
    return false;
}

/* Whether something from first to last, where the set of active blocks is constant, is not
 * excluded. */
static bool is_left(const struct sweep *sweep, uint64_t first, uint64_t last)
{
    const struct block *here = sweep->active[0].block;
    struct gaps gaps = {.rest = {{here->high, first}, {here->high, last}, here->family}};
    struct span part;
    return gaps_next(&gaps, sweep->excluded->list, sweep->excluded->count, &part);
}

static bool note_overruled(struct sweep *sweep, size_t i, uint64_t first, uint64_t last)
{
    struct active *active = &sweep->active[i];
    struct orders *orders = sweep->overruled;
    if (active->overruled || active->ports == active->block->ports || !is_overruled(sweep, i) ||
        !is_left(sweep, first, last))
        return true;
    uint32_t *list = array_room(orders->list, orders->count, 1, &orders->capacity, sizeof *list);
    if (list == NULL)
        return fail(sweep, SWEEP_NO_MEMORY);
    list[orders->count++] = active->block->order;
    orders->list = list;
    active->overruled = true;
    return true;
}

/* Determines what each active block contributes from `first` to `last`. */
static bool divide(struct sweep *sweep, uint64_t first, uint64_t last)
{
    if (sweep->active_count == 1)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): sweep() frees it, below too */
        return go_on(sweep, &sweep->active[0], first, sweep->active[0].block->ports);
    port_list_clear(sweep->ports);
    for (size_t i = 0; i < sweep->active_count; i++) {
        struct active *active = &sweep->active[i];
        uint32_t ports;
        if (!added_ports(sweep, active->block, &ports) || !go_on(sweep, active, first, ports) ||
            !note_overruled(sweep, i, first, last))
            return false;
    }
    return true;
}

/* Adds a block that begins here to the active ones. */
static bool begin(struct sweep *sweep, const struct block *block)
{
    struct active *active =
        array_room(sweep->active, sweep->active_count, 1, &sweep->active_capacity, sizeof *active);
    if (active == NULL)
        return fail(sweep, SWEEP_NO_MEMORY);
    sweep->active = active;
    size_t at = sweep->active_count++;
    for (; at > 0 && active[at - 1].block->order > block->order; at--)
        active[at] = active[at - 1];
    active[at] = (struct active){.block = block, .first = block->low, .ports = INTERN_NONE};
    return true;
}

/* Removes the active blocks that end at `last`. */
static bool end(struct sweep *sweep, uint64_t last)
{
    size_t kept = 0;
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    for (size_t i = 0; i < sweep->active_count; i++) {
        const struct active *active = &sweep->active[i];
        if (last_of(active->block) != last)
            sweep->active[kept++] = *active;
        else if (!end_piece(sweep, active, last))
            return false;
    }
    sweep->active_count = kept;
    return true;
}

/* The last place before the set of active blocks changes. */
static uint64_t last_alike(const struct sweep *sweep, const struct block *next)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): there is an active block */
    const struct block *here = sweep->active[0].block;
    uint64_t last = UINT64_MAX;
    for (size_t i = 0; i < sweep->active_count; i++)
        if (last_of(sweep->active[i].block) < last)
            last = last_of(sweep->active[i].block);
    if (next != NULL && next->family == here->family && next->high == here->high &&
        next->low <= last)
        last = next->low - 1;
    return last;
}

static bool move_line(struct sweep *sweep)
{
    const struct block *next = sweep->blocks->list;
    const struct block *behind = next != NULL ? next + sweep->blocks->count : NULL;
    uint64_t at = 0;
    while (next < behind || sweep->active_count > 0) {
        const struct block *here = sweep->active_count > 0 ? sweep->active[0].block : next;
        if (sweep->active_count == 0)
            at = next->low;
        for (; next < behind && next->family == here->family && next->high == here->high &&
               next->low == at;
             next++)
            if (!begin(sweep, next))
                return false;
        uint64_t last = last_alike(sweep, next < behind ? next : NULL);
        if (!divide(sweep, at, last) || !end(sweep, last))
            return false;
        at = last + 1;
    }
    return true;
}

/* Usually there are as many pieces as blocks: then this is all the memory needed. */
static bool prepare(struct sweep *sweep)
{
    struct blocks *pieces = &sweep->pieces;
    pieces->capacity = sweep->blocks->count + 1;
    pieces->list = malloc(pieces->capacity * sizeof *pieces->list);
    sweep->ports = malloc(sizeof *sweep->ports);
    return (sweep->ports != NULL && pieces->list != NULL) || fail(sweep, SWEEP_NO_MEMORY);
}

enum sweep_status sweep(struct blocks *blocks, struct intern *ports, const struct spans *excluded,
                        struct orders *overruled)
{
    struct sweep sweep = {
        .blocks = blocks, .port_sets = ports, .excluded = excluded, .overruled = overruled};
    struct blocks spare;
    if (blocks->count > 0)
        qsort(blocks->list, blocks->count, sizeof *blocks->list, compare_places);
    bool done = prepare(&sweep) && move_line(&sweep);
    spare = done ? *blocks : sweep.pieces;
    if (done)
        *blocks = sweep.pieces;
    free(spare.list);
    free(sweep.active);
    free(sweep.ports);
    return sweep.status;
}
