/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses the routes of a network of its own do not separate: the kernel, asked for each of
 * them, says the same. */
#include "net/routing/prefixes.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/route.h"
#include "net/routing/rules.h"
#include "network.h"
#include "wire/checksum.h"

#define DEVICE  "tun0"
#define OURS    0x0a090001
#define GATEWAY 0x0a090002
#define FAR     0xcb007105 /* 203.0.113.5 */

static int tun;
static struct netlink *netlink;
static struct prefixes prefixes;
static struct error error;

static struct address ipv4(uint32_t number)
{
    return (struct address){FAMILY_IPV4,
                            {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number}};
}

static uint32_t first_alike(uint32_t number)
{
    const struct address address = ipv4(number);
    struct address first = prefixes_first_alike(&prefixes, &address);
    ck_assert_uint_eq(first.family, FAMILY_IPV4);
    return (uint32_t)first.bytes[0] << 24 | (uint32_t)first.bytes[1] << 16 |
           (uint32_t)first.bytes[2] << 8 | first.bytes[3];
}

struct entry {
    uint32_t first;
    unsigned len;
    uint8_t type;
    uint32_t table;
    uint32_t via, mtu; /* 0: none */
};

static void put_u32(struct nlmsghdr *request, uint16_t type, uint32_t value)
{
    mnl_attr_put(request, type, 4, ipv4(value).bytes);
}

static int change(const struct entry *entry, uint16_t type, bool twice)
{
    char buffer[NETLINK_REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct rtmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    bool leads = entry->type == RTN_UNICAST;
    *message =
        (struct rtmsg){.rtm_family = AF_INET,
                       .rtm_dst_len = (uint8_t)entry->len,
                       .rtm_table = (uint8_t)entry->table,
                       .rtm_protocol = RTPROT_STATIC,
                       .rtm_scope = leads && entry->via == 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
                       .rtm_type = entry->type};
    if (entry->type == RTN_LOCAL)
        message->rtm_scope = RT_SCOPE_HOST;
    put_u32(request, RTA_DST, entry->first);
    if (entry->via != 0 && !twice)
        put_u32(request, RTA_GATEWAY, entry->via);
    if (!twice && (leads || entry->type == RTN_LOCAL))
        mnl_attr_put_u32(request, RTA_OIF, leads ? if_nametoindex(DEVICE) : 1);
    if (twice) {
        const struct rtnexthop hop = {.rtnh_len = sizeof hop + 8,
                                      .rtnh_ifindex = (int)if_nametoindex(DEVICE)};
        struct nlattr *nest = mnl_attr_nest_start(request, RTA_MULTIPATH);
        for (uint32_t i = 0; i < 2; i++) {
            memcpy(mnl_nlmsg_get_payload_tail(request), &hop, sizeof hop);
            request->nlmsg_len += sizeof hop;
            put_u32(request, RTA_GATEWAY, entry->via + i);
        }
        mnl_attr_nest_end(request, nest);
    }
    if (entry->mtu != 0) {
        struct nlattr *metrics = mnl_attr_nest_start(request, RTA_METRICS);
        mnl_attr_put_u32(request, RTAX_MTU, entry->mtu);
        mnl_attr_nest_end(request, metrics);
    }
    return network_change(request, type);
}

static void add(const struct entry *entry)
{
    int code = change(entry, RTM_NEWROUTE, false);
    ck_assert_msg(code == 0, "%s", strerror(code));
}

static void drop(const struct entry *entry)
{
    int code = change(entry, RTM_DELROUTE, false);
    ck_assert_msg(code == 0, "%s", strerror(code));
}

static void set_up(void)
{
    netlink = netlink_open(&error);
    ck_assert_msg(netlink != NULL, "%s", error.text);
}

static void tear_down(void)
{
    netlink_close(netlink);
}

static const struct entry everywhere = {0, 0, RTN_UNICAST, RT_TABLE_MAIN, GATEWAY, 0};

/* In whichever table, and what the kernel treats in its own way without a route. */
START_TEST(a_prefix_separates)
{
    const struct entry inside = {FAR & ~0xfu, 28, RTN_UNICAST, RT_TABLE_DEFAULT, GATEWAY, 0};
    add(&everywhere);
    prefixes_ask(netlink, &prefixes);
    ck_assert_uint_eq(first_alike(FAR), first_alike(FAR + 1000));
    ck_assert_uint_eq(first_alike(FAR), 0x80000000); /* behind 127.0.0.0/8 */
    ck_assert_uint_eq(first_alike(OURS - 1), OURS - 1);
    ck_assert_uint_eq(first_alike(OURS), OURS);
    ck_assert_uint_eq(first_alike(OURS + 1), OURS + 1);
    ck_assert_uint_eq(first_alike(OURS + 200), OURS + 1);
    ck_assert_uint_eq(first_alike(0), 0);
    ck_assert_uint_eq(first_alike(0x00ffffff), 0);
    ck_assert_uint_eq(first_alike(0x01000000), 0x01000000);
    ck_assert_uint_eq(first_alike(0xe00000ff), 0xe0000000);
    ck_assert_uint_eq(first_alike(0xe0000100), 0xe0000100);
    ck_assert_uint_eq(first_alike(0xfffffffe), 0xf0000000);
    ck_assert_uint_eq(first_alike(0xffffffff), 0xffffffff);
    add(&inside);
    prefixes_ask(netlink, &prefixes);
    ck_assert_uint_eq(first_alike(FAR), inside.first);
    ck_assert_uint_eq(first_alike(inside.first - 1), 0x80000000);
    ck_assert_uint_eq(first_alike(inside.first + 16), inside.first + 16);
    drop(&inside);
    drop(&everywhere);
}
END_TEST

/* Addresses of the other family, and any before the routes were read. */
START_TEST(what_is_not_known_is_alike_to_itself)
{
    const struct address ipv6 = {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 7}};
    struct address first;
    prefixes.count = 0;
    ck_assert_uint_eq(first_alike(FAR), FAR);
    prefixes_ask(netlink, &prefixes);
    ck_assert_uint_ne(first_alike(FAR), FAR);
    first = prefixes_first_alike(&prefixes, &ipv6);
    ck_assert(address_equal(&first, &ipv6));
}
END_TEST

