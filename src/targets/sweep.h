/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of targets, and how they are made disjoint. */
#ifndef TCPSHAKE_TARGETS_SWEEP_H
#define TCPSHAKE_TARGETS_SWEEP_H

#include "targets/intern.h"
#include "targets/ports.h"
#include "targets/spans.h"

/* Some addresses that follow each other within 64 bits, or a host's name, with a set of ports. */
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

/* Adds a block. Returns false where memory runs out. */
bool blocks_add(struct blocks *blocks, const struct block *block);

enum sweep_status {
    SWEEP_OK,
    SWEEP_NO_MEMORY,
    SWEEP_TANGLED, /* there would be so many pieces that they would fill the memory */
};

/* Replaces the blocks by others, in no order, of which no two hold the same address (or name) with
 * the same port: it belongs to the entry that has it first. The settled spans `excluded` are in
 * none. ports has the sets of ports by their numbers, as runs, and takes new ones in. After an
 * error the blocks are as they were. */
enum sweep_status sweep(struct blocks *blocks, struct intern *ports, const struct spans *excluded);

#endif
