/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters are compiled by libpcap, as in a run, and tried on frames made here. */
#include "files/gap.h"

#include <string.h>

#include "harness.h"
#include "packets.h"

#define FRAME_MAX 512
#define MACS      "020000000001 020000000002"

enum shape { ETHERNET4, ETHERNET6, TAGGED4, COOKED4, COOKED_OUT, COOKED2, WITH_DATA4, SHAPES };

static const struct {
    enum link link;
    const char *header, *packet;
} shapes[SHAPES] = {
    [ETHERNET4] = {LINK_ETHERNET, MACS "0800", SYN4},
    [ETHERNET6] = {LINK_ETHERNET, MACS "86dd", SYNACK6},
    [TAGGED4] = {LINK_ETHERNET, MACS "8100 0064 0800", SYN4},
    [COOKED4] = {LINK_SLL, "0000 0001 0006 020000000001 0000 0800", SYN4},
    [COOKED_OUT] = {LINK_SLL, "0004 0001 0006 020000000001 0000 0800", SYN4},
    [COOKED2] = {LINK_SLL2, "0800 0000 00000003 0001 00 06 020000000001 0000", SYN4},
    [WITH_DATA4] = {LINK_ETHERNET, MACS "0800", DATA4},
};

static const struct {
    const char *expression;
    enum shape shape;
    enum gap gap;
} cases[] = {
    {"tcp", ETHERNET4, GAP_NONE},
    {"host 192.0.2.7", ETHERNET4, GAP_NONE},
    {"host 192.0.2.7 and port 443", ETHERNET4, GAP_NONE},
    {"tcp portrange 440-450 or icmp", ETHERNET4, GAP_NONE},
    {"net 198.51.100.0/24", ETHERNET4, GAP_NONE},
    {"ip6 and port 443", ETHERNET6, GAP_NONE},
    {"vlan 100 and port 443", TAGGED4, GAP_NONE},
    {"ether host 02:00:00:00:00:01", ETHERNET4, GAP_NONE},
    {"port 443", COOKED4, GAP_NONE},
    {"port 443", COOKED2, GAP_NONE},
    {"port 443", WITH_DATA4, GAP_NONE},
    {"src host 192.0.2.7", ETHERNET4, GAP_DIRECTION},
    {"dst port 443", ETHERNET4, GAP_DIRECTION},
    {"src port 443", ETHERNET6, GAP_DIRECTION},
    {"vlan and src host 192.0.2.7", TAGGED4, GAP_DIRECTION},
    {"ether dst 02:00:00:00:00:01", ETHERNET4, GAP_DIRECTION},
    {"inbound", COOKED4, GAP_DIRECTION},
    {"inbound", COOKED2, GAP_DIRECTION},
    {"ip[12:4] = 0xc0000207", ETHERNET4, GAP_DIRECTION},
    {"tcp[13] & 2 != 0", ETHERNET4, GAP_FLAGS},
    {"tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0", ETHERNET4, GAP_FLAGS},
    {"tcp and tcp[13] & 4 = 0", ETHERNET4, GAP_FLAGS},
    {"tcp[13] = 24", WITH_DATA4, GAP_FLAGS},
    {"ip6[53] & 2 != 0", ETHERNET6, GAP_FLAGS},
    {"less 100", ETHERNET4, GAP_LENGTH},
    {"ip[2:2] > 56", WITH_DATA4, GAP_LENGTH},
    {"tcp[32] = 0x6f", WITH_DATA4, GAP_LENGTH}, /* begins with "o" */
    {"ip6[4:2] < 50", ETHERNET6, GAP_LENGTH},
    {"tcp and tcp[13] != 2", WITH_DATA4, GAP_FLAGS}, /* each kind of segment */
    {"tcp and tcp[13] != 18", WITH_DATA4, GAP_FLAGS},
    {"tcp and tcp[13] != 16", WITH_DATA4, GAP_FLAGS},
    {"tcp and tcp[13] != 24", ETHERNET4, GAP_FLAGS},
    {"tcp and tcp[13] != 17", WITH_DATA4, GAP_FLAGS},
    {"tcp and tcp[13] != 4", WITH_DATA4, GAP_FLAGS},
    {"tcp and tcp[13] != 20", WITH_DATA4, GAP_FLAGS},
    {"len < 120", WITH_DATA4, GAP_LENGTH}, /* longer, and without payload */
    {"len > 72", WITH_DATA4, GAP_LENGTH},
    {"ip[2:2] < 159", WITH_DATA4, GAP_LENGTH}, /* its header says so */
    {"ip[2:2] < 160 and ip[2:2] > 55", WITH_DATA4, GAP_NONE},
    {"ip6[4:2] < 140", ETHERNET6, GAP_LENGTH},
    {"ip6[4:2] < 141 and ip6[4:2] > 39", ETHERNET6, GAP_NONE},
    {"outbound", COOKED_OUT, GAP_DIRECTION},
};

static enum gap gap_by(const char *expression, const struct frame *frame)
{
    struct error error;
    struct filter *filter = filter_new(expression, &error);
    ck_assert_msg(filter != NULL, "%s", error.text);
    ck_assert_int_eq(filter_takes(filter, frame, &error), 1);
    enum gap gap = gap_of(filter, frame);
    filter_free(filter);
    return gap;
}

