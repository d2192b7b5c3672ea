/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "wire/addr.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static struct address address_from(const char *text)
{
    struct address a = {.family = strchr(text, ':') ? FAMILY_IPV6 : FAMILY_IPV4};
    int af = a.family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
    ck_assert_int_eq(inet_pton(af, text, a.bytes), 1);
    return a;
}

static struct endpoint endpoint_from(const char *text, uint16_t port)
{
    return (struct endpoint){.address = address_from(text), .port = port};
}

/* What is written is what was read: each of these texts is in its canonical form. */
static const char *const canonical[] = {
    "0.0.0.0",
    "192.0.2.7",
    "255.255.255.255",
    "1.20.100.9",
    "::",
    "::1",
    "1::",
    "2001:db8::",
    "2001:db8::7",
    "fe80::1:2:3:4",
    "2001:db8:0:1:1:1:1:1", /* 4.2.2: a single group is not compressed */
    "2001:db8:0:1:0:1:0:1", /* not even one of several */
    "0:1:1:1:1:1:1:1",      /* at the start */
    "1:1:1:1:1:1:1:0",      /* at the end */
    "2001:0:0:1::1",        /* 4.2.3: the longest run */
    "2001:db8::1:0:0:1",    /* the first of equals */
    "::1:0:0:1:1:1",        /* the same at the start */
    "0:0:1::",              /* the longest one at the end */
    "1:0:0:1::",            /* longer at the end than in the middle */
    "1:1:1:1:1:1::",        /* just two groups */
    "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "a:b0:c00:d000:a:b0:c00:d000",
    "::ffff:1.2.3.4", /* 5: the well-known prefix */
    "::ffff:255.255.255.255",
    "::ffff:0.0.0.0",
    "::fffe:102:304", /* near misses of it */
    "::1:ffff:102:304",
    "::1:2", /* the deprecated ::/96 is not one */
    "64:ff9b::102:304",
};

START_TEST(writes_the_canonical_text)
{
    const char *text = canonical[_i];
    struct address a = address_from(text);
    char *out = (char *)guarded_copy("", 0) - ADDRESS_TEXT_MAX;
    ck_assert_str_eq(address_text(&a, out), text);
    ck_assert_uint_lt(strlen(out), ADDRESS_TEXT_MAX);

    struct endpoint e = {.address = a, .port = 65535};
    char wanted[ENDPOINT_TEXT_MAX + 8];
    snprintf(wanted, sizeof wanted, a.family == FAMILY_IPV6 ? "[%s]:65535" : "%s:65535", text);
    out += ADDRESS_TEXT_MAX - ENDPOINT_TEXT_MAX;
    ck_assert_str_eq(endpoint_text(&e, out), wanted);
    ck_assert_uint_lt(strlen(out), ENDPOINT_TEXT_MAX);
}
END_TEST

START_TEST(writes_ports)
{
    struct endpoint e = endpoint_from("192.0.2.7", 0);
    char out[ENDPOINT_TEXT_MAX];
    ck_assert_str_eq(endpoint_text(&e, out), "192.0.2.7:0");
    e.port = 443;
    ck_assert_str_eq(endpoint_text(&e, out), "192.0.2.7:443");
}
END_TEST

START_TEST(writes_nothing_known)
{
    struct endpoint e = {.port = 7};
    char out[ENDPOINT_TEXT_MAX];
    ck_assert_str_eq(address_text(&e.address, out), "?");
    ck_assert_str_eq(endpoint_text(&e, out), "?:7");
    ck_assert_uint_eq(address_len(&e.address), 0);
}
END_TEST

/* Groups are often zero or small, so that every shape of compression occurs. */
static struct address random_ipv6(uint64_t *state)
{
    struct address a = {.family = FAMILY_IPV6};
    for (size_t i = 0; i < 16; i += 2) {
        uint64_t r = next_random(state);
        unsigned group = (r & 3) != 0 ? 0 : (unsigned)(r >> 8 & 0xffff) >> (r >> 2 & 15);
        a.bytes[i] = (uint8_t)(group >> 8);
        a.bytes[i + 1] = (uint8_t)group;
    }
    return a;
}

/* ::/96 but for :: and ::1 is where libc follows the deprecated form. */
static bool is_ipv4_compatible(const struct address *a)
{
    static const uint8_t zeros[12];
    return memcmp(a->bytes, zeros, 12) == 0 && (a->bytes[12] != 0 || a->bytes[13] != 0);
}