/* Which of the next hops is taken depends on the destination. */
START_TEST(several_next_hops_share_nothing)
{
    const struct entry both = {0xc6336400, 24, RTN_UNICAST, RT_TABLE_MAIN, GATEWAY, 0};
    ck_assert_int_eq(change(&both, RTM_NEWROUTE, true), 0);
    prefixes_ask(netlink, &prefixes);
    ck_assert(prefixes.splits);
    ck_assert_uint_eq(first_alike(FAR), FAR);
    ck_assert_int_eq(change(&both, RTM_DELROUTE, true), 0);
    prefixes_ask(netlink, &prefixes);
    ck_assert(!prefixes.splits);
    ck_assert_uint_ne(first_alike(FAR), FAR);
}
END_TEST

START_TEST(too_many_prefixes_are_not_kept)
{
    struct entry entry = {0x0b000000, 32, RTN_BLACKHOLE, RT_TABLE_MAIN, 0, 0};
    for (unsigned i = 0; i < PREFIXES_MOST; i++, entry.first += 2)
        add(&entry);
    prefixes_ask(netlink, &prefixes);
    ck_assert(prefixes.too_many);
    ck_assert_uint_eq(first_alike(FAR), FAR);
    while (entry.first > 0x0b000000) {
        entry.first -= 2;
        drop(&entry);
    }
    prefixes_ask(netlink, &prefixes);
    ck_assert(!prefixes.too_many);
    ck_assert_uint_ne(first_alike(FAR), FAR);
}
END_TEST

static uint16_t checksum_of(const void *bytes, size_t len)
{
    return htons(checksum_finish(checksum_add(0, cursor_over(bytes, len))));
}

/* A router says what this host sent to FAR was too large. */
static void tell_mtu(const struct sockaddr_in *from)
{
    struct {
        struct iphdr ip;
        struct icmphdr icmp;
        struct iphdr quoted;
        struct udphdr udp;
    } error_packet = {
        .ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_ICMP},
        .icmp = {.type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED},
        .quoted = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP},
        .udp = {.source = from->sin_port, .dest = htons(9), .len = htons(1000)},
    };
    error_packet.ip.tot_len = htons(sizeof error_packet);
    error_packet.ip.saddr = htonl(GATEWAY);
    error_packet.ip.daddr = error_packet.quoted.saddr = htonl(OURS);
    error_packet.quoted.daddr = htonl(FAR);
    error_packet.quoted.tot_len = htons(1020);
    error_packet.icmp.un.frag.mtu = htons(1000);
    error_packet.ip.check = checksum_of(&error_packet.ip, sizeof error_packet.ip);
    error_packet.icmp.checksum =
        checksum_of(&error_packet.icmp, sizeof error_packet - sizeof error_packet.ip);
    ck_assert_int_eq(write(tun, &error_packet, sizeof error_packet), sizeof error_packet);
}

