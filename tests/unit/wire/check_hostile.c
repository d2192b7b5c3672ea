/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames that nobody should send, against a guard page: the answer may be any, but it has a name,
 * and what it says of the bytes is true. Loops here count failures and assert once, because an
 * assertion costs more than a frame. */
#include <string.h>

#include "harness.h"
#include "packets.h"
#include "wire/decode.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define FRAME_MAX    320
#define ETHERNET     "020000000001 020000000002"

#define WLAN_ADDRESSES  "020000000001 020000000002 020000000003"
#define OUTER           "4500"
#define OUTER_ADDRESSES "0000 0a000001 0a000002"

static const struct {
    enum link link;
    const char *hex;
} frames[] = {
    {LINK_RAW, SYN4},
    {LINK_RAW, SYNACK6},
    {LINK_RAW, DATA4},
    {LINK_RAW, EXT6},
    {LINK_RAW, RST4},
    {LINK_RAW, FIRST_FRAGMENT6},
    {LINK_RAW, ROUTED6},
    {LINK_RAW, TSO4},
    {LINK_RAW, TSO6},
    {LINK_RAW, PROHIBITED4},
    {LINK_RAW, EXCEEDED4},
    {LINK_RAW, UNREACHABLE6},
    {LINK_RAW, TOO_BIG6},
    {LINK_RAW, MIXED4},
    {LINK_RAW, MIXED6},
    {LINK_ETHERNET, ETHERNET "0800" SYN4},
    {LINK_ETHERNET, ETHERNET "88a8 0064 8100 0065 86dd" EXT6},
    {LINK_ETHERNET, ETHERNET "8100 0064 0800" WHOLE4},
    {LINK_NULL, "02000000" DATA4},
    {LINK_LOOP, "00000018" SYNACK6},
    {LINK_SLL, "0000 0001 0006 020000000001 0000 8100 0064 0800" SYN4},
    {LINK_SLL2, "86dd 0000 00000003 0001 00 06 020000000001 0000" TOO_BIG6},
    {LINK_ETHERNET, ETHERNET "8864 11000001 003e 0021" SYN4},
    {LINK_ETHERNET, ETHERNET "8847 00064040 00064140 00000001" ETHERNET "0800" SYN4},
    {LINK_ETHERNET, ETHERNET "0044 aaaa03 000000 0800" SYN4},
    {LINK_PPP_SERIAL, "ff03 0057" SYNACK6},
    {LINK_FRAME_RELAY, "1841 0300 80 000000 0800" SYN4},
    {LINK_TOKEN_RING, "1040 020000000001 820000000002 0630 00110020 aaaa03 000000 86dd" SYNACK6},
    {LINK_IEEE80211,
     "8881 0000" WLAN_ADDRESSES "1000 8000 00000000" ETHERNET "0044 aaaa03 000000 0800" SYN4},
    {LINK_RADIOTAP, "00 00 1900 03000080 00000000 00000000 0000000000000000 20"
                    "8801 0000" WLAN_ADDRESSES "1000 0000 0000 aaaa03 000000 0800" SYN4},
    {LINK_PRISM,
     "80211001 0000000c 00000000 0801 0000" WLAN_ADDRESSES "1000 aaaa03 000000 0800" SYN4},
    {LINK_PPI, "00 00 0c00 01000000 00000000" ETHERNET "0800" SYN4},
    {LINK_PFLOG, "08 18 0000 00000000" SYNACK6},
    {LINK_NFLOG, "0a 00 0000 0500 0a00 78000000 0800 0100 00000000 5400 0900" SYNACK6},
    {LINK_RAW, OUTER "0050 0001 0000 40 04" OUTER_ADDRESSES SYN4},
    {LINK_RAW,
     OUTER "0060 0001 2000 40 2f" OUTER_ADDRESSES "b000 0800 00000000 00000001 00000002" SYN4},
    {LINK_RAW, OUTER "008a 0001 0000 40 2f" OUTER_ADDRESSES
                     "1000 88be 00000001 1001000100000000" ETHERNET "0800" WHOLE4},
    {LINK_RAW, OUTER "006e 0001 0000 40 11" OUTER_ADDRESSES
                     "c35012b5 005a0000 08000000 00002a00" ETHERNET "0800" SYN4},
    {LINK_RAW,
     OUTER "008a 0001 0000 40 11" OUTER_ADDRESSES
           "c35017c1 00760000 0200 6558 00002a00 0102800100000001" ETHERNET "86dd" SYNACK6},
    {LINK_RAW, OUTER "0068 0001 0000 40 11" OUTER_ADDRESSES
                     "c3500868 00540000 34ff 0044 00000001 0001 00 85 01 100500" SYN4},
    {LINK_RAW, OUTER "0089 0001 0000 40 11" OUTER_ADDRESSES
                     "c3500dd8 00750000 0001 04 04 61626364 01020304 0000000000000001 00 0000 1234"
                     "3f000201" SYNACK6},
    {LINK_RAW, OUTER "0069 0001 0000 40 11" OUTER_ADDRESSES
                     "c35006a5 00550000 4a02 004e 0001 0002 0001 0002 0002 0000 21" SYN4},
    {LINK_RAW, OUTER "0098 0001 0000 40 11" OUTER_ADDRESSES
                     "c35013d0 00840000 4452 1129 5e000000 20010db8000000000000000000000001"
                     "0102030405060708090a0b0c0d0e0f1011121314" SYNACK6},
};