START_TEST(agrees_with_libc)
{
    uint64_t state = 20220401;
    for (int i = 0; i < 20000; i++) {
        struct address a = random_ipv6(&state);
        if (i % 4 == 0) {
            uint32_t r = (uint32_t)next_random(&state);
            a = (struct address){.family = FAMILY_IPV4};
            memcpy(a.bytes, &r, 4);
        }
        if (a.family == FAMILY_IPV6 && is_ipv4_compatible(&a))
            continue;
        char wanted[INET6_ADDRSTRLEN], out[ADDRESS_TEXT_MAX];
        inet_ntop(a.family == FAMILY_IPV6 ? AF_INET6 : AF_INET, a.bytes, wanted, sizeof wanted);
        ck_assert_str_eq(address_text(&a, out), wanted);
    }
}
END_TEST

/* In ascending order. */
static const struct {
    const char *text;
    uint16_t port;
} ascending[] = {
    {"10.0.0.1", 1}, {"10.0.0.1", 2}, {"10.0.0.1", 65535}, {"10.0.0.2", 1},    {"200.0.0.1", 0},
    {"::", 0},       {"::1", 0},      {"::1", 1},          {"2001:db8::1", 1}, {"2001:db8::1:0", 1},
    {"fe80::1", 80}, {"ff02::1", 80},
};

START_TEST(orders_endpoints)
{
    for (int j = 0; j < COUNT(ascending); j++) {
        struct endpoint a = endpoint_from(ascending[_i].text, ascending[_i].port);
        struct endpoint b = endpoint_from(ascending[j].text, ascending[j].port);
        int order = endpoint_compare(&a, &b);
        ck_assert_int_eq((order > 0) - (order < 0), (_i > j) - (_i < j));
        ck_assert_int_eq(endpoint_equal(&a, &b), _i == j);
    }
}
END_TEST

START_TEST(tells_families_apart)
{
    struct address v4 = {.family = FAMILY_IPV4}, v6 = {.family = FAMILY_IPV6}, none = {0};
    ck_assert(!address_equal(&v4, &v6));
    ck_assert(!address_equal(&v4, &none));
    ck_assert(address_equal(&v6, &v6));
    ck_assert_uint_eq(address_len(&v4), 4);
    ck_assert_uint_eq(address_len(&v6), 16);
}
END_TEST

static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

/* The 128 bits of a product, bit by bit, the halves folded: another path to the same value. */
static uint64_t folded(uint64_t a, uint64_t b)
{
    uint64_t low = 0, high = 0;
    for (int bit = 0; bit < 64; bit++) {
        if ((b >> bit & 1) == 0)
            continue;
        uint64_t part = a << bit;
        low += part;
        high += (bit > 0 ? a >> (64 - bit) : 0) + (low < part);
    }
    return low ^ high;
}

static uint64_t mixed(uint64_t a, uint64_t b)
{
    return folded(a ^ key[0], b ^ key[1]);
}

static uint64_t word_of(const struct endpoint *e)
{
    uint32_t address;
    memcpy(&address, e->address.bytes, 4);
    return (uint64_t)address << 16 | e->port;
}

static uint64_t absorbed(uint64_t hash, const struct endpoint *e)
{
    uint64_t words[2];
    memcpy(words, e->address.bytes, sizeof words);
    return mixed(mixed(hash ^ words[0], words[1]), (uint64_t)e->address.family << 16 | e->port);
}

static uint64_t reference_hash(const struct endpoint *low, const struct endpoint *high)
{
    uint64_t hash = absorbed(absorbed(0, low), high);
    if (low->address.family == FAMILY_IPV4 && high->address.family == FAMILY_IPV4) {
        uint64_t a = word_of(low), b = word_of(high);
        hash = a < b ? mixed(a, b) : mixed(b, a);
    }
    return folded(hash ^ key[1], 0x9e3779b97f4a7c15 ^ key[0]);
}

START_TEST(hash_is_that_of_the_reference_and_direction_free)
{
    for (int j = _i; j < COUNT(ascending); j++) {
        struct endpoint low = endpoint_from(ascending[_i].text, ascending[_i].port);
        struct endpoint high = endpoint_from(ascending[j].text, ascending[j].port);
        uint64_t wanted = reference_hash(&low, &high);
        ck_assert(endpoint_pair_hash(&low, &high, key) == wanted);
        ck_assert(endpoint_pair_hash(&high, &low, key) == wanted);
    }
}
END_TEST

