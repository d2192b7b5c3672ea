/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of addresses: those that are excluded, and those that are targets only if named one by
 * one. */
#ifndef TCPSHAKE_TARGETS_SPANS_H
#define TCPSHAKE_TARGETS_SPANS_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/addr.h"

/* The address as a number; high is 0 for IPv4. */
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

/* Adds a span. Returns false if there is no memory. */
bool spans_add(struct spans *spans, const struct span *span);

/* Sorts the spans and merges those that overlap or are adjacent. */
void spans_settle(struct spans *spans);

void spans_free(struct spans *spans);

/* The first span of the family that ends at the address or after it; NULL: none. The spans are
 * settled. */
const struct span *spans_find(const struct span *list, size_t count, enum family family,
                              struct address_number number);

/* Whether an address lies in one of the settled spans. */
bool spans_hold(const struct spans *spans, const struct address *address);

/* A span whose parts outside other spans are found one by one, from the front. */
struct gaps {
    struct span rest;
    bool done;
};

/* Stores the next such part in *gap. Returns false if there is none. The list is settled. */
bool gaps_next(struct gaps *gaps, const struct span *list, size_t count, struct span *gap);

/* What a prefix leaves out, settled: "this network", loopback, link-local, multicast and reserved
 * of IPv4 (RFC 6890); the unspecified address, loopback and multicast of IPv6 (RFC 4291, 2.4).
 * Link-local addresses of IPv6 are hosts where --interface says on which link. */
#define SPECIAL_SPANS 6
const struct span *special_spans(void);

#endif
