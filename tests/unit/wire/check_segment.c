/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "harness.h"
#include "packets.h"
#include "wire/decode.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define FRAME_MAX    512
#define SOME_TIME    1795324083502968001

#define CLIENT4 "192.0.2.7:51234"
#define SERVER4 "198.51.100.80:443"
#define CLIENT6 "[2001:db8::7]:51234"
#define SERVER6 "[2001:db8:0:1::80]:443"

/* Decodes against a guard page, into memory that holds nonsense. payload points into freed memory.
 */
static enum segment_kind decode(enum link link, const uint8_t *bytes, size_t len, size_t wire_len,
                                struct segment *out)
{
    memset(out, 0xa5, sizeof *out);
    uint8_t *guarded = guarded_copy(bytes, len);
    struct frame frame = {SOME_TIME, guarded, (uint32_t)len, (uint32_t)wire_len, link, 0};
    enum segment_kind kind = segment_decode(&frame, out);
    if (kind == SEGMENT_TCP) {
        ck_assert_uint_le(out->payload_captured, out->payload_len);
        ck_assert_ptr_eq(out->payload + out->payload_captured <= guarded + len ? guarded : NULL,
                         guarded);
        ck_assert(out->payload >= guarded);
        out->payload = bytes + (out->payload - guarded);
    }
    guarded_free(guarded, len);
    return kind;
}

static void assert_kind(enum segment_kind got, enum segment_kind want)
{
    ck_assert_msg(got == want, "\"%s\" in place of \"%s\"", segment_kind_text(got),
                  segment_kind_text(want));
}

static void assert_endpoint(const struct endpoint *got, const char *want)
{
    char text[ENDPOINT_TEXT_MAX];
    ck_assert_str_eq(endpoint_text(got, text), want);
}

/* ---- every field of a segment ---- */

struct expected {
    const char *packet;
    const char *src, *dst, *payload;
    uint32_t seq, ack;
    uint16_t flags, window, ip_id;
    uint8_t ttl, tos;
    enum checksum_state checksum;
    struct tcp_options options;
};

static const struct expected segments[] = {
    {.packet = SYN4,
     .src = CLIENT4,
     .dst = SERVER4,
     .payload = "",
     .seq = 0xfffffffe,
     .flags = TCP_SYN,
     .window = 64240,
     .ip_id = 0x1234,
     .ttl = 64,
     .checksum = CHECKSUM_GOOD,
     .options = {.has_mss = true,
                 .mss = 1460,
                 .sack_permitted = true,
                 .has_timestamps = true,
                 .tsval = 0xa1b2c3d4,
                 .has_wscale = true,
                 .wscale = 7}},
    {.packet = SYNACK6,
     .src = SERVER6,
     .dst = CLIENT6,
     .payload = "",
     .seq = 0xffffffff,
     .ack = 0xffffffff,
     .flags = TCP_SYN | TCP_ACK,
     .window = 65535,
     .ttl = 57,
     .tos = 0xb8,
     .checksum = CHECKSUM_GOOD,
     .options = {.has_mss = true,
                 .mss = 1440,
                 .sack_permitted = true,
                 .has_timestamps = true,
                 .tsval = 0x0a0b0c0d,
                 .tsecr = 0xa1b2c3d4,
                 .has_wscale = true,
                 .wscale = 9}},
    {.packet = DATA4,
     .src = CLIENT4,
     .dst = SERVER4,
     .payload = "odd",
     .seq = 0xffffffff,
     .ack = 0x80000000,
     .flags = TCP_PSH | TCP_ACK | TCP_AE,
     .window = 502,
     .ip_id = 0xbeef,
     .ttl = 1,
     .tos = 0x12,
     .checksum = CHECKSUM_GOOD,
     .options = {.has_timestamps = true, .tsval = 1, .tsecr = 2}},
    {.packet = EXT6,
     .src = CLIENT6,
     .dst = SERVER6,
     .payload = "x",
     .seq = 7,
     .ack = 9,
     .flags = TCP_FIN | TCP_ACK,
     .window = 502,
     .ttl = 64,
     .checksum = CHECKSUM_GOOD},
    {.packet = RST4,
     .src = SERVER4,
     .dst = CLIENT4,
     .payload = "",
     .ack = 0xffffffff,
     .flags = TCP_RST | TCP_ACK,
     .ttl = 63,
     .checksum = CHECKSUM_GOOD},
#define ACK_OF(family, id, text, state)                                                            \
    .src = CLIENT##family, .dst = SERVER##family, .seq = 1, .ack = 2, .flags = TCP_ACK,            \
    .window = 502, .ttl = 64, .ip_id = (id), .payload = (text), .checksum = (state)
    {.packet = PARTIAL4, ACK_OF(4, 0x1234, "", CHECKSUM_PARTIAL)},
    {.packet = PARTIAL6, ACK_OF(6, 0, "x", CHECKSUM_PARTIAL)},
    {.packet = BAD4, ACK_OF(4, 0x1234, "hello", CHECKSUM_BAD)},
    {.packet = FIRST_FRAGMENT4, ACK_OF(4, 0x1234, "12345678", CHECKSUM_UNKNOWN)},
    {.packet = FIRST_FRAGMENT6, ACK_OF(6, 0, "1234", CHECKSUM_UNKNOWN)},
    {.packet = TSO4, ACK_OF(4, 0x1234, "12345678", CHECKSUM_PARTIAL)},
    {.packet = TSO6, ACK_OF(6, 0, "12345678", CHECKSUM_PARTIAL)},
};

static void assert_segment(const struct segment *got, const struct expected *want)
{
    assert_endpoint(&got->src, want->src);
    assert_endpoint(&got->dst, want->dst);
    ck_assert_int_eq(got->time_ns, SOME_TIME);
    ck_assert_uint_eq(got->seq, want->seq);
    ck_assert_uint_eq(got->ack, want->ack);
    ck_assert_uint_eq(got->flags, want->flags);
    ck_assert_uint_eq(got->window, want->window);
    ck_assert_uint_eq(got->ip_id, want->ip_id);
    ck_assert_uint_eq(got->ttl, want->ttl);
    ck_assert_uint_eq(got->tos, want->tos);
    ck_assert_int_eq(got->checksum, want->checksum);
    ck_assert_uint_eq(got->payload_len, strlen(want->payload));
    ck_assert_uint_eq(got->payload_captured, strlen(want->payload));
    ck_assert_mem_eq(got->payload, want->payload, strlen(want->payload));
    ck_assert(!got->options_truncated);
    ck_assert_uint_eq(got->options.mss, want->options.mss);
    ck_assert_uint_eq(got->options.wscale, want->options.wscale);
    ck_assert_uint_eq(got->options.tsval, want->options.tsval);
    ck_assert_uint_eq(got->options.tsecr, want->options.tsecr);
    ck_assert_int_eq(got->options.has_mss, want->options.has_mss);
    ck_assert_int_eq(got->options.has_wscale, want->options.has_wscale);
    ck_assert_int_eq(got->options.has_timestamps, want->options.has_timestamps);
    ck_assert_int_eq(got->options.sack_permitted, want->options.sack_permitted);
    ck_assert_int_eq(got->options.malformed, false);
}

START_TEST(decodes_every_field)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(segments[_i].packet, bytes, sizeof bytes);
    assert_kind(decode(LINK_RAW, bytes, len, len, &got), SEGMENT_TCP);
    assert_segment(&got, &segments[_i]);
}
END_TEST

/* The padding of a short Ethernet frame belongs to nobody; only where the IP header names no length
 * is there no telling. */