/* Every bit of an endpoint, and on average half of those of the hash with it. */
START_TEST(hash_depends_on_every_bit)
{
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1"};
    struct endpoint a = endpoint_from(texts[_i], 40000), b = endpoint_from(texts[_i], 443);
    uint64_t hash = endpoint_pair_hash(&a, &b, key);
    unsigned bits = (unsigned)address_len(&a.address) * 8, changed = 0;
    for (unsigned bit = 0; bit < bits + 16; bit++) {
        struct endpoint other = a;
        if (bit < bits)
            other.address.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        else
            other.port ^= (uint16_t)(1u << (bit - bits));
        unsigned here = (unsigned)__builtin_popcountll(hash ^ endpoint_pair_hash(&other, &b, key));
        ck_assert_uint_gt(here, 8);
        changed += here;
    }
    ck_assert_uint_gt(changed, (bits + 16) * 28);
    ck_assert_uint_lt(changed, (bits + 16) * 36);
}
END_TEST

START_TEST(hash_depends_on_the_key)
{
    struct endpoint a = endpoint_from("192.0.2.1", 1), b = endpoint_from("192.0.2.2", 2);
    const uint64_t second[2] = {key[0], key[1] ^ 1}, third[2] = {key[0] ^ 1, key[1]};
    uint64_t hash = endpoint_pair_hash(&a, &b, key);
    ck_assert(hash != endpoint_pair_hash(&a, &b, second));
    ck_assert(hash != endpoint_pair_hash(&a, &b, third));
}
END_TEST

/* Tuples in the patterns that networks and attackers make: the table's low bits must spread as
 * chance does. */
enum { PATTERN_TUPLES = 65536, BUCKETS = 256 };

static void vary(int pattern, unsigned i, struct endpoint *a, struct endpoint *b)
{
    uint8_t *from = a->address.bytes, *to = b->address.bytes;
    switch (pattern) {
    case 0: /* one client, every source port */
        a->port = (uint16_t)i;
        break;
    case 1: /* a network's hosts, one after the other */
        from[2] = (uint8_t)(i >> 8), from[3] = (uint8_t)i;
        break;
    case 2: /* what differs in the highest bits alone */
        from[0] = (uint8_t)(i >> 8), from[1] = (uint8_t)i;
        break;
    case 3: /* a scan of ports by few hosts */
        from[3] = (uint8_t)(i >> 12), b->port = (uint16_t)((i & 0xfff) * 16);
        break;
    case 4: /* both ends move together */
        from[2] = to[2] = (uint8_t)(i >> 8), from[3] = to[3] = (uint8_t)i;
        break;
    default: /* one moves forward and the other one back */
        a->port = (uint16_t)i, b->port = (uint16_t)~i;
    }
}

START_TEST(hash_spreads_patterns)
{
    static const char *const texts[] = {"10.0.0.1", "192.0.2.2", "2001:db8::1", "2001:db8:1::2"};
    unsigned buckets[BUCKETS] = {0};
    const char *const *text = &texts[_i / 6 * 2];
    struct endpoint a = endpoint_from(text[0], 40000), b = endpoint_from(text[1], 443);
    for (unsigned i = 0; i < PATTERN_TUPLES; i++) {
        vary(_i % 6, i, &a, &b);
        buckets[endpoint_pair_hash(&a, &b, key) % BUCKETS]++;
    }
    for (int i = 0; i < BUCKETS; i++) {
        ck_assert_uint_gt(buckets[i], 160); /* 256 on average, deviation 16 */
        ck_assert_uint_lt(buckets[i], 352);
    }
}
END_TEST

static TCase *text_case(void)
{
    TCase *tcase = tcase_create("text");
    tcase_add_loop_test(tcase, writes_the_canonical_text, 0, COUNT(canonical));
    tcase_add_test(tcase, writes_ports);
    tcase_add_test(tcase, writes_nothing_known);
    tcase_add_test(tcase, agrees_with_libc);
    return tcase;
}

static TCase *order_case(void)
{
    TCase *tcase = tcase_create("order");
    tcase_add_loop_test(tcase, orders_endpoints, 0, COUNT(ascending));
    tcase_add_test(tcase, tells_families_apart);
    return tcase;
}

static TCase *hash_case(void)
{
    TCase *tcase = tcase_create("hash");
    tcase_add_loop_test(tcase, hash_is_that_of_the_reference_and_direction_free, 0,
                        COUNT(ascending));
    tcase_add_loop_test(tcase, hash_depends_on_every_bit, 0, 2);
    tcase_add_test(tcase, hash_depends_on_the_key);
    tcase_add_loop_test(tcase, hash_spreads_patterns, 0, 12);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("addr");
    suite_add_tcase(suite, text_case());
    suite_add_tcase(suite, order_case());
    suite_add_tcase(suite, hash_case());
    return run_suite(suite);
}
