/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "harness.h"
#include "packets.h"
#include "wire/decode.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define FRAME_MAX    1024
#define MACS         "020000000001 020000000002"
#define ZEROS16      "00000000 00000000 00000000 00000000"
#define IPV4_HEADER  20
#define UDP_HEADER   8

/* What stands between the outer IP header (or UDP header, where a port is named) and the inner
 * packet. */
static const struct tunnel {
    uint8_t protocol;
    uint16_t port;
    const char *header;
    const char *inner;
} tunnels[] = {
    {4, 0, "", SYN4},
    {41, 0, "", SYNACK6},
    {4, 0, "", DATA4},
    {97, 0, "3000" MACS "0800", SYN4},
    {143, 0, MACS "86dd", SYNACK6},
    {137, 0, "00064140", SYN4},
    /* GRE: plain, with checksum, key, sequence number, all of them, source route */
    {47, 0, "0000 0800", SYN4},
    {47, 0, "0000 86dd", SYNACK6},
    {47, 0, "8000 0800 12340000", SYN4},
    {47, 0, "2000 0800 00000001", SYN4},
    {47, 0, "1000 0800 00000001", SYN4},
    {47, 0, "b000 0800 12340000 00000001 00000002", SYN4},
    {47, 0, "4000 0800 00000000 0800 00 04 c0000201 0000 00 00", SYN4},
    {47, 0, "0000 6558" MACS "0800", SYN4},
    {47, 0, "2000 6558 00000001" MACS "8100 0064 86dd", SYNACK6},
    {47, 0, "0000 8847 00064040 00064140", SYN4},
    {47, 0, "0000 883e", SYN4},
    {47, 0, "0000 883e 00000000", SYN4},
    /* PPTP: key, and sequence or acknowledgement number */
    {47, 0, "3001 880b 00280001 00000001 ff03 0021", SYN4},
    {47, 0, "3081 880b 00280001 00000001 00000002 21", SYN4},
    {47, 0, "2081 880b 00280001 00000002 ff03 0057", SYNACK6},
    /* ERSPAN: three types, the last with and without a sub-header */
    {47, 0, "0000 88be" MACS "0800", SYN4},
    {47, 0, "1000 88be 00000001 1001000100000000" MACS "0800", SYN4},
    {47, 0, "1000 22eb 00000001 200100010000000000000000" MACS "0800", SYN4},
    {47, 0, "1000 22eb 00000001 200100010000000000000001 0000000000000000" MACS "86dd", SYNACK6},
    {47, 0, "0000 8200 0801 0000" MACS "020000000003 1000 aaaa03 000000 0800", SYN4}, /* Aruba */
    {47, 0, "0000 894f 0fc2 0201 00000100", SYN4},
    {17, 4790, "0c000004 00002a00 0fc6 0102 00000100 00000000000000000000000000000000", SYNACK6},
    {17, 3386, "1eff 003c 0001 0001 00 ffffff 0000000000000000", SYN4},
    {17, 37008, "01 00 0001 01" MACS "0800", SYN4},
    {17, 37008, "01 00 0001 00 0b 02 1122 01" MACS "86dd", SYNACK6},
    {17, 37008, "01 00 0012 01 0801 0000" MACS "020000000003 1000 aaaa03 000000 0800", SYN4},
    {17, 4789, "08000000 00002a00" MACS "0800", SYN4},
    {17, 8472, "08000000 00002a00" MACS "8100 0064 86dd", SYNACK6},
    {17, 4790, "0c000001 00002a00", SYN4},
    {17, 4790, "0c000002 00002a00", SYNACK6},
    {17, 4790, "0c000003 00002a00" MACS "0800", SYN4},
    {17, 6081, "0000 0800 00002a00", SYN4},
    {17, 6081, "0200 6558 00002a00 0102800100000001" MACS "86dd", SYNACK6},
    {17, 6081,
     "2100 0800 00002a00 00000000" ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16,
     SYN4},
    {17, 2152, "30ff 003c 00000001", SYN4},
    {17, 2152, "32ff 0040 00000001 0001 00 00", SYN4},
    {17, 2152, "34ff 0044 00000001 0001 00 85 01 100500", SYN4},
    {17, 2152, "36ff 0064 00000001 0001 00 85 01 1005c0 02 00000000000000", SYNACK6},
    {17, 3544, "", SYNACK6},
    {17, 3544, "0000 1234 3f000201", SYNACK6},
    {17, 3544, "0001 00 00 0000000000000001 00", SYNACK6},
    {17, 3544, "0001 04 04 61626364 01020304 0000000000000001 00 0000 1234 3f000201", SYNACK6},
    {17, 1701, "0002 0001 0002 ff03 0021", SYN4},
    {17, 1701, "4002 0044 0001 0002 ff03 0021", SYN4},
    {17, 1701, "4a02 004e 0001 0002 0001 0002 0002 0000 21", SYN4},
    {17, 4754, "2000 0800 00000001", SYN4},
    {17, 6635, "00064140", SYN4},
    {17, 5072,
     "4452 1129 5e000000 20010db8000000000000000000000001"
     "0102030405060708090a0b0c0d0e0f1011121314",
     SYNACK6},
};

