/* SPDX-License-Identifier: BSD-2-Clause */
/* The targets of a run as ranges: addresses x ports without the exclusions, each target once.
 * Memory grows with the number of entries, not of targets; a target is computed from its number.
 * All zero is empty. */
#ifndef TCPSHAKE_TARGETS_SPACE_H
#define TCPSHAKE_TARGETS_SPACE_H

#include "targets/sweep.h"

#define SPACE_MAX (UINT64_C(1) << 63) /* targets */

struct space {
    struct intern port_sets, names, attributes;
    struct spans excluded;
    struct blocks blocks;
    struct orders overruled; /* entries that lose a target to an earlier one with other attributes:
                                their numbers from 0, rising, after space_settle */
    uint64_t
        *before;    /* the number of targets in the blocks before each; NULL until it is settled */
    uint64_t count; /* of targets, after space_settle */
    uint64_t left_out; /* addresses of prefixes that are in special_spans */
    uint32_t entries;
};

/* What a list may say of a target besides its host and port. */
struct attributes {
    uint8_t
        port_states; /* the states expected of it, bit 1 << enum port_state; 0: those of the run */
    const char *labels; /* "k=v;k=v" in the order written; "": none */
};

/* A target as it is written. */
struct space_entry {
    enum family family;            /* FAMILY_NONE: a name */
    struct address_number first;   /* of the addresses */
    uint64_t count;                /* of addresses, all within 64 bits */
    bool single;                   /* an address, not a prefix */
    const char *name;              /* NUL-terminated; for FAMILY_NONE */
    const struct port_list *ports; /* at least one */
    struct attributes attributes;
};

enum space_status {
    SPACE_OK,
    SPACE_NO_MEMORY,
    SPACE_LEFT_OUT, /* all addresses of a prefix are in special_spans */
    SPACE_TOO_MANY, /* more than SPACE_MAX targets, or 2^32 entries */
    SPACE_EMPTY,    /* the exclusions leave no target */
    SPACE_TANGLED,  /* the entries overlap in too many ways to be stored */
};

/* Adds an entry. special_spans are left out of a prefix. */
enum space_status space_add(struct space *space, const struct space_entry *entry);

/* Excludes addresses with all their ports. Returns false if there is no memory. */
bool space_exclude(struct space *space, const struct span *span);

/* Call it after the last entry and exclusion. It removes duplicates, so that each target (address
 * or name, and port) is where it was first written, and numbers the targets; the functions below
 * need that. After a status other than SPACE_OK the space can only be freed. */
enum space_status space_settle(struct space *space);

/* The number of ports of a block. */
uint32_t space_ports(const struct space *space, size_t i);

/* Whether an address that a name resolves to is excluded. */
bool space_excludes(const struct space *space, const struct address *address);

struct space_target {
    struct address address; /* FAMILY_NONE: it is a name */
    const char *name;       /* NULL: it is an address; owned by the space */
    uint32_t name_number;   /* of a name, in the space's names */
    uint16_t port;
    struct attributes attributes; /* owned by the space */
};

/* The target of that number, from 0 to count - 1, in the order written: by entry, then by address,
 * then by port. */
struct space_target space_at(const struct space *space, uint64_t number);

/* Digests of the entries in their order (targets, ports, expectations, labels) and of the
 * exclusions: equal for equal lists. */
uint64_t space_digest(const struct space *space);
uint64_t space_exclusions_digest(const struct space *space);

void space_free(struct space *space);

#endif
