/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter is compiled by libpcap and tried on frames made here, with and without link header. */
#include <pcap/pcap.h>
#include <stdbool.h>
#include <string.h>

#include "harness.h"
#include "net/lanefilter.h"

#define FIRST 40000
#define LAST  40009

static struct bpf_program ethernet_program, raw_program;

static void compile_for(int dlt, enum link link, struct bpf_program *program)
{
    char text[LANEFILTER_LINK_MAX];
    lanefilter_link_text(link, FIRST, LAST, text);
    pcap_t *pcap = pcap_open_dead(dlt, 512);
    ck_assert_ptr_nonnull(pcap);
    ck_assert_msg(pcap_compile(pcap, program, text, 1, PCAP_NETMASK_UNKNOWN) == 0, "%s: %s", text,
                  pcap_geterr(pcap));
    pcap_close(pcap);
}

static void set_up(void)
{
    compile_for(DLT_EN10MB, LINK_ETHERNET, &ethernet_program);
    compile_for(DLT_RAW, LINK_RAW, &raw_program);
}

static void tear_down(void)
{
    pcap_freecode(&ethernet_program);
    pcap_freecode(&raw_program);
}

/* ---- frames ---- */

#define LINK_LEN 14

/* An Ethernet frame under construction; its datagram alone is what a device without link header
 * gives. */
struct wire {
    uint8_t bytes[256];
    size_t len;
};

static void put(struct wire *wire, const void *bytes, size_t len)
{
    memcpy(wire->bytes + wire->len, bytes, len);
    wire->len += len;
}

static void put_zeros(struct wire *wire, size_t len)
{
    wire->len += len; /* the rest of a struct wire is zero from the start */
}

static void put_u16(struct wire *wire, unsigned value)
{
    uint8_t octets[] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(wire, octets, sizeof octets);
}

static void put_link(struct wire *wire, bool ipv6)
{
    put_zeros(wire, 12);
    put_u16(wire, ipv6 ? 0x86dd : 0x0800);
}

static void put_ipv4(struct wire *wire, uint8_t protocol, size_t options_len)
{
    size_t start = wire->len;
    wire->bytes[start] = (uint8_t)(0x45 + options_len / 4);
    wire->bytes[start + 9] = protocol;
    put_zeros(wire, 20 + options_len);
}

static void put_ipv6(struct wire *wire, uint8_t next_header)
{
    size_t start = wire->len;
    wire->bytes[start] = 0x60;
    wire->bytes[start + 6] = next_header;
    put_zeros(wire, 40);
}

static void put_ip(struct wire *wire, bool ipv6, uint8_t protocol)
{
    if (ipv6)
        put_ipv6(wire, protocol);
    else
        put_ipv4(wire, protocol, 0);
}

static void put_ports(struct wire *wire, unsigned src, unsigned dst, size_t rest)
{
    put_u16(wire, src);
    put_u16(wire, dst);
    put_zeros(wire, rest);
}

/* With tags before its ethertype. */
static struct wire tagged(const struct wire *plain, const char *tags)
{
    struct wire wire = {.len = 0};
    put(&wire, plain->bytes, LINK_LEN - 2);
    wire.len += bytes_from_hex(tags, wire.bytes + wire.len, sizeof wire.bytes - wire.len);
    put(&wire, plain->bytes + LINK_LEN - 2, plain->len - (LINK_LEN - 2));
    return wire;
}

/* Tags that the kernel keeps make no difference: each frame is tried with another stack of them. */
static void assert_same_with_tags(const struct wire *plain, bool wanted)
{
    static const char *const stacks[] = {"8100 0000", "8100 0064", "88a8 0001",
                                         "8100 0000 8100 0000", "88a8 0064 8100 0002"};
    static size_t turn;
    const char *tags = stacks[turn++ % (sizeof stacks / sizeof stacks[0])];
    struct wire wire = tagged(plain, tags);
    struct pcap_pkthdr header = {.caplen = (uint32_t)wire.len, .len = (uint32_t)wire.len};
    bool takes = pcap_offline_filter(&ethernet_program, &header, wire.bytes) != 0;
    ck_assert_msg(takes == wanted, "behind %s", tags);
}