START_TEST(padding_is_no_payload)
{
    uint8_t bytes[FRAME_MAX] = {0};
    struct segment got;
    size_t len = bytes_from_hex(segments[_i].packet, bytes, sizeof bytes);
    memset(bytes + len, 0x5a, 18);
    assert_kind(decode(LINK_RAW, bytes, len + 18, len + 18, &got), SEGMENT_TCP);
    if (strcmp(segments[_i].packet, TSO4) == 0 || strcmp(segments[_i].packet, TSO6) == 0)
        ck_assert_uint_eq(got.payload_len, strlen(segments[_i].payload) + 18);
    else
        assert_segment(&got, &segments[_i]);
}
END_TEST

/* Nothing of one frame shows in the next. */
START_TEST(keeps_nothing)
{
    uint8_t first[FRAME_MAX], second[FRAME_MAX];
    uint32_t first_len = (uint32_t)bytes_from_hex(FIRST_FRAGMENT4, first, FRAME_MAX);
    uint32_t second_len = (uint32_t)bytes_from_hex(segments[_i].packet, second, FRAME_MAX);
    struct frame frames[] = {{1, first, first_len, first_len, LINK_RAW, 0},
                             {SOME_TIME, second, second_len, second_len, LINK_RAW, 0}};
    struct segment got;
    enum segment_kind kinds[2];
    for (int i = 0; i < 2; i++)
        kinds[i] = segment_decode(&frames[i], &got);
    assert_kind(kinds[0], SEGMENT_TCP);
    assert_kind(kinds[1], SEGMENT_TCP);
    assert_segment(&got, &segments[_i]);
}
END_TEST

START_TEST(routed_is_not_judged)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(ROUTED6, bytes, sizeof bytes);
    assert_kind(decode(LINK_RAW, bytes, len, len, &got), SEGMENT_TCP);
    assert_endpoint(&got.dst, "[2001:db8::99]:443");
    ck_assert_int_eq(got.checksum, CHECKSUM_UNKNOWN);
}
END_TEST

/* ---- links ---- */

#define MACS       "020000000001 020000000002"
#define SLL_UP_TO  "0000 0001 0006 020000000001 0000"
#define SLL2_AFTER "0000 00000003 0001 00 06 020000000001 0000"
#define TAG        "8100 0064"
#define TAGS       TAG TAG TAG TAG
#define SNAP       "aaaa03 000000"
#define LABELS     "00064040 00064040 00064040 00064040"

/* IEEE 802.11 from the addresses on: QoS data has two octets more behind the sequence number */
#define WLAN_ADDRESSES "020000000001 020000000002 020000000003"
#define WLAN_DATA      "0801 0000" WLAN_ADDRESSES "1000"
#define WLAN_QOS       "8801 0000" WLAN_ADDRESSES "1000 0000"
#define PRISM_ZEROS    "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"