/* Which the kernel keeps for one address, beside the routes. */
START_TEST(a_path_mtu_separates)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(FAR)};
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    add(&everywhere);
    ck_assert_int_ge(udp, 0);
    ck_assert_int_eq(connect(udp, (const struct sockaddr *)&to, sizeof to), 0);
    ck_assert_int_eq(getsockname(udp, (struct sockaddr *)&from, &len), 0);
    tell_mtu(&from);
    prefixes_ask(netlink, &prefixes);
    ck_assert_uint_eq(first_alike(FAR), FAR);
    ck_assert_uint_eq(first_alike(FAR + 1), FAR + 1);
    drop(&everywhere);
    close(udp);
}
END_TEST

/* As good as random, and the same in each run. */
static uint32_t next_number(void)
{
    static uint64_t state = 20;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static struct entry any_entry(void)
{
    static const uint8_t types[] = {RTN_UNICAST, RTN_UNICAST,     RTN_UNICAST, RTN_BLACKHOLE,
                                    RTN_LOCAL,   RTN_UNREACHABLE, RTN_THROW,   RTN_PROHIBIT};
    static const uint32_t tables[] = {RT_TABLE_MAIN, RT_TABLE_LOCAL, RT_TABLE_DEFAULT, 77};
    unsigned len = 16 + next_number() % 17;
    struct entry entry = {.first = (0xc6120000 | (next_number() & 0xffff)) & UINT32_MAX
                                                                                 << (32 - len),
                          .len = len,
                          .type = types[next_number() % 8],
                          .table = tables[next_number() % 4]};
    if (entry.type == RTN_UNICAST && next_number() % 4 != 0)
        entry.via = GATEWAY + next_number() % 4;
    if (entry.type == RTN_UNICAST && next_number() % 2 == 0)
        entry.mtu = 1000 + next_number() % 400;
    return entry;
}

static bool same_way(struct router *router, uint32_t one, uint32_t other)
{
    struct route_request request = {.destination = ipv4(one)};
    struct route routes[2];
    enum reason reasons[2] = {REASON_COUNT, REASON_COUNT};
    int code = router_lookup(router, &request, &routes[0], &reasons[0], &error);
    if (code == 0 && strcmp(routes[0].interface, LOOPBACK) == 0)
        return true;
    request.destination = ipv4(other);
    if (router_lookup(router, &request, &routes[1], &reasons[1], &error) != code ||
        reasons[0] != reasons[1] || routes[0].by_gateway != routes[1].by_gateway)
        return false;
    if (code != 0)
        return true;
    for (int i = 0; i < 2; i++)
        if (!routes[i].by_gateway)
            memset(&routes[i].next_hop, 0, sizeof routes[i].next_hop);
    return address_equal(&routes[0].next_hop, &routes[1].next_hop) &&
           address_equal(&routes[0].source, &routes[1].source) &&
           routes[0].ifindex == routes[1].ifindex && routes[0].mtu == routes[1].mtu;
}

START_TEST(the_kernel_says_the_same_of_those_alike)
{
    enum { ROUTES = 60, ADDRESSES = 2000 };
    struct router *router = router_open(&error);
    unsigned alike = 0;
    ck_assert_ptr_nonnull(router);
    for (unsigned i = 0; i < ROUTES; i++) {
        const struct entry entry = any_entry();
        change(&entry, RTM_NEWROUTE, false); /* some are there, or the kernel does not take */
    }
    router_remember(router);
    for (unsigned i = 0; i < ADDRESSES; i++) {
        uint32_t number = 0xc6120000 | (next_number() & 0xffff);
        const struct address address = ipv4(number);
        struct address first = router_first_alike(router, &address);
        uint32_t other = (uint32_t)first.bytes[0] << 24 | (uint32_t)first.bytes[1] << 16 |
                         (uint32_t)first.bytes[2] << 8 | first.bytes[3];
        ck_assert_msg(same_way(router, number, other), "%08x %08x", number, other);
        alike += number != other;
    }
    ck_assert_uint_gt(alike, ADDRESSES / 2);
    router_close(router);
}
END_TEST

int main(void)
{
    tun = network_alone() ? network_device(DEVICE, false, OURS) : -1;
    if (tun < 0) {
        puts("1..0 # SKIP needs a network namespace and /dev/net/tun");
        return 0;
    }
    Suite *suite = suite_create("prefixes");
    TCase *tests = tcase_create("prefixes");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_prefix_separates);
    tcase_add_test(tests, what_is_not_known_is_alike_to_itself);
    tcase_add_test(tests, several_next_hops_share_nothing);
    tcase_add_test(tests, too_many_prefixes_are_not_kept);
    tcase_add_test(tests, a_path_mtu_separates);
    tcase_add_test(tests, the_kernel_says_the_same_of_those_alike);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