static void put_be16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Puts an IPv4 header, with that fragment field, before len bytes of body. Returns the whole
 * length. */
static size_t wrap_ipv4(uint8_t *bytes, size_t len, uint8_t protocol, uint16_t fragment)
{
    memmove(bytes + IPV4_HEADER, bytes, len);
    bytes_from_hex("4500 0000 0001 0000 40 00 0000 0a000001 0a000002", bytes, IPV4_HEADER);
    put_be16(bytes + 2, len + IPV4_HEADER);
    put_be16(bytes + 6, fragment);
    bytes[9] = protocol;
    return len + IPV4_HEADER;
}

static size_t wrap_ipv6(uint8_t *bytes, size_t len, uint8_t protocol)
{
    memmove(bytes + 40, bytes, len);
    bytes_from_hex("60000000 0000 00 40 20010db8000000000000000000000001"
                   "20010db8000000000000000000000002",
                   bytes, 40);
    put_be16(bytes + 4, len);
    bytes[6] = protocol;
    return len + 40;
}

static size_t wrap_udp(uint8_t *bytes, size_t len, uint16_t src, uint16_t dst)
{
    memmove(bytes + UDP_HEADER, bytes, len);
    put_be16(bytes, src);
    put_be16(bytes + 2, dst);
    put_be16(bytes + 4, len + UDP_HEADER);
    put_be16(bytes + 6, 0);
    return len + UDP_HEADER;
}

/* The tunnel's header and the inner packet, which begins at *inner_at. */
static size_t put_body(const struct tunnel *t, uint8_t *bytes, size_t *inner_at)
{
    *inner_at = bytes_from_hex(t->header, bytes, FRAME_MAX);
    size_t len = *inner_at + bytes_from_hex(t->inner, bytes + *inner_at, FRAME_MAX - *inner_at);
    if (t->port == 0)
        return len;
    *inner_at += UDP_HEADER;
    return wrap_udp(bytes, len, 50000, t->port);
}

static size_t put_packet(const struct tunnel *t, uint8_t *bytes, size_t *inner_at)
{
    size_t len = wrap_ipv4(bytes, put_body(t, bytes, inner_at), t->protocol, 0);
    *inner_at += IPV4_HEADER;
    return len;
}

static enum segment_kind decode(const uint8_t *bytes, size_t len, size_t wire_len,
                                struct segment *out)
{
    memset(out, 0xa5, sizeof *out);
    uint8_t *guarded = guarded_copy(bytes, len);
    struct frame frame = {1, guarded, (uint32_t)len, (uint32_t)wire_len, LINK_RAW, 0};
    enum segment_kind kind = segment_decode(&frame, out);
    guarded_free(guarded, len);
    return kind;
}

static void assert_kind(enum segment_kind got, enum segment_kind want)
{
    ck_assert_msg(got == want, "\"%s\" in place of \"%s\"", segment_kind_text(got),
                  segment_kind_text(want));
}