static const struct {
    enum link link;
    const char *header;
    bool ipv6;
} links[] = {
    {LINK_RAW, "", false},
    {LINK_RAW, "", true},
    {LINK_ETHERNET, MACS "0800", false},
    {LINK_ETHERNET, MACS "86dd", true},
    {LINK_ETHERNET, MACS TAG "0800", false},
    {LINK_ETHERNET, MACS "88a8 0064 8100 0fff 86dd", true},
    {LINK_ETHERNET, MACS "9100 0064 9100 0065 8100 0066 0800", false},
    {LINK_ETHERNET, MACS TAGS TAGS "86dd", true},
    {LINK_NULL, "02000000", false},
    {LINK_NULL, "00000002", false},
    {LINK_NULL, "0a000000", true},
    {LINK_NULL, "0000000a", true},
    {LINK_NULL, "18000000", true},
    {LINK_NULL, "00000018", true},
    {LINK_NULL, "1c000000", true},
    {LINK_NULL, "0000001c", true},
    {LINK_NULL, "1e000000", true},
    {LINK_NULL, "0000001e", true},
    {LINK_LOOP, "00000002", false},
    {LINK_LOOP, "00000018", true},
    {LINK_SLL, SLL_UP_TO "0800", false},
    {LINK_SLL, SLL_UP_TO "86dd", true},
    {LINK_SLL, SLL_UP_TO TAG "0800", false},
    {LINK_SLL2, "0800" SLL2_AFTER, false},
    {LINK_SLL2, "86dd" SLL2_AFTER, true},
    {LINK_SLL2, "8100" SLL2_AFTER "0064 86dd", true},
    {LINK_SLL2, "88a8" SLL2_AFTER "0064 8100 0065 0800", false},
    {LINK_SLL, SLL_UP_TO "0004" SNAP "0800", false},
    {LINK_NULL, "17000000", true},
    {LINK_ETHERNET, MACS "9200 0064 0800", false},
    {LINK_ETHERNET, MACS "0044" SNAP "0800", false},
    {LINK_ETHERNET, MACS "0044 aaaa03 0000f8 86dd", true},
    {LINK_ETHERNET, MACS "0044 060603", false},
    {LINK_ETHERNET, MACS "0044 fefe03 cc", false},
    {LINK_ETHERNET, MACS TAG "0044 fefe03 8e", true},
    {LINK_ETHERNET, MACS "8864 11000001 003e 0021", false},
    {LINK_ETHERNET, MACS TAG "8864 11000001 0052 0057", true},
    {LINK_ETHERNET, MACS "8847 00064140", false},
    {LINK_ETHERNET, MACS "8848 00064040 00064140", true},
    {LINK_ETHERNET, MACS "8847" LABELS LABELS LABELS "00064040 00064040 00064040 00064140", false},
    {LINK_ETHERNET, MACS "88a8 0064 88e7 00000001" MACS "0800", false},
    {LINK_ETHERNET, MACS "8926 00000000 0800", false},
    {LINK_ETHERNET, MACS "8909 0101 00010064 86dd", true},
    {LINK_ETHERNET, MACS "892f 00000001 0800", false},
    {LINK_ETHERNET, MACS "893f 0000 0000 0000 0800", false},
    {LINK_ETHERNET, MACS "8903 0001" MACS "0800", false},
    {LINK_ETHERNET, MACS "894f 0fc2 0203 00000100" MACS "86dd", true},
    {LINK_ETHERNET, MACS "8100 0000 0800", false},
    {LINK_ETHERNET, MACS "8100 0000 88a8 0000 8100 0007 86dd", true},
    {LINK_ETHERNET, MACS "f1c1 0000 0001 0800", false},
    {LINK_ETHERNET, MACS TAG "f1c1 0000 ffff" TAG "86dd", true},
    {LINK_ETHERNET, MACS "88e5 2000 00000001 0200000000010001 0800", false},
    {LINK_ETHERNET, MACS "88e5 0000 00000001" TAG "86dd", true},
    {LINK_ETHERNET, MACS "88e5 4230 00000001 0800", false}, /* end station, number 2, short */
    {LINK_ETHERNET, MACS "22f3 0001 00010002" MACS "0800", false},
    {LINK_ETHERNET, MACS "22f3 0841 00010002 00000000" MACS TAG "86dd", true},
    {LINK_EPON, "55555555555555d5" MACS "0800", false},
    {LINK_ERF, "0000000000000000 02 04 0000 0000 0000 0000" MACS "0800", false},
    {LINK_ERF, "0000000000000000 0b 04 0000 0000 0000 0000" MACS "0800", false},
    {LINK_ERF, "0000000000000000 10 04 0000 0000 0000 0000" MACS "0800", false},
    {LINK_ERF, "0000000000000000 14 04 0000 0000 0000 0000" MACS "0800", false},
    {LINK_ERF,
     "0000000000000000 82 04 0000 0000 0000 8300000000000000 0500000000000000 0000" MACS "86dd",
     true},
    {LINK_ERF, "0000000000000000 16 04 0000 0000 0000", false},
    {LINK_ERF, "0000000000000000 17 04 0000 0000 0000", true},
    {LINK_DSA, MACS "c0000000 0800", false},
    {LINK_EDSA, MACS "dada0000 c0000000 86dd", true},
    {LINK_BROADCOM, MACS "00000001 0800", false},
    {LINK_BROADCOM_PREPENDED, "00000001" MACS TAG "0800", false},
    {LINK_IPNET, "01 02 0000 0000003c 00000002 00000000 00000000 00000000", false},
    {LINK_MPACKET, "555555555555 55 d5" MACS "0800", false},
    {LINK_MPACKET, "555555555555 55 e6" MACS "86dd", true},
    {LINK_NETANALYZER, "00000000" MACS "0800", false},
    {LINK_NETANALYZER_PREAMBLE, "00000000 55555555555555d5" MACS "0800", false},
    {LINK_ENC, "02000000 00000001 00000000", false},
    {LINK_ENC, "00000018 00000001 00000000", true},
    {LINK_SLIP, "00 70 0000000000000000000000000000", false},
    {LINK_PPP, "ff03 0021", false},
    {LINK_PPP, "ff03 0057", true},
    {LINK_PPP, "0021", false},
    {LINK_PPP, "57", true},
    {LINK_PPP, "ff03 0281 00064140", false},
    {LINK_PPP, "0f00 0800", false},
    {LINK_PPP, "8f00 86dd", true},
    {LINK_PPP_SERIAL, "ff03 0021", false},
    {LINK_PPP_SERIAL, "0f00 0800", false},
    {LINK_PPP_SERIAL, "8f00 86dd", true},
    {LINK_PPP_ETHER, "11000001 003e 0021", false},
    {LINK_PPP_PPPD, "0103 0021", false},
    {LINK_PPP_PPPD, "0003 0057", true},
    {LINK_PPP_WITH_DIR, "01 ff03 0021", false},
    {LINK_PPP_WITH_DIR, "00 0f00 0800", false},
    {LINK_CISCO_HDLC, "0f00 0800", false},
    {LINK_CISCO_HDLC, "0f00 8847 00064140", true},
    {LINK_CISCO_HDLC_WITH_DIR, "00 0f00 86dd", true},
    {LINK_FRAME_RELAY, "1841 03cc", false},
    {LINK_FRAME_RELAY, "1841 038e", true},
    {LINK_FRAME_RELAY, "1841 0300 80 000000 0800", false},
    {LINK_FRAME_RELAY, "1841 03cf 0021", false},
    {LINK_FRAME_RELAY, "18400001 03cc", false},
    {LINK_FRAME_RELAY, "1841 0800", false}, /* Cisco */
    {LINK_FRAME_RELAY_WITH_DIR, "01 1841 86dd", true},
    {LINK_MPLS, "00064140", false},
    {LINK_TOKEN_RING, "1040" MACS SNAP "0800", false},
    {LINK_TOKEN_RING, "1040 020000000001 820000000002 c630 00110020" SNAP "86dd", true},
    {LINK_FDDI, "50" MACS SNAP "0800", false},
    {LINK_ATM, SNAP "0800", false},
    {LINK_ATM, "fefe03 cf ff03 0021", false},
    {LINK_SUNATM, "01 00 0064" SNAP "86dd", true},
    {LINK_FIBRE_CHANNEL, "10000200 00000001 10000200 00000002" SNAP "0800", false},
    {LINK_FIREWIRE, "0200000000000001 0200000000000002 0800", false},
    {LINK_INFINIBAND,
     "60000000 003c1b01 fe800000 00000000 00000000 00000001 fe800000 00000000 00000000 00000002"
     "0800 0000",
     false},
    {LINK_IEEE80211, WLAN_DATA SNAP "0800", false},
    {LINK_IEEE80211, WLAN_QOS SNAP "86dd", true},
    {LINK_IEEE80211, "0881 0000" WLAN_ADDRESSES "1000" SNAP "0800", false}, /* of order, no QoS */
    {LINK_IEEE80211, "0803 0000" WLAN_ADDRESSES "1000 020000000004" SNAP "0800", false},
    {LINK_IEEE80211, "8803 0000" WLAN_ADDRESSES "1000 020000000004 0000" SNAP "0800", false},
    {LINK_IEEE80211, "8881 0000" WLAN_ADDRESSES "1000 0000 00000000" SNAP "0800", false},
    {LINK_IEEE80211, "8801 0000" WLAN_ADDRESSES "1000 8000" MACS "0044" SNAP "0800", false},
    {LINK_IEEE80211, "8803 0000" WLAN_ADDRESSES "1000 020000000004 8000" MACS "0044" SNAP "86dd",
     true},
    {LINK_RADIOTAP, "00 00 0800 00000000" WLAN_DATA SNAP "0800", false},
    {LINK_RADIOTAP, "00 00 0900 02000000 00" WLAN_QOS SNAP "0800", false},
    {LINK_RADIOTAP, "00 00 0900 02000000 20" WLAN_QOS "0000" SNAP "0800", false},
    {LINK_RADIOTAP, "00 00 0900 02000000 20" WLAN_DATA SNAP "86dd", true},
    {LINK_RADIOTAP,
     "00 00 1900 03000080 00000000 00000000 0000000000000000 20" WLAN_QOS "0000" SNAP "0800",
     false}, /* flags behind another word and a time stamp on a multiple of eight */
    {LINK_RADIOTAP,
     "00 00 1900 01000080 00000000 20202020 2020202020202020 20" WLAN_QOS SNAP "0800", false},
    {LINK_PRISM,
     "44000000 90000000" PRISM_ZEROS PRISM_ZEROS PRISM_ZEROS PRISM_ZEROS
     "0000000000000000" WLAN_DATA SNAP "0800",
     false},
    {LINK_PRISM, "00000044 0000000c 00000000" WLAN_DATA SNAP "0800", false},
    {LINK_PRISM, "80211001 0000000c 00000000" WLAN_DATA SNAP "0800", false},
    {LINK_AVS, "80211002 0000000c 00000000" WLAN_QOS SNAP "86dd", true},
    {LINK_PPI, "00 00 0800 69000000" WLAN_DATA SNAP "0800", false},
    {LINK_PPI, "00 00 0c00 01000000 00000000" MACS "0800", false},
    {LINK_PPI, "00 00 0800 7f000000 00 00 0800 00000000" WLAN_DATA SNAP "86dd", true},
    {LINK_PFLOG, "05 02 0000 00000000", false},
    {LINK_PFLOG, "08 18 0000 00000000", true},
    {LINK_NFLOG, "02 00 0000 4000 0900", false},
    {LINK_NFLOG, "0a 00 0000 0500 0a00 78000000 0800 0100 00000000 5400 0900", true},
    {LINK_NFLOG, "02 00 0000 0005 000a 78000000 0040 0009", false}, /* big-endian */
    {LINK_JUNIPER_ETHERNET, "4d474300" MACS "0800", false},
    {LINK_JUNIPER_ETHERNET, "4d474381 0003 010106" MACS TAG "86dd", true},
    {LINK_JUNIPER_ETHERNET, "4d474382 0000 02000000", false},
    {LINK_JUNIPER_ETHERNET, "4d474303 06000000", true},
    {LINK_JUNIPER_ETHERNET, MACS "0800", false}, /* an old release */
};