/* Both with and without link header; they must agree. */
static bool taken(const struct wire *wire)
{
    uint32_t len = (uint32_t)wire->len;
    struct pcap_pkthdr header = {.caplen = len, .len = len};
    bool framed = pcap_offline_filter(&ethernet_program, &header, wire->bytes) != 0;
    header.caplen = header.len = len - LINK_LEN;
    bool raw = pcap_offline_filter(&raw_program, &header, wire->bytes + LINK_LEN) != 0;
    ck_assert_int_eq(framed, raw);
    assert_same_with_tags(wire, framed);
    return framed;
}

/* ---- tests ---- */

static const struct {
    unsigned port;
    bool ours;
} ports[] = {{1, false},        {80, false},  {FIRST - 1, false}, {FIRST, true},
             {FIRST + 5, true}, {LAST, true}, {LAST + 1, false},  {65535, false}};
#define PORT_COUNT (sizeof ports / sizeof ports[0])

START_TEST(segments_of_our_ports)
{
    static const uint8_t protocols[] = {6, 17, 132};
    bool ipv6 = _i & 1;
    for (size_t p = 0; p < sizeof protocols; p++)
        for (size_t src = 0; src < PORT_COUNT; src++)
            for (size_t dst = 0; dst < PORT_COUNT; dst++) {
                struct wire wire = {.len = 0};
                put_link(&wire, ipv6);
                put_ip(&wire, ipv6, protocols[p]);
                put_ports(&wire, ports[src].port, ports[dst].port, 16);
                bool wanted = protocols[p] == 6 && (ports[src].ours || ports[dst].ours);
                ck_assert_msg(taken(&wire) == wanted, "protocol %u, %u to %u", protocols[p],
                              ports[src].port, ports[dst].port);
            }
}
END_TEST

/* An extension header of 8 * units octets: RFC 8200, 4. */
static void put_extension(struct wire *wire, uint8_t next, unsigned units)
{
    uint8_t head[] = {next, (uint8_t)(units - 1)};
    put(wire, head, sizeof head);
    put_zeros(wire, 8 * units - sizeof head);
}

#define TCP  6
#define UDP  17
#define HOPS 0
#define DEST 60
#define FRAG 44

/* Behind three of them no port is looked at. */
static const struct {
    uint8_t kinds[3], last;
    unsigned units[3];
    bool any_port;
} extensions[] = {
    {{HOPS}, TCP, {1}, false},        {{DEST}, TCP, {1}, false},
    {{43}, TCP, {3}, false},          {{FRAG}, TCP, {1}, false},
    {{HOPS}, TCP, {7}, false},        {{HOPS, DEST}, TCP, {1, 1}, false},
    {{DEST, 43}, TCP, {2, 5}, false}, {{HOPS, DEST, 43}, TCP, {1, 1, 1}, true},
    {{HOPS}, UDP, {1}, false},        {{HOPS, DEST}, UDP, {1, 2}, false},
};

static bool takes_behind(int row, unsigned src, unsigned dst)
{
    struct wire wire = {.len = 0};
    size_t count = 0;
    while (count < 3 && extensions[row].units[count] != 0)
        count++;
    put_link(&wire, true);
    put_ipv6(&wire, extensions[row].kinds[0]);
    for (size_t i = 0; i < count; i++)
        put_extension(&wire, i + 1 < count ? extensions[row].kinds[i + 1] : extensions[row].last,
                      extensions[row].units[i]);
    put_ports(&wire, src, dst, 16);
    return taken(&wire);
}

START_TEST(segments_behind_extension_headers)
{
    for (size_t src = 0; src < PORT_COUNT; src++)
        for (size_t dst = 0; dst < PORT_COUNT; dst++) {
            bool ours = extensions[_i].last == TCP && (ports[src].ours || ports[dst].ours);
            ck_assert_msg(takes_behind(_i, ports[src].port, ports[dst].port) ==
                              (ours || extensions[_i].any_port),
                          "%u to %u", ports[src].port, ports[dst].port);
        }
}
END_TEST

