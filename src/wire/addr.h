/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, endpoints and tuples as plain values. */
#ifndef TCPSHAKE_WIRE_ADDR_H
#define TCPSHAKE_WIRE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum family {
    FAMILY_NONE = 0,
    FAMILY_IPV4 = 4,
    FAMILY_IPV6 = 6,
};

/* bytes are in network order; an IPv4 address fills the first four, the others are 0. */
struct address {
    uint16_t family; /* enum family; as wide as the port, so that an endpoint has no padding */
    uint8_t bytes[16];
};

struct endpoint {
    struct address address;
    uint16_t port; /* host order */
};

/* Number of significant bytes of an address: 4, 16, or 0 for FAMILY_NONE. */
size_t address_len(const struct address *a);

_Static_assert(sizeof(struct endpoint) == 20, "an endpoint is compared as a whole");

static inline bool address_equal(const struct address *a, const struct address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* 0 if they are equal. In words, where memcmp would be a call, and without a branch, because which
 * end of a connection a segment comes from cannot be foretold: this runs for every segment. */
static inline uint64_t endpoint_difference(const struct endpoint *a, const struct endpoint *b)
{
    struct words {
        uint64_t first, second;
        uint32_t third;
    } x, y;
    memcpy(&x, a, sizeof *a);
    memcpy(&y, b, sizeof *b);
    return (x.first ^ y.first) | (x.second ^ y.second) | (x.third ^ y.third);
}

static inline bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return endpoint_difference(a, b) == 0;
}

/* A total order, for sorting and for a direction-free key: negative, 0 or positive as in memcmp. */
int endpoint_compare(const struct endpoint *a, const struct endpoint *b);

/* A keyed hash that is the same for both directions of a pair of endpoints. key is 128 random bits
 * of the caller's: without knowing them, endpoints that collide cannot be chosen. All 64 bits are
 * as good as each other. */
uint64_t endpoint_pair_hash(const struct endpoint *a, const struct endpoint *b,
                            const uint64_t key[2]);

#define ADDRESS_TEXT_MAX  46 /* the longest text of an address, with its NUL */
#define ENDPOINT_TEXT_MAX 56 /* "[address]:65535", with its NUL */

/* Writes the address as text: dotted decimal, RFC 5952 for IPv6, "?" for FAMILY_NONE. out holds
 * ADDRESS_TEXT_MAX bytes. Returns out. */
const char *address_text(const struct address *a, char *out);

/* Writes that text without its NUL at a place with ADDRESS_TEXT_MAX bytes; returns where it ends.
 */
char *address_put(char *at, const struct address *a);

/* Writes "192.0.2.7:443" or "[2001:db8::7]:443"; out holds ENDPOINT_TEXT_MAX bytes. Returns out. */
const char *endpoint_text(const struct endpoint *e, char *out);

#endif