/* The same segment as the inner packet alone gives. */
static void assert_inner(const struct segment *got, const char *inner)
{
    uint8_t bytes[FRAME_MAX];
    struct segment want;
    size_t len = bytes_from_hex(inner, bytes, sizeof bytes);
    assert_kind(decode(bytes, len, len, &want), SEGMENT_TCP);
    ck_assert(endpoint_equal(&got->src, &want.src));
    ck_assert(endpoint_equal(&got->dst, &want.dst));
    ck_assert_uint_eq(got->seq, want.seq);
    ck_assert_uint_eq(got->flags, want.flags);
    ck_assert_uint_eq(got->ip_id, want.ip_id);
    ck_assert_uint_eq(got->ttl, want.ttl);
    ck_assert_uint_eq(got->payload_len, want.payload_len);
    ck_assert_uint_eq(got->payload_captured, want.payload_captured);
    ck_assert_int_eq(got->checksum, want.checksum);
    ck_assert_uint_eq(got->options.tsval, want.options.tsval);
}

START_TEST(innermost_counts)
{
    const struct tunnel *t = &tunnels[_i];
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t inner_at, len = put_packet(t, bytes, &inner_at);
    assert_kind(decode(bytes, len, len, &got), SEGMENT_TCP);
    assert_inner(&got, t->inner);

    len = wrap_ipv6(bytes, put_body(t, bytes, &inner_at), t->protocol);
    memset(bytes + len, 0x5a, 18); /* padding of a short frame */
    assert_kind(decode(bytes, len + 18, len + 18, &got), SEGMENT_TCP);
    assert_inner(&got, t->inner);
}
END_TEST

/* Up to where the inner IP header ends a UDP datagram may be anything. */
static bool is_right_cut(const struct tunnel *t, size_t inner_at, size_t cut,
                         enum segment_kind kind)
{
    size_t ip = strcmp(t->inner, DATA4) == 0 ? 24 : strcmp(t->inner, SYN4) == 0 ? 20 : 40;
    if (cut >= inner_at + ip + 20)
        return kind == SEGMENT_TCP;
    if (cut >= inner_at + ip)
        return kind == SEGMENT_TRUNCATED_TCP;
    if (cut < IPV4_HEADER)
        return kind == SEGMENT_TRUNCATED_IP;
    if (t->port != 0)
        return kind == SEGMENT_NOT_TCP;
    if (cut >= inner_at)
        return kind == SEGMENT_TRUNCATED_IP;
    /* a cut behind the labels, or in front of WCCP's optional header, cannot be told */
    return kind == SEGMENT_TRUNCATED_TUNNEL || kind == SEGMENT_TRUNCATED_LINK ||
           (t->protocol == 47 && kind == SEGMENT_TRUNCATED_IP);
}

START_TEST(cut_anywhere)
{
    const struct tunnel *t = &tunnels[_i];
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t inner_at, len = put_packet(t, bytes, &inner_at);
    for (size_t cut = 0; cut < len; cut++) {
        enum segment_kind kind = decode(bytes, cut, len, &got);
        ck_assert_msg(is_right_cut(t, inner_at, cut, kind), "%zu of %zu octets: \"%s\"", cut, len,
                      segment_kind_text(kind));
    }
}
END_TEST

/* A port proves nothing: what it promises must be there, whole and of the right length. */
START_TEST(ports_are_not_believed)
{
    static const struct {
        size_t at;
        uint8_t octet;
    } changes4[] = {{0, 0x55}, {0, 0x44}, {0, 0x05}, {2, 0x01}, {3, 0x3d}, {3, 0x13}},
      changes6[] = {{0, 0x50}, {0, 0x00}, {4, 0x01}, {5, 0x29}};
    const struct tunnel *t = &tunnels[_i];
    if (t->port == 0)
        return;
    bool v4 = strcmp(t->inner, SYN4) == 0;
    for (int i = 0; i < (v4 ? COUNT(changes4) : COUNT(changes6)); i++) {
        uint8_t bytes[FRAME_MAX];
        struct segment got;
        size_t inner_at, len = put_packet(t, bytes, &inner_at);
        bytes[inner_at + (v4 ? changes4[i].at : changes6[i].at)] =
            v4 ? changes4[i].octet : changes6[i].octet;
        assert_kind(decode(bytes, len, len, &got), SEGMENT_NOT_TCP);
    }
}
END_TEST