START_TEST(finds_what_a_filter_leaves_out)
{
    uint8_t bytes[FRAME_MAX];
    enum shape shape = cases[_i].shape;
    size_t len = bytes_from_hex(shapes[shape].header, bytes, sizeof bytes);
    len += bytes_from_hex(shapes[shape].packet, bytes + len, sizeof bytes - len);
    struct frame frame = {0, bytes, (uint32_t)len, (uint32_t)len, shapes[shape].link, 0};
    enum gap gap = gap_by(cases[_i].expression, &frame);
    ck_assert_msg(gap == cases[_i].gap, "%s: %s", cases[_i].expression, gap_text(gap));
}
END_TEST

/* What cannot be changed into another segment says nothing: no TCP, cut, a fragment. */
START_TEST(leaves_other_frames_alone)
{
    uint8_t bytes[FRAME_MAX];
    static const char *const others[] = {PROHIBITED4, FIRST_FRAGMENT4, "45", ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        size_t len = bytes_from_hex(others[i], bytes, sizeof bytes);
        struct frame frame = {0, bytes, (uint32_t)len, (uint32_t)len, LINK_RAW, 0};
        ck_assert_int_eq(gap_by("len < 2000", &frame), GAP_NONE);
    }
}
END_TEST

/* Cut at every place, against a guard page. */
START_TEST(reads_no_further_than_was_captured)
{
    uint8_t bytes[FRAME_MAX];
    struct error error;
    struct filter *filter = filter_new("len < 2000 and tcp[13] & 2 != 0 or len < 2000", &error);
    ck_assert_ptr_nonnull(filter);
    size_t len = bytes_from_hex(DATA4, bytes, sizeof bytes);
    for (size_t captured = 0; captured <= len; captured++) {
        uint8_t *guarded = guarded_copy(bytes, captured);
        struct frame frame = {0, guarded, (uint32_t)captured, (uint32_t)len, LINK_RAW, 0};
        ck_assert_int_eq(gap_of(filter, &frame), GAP_NONE);
        guarded_free(guarded, captured);
    }
    filter_free(filter);
}
END_TEST

/* What is changed is a copy, for which there is a limit; headers alone are copied too. */
START_TEST(copies_no_more_than_there_is_room_for)
{
    static const struct {
        uint32_t captured;
        enum gap gap;
    } frames[] = {{2048, GAP_DIRECTION}, {2049, GAP_NONE}, {9000, GAP_NONE}, {65535, GAP_NONE}};
    static uint8_t bytes[65535];
    size_t len = bytes_from_hex(DATA4, bytes, FRAME_MAX);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        const uint32_t captured = frames[i].captured;
        struct frame frame = {0, bytes, captured, captured, LINK_RAW, 0};
        bytes[2] = (uint8_t)(captured >> 8);
        bytes[3] = (uint8_t)captured;
        ck_assert_uint_gt(captured, len);
        ck_assert_msg(gap_by("ip[12:4] = 0xc0000207", &frame) == frames[i].gap, "%u octets",
                      (unsigned)captured);
    }
}
END_TEST

static const struct {
    const char *expression;
    enum family family;
    uint16_t port;
    bool taken;
} unsent[] = {
    {"host 192.0.2.80", FAMILY_IPV4, 443, true},
    {"host 192.0.2.80 and port 443", FAMILY_IPV4, 443, true},
    {"(host 192.0.2.80 and port 443) or host 192.0.2.1", FAMILY_IPV4, 443, true},
    {"dst host 192.0.2.80 and dst port 443", FAMILY_IPV4, 443, true},
    {"tcp[tcpflags] == tcp-syn", FAMILY_IPV4, 443, true},
    {"ip6 host 2001:db8::80 and tcp port 443", FAMILY_IPV6, 443, true},
    {"tcp[13] = 2 or ip6[53] = 2", FAMILY_IPV6, 443, true},
    {"len = 40 and ip[2:2] = 40 and ip[8] > 1", FAMILY_IPV4, 443, true},
    {"len = 60 and ip6[4:2] = 20 and ip6[7] > 1", FAMILY_IPV6, 443, true},
    {"host 192.0.2.81", FAMILY_IPV4, 443, false},
    {"host 192.0.2.80 and port 442", FAMILY_IPV4, 443, false},
    {"src host 192.0.2.80", FAMILY_IPV4, 443, false},
    {"udp", FAMILY_IPV4, 443, false},
    {"ip", FAMILY_IPV6, 443, false},
    {"ether host 02:00:00:00:00:01", FAMILY_IPV4, 443, false},
    {"tcp", FAMILY_NONE, 443, false},
};

START_TEST(takes_what_was_not_sent)
{
    static const struct address v4 = {FAMILY_IPV4, {192, 0, 2, 80}};
    static const struct address v6 = {FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 0x80}};
    struct endpoint server = {.port = unsent[_i].port};
    struct error error;
    struct filter *filter = filter_new(unsent[_i].expression, &error);
    ck_assert_msg(filter != NULL, "%s", error.text);
    if (unsent[_i].family != FAMILY_NONE)
        server.address = unsent[_i].family == FAMILY_IPV4 ? v4 : v6;
    ck_assert_msg(gap_takes_unsent(filter, &server, &error) == unsent[_i].taken, "%s",
                  unsent[_i].expression);
    filter_free(filter);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gap");
    TCase *tests = tcase_create("gap");
    tcase_add_loop_test(tests, finds_what_a_filter_leaves_out, 0, sizeof cases / sizeof cases[0]);
    tcase_add_loop_test(tests, takes_what_was_not_sent, 0, sizeof unsent / sizeof unsent[0]);
    tcase_add_test(tests, leaves_other_frames_alone);
    tcase_add_test(tests, copies_no_more_than_there_is_room_for);
    tcase_add_test(tests, reads_no_further_than_was_captured);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
