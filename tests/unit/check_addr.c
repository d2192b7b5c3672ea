/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/addr.h"
#include "harness.h"

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

/* SipHash-c-d by the paper, octet by octet: another path to the same value. */
static uint64_t rotated(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void rounds(uint64_t v[4], int count)
{
    while (count-- > 0) {
        v[0] += v[1], v[1] = rotated(v[1], 13) ^ v[0], v[0] = rotated(v[0], 32);
        v[2] += v[3], v[3] = rotated(v[3], 16) ^ v[2];
        v[0] += v[3], v[3] = rotated(v[3], 21) ^ v[0];
        v[2] += v[1], v[1] = rotated(v[1], 17) ^ v[2], v[2] = rotated(v[2], 32);
    }
}

static uint64_t siphash(int c, int d, const uint64_t k[2], const uint8_t *bytes, size_t len)
{
    uint64_t v[4];
    const char *names[4] = {"somepseu", "dorandom", "lygenera", "tedbytes"};
    for (int i = 0; i < 4; i++) {
        v[i] = k[i % 2];
        for (int j = 0; j < 8; j++)
            v[i] ^= (uint64_t)(uint8_t)names[i][j] << (56 - 8 * j);
    }
    for (size_t at = 0; at <= len; at += 8) {
        uint64_t m = 0;
        for (size_t j = 0; j < 8 && at + j < len; j++)
            m |= (uint64_t)bytes[at + j] << (8 * j);
        if (at + 8 > len)
            m |= (uint64_t)len << 56;
        v[3] ^= m, rounds(v, c), v[0] ^= m;
    }
    v[2] ^= 0xff, rounds(v, d);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

/* Appendix A of the SipHash paper, so that the reference above can be believed. */
START_TEST(reference_is_siphash)
{
    uint8_t message[15];
    for (uint8_t i = 0; i < 15; i++)
        message[i] = i;
    ck_assert(siphash(2, 4, key, message, 15) == 0xa129ca6149be45e5);
}
END_TEST

static size_t append_word(uint8_t *message, size_t at, uint64_t word)
{
    for (int i = 0; i < 8; i++)
        message[at + (size_t)i] = (uint8_t)(word >> (8 * i));
    return at + 8;
}

static uint64_t be(const uint8_t *bytes, int len)
{
    uint64_t value = 0;
    for (int i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

static size_t append_endpoint(uint8_t *message, size_t at, const struct endpoint *e,
                              bool short_form)
{
    if (short_form)
        return append_word(message, at, be(e->address.bytes, 4) << 16 | e->port);
    at = append_word(message, at, be(e->address.bytes, 8));
    at = append_word(message, at, be(e->address.bytes + 8, 8));
    return append_word(message, at, (uint64_t)e->address.family << 16 | e->port);
}

static uint64_t reference_hash(const struct endpoint *low, const struct endpoint *high)
{
    uint8_t message[48];
    bool short_form = high->address.family == FAMILY_IPV4;
    size_t len = append_endpoint(message, 0, low, short_form);
    len = append_endpoint(message, len, high, short_form);
    return siphash(1, 3, key, message, len);
}

START_TEST(hash_is_siphash_and_direction_free)
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

START_TEST(hash_depends_on_the_key)
{
    struct endpoint a = endpoint_from("192.0.2.1", 1), b = endpoint_from("192.0.2.2", 2);
    const uint64_t second[2] = {key[0], key[1] ^ 1}, third[2] = {key[0] ^ 1, key[1]};
    uint64_t hash = endpoint_pair_hash(&a, &b, key);
    ck_assert(hash != endpoint_pair_hash(&a, &b, second));
    ck_assert(hash != endpoint_pair_hash(&a, &b, third));
}
END_TEST

/* One client, every source port: the low bits that a table uses must spread evenly. */
START_TEST(hash_spreads_ports)
{
    struct endpoint a = endpoint_from("192.0.2.1", 0), b = endpoint_from("192.0.2.2", 443);
    unsigned buckets[256] = {0};
    for (unsigned port = 0; port < 65536; port++) {
        a.port = (uint16_t)port;
        buckets[endpoint_pair_hash(&a, &b, key) & 255]++;
    }
    for (int i = 0; i < 256; i++) {
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
    tcase_add_test(tcase, reference_is_siphash);
    tcase_add_loop_test(tcase, hash_is_siphash_and_direction_free, 0, COUNT(ascending));
    tcase_add_test(tcase, hash_depends_on_the_key);
    tcase_add_test(tcase, hash_spreads_ports);
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
