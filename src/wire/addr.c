/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/addr.h"

#include <string.h>

#include "base/decimal.h"

#define IPV6_GROUPS 8

size_t address_len(const struct address *a)
{
    switch (a->family) {
    case FAMILY_IPV4:
        return 4;
    case FAMILY_IPV6:
        return 16;
    default:
        return 0;
    }
}

int endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
    if (a->address.family != b->address.family)
        return a->address.family - b->address.family;
    int order = memcmp(a->address.bytes, b->address.bytes, sizeof a->address.bytes);
    return order != 0 ? order : a->port - b->port;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128;

static inline uint64_t fold_product(uint64_t a, uint64_t b)
{
    uint128 product = (uint128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
#else
/* The same by halves. */
static inline uint64_t fold_product(uint64_t a, uint64_t b)
{
    uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
    uint64_t low = a_low * b_low, middle = a_high * b_low + (low >> 32);
    uint64_t other = a_low * b_high + (uint32_t)middle;
    uint64_t high = a_high * b_high + (middle >> 32) + (other >> 32);
    return (other << 32 | (uint32_t)low) ^ high;
}
#endif

/* The family of hashes by wide products whose halves are folded (Yi's wyhash, 2019): two words of
 * input, each hidden by a word of the key, to one. */
static inline uint64_t mix(uint64_t a, uint64_t b, const uint64_t key[2])
{
    return fold_product(a ^ key[0], b ^ key[1]);
}

static inline uint64_t finish(uint64_t hash, const uint64_t key[2])
{
    return fold_product(hash ^ key[1], 0x9e3779b97f4a7c15 ^ key[0]);
}

/* An IPv4 endpoint is one word: address and port. */
static inline uint64_t ipv4_word(const struct endpoint *e)
{
    uint32_t address;
    memcpy(&address, e->address.bytes, sizeof address);
    return (uint64_t)address << 16 | e->port;
}

static uint64_t absorb(uint64_t hash, const struct endpoint *e, const uint64_t key[2])
{
    uint64_t words[2];
    memcpy(words, e->address.bytes, sizeof words);
    hash = mix(hash ^ words[0], words[1], key);
    return mix(hash, (uint64_t)e->address.family << 16 | e->port, key);
}

__attribute__((noinline)) static uint64_t
hash_long_pair(const struct endpoint *a, const struct endpoint *b, const uint64_t key[2])
{
    bool in_order = endpoint_compare(a, b) <= 0;
    uint64_t hash = absorb(0, in_order ? a : b, key);
    return finish(absorb(hash, in_order ? b : a, key), key);
}

uint64_t endpoint_pair_hash(const struct endpoint *a, const struct endpoint *b,
                            const uint64_t key[2])
{
    if (a->address.family != FAMILY_IPV4 || b->address.family != FAMILY_IPV4)
        return hash_long_pair(a, b, key);
    uint64_t x = ipv4_word(a), y = ipv4_word(b);
    return finish(mix(x < y ? x : y, x < y ? y : x, key), key);
}

static char *put_text(char *at, const char *text)
{
    size_t len = strlen(text);
    memcpy(at, text, len);
    return at + len;
}

/* Without a branch by the number of digits, which no address lets predict. */
static char *put_octet(char *at, unsigned octet)
{
    unsigned zeros = (octet < 100 ? 1u : 0u) + (octet < 10 ? 1u : 0u);
    unsigned digits = octet / 100 | octet / 10 % 10 << 8 | octet % 10 << 16;
    decimal_store(at, (digits | DECIMAL_ZEROS) >> 8 * zeros);
    return at + (3 - zeros);
}

static char *put_hex(char *at, unsigned group)
{
    unsigned digits = group > 0xfff ? 4 : group > 0xff ? 3 : group > 0xf ? 2 : 1;
    while (digits-- > 0)
        *at++ = "0123456789abcdef"[group >> (4 * digits) & 0xf];
    return at;
}

static char *put_ipv4(char *at, const uint8_t *bytes)
{
    at = put_octet(at, bytes[0]);
    for (int i = 1; i < 4; i++) {
        *at++ = '.';
        at = put_octet(at, bytes[i]);
    }
    return at;
}

static unsigned group_at(const uint8_t *bytes, unsigned i)
{
    return (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
}

struct run {
    unsigned start, len;
};

/* RFC 5952, 4.2: the longest run, the first of equals, never a single group (then len is 0). */
static struct run longest_zero_run(const uint8_t *bytes)
{
    struct run best = {.len = 0}, now = {.len = 0};
    for (unsigned i = 0; i < IPV6_GROUPS; i++) {
        if (group_at(bytes, i) != 0) {
            now = (struct run){.start = i + 1};
            continue;
        }
        now.len++;
        if (now.len > best.len)
            best = now;
    }
    return best.len > 1 ? best : (struct run){.len = 0};
}

static char *put_groups(char *at, const uint8_t *bytes, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        if (i > from)
            *at++ = ':';
        at = put_hex(at, group_at(bytes, i));
    }
    return at;
}

static char *put_ipv6(char *at, const uint8_t *bytes)
{
    static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(bytes, mapped_prefix, sizeof mapped_prefix) == 0)
        return put_ipv4(put_text(at, "::ffff:"), bytes + sizeof mapped_prefix);

    struct run gap = longest_zero_run(bytes);
    if (gap.len == 0)
        return put_groups(at, bytes, 0, IPV6_GROUPS);
    at = put_groups(at, bytes, 0, gap.start);
    at = put_text(at, "::");
    return put_groups(at, bytes, gap.start + gap.len, IPV6_GROUPS);
}

char *address_put(char *at, const struct address *a)
{
    switch (a->family) {
    case FAMILY_IPV4:
        return put_ipv4(at, a->bytes);
    case FAMILY_IPV6:
        return put_ipv6(at, a->bytes);
    default:
        return put_text(at, "?");
    }
}

const char *address_text(const struct address *a, char *out)
{
    *address_put(out, a) = '\0';
    return out;
}

const char *endpoint_text(const struct endpoint *e, char *out)
{
    bool bracketed = e->address.family == FAMILY_IPV6;
    char *at = put_text(out, bracketed ? "[" : "");
    at = address_put(at, &e->address);
    at = put_text(at, bracketed ? "]:" : ":");
    *decimal(at, e->port) = '\0';
    return out;
}
