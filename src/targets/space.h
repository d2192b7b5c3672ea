/* SPDX-License-Identifier: BSD-2-Clause */
/* All targets of a run as ranges: addresses x ports, less what is excluded, each target once.
 * Memory grows with what was written, not with what it stands for; a target is worked out from its
 * number. All zero is empty. */
#ifndef TCPSHAKE_TARGETS_SPACE_H
#define TCPSHAKE_TARGETS_SPACE_H

#include "targets/sweep.h"

#define SPACE_MAX (UINT64_C(1) << 63) /* targets */

struct space {
    struct intern port_sets, names, attributes;
    struct spans excluded;
    struct blocks blocks;
    uint64_t
        *before; /* how many targets the blocks in front of each have; NULL until it is settled */
    uint64_t count; /* of targets, once it is settled */
    uint32_t entries;
};

/* What may be said of a target besides where it is. */
struct attributes {
    uint8_t
        port_states; /* what is expected of it, bit 1 << enum port_state; 0: what the run expects */
    const char *labels; /* "k=v;k=v", sorted by nothing but the order they were written; "": none */
};

/* One thing to probe, as it was written. */
struct space_entry {
    enum family family;            /* FAMILY_NONE: a name */
    struct address_number first;   /* of the addresses */
    uint64_t count;                /* of addresses, all within 64 bits */
    bool single;                   /* one address that was named, and no prefix */
    const char *name;              /* NUL-terminated; for FAMILY_NONE */
    const struct port_list *ports; /* at least one */
    struct attributes attributes;
};

enum space_status {
    SPACE_OK,
    SPACE_NO_MEMORY,
    SPACE_LEFT_OUT, /* all addresses of a prefix are special_spans */
    SPACE_TOO_MANY, /* more than SPACE_MAX targets, or 2^32 entries */
    SPACE_EMPTY,    /* no target is left by what is excluded */
    SPACE_TANGLED,  /* the entries overlap in so many ways that they would fill the memory */
};

/* Adds an entry. Of a prefix, special_spans are left out. */
enum space_status space_add(struct space *space, const struct space_entry *entry);

/* Excludes addresses, whatever their port. Returns false where memory runs out. */
bool space_exclude(struct space *space, const struct span *span);

/* After the last entry and exclusion: makes each target, that is each address or name with a port,
 * come once, where it was first written, and numbers them. Only then the functions below may be
 * called. After anything but SPACE_OK the space may only be freed. */
enum space_status space_settle(struct space *space);

/* Whether an address that a name leads to is excluded. */
bool space_excludes(const struct space *space, const struct address *address);

struct space_target {
    struct address address; /* FAMILY_NONE: it has a name */
    const char *name;       /* NULL: it has an address; owned by the space */
    uint16_t port;
    struct attributes attributes; /* owned by the space */
};

/* The target of that number, from 0 to count - 1, in the order they were written: by entry, then by
 * address, then by port. */
struct space_target space_at(const struct space *space, uint64_t number);

/* Numbers that are the same for the same entries in the same order (targets, ports, what is
 * expected and labels), and for the same exclusions. */
uint64_t space_digest(const struct space *space);
uint64_t space_exclusions_digest(const struct space *space);

void space_free(struct space *space);

#endif
