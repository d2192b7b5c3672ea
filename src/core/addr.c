/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/addr.h"

#include <string.h>

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

/* Two words each, where memcmp would be a call: this runs for every segment. */
static bool same_bytes(const uint8_t *a, const uint8_t *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->family == b->family && same_bytes(a->bytes, b->bytes);
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

int endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
    if (a->address.family != b->address.family)
        return a->address.family - b->address.family;
    int order = memcmp(a->address.bytes, b->address.bytes, sizeof a->address.bytes);
    return order != 0 ? order : a->port - b->port;
}

/* SipHash-1-3 (Aumasson and Bernstein, 2012) over whole 64-bit words. */
struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate_left(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate_left(s->v1, 13) ^ s->v0;
    s->v3 = rotate_left(s->v3, 16) ^ s->v2;
    s->v0 = rotate_left(s->v0, 32) + s->v3;
    s->v2 += s->v1;
    s->v3 = rotate_left(s->v3, 21) ^ s->v0;
    s->v1 = rotate_left(s->v1, 17) ^ s->v2;
    s->v2 = rotate_left(s->v2, 32);
}

static struct sip sip_start(const uint64_t key[2])
{
    return (struct sip){
        .v0 = key[0] ^ 0x736f6d6570736575,
        .v1 = key[1] ^ 0x646f72616e646f6d,
        .v2 = key[0] ^ 0x6c7967656e657261,
        .v3 = key[1] ^ 0x7465646279746573,
    };
}

static inline void sip_absorb(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

static inline uint64_t sip_finish(struct sip *s, unsigned words)
{
    sip_absorb(s, (uint64_t)words * 8 << 56);
    s->v2 ^= 0xff;
    sip_round(s);
    sip_round(s);
    sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static uint64_t load_be64(const uint8_t *p)
{
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
           (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
           (uint64_t)p[6] << 8 | p[7];
}

/* An IPv4 endpoint is one word, the address above the port. */
static uint64_t ipv4_word(const struct endpoint *e)
{
    return load_be64(e->address.bytes) >> 32 << 16 | e->port;
}

static inline uint64_t hash_ipv4_pair(struct sip *s, uint64_t a, uint64_t b)
{
    sip_absorb(s, a < b ? a : b);
    sip_absorb(s, a < b ? b : a);
    return sip_finish(s, 2);
}

static void absorb_endpoint(struct sip *s, const struct endpoint *e)
{
    sip_absorb(s, load_be64(e->address.bytes));
    sip_absorb(s, load_be64(e->address.bytes + 8));
    sip_absorb(s, (uint64_t)e->address.family << 16 | e->port);
}

uint64_t endpoint_pair_hash(const struct endpoint *a, const struct endpoint *b,
                            const uint64_t key[2])
{
    struct sip s = sip_start(key);
    if (a->address.family == FAMILY_IPV4 && b->address.family == FAMILY_IPV4)
        return hash_ipv4_pair(&s, ipv4_word(a), ipv4_word(b));

    bool in_order = endpoint_compare(a, b) <= 0;
    absorb_endpoint(&s, in_order ? a : b);
    absorb_endpoint(&s, in_order ? b : a);
    return sip_finish(&s, 6);
}

static char *put_text(char *at, const char *text)
{
    size_t len = strlen(text);
    memcpy(at, text, len);
    return at + len;
}

static char *put_decimal(char *at, unsigned value)
{
    char reversed[10];
    size_t digits = 0;
    do {
        reversed[digits++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (digits > 0)
        *at++ = reversed[--digits];
    return at;
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
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *at++ = '.';
        at = put_decimal(at, bytes[i]);
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

static char *put_address(char *at, const struct address *a)
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
    *put_address(out, a) = '\0';
    return out;
}

const char *endpoint_text(const struct endpoint *e, char *out)
{
    bool bracketed = e->address.family == FAMILY_IPV6;
    char *at = put_text(out, bracketed ? "[" : "");
    at = put_address(at, &e->address);
    at = put_text(at, bracketed ? "]:" : ":");
    *put_decimal(at, e->port) = '\0';
    return out;
}
