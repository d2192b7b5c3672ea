/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of targets, and how they are made disjoint. */
#ifndef TCPSHAKE_TARGETS_SWEEP_H
#define TCPSHAKE_TARGETS_SWEEP_H

#include "targets/intern.h"
#include "targets/ports.h"
#include "targets/spans.h"

/* Consecutive addresses within 64 bits, or the name of a host, with a set of ports. */
struct block {
    uint64_t high, low; /* the first address as a number; of a name, low is its number */
    uint64_t count;     /* of addresses; 1 of a name */
    uint32_t ports, attributes;
    uint32_t order; /* of the entry it comes from */
    uint8_t family; /* enum family; FAMILY_NONE: a name */
};

/* All zero is empty. */
struct blocks {
    struct block *list; /* owned */
    size_t count, capacity;
};

/* Adds a block. Returns false if there is no memory. */
bool blocks_add(struct blocks *blocks, const struct block *block);

/* The numbers of entries; all zero is empty. */
struct orders {
    uint32_t *list; /* owned */
    size_t count, capacity;
};

enum sweep_status {
    SWEEP_OK,
    SWEEP_NO_MEMORY,
    SWEEP_TANGLED, /* there would be too many pieces to store */
};

/* Replaces the blocks by disjoint ones, in no order: an address (or name) with a port stays with
 * the first entry that has it. Addresses in the settled spans `excluded` are removed. `ports`
 * contains the sets of ports as runs; new sets are added to it. Entries that lose a target to one
 * with other attributes are added to *overruled, in no order, some of them several times. After an
 * error the blocks are unchanged, but sorted. */
enum sweep_status sweep(struct blocks *blocks, struct intern *ports, const struct spans *excluded,
                        struct orders *overruled);

#endif