START_TEST(steps_over_links)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    const struct expected *want = &segments[links[_i].ipv6];
    size_t link_len = bytes_from_hex(links[_i].header, bytes, sizeof bytes);
    size_t len = link_len + bytes_from_hex(want->packet, bytes + link_len, FRAME_MAX - link_len);
    assert_kind(decode(links[_i].link, bytes, len, len, &got), SEGMENT_TCP);
    assert_segment(&got, want);
    for (size_t cut = 0; cut < link_len; cut++)
        assert_kind(decode(links[_i].link, bytes, cut, len, &got), SEGMENT_TRUNCATED_LINK);
    assert_kind(decode(links[_i].link, bytes, link_len, len, &got), SEGMENT_TRUNCATED_IP);
}
END_TEST

/* Ethernet in MPLS with a control word and without: what follows the labels is guessed, so a cut
 * right behind them is one inside the IP header as well. */
START_TEST(steps_over_pseudowires)
{
    static const char *const headers[] = {
        MACS "8847 00064140 00000000" MACS "0800",
        MACS "8847 00064140 00000001" MACS TAG "0800",
        MACS "8847 00064140" MACS "0800",
        MACS "8847 00064140 a2000000000102000000000288a800640800",
    };
    for (int i = 0; i < COUNT(headers); i++) {
        uint8_t bytes[FRAME_MAX];
        struct segment got;
        size_t link_len = bytes_from_hex(headers[i], bytes, sizeof bytes);
        size_t len = link_len + bytes_from_hex(SYN4, bytes + link_len, FRAME_MAX - link_len);
        assert_kind(decode(LINK_ETHERNET, bytes, len, len, &got), SEGMENT_TCP);
        assert_segment(&got, &segments[0]);
        for (size_t cut = 0; cut < link_len; cut++)
            assert_kind(decode(LINK_ETHERNET, bytes, cut, len, &got),
                        cut == 18 ? SEGMENT_TRUNCATED_IP : SEGMENT_TRUNCATED_LINK);
    }
}
END_TEST

static const struct {
    enum link link;
    const char *frame;
    enum segment_kind want;
} refused_links[] = {
    {LINK_UNKNOWN, SYN4, SEGMENT_UNKNOWN_LINK},
    {(enum link)99, SYN4, SEGMENT_UNKNOWN_LINK},
    {LINK_ETHERNET, MACS "0806" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS "003c" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS "05dc aaaa03000000 0806" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS "05dc aaaa0300000c 0800" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS "05dc aaaa13000000 0800" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS "05dc 424203" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS "05dc fefe03 81" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS "8863 11000000 003e 0021" SYN4, SEGMENT_NOT_IP}, /* discovery */
    {LINK_ETHERNET, MACS "8864 11000000 003e c021" SYN4, SEGMENT_NOT_IP}, /* LCP */
    {LINK_ETHERNET, MACS "8847 00064140 10000021" SYN4, SEGMENT_NOT_IP},  /* RFC 5586 */
    {LINK_ETHERNET, MACS "8847" LABELS LABELS LABELS LABELS SYN4, SEGMENT_TOO_MANY_HEADERS},
    {LINK_ETHERNET, MACS "8847 00064140 10000021 0000000000000000 0800" SYN4, SEGMENT_NOT_IP},
    {LINK_MPACKET, "555555555555 52 e6" MACS "0800" SYN4, SEGMENT_FRAGMENT},
    {LINK_PPP, "ff03 80fd" SYN4, SEGMENT_NOT_IP},
    {LINK_PPP_SERIAL, "0f00 0806" SYN4, SEGMENT_NOT_IP},
    {LINK_FRAME_RELAY, "18404000 01 03cc" SYN4, SEGMENT_NOT_IP}, /* five octets of address */
    {LINK_PFLOG, "01 02 0000" SYN4, SEGMENT_NOT_IP},
    {LINK_PFLOG, "04 07 0000" SYN4, SEGMENT_NOT_IP},
    {LINK_NFLOG, "07 00 0000 4000 0900" SYN4, SEGMENT_NOT_IP},
    {LINK_NFLOG, "02 00 0000 0300 0a00" SYN4, SEGMENT_NOT_IP},
    {LINK_NFLOG, "02 00 0000 0800 0a00 00000000", SEGMENT_TRUNCATED_LINK}, /* no payload */
    {LINK_IEEE80211, "8001 0000" WLAN_ADDRESSES "0000" SNAP "0800" SYN4, SEGMENT_NOT_IP},
    {LINK_IEEE80211, "0901 0000" WLAN_ADDRESSES "0000" SNAP "0800" SYN4, SEGMENT_NOT_IP},
    {LINK_IEEE80211, "4801 0000" WLAN_ADDRESSES "0000" SNAP "0800" SYN4, SEGMENT_NOT_IP},
    {LINK_IEEE80211, "0841 0000" WLAN_ADDRESSES "0000" SNAP "0800" SYN4, SEGMENT_ENCRYPTED},
    {LINK_ETHERNET, MACS "88e5 2c00 00000001 0200000000010001" SYN4, SEGMENT_ENCRYPTED},
    {LINK_ETHERNET, MACS "88e5 0c00 00000001" SYN4, SEGMENT_ENCRYPTED},
    {LINK_ETHERNET, MACS "88e5 0400 00000001 0800" SYN4, SEGMENT_ENCRYPTED},
    {LINK_ETHERNET, MACS "88e5 0000 00000001 0806" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS "22f3 4001 00010002" MACS "0800" SYN4, SEGMENT_NOT_IP},
    {LINK_ERF, "0000000000000000 01 04 0000 0000 0000 0f00 0800" SYN4, SEGMENT_NOT_IP},
    {LINK_IEEE80211, "0801 0000" WLAN_ADDRESSES "1100" SNAP "0800" SYN4, SEGMENT_FRAGMENT},
    {LINK_RADIOTAP, "01 00 0800 00000000" SYN4, SEGMENT_NOT_IP},
    {LINK_RADIOTAP, "00 00 0700 00000000" SYN4, SEGMENT_NOT_IP},
    {LINK_PRISM, "44000000 07000000" SYN4, SEGMENT_NOT_IP},
    {LINK_AVS, "80211001 00010000" SYN4, SEGMENT_NOT_IP},
    {LINK_PPI, "00 00 0700 69000000" SYN4, SEGMENT_NOT_IP},
    {LINK_PPI, "00 00 0800 93000000" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS TAG "0806" SYN4, SEGMENT_NOT_IP},
    {LINK_ETHERNET, MACS TAGS TAGS TAG "0800" SYN4, SEGMENT_TOO_MANY_HEADERS},
    {LINK_NULL, "00000000" SYN4, SEGMENT_NOT_IP},
    {LINK_NULL, "00000007" SYN4, SEGMENT_NOT_IP},
    {LINK_NULL, "00020000" SYN4, SEGMENT_NOT_IP},
    {LINK_NULL, "02000200" SYN4, SEGMENT_NOT_IP},
    {LINK_NULL, "02020000" SYN4, SEGMENT_NOT_IP},
    {LINK_NULL, "02000002" SYN4, SEGMENT_NOT_IP},
    {LINK_LOOP, "02000000" SYN4, SEGMENT_NOT_IP},
    {LINK_SLL, SLL_UP_TO "0806" SYN4, SEGMENT_NOT_IP},
    {LINK_SLL, SLL_UP_TO "0004" SYN4, SEGMENT_NOT_IP},
    {LINK_SLL2, "0806" SLL2_AFTER SYN4, SEGMENT_NOT_IP},
    {LINK_SLL2, "8100" SLL2_AFTER "0064 0806" SYN4, SEGMENT_NOT_IP},
    {LINK_JUNIPER_ETHERNET, "4d474302 04000000" SYN4, SEGMENT_NOT_IP},
};