START_TEST(ports_of_either_end)
{
    const struct tunnel *t = &tunnels[_i];
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t inner_at, len = put_packet(t, bytes, &inner_at);
    if (t->port == 0)
        return;
    put_be16(bytes + IPV4_HEADER, t->port);
    put_be16(bytes + IPV4_HEADER + 2, 50000);
    assert_kind(decode(bytes, len, len, &got), SEGMENT_TCP);
    put_be16(bytes + IPV4_HEADER, 50000);
    assert_kind(decode(bytes, len, len, &got), SEGMENT_NOT_TCP);
}
END_TEST

static const struct {
    struct tunnel tunnel;
    enum segment_kind want;
} refused[] = {
    {{50, 0, "", SYN4}, SEGMENT_NOT_TCP},
    {{4, 0, "55", SYN4}, SEGMENT_BAD_IP_VERSION},
    {{47, 0, "0002 0800", SYN4}, SEGMENT_NOT_TCP}, /* a version that nobody knows */
    {{47, 0, "0000 0806", SYN4}, SEGMENT_NOT_IP},
    {{47, 0, "0000 6558" MACS "0806", SYN4}, SEGMENT_NOT_IP},
    {{47, 0, "3001 880b 00280001 00000001 ff03 c021", SYN4}, SEGMENT_NOT_IP}, /* LCP */
    {{17, 4789, "00000000 00002a00" MACS "0800", SYN4}, SEGMENT_NOT_TCP},     /* no identifier */
    {{17, 4789, "08000000 00002a00" MACS "0806", SYN4}, SEGMENT_NOT_TCP},
    {{17, 4790, "0c000006 00002a00", SYN4}, SEGMENT_NOT_TCP},
    {{17, 4790, "0c000004 00002a00 0fc1 0201", SYN4}, SEGMENT_NOT_TCP}, /* one word of NSH */
    {{47, 0, "0000 894f 0fc2 0206 00000100", SYN4}, SEGMENT_NOT_IP},
    {{17, 3386, "1e01 003c 0001 0001 00 ffffff 0000000000000000", SYN4}, SEGMENT_NOT_TCP},
    {{17, 37008, "02 00 0001 01" MACS "0800", SYN4}, SEGMENT_NOT_TCP},
    {{17, 37008, "01 00 0077 01" MACS "0800", SYN4}, SEGMENT_NOT_TCP},
    {{17, 37008, "01 00 0001 00", "00000000"}, SEGMENT_NOT_TCP}, /* tags without an end */
    {{17, 4790, "0c0000ff 00002a00", SYN4}, SEGMENT_NOT_TCP},
    {{17, 6081, "4000 0800 00002a00", SYN4}, SEGMENT_NOT_TCP}, /* version 1 */
    {{17, 2152, "3001 003c 00000001", SYN4}, SEGMENT_NOT_TCP}, /* echo request */
    {{17, 2152, "50ff 003c 00000001", SYN4}, SEGMENT_NOT_TCP}, /* version 2 */
    {{17, 2152, "34ff 0044 00000001 0001 00 85 00 100500", SYN4}, SEGMENT_NOT_TCP},
    {{17, 1701, "8002 0001 0002 ff03 0021", SYN4}, SEGMENT_NOT_TCP}, /* control */
    {{17, 1701, "0003 0001 0002 ff03 0021", SYN4}, SEGMENT_NOT_TCP},
    {{17, 5072, "0000 1229 5e000000 00", SYNACK6}, SEGMENT_NOT_TCP}, /* no forwarding */
};

START_TEST(refuses_others)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t inner_at, len = put_packet(&refused[_i].tunnel, bytes, &inner_at);
    assert_kind(decode(bytes, len, len, &got), refused[_i].want);
}
END_TEST

START_TEST(nesting_is_bounded)
{
    for (int outer = 0; outer < 12; outer++) {
        uint8_t bytes[FRAME_MAX];
        struct segment got;
        size_t len = bytes_from_hex(SYN4, bytes, sizeof bytes);
        for (int i = 0; i < outer; i++)
            len = wrap_ipv4(bytes, len, 4, 0);
        assert_kind(decode(bytes, len, len, &got),
                    outer < 8 ? SEGMENT_TCP : SEGMENT_TOO_MANY_HEADERS);
        if (outer < 8)
            assert_inner(&got, SYN4);
    }
}
END_TEST