/* What they begin with is decoded, or else the tests below start from nothing. */
START_TEST(right_at_first)
{
    uint8_t bytes[FRAME_MAX];
    struct segment s;
    size_t len = bytes_from_hex(frames[_i].hex, bytes, sizeof bytes);
    struct frame frame = {77, bytes, (uint32_t)len, (uint32_t)len, frames[_i].link, 0};
    enum segment_kind kind = segment_decode(&frame, &s);
    ck_assert_msg(kind == SEGMENT_TCP || kind == SEGMENT_ICMP_ERROR ||
                      kind == SEGMENT_BAD_IP_VERSION,
                  "%s", segment_kind_text(kind));
}
END_TEST

/* FRAME_MAX octets that end at a guard page; a frame is put right before it. */
static uint8_t *arena(void)
{
    static const uint8_t zeros[FRAME_MAX];
    return guarded_copy(zeros, FRAME_MAX);
}

static bool true_of_tcp(const struct frame *frame, const struct segment *s)
{
    const uint8_t *end = frame->bytes + frame->captured_len;
    /* One that is bad may be that of the IP header alone. */
    bool right = s->checksum == CHECKSUM_GOOD || s->checksum == CHECKSUM_PARTIAL;
    return s->payload >= frame->bytes && s->payload <= end &&
           s->payload_captured <= (size_t)(end - s->payload) &&
           s->payload_captured <= s->payload_len && s->checksum <= CHECKSUM_BAD &&
           (s->flags & ~0x1ff) == 0 && s->src.address.family == s->dst.address.family &&
           address_len(&s->src.address) > 0 && s->options.sack_count <= TCPOPT_SACK_BLOCKS &&
           !(right && s->options_truncated) && !(right && s->payload_captured < s->payload_len) &&
           s->time_ns == frame->time_ns;
}

static bool true_of_icmp(const struct frame *frame, const struct segment *s)
{
    return s->icmp.family == s->src.address.family && s->icmp.family == s->dst.address.family &&
           s->icmp.family == s->icmp.from.family && (s->icmp.has_seq || s->seq == 0) &&
           address_len(&s->icmp.from) > 0 && s->time_ns == frame->time_ns;
}

static bool decodes_truly(enum link link, const uint8_t *bytes, size_t len, uint32_t wire_len)
{
    struct segment s;
    memset(&s, 0xa5, sizeof s);
    struct frame frame = {77, bytes, (uint32_t)len, wire_len, link, 0};
    enum segment_kind kind = segment_decode(&frame, &s);
    if (kind == SEGMENT_TCP)
        return true_of_tcp(&frame, &s);
    if (kind == SEGMENT_ICMP_ERROR)
        return true_of_icmp(&frame, &s);
    return (unsigned)kind < SEGMENT_KIND_COUNT;
}

START_TEST(every_prefix)
{
    uint8_t bytes[FRAME_MAX], *room = arena();
    size_t whole = bytes_from_hex(frames[_i].hex, bytes, sizeof bytes);
    for (size_t len = 0; len <= whole; len++) {
        uint8_t *at = room + FRAME_MAX - len;
        memcpy(at, bytes, len);
        for (int link = LINK_UNKNOWN; link < LINK_COUNT; link++) {
            ck_assert(decodes_truly((enum link)link, at, len, (uint32_t)whole));
            ck_assert(decodes_truly((enum link)link, at, len, (uint32_t)len));
        }
    }
    guarded_free(room, FRAME_MAX);
}
END_TEST