START_TEST(refuses_other_links)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(refused_links[_i].frame, bytes, sizeof bytes);
    assert_kind(decode(refused_links[_i].link, bytes, len, len, &got), refused_links[_i].want);
}
END_TEST

/* ---- headers with one octet changed ---- */

static const struct {
    const char *packet;
    size_t offset;
    uint8_t octet;
    enum segment_kind want;
} patched[] = {
    {SYN4, 0, 0x05, SEGMENT_BAD_IP_VERSION},
    {SYN4, 0, 0x55, SEGMENT_BAD_IP_VERSION},
    {SYN4, 0, 0xf5, SEGMENT_BAD_IP_VERSION},
    {SYN4, 0, 0x40, SEGMENT_BAD_IP_HEADER},
    {SYN4, 0, 0x44, SEGMENT_BAD_IP_HEADER},
    {SYN4, 0, 0x4f, SEGMENT_BAD_TCP_OFFSET}, /* the IP header is all there is */
    {RST4, 0, 0x4b, SEGMENT_BAD_IP_HEADER},  /* 44 octets of header, 40 in all */
    {SYN4, 3, 0x01, SEGMENT_BAD_IP_HEADER},  /* total length below the header's */
    {SYN4, 3, 0x13, SEGMENT_BAD_IP_HEADER},
    {SYN4, 3, 0x14, SEGMENT_BAD_TCP_OFFSET}, /* no octet of TCP */
    {SYN4, 3, 0x27, SEGMENT_BAD_TCP_OFFSET}, /* nineteen */
    {SYN4, 3, 0x3b, SEGMENT_TCP},            /* one less than the data offset */
    {SYN4, 3, 0x3d, SEGMENT_TCP},            /* the wire lost an octet: cut */
    {SYN4, 2, 0xff, SEGMENT_TCP},
    {SYN4, 6, 0x00, SEGMENT_TCP},
    {SYN4, 6, 0x80, SEGMENT_TCP}, /* the reserved bit */
    {SYN4, 6, 0x20, SEGMENT_TCP}, /* more fragments */
    {SYN4, 6, 0x01, SEGMENT_FRAGMENT},
    {SYN4, 6, 0x30, SEGMENT_FRAGMENT},
    {SYN4, 7, 0x01, SEGMENT_FRAGMENT},
    {SYN4, 9, 0, SEGMENT_NOT_TCP},
    {SYN4, 9, 17, SEGMENT_NOT_TCP},
    {SYN4, 9, 44, SEGMENT_NOT_TCP}, /* an IPv6 extension header is none of IPv4 */
    {SYN4, 9, 58, SEGMENT_NOT_TCP},
    {SYN4, 32, 0x00, SEGMENT_BAD_TCP_OFFSET},
    {SYN4, 32, 0x40, SEGMENT_BAD_TCP_OFFSET},
    {SYN4, 32, 0x50, SEGMENT_TCP},
    {SYN4, 32, 0xb0, SEGMENT_TCP},
    {SYN4, 32, 0xf0, SEGMENT_TCP},
    {SYNACK6, 5, 0x00, SEGMENT_TCP}, /* no length: the rest of the frame */
    {SYNACK6, 5, 0x13, SEGMENT_BAD_TCP_OFFSET},
    {SYNACK6, 5, 0x27, SEGMENT_TCP},
    {SYNACK6, 4, 0xff, SEGMENT_TCP},
    {SYNACK6, 6, 1, SEGMENT_NOT_TCP},
    {SYNACK6, 6, 17, SEGMENT_NOT_TCP},
    {SYNACK6, 6, 50, SEGMENT_NOT_TCP},       /* ESP */
    {SYNACK6, 6, 59, SEGMENT_NOT_TCP},       /* no next header */
    {EXT6, 5, 0x03, SEGMENT_BAD_IP_HEADER},  /* three octets are no extension header */
    {EXT6, 5, 0x07, SEGMENT_BAD_IP_HEADER},  /* nor are seven */
    {EXT6, 5, 0x08, SEGMENT_BAD_IP_HEADER},  /* one, and then nothing */
    {EXT6, 41, 0xff, SEGMENT_BAD_IP_HEADER}, /* longer than the packet */
    {EXT6, 40, 17, SEGMENT_NOT_TCP},
    {EXT6, 90, 0x01, SEGMENT_FRAGMENT}, /* offset 32 */
    {EXT6, 91, 0x08, SEGMENT_FRAGMENT}, /* offset 1 */
    {EXT6, 91, 0x07, SEGMENT_TCP},      /* reserved bits, more fragments */
};

START_TEST(names_what_is_wrong)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(patched[_i].packet, bytes, sizeof bytes);
    ck_assert_uint_ne(bytes[patched[_i].offset], patched[_i].octet);
    bytes[patched[_i].offset] = patched[_i].octet;
    assert_kind(decode(LINK_RAW, bytes, len, len, &got), patched[_i].want);
}
END_TEST

/* Destination option headers one after the other, then TCP. */
static enum segment_kind decode_chain(size_t headers)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(SYNACK6, bytes, sizeof bytes), extra = 8 * headers;
    memmove(bytes + 40 + extra, bytes + 40, len - 40);
    for (size_t i = 0; i < headers; i++)
        bytes_from_hex(i + 1 < headers ? "3c00 0104 00000000" : "0600 0104 00000000",
                       bytes + 40 + 8 * i, 8);
    bytes[6] = headers > 0 ? 60 : 6;
    bytes[5] = (uint8_t)(bytes[5] + extra);
    return decode(LINK_RAW, bytes, len + extra, len + extra, &got);
}

/* Each kind in front of TCP: its second octet counts units of eight octets beyond the first. */
START_TEST(knows_extension_headers)
{
    static const uint8_t known[] = {0, 43, 44, 60, 135, 139, 140};
    for (unsigned kind = 0; kind < 256; kind++) {
        uint8_t bytes[FRAME_MAX];
        struct segment got;
        size_t len = bytes_from_hex(SYNACK6, bytes, sizeof bytes);
        bool wanted = memchr(known, (int)kind, sizeof known) != NULL;
        if (kind == 6 || kind == 17 || kind == 51)
            continue;
        memmove(bytes + 48, bytes + 40, len - 40);
        bytes_from_hex("0600 0000 00000000", bytes + 40, 8);
        bytes[6] = (uint8_t)kind;
        bytes[5] = (uint8_t)(bytes[5] + 8);
        bool is_tcp = decode(LINK_RAW, bytes, len + 8, len + 8, &got) == SEGMENT_TCP;
        ck_assert_msg(is_tcp == wanted, "next header %u", kind);
    }
}
END_TEST

START_TEST(bounds_extension_headers)
{
    for (size_t headers = 0; headers <= 16; headers++)
        assert_kind(decode_chain(headers), SEGMENT_TCP);
    assert_kind(decode_chain(17), SEGMENT_TOO_MANY_HEADERS);
    assert_kind(decode_chain(25), SEGMENT_TOO_MANY_HEADERS);
}
END_TEST

/* Loose and strict source routes: with hops left the last address is the destination, else the
 * header's is; what is broken is not believed. */
static const struct {
    const char *options;
    const char *dst;
} routes[] = {
    {"83 0b 04 0a000001 0a000002 00", "10.0.0.2:443"},
    {"83 0b 08 0a000001 0a000002 00", "10.0.0.2:443"},
    {"01 89 07 04 0a000001", "10.0.0.1:443"},
    {"9404 0000 89 07 04 0a000001 00", "10.0.0.1:443"},
    {"83 0b 0c 0a000001 0a000002 00", SERVER4}, /* used up */
    {"83 03 04 00", SERVER4},
    {"83 02 01 01", SERVER4},
    {"83 06 04 0a0000 0100", SERVER4},
    {"83 0b 04 0a000001", SERVER4}, /* longer than the header */
    {"83 01 04 0a000001", SERVER4},
    {"00 83 07 04 0a000001", SERVER4},
    {"07 07 04 0a000001 00", SERVER4}, /* a record of the route */
    {"01 01 01 83", SERVER4},
};

