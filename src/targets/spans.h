/* SPDX-License-Identifier: BSD-2-Clause */
/* Stretches of addresses: those that are excluded, and those that are no targets unless they are
 * named one by one. */
#ifndef TCPSHAKE_TARGETS_SPANS_H
#define TCPSHAKE_TARGETS_SPANS_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/addr.h"

/* The number that an address is; an IPv4 address has high 0. */
struct address_number {
    uint64_t high, low;
};

struct address_number address_number(const struct address *address);

/* The address of that family and number. */
struct address address_from_number(enum family family, struct address_number number);

struct span {
    struct address_number first, last;
    enum family family;
};

/* The span of an address and the length of a prefix, at most the address's; bits behind it are
 * ignored. */
struct span span_of_prefix(const struct address *address, unsigned prefix_len);

/* Several spans. All zero is empty. */
struct spans {
    struct span *list;
    size_t count, capacity;
};

/* Adds a span. Returns false where memory runs out. */
bool spans_add(struct spans *spans, const struct span *span);

/* Sorts the spans and joins those that overlap or touch. */
void spans_settle(struct spans *spans);

void spans_free(struct spans *spans);

/* The first span that ends at an address or behind it, within its family; NULL: none. For settled
 * spans. */
const struct span *spans_find(const struct span *list, size_t count, enum family family,
                              struct address_number number);

/* Whether an address lies in one of the settled spans. */
bool spans_hold(const struct spans *spans, const struct address *address);

/* A stretch of which the parts that no span covers are taken from the front, one by one. */
struct gaps {
    struct span rest;
    bool done;
};

/* Takes the next such part into *gap. Returns false when there is none left. For settled spans. */
bool gaps_next(struct gaps *gaps, const struct span *list, size_t count, struct span *gap);

/* What no prefix stands for, settled: "this network", loopback, link-local, multicast and reserved
 * of IPv4 (RFC 6890), multicast of IPv6 (RFC 4291). */
#define SPECIAL_SPANS 5
extern const struct span special_spans[SPECIAL_SPANS];

#endif