/* Each octet takes each value, in the whole frame and in one that is cut behind it. */
START_TEST(every_octet_corrupted)
{
    uint8_t bytes[FRAME_MAX], *room = arena();
    size_t len = bytes_from_hex(frames[_i].hex, bytes, sizeof bytes);
    unsigned lies = 0;
    for (size_t i = 0; i < len; i++) {
        size_t cut = i + 1 + (len - i - 1) / 2;
        uint8_t *whole = room + FRAME_MAX - len, *part = room + FRAME_MAX - cut;
        for (unsigned value = 0; value < 256; value++) {
            memcpy(whole, bytes, len);
            whole[i] = (uint8_t)value;
            lies += !decodes_truly(frames[_i].link, whole, len, (uint32_t)len);
            memcpy(part, bytes, cut);
            part[i] = (uint8_t)value;
            lies += !decodes_truly(frames[_i].link, part, cut, (uint32_t)len);
        }
    }
    ck_assert_uint_eq(lies, 0);
    guarded_free(room, FRAME_MAX);
}
END_TEST

/* Octets that lead deeper than chance does. */
static uint8_t likely_octet(uint64_t r)
{
    static const uint8_t likely[] = {0x00, 0x01, 0x02, 0x03, 0x06, 0x08, 0x0a, 0x1e, 0x22, 0x2b,
                                     0x2c, 0x33, 0x3a, 0x3c, 0x45, 0x46, 0x50, 0x60, 0x81, 0x86,
                                     0x88, 0xdd, 0xa8, 0xff, 0x04, 0x11, 0x29, 0x2f, 0x47, 0x64,
                                     0xaa, 0x0b, 0x0c, 0x14, 0x28, 0x80, 0xf0};
    return (r & 0x300) != 0 ? likely[r % sizeof likely] : (uint8_t)r;
}

START_TEST(random_octets)
{
    uint8_t *room = arena();
    uint64_t state = 9293;
    unsigned lies = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t r = next_random(&state);
        size_t len = r % 160;
        uint8_t *at = room + FRAME_MAX - len;
        for (size_t j = 0; j < len; j++)
            at[j] = likely_octet(next_random(&state));
        lies +=
            !decodes_truly((enum link)((r >> 8 & 0xff) % LINK_COUNT), at, len, (uint32_t)(r >> 32));
    }
    ck_assert_uint_eq(lies, 0);
    guarded_free(room, FRAME_MAX);
}
END_TEST

/* Frames that were right, with up to eight octets changed and the end cut off. */
START_TEST(random_changes)
{
    uint8_t bytes[COUNT(frames)][FRAME_MAX], *room = arena();
    size_t lens[COUNT(frames)];
    for (int i = 0; i < COUNT(frames); i++)
        lens[i] = bytes_from_hex(frames[i].hex, bytes[i], FRAME_MAX);
    uint64_t state = 8200;
    unsigned lies = 0;
    for (int i = 0; i < 200000; i++) {
        uint64_t r = next_random(&state);
        size_t f = r % COUNT(frames);
        size_t len = (r & 1 << 20) != 0 ? lens[f] : (r >> 24) % (lens[f] + 1);
        uint8_t *at = room + FRAME_MAX - len;
        memcpy(at, bytes[f], len);
        for (unsigned n = r >> 40 & 7; len > 0 && n > 0; n--) {
            uint64_t change = next_random(&state);
            at[(change >> 32) % len] = likely_octet(change);
        }
        lies += !decodes_truly(frames[f].link, at, len, (uint32_t)lens[f]);
    }
    ck_assert_uint_eq(lies, 0);
    guarded_free(room, FRAME_MAX);
}
END_TEST

START_TEST(nothing_at_all)
{
    for (int link = LINK_UNKNOWN; link < LINK_COUNT; link++) {
        ck_assert(decodes_truly((enum link)link, NULL, 0, 0));
        ck_assert(decodes_truly((enum link)link, NULL, 0, UINT32_MAX));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tcase = tcase_create("frames");
    tcase_set_timeout(tcase, 60); /* for machines far slower than this takes, and for sanitizers */
    tcase_add_loop_test(tcase, right_at_first, 0, COUNT(frames));
    tcase_add_loop_test(tcase, every_prefix, 0, COUNT(frames));
    tcase_add_loop_test(tcase, every_octet_corrupted, 0, COUNT(frames));
    tcase_add_test(tcase, random_octets);
    tcase_add_test(tcase, random_changes);
    tcase_add_test(tcase, nothing_at_all);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