START_TEST(follows_source_routes)
{
    uint8_t bytes[FRAME_MAX], options[40];
    struct segment got;
    size_t len = bytes_from_hex(SYN4, bytes, sizeof bytes);
    size_t extra = bytes_from_hex(routes[_i].options, options, sizeof options);
    while (extra % 4 != 0)
        options[extra++] = 0;
    memmove(bytes + 20 + extra, bytes + 20, len - 20);
    memcpy(bytes + 20, options, extra);
    bytes[0] = (uint8_t)(0x45 + extra / 4);
    bytes[3] = (uint8_t)(len + extra);
    assert_kind(decode(LINK_RAW, bytes, len + extra, len + extra, &got), SEGMENT_TCP);
    assert_endpoint(&got.src, CLIENT4);
    assert_endpoint(&got.dst, routes[_i].dst);
}
END_TEST

/* RFC 4302 in IPv4, one header and too many. */
START_TEST(authentication_in_ipv4)
{
    for (size_t headers = 0; headers < 20; headers++) {
        uint8_t bytes[FRAME_MAX];
        struct segment got;
        size_t len = bytes_from_hex(SYN4, bytes, sizeof bytes), extra = 12 * headers;
        memmove(bytes + 20 + extra, bytes + 20, len - 20);
        for (size_t i = 0; i < headers; i++)
            bytes_from_hex(i + 1 < headers ? "33 01 0000 00000001 00000001"
                                           : "06 01 0000 00000001 00000001",
                           bytes + 20 + 12 * i, 12);
        bytes[9] = headers > 0 ? 51 : 6;
        bytes[2] = (uint8_t)((len + extra) >> 8);
        bytes[3] = (uint8_t)(len + extra);
        bytes[10] = bytes[11] = 0; /* left out */
        assert_kind(decode(LINK_RAW, bytes, len + extra, len + extra, &got),
                    headers <= 16 ? SEGMENT_TCP : SEGMENT_TOO_MANY_HEADERS);
        if (headers == 1)
            ck_assert_int_eq(got.checksum, CHECKSUM_GOOD);
    }
}
END_TEST

/* Every bit of the header, and the checksum itself: wrong, right, and left out. */
START_TEST(judges_the_ipv4_header)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(SYN4, bytes, sizeof bytes);
    assert_kind(decode(LINK_RAW, bytes, len, len, &got), SEGMENT_TCP);
    ck_assert_int_eq(got.checksum, CHECKSUM_GOOD);
    for (size_t bit = 8; bit < 20 * 8; bit++) { /* behind the version and the length */
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (decode(LINK_RAW, bytes, len, len, &got) == SEGMENT_TCP)
            ck_assert_msg(got.checksum == CHECKSUM_BAD, "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    bytes[8]--; /* the time to live */
    decode(LINK_RAW, bytes, len, len, &got);
    ck_assert_int_eq(got.checksum, CHECKSUM_BAD);
    bytes[10] = bytes[11] = 0;
    decode(LINK_RAW, bytes, len, len, &got);
    ck_assert_int_eq(got.checksum, CHECKSUM_GOOD);
}
END_TEST

START_TEST(carries_all_flags)
{
    uint8_t bytes[FRAME_MAX];
    size_t len = bytes_from_hex(RST4, bytes, sizeof bytes);
    for (unsigned flags = 0; flags < 0x1000; flags++) {
        struct frame frame = {0, bytes, (uint32_t)len, (uint32_t)len, LINK_RAW, 0};
        struct segment got;
        bytes[32] = (uint8_t)(0x50 | flags >> 8);
        bytes[33] = (uint8_t)flags;
        if (segment_decode(&frame, &got) != SEGMENT_TCP || got.flags != (flags & 0x1ff))
            ck_abort_msg("flags %03x were read as %03x", flags, got.flags);
    }
}
END_TEST

/* ---- captures that are shorter than the wire ---- */

struct cut {
    const char *packet;
    size_t ip, tcp, end; /* where the fixed TCP header, the options and the payload begin */
};

static const struct cut cuts[] = {
    {SYN4, 20, 40, 60}, {SYNACK6, 40, 60, 80}, {DATA4, 24, 44, 56}, {EXT6, 136, 156, 156},
    {RST4, 20, 40, 40}, {BAD4, 20, 40, 40},    {TSO4, 20, 40, 40},  {TSO6, 40, 60, 60},
};

static enum segment_kind kind_of_cut(const struct cut *c, size_t len)
{
    if (len < c->ip)
        return SEGMENT_TRUNCATED_IP;
    return len < c->tcp ? SEGMENT_TRUNCATED_TCP : SEGMENT_TCP;
}

static void check_cut(const struct cut *c, const uint8_t *bytes, size_t len, size_t wire_len)
{
    struct segment whole, got;
    decode(LINK_RAW, bytes, wire_len, wire_len, &whole);
    enum segment_kind kind = decode(LINK_RAW, bytes, len, wire_len, &got);
    assert_kind(kind, kind_of_cut(c, len));
    if (kind != SEGMENT_TCP)
        return;
    ck_assert_uint_eq(got.seq, whole.seq);
    ck_assert_uint_eq(got.ack, whole.ack);
    ck_assert_uint_eq(got.flags, whole.flags);
    ck_assert_uint_eq(got.window, whole.window);
    ck_assert_uint_eq(got.payload_len, whole.payload_len);
    ck_assert_uint_eq(got.payload_captured, len > c->end ? len - c->end : 0);
    ck_assert_int_eq(got.options_truncated, len < c->end);
    ck_assert(!got.options.malformed);
    ck_assert_int_eq(got.checksum, len < wire_len ? CHECKSUM_UNKNOWN : whole.checksum);
}

START_TEST(cut_by_the_capture)
{
    uint8_t bytes[FRAME_MAX];
    size_t wire_len = bytes_from_hex(cuts[_i].packet, bytes, sizeof bytes);
    for (size_t len = 0; len <= wire_len; len++)
        check_cut(&cuts[_i], bytes, len, wire_len);
}
END_TEST

/* What was cut off goes by the wire's length, even where the IP header names none. */
START_TEST(cut_offloaded_segment)
{
    static const struct {
        const char *packet;
        enum link link;
        const char *header;
        size_t headers_len;
    } offloaded[] = {{TSO4, LINK_ETHERNET, MACS "0800", 54}, {TSO6, LINK_NULL, "1e000000", 64}};
    for (int i = 0; i < COUNT(offloaded); i++) {
        uint8_t bytes[FRAME_MAX];
        struct segment got;
        size_t len = bytes_from_hex(offloaded[i].header, bytes, sizeof bytes);
        len += bytes_from_hex(offloaded[i].packet, bytes + len, FRAME_MAX - len);
        assert_kind(decode(offloaded[i].link, bytes, len, 180000, &got), SEGMENT_TCP);
        ck_assert_uint_eq(got.payload_len, 180000 - offloaded[i].headers_len);
        ck_assert_uint_eq(got.payload_captured, 8);
        ck_assert_int_eq(got.checksum, CHECKSUM_UNKNOWN);
    }
}
END_TEST

/* A wire length below the captured one is a lie of the file: what is there is there. */
START_TEST(wire_length_that_lies)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(TSO4, bytes, sizeof bytes);
    for (size_t wire_len = 0; wire_len <= len; wire_len++) {
        assert_kind(decode(LINK_RAW, bytes, len, wire_len, &got), SEGMENT_TCP);
        ck_assert_uint_eq(got.payload_len, 8);
    }
    assert_kind(decode(LINK_RAW, bytes, len, UINT32_MAX, &got), SEGMENT_TCP);
    ck_assert_uint_eq(got.payload_len, UINT32_MAX - 40);
}
END_TEST