static struct wire icmp4(unsigned type, uint8_t quoted_protocol, size_t options_len, unsigned src,
                         unsigned dst)
{
    struct wire wire = {.len = 0};
    put_link(&wire, false);
    put_ipv4(&wire, 1, 0);
    put_u16(&wire, type << 8 | 1);
    put_zeros(&wire, 6);
    put_ipv4(&wire, quoted_protocol, options_len);
    put_ports(&wire, src, dst, 4); /* RFC 792 promises no more than eight bytes */
    return wire;
}

static struct wire icmp6(unsigned type, uint8_t quoted_protocol, unsigned src, unsigned dst)
{
    struct wire wire = {.len = 0};
    put_link(&wire, true);
    put_ipv6(&wire, 58);
    put_u16(&wire, type << 8 | 1);
    put_zeros(&wire, 6);
    put_ipv6(&wire, quoted_protocol);
    put_ports(&wire, src, dst, 16);
    return wire;
}

static void try_icmp4_type(unsigned type)
{
    bool error = type == 3 || type == 4 || type == 11 || type == 12;
    for (size_t i = 0; i < PORT_COUNT; i++)
        for (size_t options_len = 0; options_len <= 40; options_len += 4) {
            struct wire wire = icmp4(type, 6, options_len, ports[i].port, 80);
            ck_assert_msg(taken(&wire) == (error && ports[i].ours),
                          "type %u, port %u, %zu of options", type, ports[i].port, options_len);
            wire = icmp4(type, 6, options_len, 80, ports[i].port); /* somebody else's */
            ck_assert(!taken(&wire));
            wire = icmp4(type, 17, options_len, ports[i].port, 80);
            ck_assert(!taken(&wire));
        }
}

START_TEST(icmp_errors_that_quote_us)
{
    for (unsigned type = 0; type < 256; type++)
        try_icmp4_type(type);
}
END_TEST

static void try_icmp6_type(unsigned type)
{
    bool error = type >= 1 && type <= 4;
    for (size_t i = 0; i < PORT_COUNT; i++) {
        struct wire wire = icmp6(type, 6, ports[i].port, 80);
        ck_assert_msg(taken(&wire) == (error && ports[i].ours), "type %u, port %u", type,
                      ports[i].port);
        wire = icmp6(type, 6, 80, ports[i].port);
        ck_assert(!taken(&wire));
        wire = icmp6(type, 17, ports[i].port, 80);
        ck_assert(!taken(&wire));
    }
}

START_TEST(icmpv6_errors_that_quote_us)
{
    for (unsigned type = 0; type < 256; type++)
        try_icmp6_type(type);
}
END_TEST

START_TEST(a_frame_cut_short_is_not_taken)
{
    struct wire v4 = icmp4(3, 6, 0, FIRST, 80), v6 = icmp6(1, 6, FIRST, 80);
    ck_assert(taken(&v4) && taken(&v6));
    v4.len = LINK_LEN + 20 + 8 + 20 + 1;
    v6.len = LINK_LEN + 40 + 8 + 40 + 1;
    ck_assert(!taken(&v4) && !taken(&v6));
}
END_TEST

START_TEST(the_text_fits_for_every_port)
{
    char text[LANEFILTER_MAX];
    lanefilter_text(65535, 65535, text);
    ck_assert_uint_lt(strlen(text), LANEFILTER_MAX - 1);
    ck_assert_int_eq(text[strlen(text) - 1], ')');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lanefilter");
    TCase *tests = tcase_create("filter");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, segments_of_our_ports, 0, 2);
    tcase_add_loop_test(tests, segments_behind_extension_headers, 0,
                        sizeof extensions / sizeof extensions[0]);
    tcase_add_test(tests, icmp_errors_that_quote_us);
    tcase_add_test(tests, icmpv6_errors_that_quote_us);
    tcase_add_test(tests, a_frame_cut_short_is_not_taken);
    tcase_add_test(tests, the_text_fits_for_every_port);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