/* ERSPAN with VXLAN inside. */
START_TEST(tunnels_in_tunnels)
{
    static const struct tunnel vxlan = {17, 4789, "08000000 00002a00" MACS "0800", SYN4};
    uint8_t bytes[FRAME_MAX], header[64];
    struct segment got;
    size_t inner_at, len = put_packet(&vxlan, bytes, &inner_at);
    size_t extra = bytes_from_hex("1000 88be 00000001 1001000100000000" MACS "0800", header, 64);
    memmove(bytes + extra, bytes, len);
    memcpy(bytes, header, extra);
    len = wrap_ipv4(bytes, len + extra, 47, 0);
    assert_kind(decode(bytes, len, len, &got), SEGMENT_TCP);
    assert_inner(&got, SYN4);
}
END_TEST

/* The first fragment of a tunnel's packet carries the inner header; the others carry nothing. */
START_TEST(fragments_of_tunnels)
{
    static const struct tunnel ipip = {4, 0, "", BAD4},
                               vxlan = {17, 4789, "08000000 00002a00" MACS "0800", BAD4};
    for (int i = 0; i < 2; i++) {
        uint8_t bytes[FRAME_MAX];
        struct segment got;
        const struct tunnel *t = i == 0 ? &ipip : &vxlan;
        size_t inner_at, len = put_body(t, bytes, &inner_at);
        len = wrap_ipv4(bytes, len - 5, t->protocol, 0x2000);
        assert_kind(decode(bytes, len, len, &got), SEGMENT_TCP);
        ck_assert_uint_eq(got.payload_len, 5);
        ck_assert_uint_eq(got.payload_captured, 0);
        ck_assert_uint_eq(got.cut, 0); /* the rest is on its way */
        ck_assert_int_eq(got.checksum, CHECKSUM_UNKNOWN);
        put_be16(bytes + 6, 0x0001);
        assert_kind(decode(bytes, len, len, &got), SEGMENT_FRAGMENT);
    }
}
END_TEST

START_TEST(errors_in_tunnels)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(PROHIBITED4, bytes, sizeof bytes);
    len = wrap_ipv4(bytes, len, 4, 0);
    assert_kind(decode(bytes, len, len, &got), SEGMENT_ICMP_ERROR);
    ck_assert_uint_eq(got.icmp.code, 13);
    ck_assert_uint_eq(got.seq, 0xfffffffe);
}
END_TEST

/* UDP's own length: too short to be one, or 0 for segmentation offload. */
START_TEST(udp_length)
{
    static const struct tunnel vxlan = {17, 4789, "08000000 00002a00" MACS "0800", SYN4};
    for (size_t udp_len = 0; udp_len < 200; udp_len++) {
        uint8_t bytes[FRAME_MAX];
        struct segment got;
        size_t inner_at, len = put_packet(&vxlan, bytes, &inner_at);
        bool holds = udp_len == 0 || udp_len >= len - IPV4_HEADER;
        put_be16(bytes + IPV4_HEADER + 4, udp_len);
        assert_kind(decode(bytes, len, len, &got), holds ? SEGMENT_TCP : SEGMENT_NOT_TCP);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tunnel");
    TCase *tcase = tcase_create("tunnel");
    tcase_add_loop_test(tcase, innermost_counts, 0, COUNT(tunnels));
    tcase_add_loop_test(tcase, cut_anywhere, 0, COUNT(tunnels));
    tcase_add_loop_test(tcase, ports_are_not_believed, 0, COUNT(tunnels));
    tcase_add_loop_test(tcase, ports_of_either_end, 0, COUNT(tunnels));
    tcase_add_loop_test(tcase, refuses_others, 0, COUNT(refused));
    tcase_add_test(tcase, nesting_is_bounded);
    tcase_add_test(tcase, tunnels_in_tunnels);
    tcase_add_test(tcase, fragments_of_tunnels);
    tcase_add_test(tcase, errors_in_tunnels);
    tcase_add_test(tcase, udp_length);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