/* Neither options nor payload can be told from what is behind the end, and the ports and flags
 * stand before all that. */
START_TEST(data_offset_behind_the_end)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(SYN4, bytes, sizeof bytes);
    for (unsigned words = 11; words < 16; words++) { /* ten are there */
        bytes[32] = (uint8_t)(words << 4);
        assert_kind(decode(LINK_RAW, bytes, len, len, &got), SEGMENT_TCP);
        ck_assert_uint_eq(got.cut, 4 * (words - 10));
        ck_assert_uint_eq(got.payload_len, 0);
        ck_assert_uint_eq(got.flags, TCP_SYN);
        assert_endpoint(&got.src, CLIENT4);
        ck_assert(!got.options.has_mss && !got.options.malformed && !got.options_truncated);
        assert_kind(decode(LINK_RAW, bytes, len - 1, len - 1, &got), SEGMENT_TCP);
        ck_assert_uint_eq(got.cut, 4 * (words - 10) + 1);
        assert_kind(decode(LINK_RAW, bytes, 39, len, &got), SEGMENT_TRUNCATED_TCP);
    }
}
END_TEST

/* Options that the sender broke are told from those that the capture cut. */
START_TEST(malformed_options)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(SYN4, bytes, sizeof bytes);
    bytes[56] = 3; /* a window scale of length 0 where there was NOP */
    bytes[57] = 0;
    assert_kind(decode(LINK_RAW, bytes, len, len, &got), SEGMENT_TCP);
    ck_assert(got.options.malformed);
    ck_assert(got.options.has_timestamps);
    ck_assert(!got.options.has_wscale);
}
END_TEST

START_TEST(takes_sequence_space)
{
    struct segment s = {.payload_len = 0};
    ck_assert_uint_eq(segment_seq_len(&s), 0);
    s.flags = TCP_SYN | TCP_ACK;
    ck_assert_uint_eq(segment_seq_len(&s), 1);
    s.payload_len = 10;
    ck_assert_uint_eq(segment_seq_len(&s), 11);
    s.flags = TCP_FIN | TCP_SYN | TCP_PSH;
    ck_assert_uint_eq(segment_seq_len(&s), 12);
    s.flags = TCP_RST;
    ck_assert_uint_eq(segment_seq_len(&s), 10);
}
END_TEST

START_TEST(every_kind_has_its_text)
{
    for (int kind = 0; kind < SEGMENT_KIND_COUNT; kind++) {
        const char *text = segment_kind_text((enum segment_kind)kind);
        ck_assert_ptr_nonnull(text);
        for (int other = 0; other < kind; other++)
            ck_assert_str_ne(text, segment_kind_text((enum segment_kind)other));
    }
    ck_assert_str_eq(segment_kind_text(SEGMENT_KIND_COUNT), "unknown");
    ck_assert_str_eq(segment_kind_text((enum segment_kind) - 1), "unknown");
}
END_TEST

/* ---- ICMP ---- */

static const struct {
    const char *packet;
    uint8_t family, type, code;
    const char *from, *src, *dst;
    uint32_t seq;
} errors[] = {
    {PROHIBITED4, FAMILY_IPV4, 3, 13, "203.0.113.1", CLIENT4, SERVER4, 0xfffffffe},
    {EXCEEDED4, FAMILY_IPV4, 11, 0, "203.0.113.1", CLIENT4, SERVER4, 0xffffffff},
    {WHOLE4, FAMILY_IPV4, 3, 1, "203.0.113.1", CLIENT4, SERVER4, 0xfffffffe},
    {UNREACHABLE6, FAMILY_IPV6, 1, 4, "2001:db8:ffff::1", CLIENT6, SERVER6, 0x80000000},
    {TOO_BIG6, FAMILY_IPV6, 2, 0, "2001:db8:ffff::1", CLIENT6, SERVER6, 7},
};

START_TEST(decodes_icmp_errors)
{
    uint8_t bytes[FRAME_MAX];
    char text[ADDRESS_TEXT_MAX];
    struct segment got;
    size_t len = bytes_from_hex(errors[_i].packet, bytes, sizeof bytes);
    assert_kind(decode(LINK_RAW, bytes, len, len, &got), SEGMENT_ICMP_ERROR);
    ck_assert_int_eq(got.time_ns, SOME_TIME);
    ck_assert_str_eq(address_text(&got.icmp.from, text), errors[_i].from);
    ck_assert_uint_eq(got.icmp.family, errors[_i].family);
    ck_assert_uint_eq(got.icmp.type, errors[_i].type);
    ck_assert_uint_eq(got.icmp.code, errors[_i].code);
    assert_endpoint(&got.src, errors[_i].src);
    assert_endpoint(&got.dst, errors[_i].dst);
    ck_assert(got.icmp.has_seq);
    ck_assert_uint_eq(got.seq, errors[_i].seq);
    ck_assert_uint_eq(got.flags, 0);
    ck_assert_uint_eq(got.payload_len, 0);
    ck_assert_ptr_null(got.payload);
}
END_TEST

/* Any bit that is wrong, of the IP header where that has a checksum and of the message. */
START_TEST(judges_icmp_errors)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(errors[_i].packet, bytes, sizeof bytes);
    size_t first = errors[_i].family == FAMILY_IPV4 ? 8 : 64; /* in IPv6, the addresses */
    decode(LINK_RAW, bytes, len, len, &got);
    ck_assert_int_eq(got.checksum, CHECKSUM_GOOD);
    decode(LINK_RAW, bytes, len - 1, len, &got);
    ck_assert_int_eq(got.checksum, CHECKSUM_UNKNOWN);
    for (size_t bit = first; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (decode(LINK_RAW, bytes, len, len, &got) == SEGMENT_ICMP_ERROR)
            ck_assert_msg(got.checksum == CHECKSUM_BAD, "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

/* Cut by the capture is one thing, cut on the wire another. */
START_TEST(tells_what_the_wire_cut)
{
    static const char *const packets[] = {DATA4, SYNACK6, WHOLE4, TOO_BIG6};
    enum segment_kind kind = _i < 2 ? SEGMENT_TCP : SEGMENT_ICMP_ERROR;
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(packets[_i], bytes, sizeof bytes);
    assert_kind(decode(LINK_RAW, bytes, len, len, &got), kind);
    ck_assert_uint_eq(got.cut, 0);
    assert_kind(decode(LINK_RAW, bytes, len - 1, len, &got), kind);
    ck_assert_uint_eq(got.cut, 0);
    assert_kind(decode(LINK_RAW, bytes, len - 1, len - 1, &got), kind);
    ck_assert_uint_eq(got.cut, 1);
}
END_TEST

/* Where the quoted TCP header begins. */
static const struct {
    const char *packet;
    size_t tcp;
} quotes[] = {
    {PROHIBITED4, 48}, {EXCEEDED4, 52}, {WHOLE4, 48}, {UNREACHABLE6, 88}, {TOO_BIG6, 184}};

/* Cut by the capture, and cut by the router that quoted (then Ethernet padding follows). */
START_TEST(quotes_of_every_length)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(quotes[_i].packet, bytes, sizeof bytes), tcp = quotes[_i].tcp;
    size_t length_at = bytes[0] == 0x45 ? 3 : 5, base = bytes[0] == 0x45 ? 0 : 40;
    for (size_t cut = base == 0 ? 20 : 40; cut <= len; cut++) {
        enum segment_kind want = cut < tcp + 4 ? SEGMENT_TRUNCATED_ICMP : SEGMENT_ICMP_ERROR;
        assert_kind(decode(LINK_RAW, bytes, cut, len, &got), want);
        if (want == SEGMENT_ICMP_ERROR)
            ck_assert_int_eq(got.icmp.has_seq, cut >= tcp + 8);

        uint8_t padded[FRAME_MAX];
        memcpy(padded, bytes, len);
        memset(padded + cut, 0, 18);
        padded[length_at] = (uint8_t)(cut - base);
        if (cut == base)
            continue; /* an IPv6 payload length of 0 means the rest of the frame */
        assert_kind(decode(LINK_RAW, padded, cut + 18, cut + 18, &got), want);
        if (want == SEGMENT_ICMP_ERROR)
            ck_assert_uint_eq(got.seq, cut >= tcp + 8 ? errors[_i].seq : 0);
    }
}
END_TEST

START_TEST(only_errors_quote)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    for (unsigned type = 0; type < 256; type++) {
        size_t len = bytes_from_hex(WHOLE4, bytes, sizeof bytes);
        bool error4 = type == 3 || type == 4 || type == 11 || type == 12;
        bytes[20] = (uint8_t)type;
        assert_kind(decode(LINK_RAW, bytes, len, len, &got),
                    error4 ? SEGMENT_ICMP_ERROR : SEGMENT_NOT_TCP);

        len = bytes_from_hex(UNREACHABLE6, bytes, sizeof bytes);
        bytes[40] = (uint8_t)type;
        assert_kind(decode(LINK_RAW, bytes, len, len, &got),
                    type >= 1 && type <= 4 ? SEGMENT_ICMP_ERROR : SEGMENT_NOT_TCP);
    }
}
END_TEST

/* One octet of the error changed. 28 and 48 are where the quotes begin. */
static const struct {
    const char *packet;
    size_t offset;
    uint8_t octet;
    enum segment_kind want;
} patched_quotes[] = {
    {MIXED4, 21, 0, SEGMENT_BAD_IP_VERSION}, /* the packet alone is wrong */
    {MIXED6, 41, 0, SEGMENT_BAD_IP_VERSION},
    {WHOLE4, 9, 58, SEGMENT_NOT_TCP},
    {UNREACHABLE6, 6, 1, SEGMENT_NOT_TCP},
    {WHOLE4, 6, 0x20, SEGMENT_ICMP_ERROR},
    {WHOLE4, 7, 0x01, SEGMENT_FRAGMENT},
    {WHOLE4, 28, 0x55, SEGMENT_BAD_IP_VERSION},
    {WHOLE4, 28, 0x44, SEGMENT_BAD_IP_HEADER},
    {PROHIBITED4, 28, 0x4f, SEGMENT_TRUNCATED_ICMP},
    {WHOLE4, 30, 0xff, SEGMENT_ICMP_ERROR}, /* the quoted length is not believed */
    {WHOLE4, 31, 0x00, SEGMENT_ICMP_ERROR},
    {WHOLE4, 31, 0x01, SEGMENT_ICMP_ERROR},
    {WHOLE4, 34, 0x20, SEGMENT_ICMP_ERROR},
    {WHOLE4, 34, 0x01, SEGMENT_FRAGMENT},
    {WHOLE4, 37, 17, SEGMENT_NOT_TCP},
    {WHOLE4, 37, 1, SEGMENT_NOT_TCP},
    {WHOLE4, 60, 0x00, SEGMENT_ICMP_ERROR}, /* nor is the quoted data offset looked at */
    {UNREACHABLE6, 52, 0xff, SEGMENT_ICMP_ERROR},
    {UNREACHABLE6, 53, 0x00, SEGMENT_ICMP_ERROR},
    {UNREACHABLE6, 53, 0x01, SEGMENT_ICMP_ERROR},
    {UNREACHABLE6, 54, 17, SEGMENT_NOT_TCP},
    {UNREACHABLE6, 54, 58, SEGMENT_NOT_TCP},
    {TOO_BIG6, 53, 0x07, SEGMENT_ICMP_ERROR},
    {TOO_BIG6, 89, 0xff, SEGMENT_TRUNCATED_ICMP},
    {TOO_BIG6, 139, 0x08, SEGMENT_FRAGMENT},
};

START_TEST(names_what_is_wrong_with_a_quote)
{
    uint8_t bytes[FRAME_MAX];
    struct segment got;
    size_t len = bytes_from_hex(patched_quotes[_i].packet, bytes, sizeof bytes);
    bytes[patched_quotes[_i].offset] = patched_quotes[_i].octet;
    assert_kind(decode(LINK_RAW, bytes, len, len, &got), patched_quotes[_i].want);
}
END_TEST

static TCase *tcp_case(void)
{
    TCase *tcase = tcase_create("tcp");
    tcase_add_loop_test(tcase, decodes_every_field, 0, COUNT(segments));
    tcase_add_loop_test(tcase, padding_is_no_payload, 0, COUNT(segments));
    tcase_add_loop_test(tcase, keeps_nothing, 0, COUNT(segments));
    tcase_add_test(tcase, routed_is_not_judged);
    tcase_add_loop_test(tcase, names_what_is_wrong, 0, COUNT(patched));
    tcase_add_test(tcase, bounds_extension_headers);
    tcase_add_test(tcase, knows_extension_headers);
    tcase_add_loop_test(tcase, follows_source_routes, 0, COUNT(routes));
    tcase_add_test(tcase, authentication_in_ipv4);
    tcase_add_test(tcase, judges_the_ipv4_header);
    tcase_add_test(tcase, carries_all_flags);
    tcase_add_test(tcase, data_offset_behind_the_end);
    tcase_add_test(tcase, malformed_options);
    tcase_add_test(tcase, takes_sequence_space);
    tcase_add_test(tcase, every_kind_has_its_text);
    return tcase;
}

static TCase *link_case(void)
{
    TCase *tcase = tcase_create("link");
    tcase_add_loop_test(tcase, steps_over_links, 0, COUNT(links));
    tcase_add_test(tcase, steps_over_pseudowires);
    tcase_add_loop_test(tcase, refuses_other_links, 0, COUNT(refused_links));
    return tcase;
}

static TCase *cut_case(void)
{
    TCase *tcase = tcase_create("cut");
    tcase_add_loop_test(tcase, cut_by_the_capture, 0, COUNT(cuts));
    tcase_add_test(tcase, cut_offloaded_segment);
    tcase_add_test(tcase, wire_length_that_lies);
    return tcase;
}

static TCase *icmp_case(void)
{
    TCase *tcase = tcase_create("icmp");
    tcase_add_loop_test(tcase, decodes_icmp_errors, 0, COUNT(errors));
    tcase_add_loop_test(tcase, judges_icmp_errors, 0, COUNT(errors));
    tcase_add_loop_test(tcase, tells_what_the_wire_cut, 0, 4);
    tcase_add_loop_test(tcase, quotes_of_every_length, 0, COUNT(quotes));
    tcase_add_test(tcase, only_errors_quote);
    tcase_add_loop_test(tcase, names_what_is_wrong_with_a_quote, 0, COUNT(patched_quotes));
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("segment");
    suite_add_tcase(suite, tcp_case());
    suite_add_tcase(suite, link_case());
    suite_add_tcase(suite, cut_case());
    suite_add_tcase(suite, icmp_case());
    return run_suite(suite);
}
