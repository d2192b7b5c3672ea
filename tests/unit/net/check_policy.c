/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes and rules of a network of its own, and what a lookup makes of them. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "harness.h"
#include "net/route.h"
#include "net/routing/way.h"
#include "network.h"

#define TABLE       77
#define PRIORITY    100
#define FIRST       4000
#define LAST        4100
#define ROUTE_MTU   1300
#define DEVICE      "tun0"
#define REQUEST_MAX 256

#define IPV4(...)                                                                                  \
    {                                                                                              \
        FAMILY_IPV4,                                                                               \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define IPV6(last)                                                                                 \
    {                                                                                              \
        FAMILY_IPV6,                                                                               \
        {                                                                                          \
            0x20, 1, 0xd, 0xb8, [15] = (last)                                                      \
        }                                                                                          \
    }
#define PEER4   IPV4(10, 9, 0, 2)
#define GATEWAY IPV4(10, 9, 0, 3)
#define OTHER   IPV4(10, 9, 0, 4)
#define FAR4    IPV4(203, 0, 113, 5) /* behind the gateway */
#define PEER6   IPV6(2)

static const struct address own4 = IPV4(10, 9, 0, 1), own6 = IPV6(1), peer4 = PEER4, far4 = FAR4,
                            gateway = GATEWAY, other = OTHER;
static struct route route;
static enum reason reason;
static struct error error;

static void change(struct nlmsghdr *request, uint16_t type)
{
    char reply[4096];
    struct mnl_socket *kernel = mnl_socket_open(NETLINK_ROUTE);
    ck_assert_ptr_nonnull(kernel);
    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
    ck_assert_int_eq(mnl_socket_bind(kernel, 0, MNL_SOCKET_AUTOPID), 0);
    ck_assert_int_gt(mnl_socket_sendto(kernel, request, request->nlmsg_len), 0);
    ssize_t len = mnl_socket_recvfrom(kernel, reply, sizeof reply);
    ck_assert_int_gt(len, 0);
    int code = mnl_cb_run(reply, (size_t)len, 0, mnl_socket_get_portid(kernel), NULL, NULL) < 0
                   ? errno
                   : 0;
    ck_assert_msg(code == 0, "%s", strerror(code));
    mnl_socket_close(kernel);
}

static void change_route(const struct address *to, const struct address *via, uint32_t table,
                         uint16_t type)
{
    char buffer[REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct rtmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    *message = (struct rtmsg){.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_type = RTN_UNICAST};
    mnl_attr_put(request, RTA_DST, 4, to->bytes);
    mnl_attr_put(request, RTA_GATEWAY, 4, via->bytes);
    mnl_attr_put_u32(request, RTA_OIF, if_nametoindex(DEVICE));
    mnl_attr_put_u32(request, RTA_TABLE, table);
    struct nlattr *metrics = mnl_attr_nest_start(request, RTA_METRICS);
    mnl_attr_put_u32(request, RTAX_MTU, ROUTE_MTU);
    mnl_attr_put_u32(request, RTAX_ADVMSS, ROUTE_MTU - 400);
    mnl_attr_nest_end(request, metrics);
    change(request, type);
}

static void add_address6(void)
{
    char buffer[REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct ifaddrmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    *message = (struct ifaddrmsg){.ifa_family = AF_INET6,
                                  .ifa_prefixlen = 64,
                                  .ifa_flags = IFA_F_NODAD,
                                  .ifa_index = if_nametoindex(DEVICE)};
    mnl_attr_put(request, IFA_ADDRESS, 16, own6.bytes);
    change(request, RTM_NEWADDR);
}

struct rule {
    uint16_t first, last; /* source ports; 0: it does not look at them */
    bool protocol;        /* it looks for TCP */
    uint8_t action;       /* FR_ACT_PROHIBIT; FR_ACT_TO_TBL: to TABLE */
};

static void change_rule(const struct rule *rule, unsigned char af, uint16_t type)
{
    char buffer[REQUEST_MAX] = {0};
    const struct fib_rule_port_range ports = {rule->first, rule->last};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof *header);
    *header = (struct fib_rule_hdr){.family = af, .action = rule->action};
    mnl_attr_put_u32(request, FRA_PRIORITY, PRIORITY);
    if (rule->action == FR_ACT_TO_TBL)
        mnl_attr_put_u32(request, FRA_TABLE, TABLE);
    if (rule->protocol)
        mnl_attr_put_u8(request, FRA_IP_PROTO, IPPROTO_TCP);
    if (rule->first != 0)
        mnl_attr_put(request, FRA_SPORT_RANGE, sizeof ports, &ports);
    change(request, type);
}

static int look_up(const struct route_request *request)
{
    reason = REASON_COUNT;
    return route_lookup(request, &route, &reason, &error);
}

static void assert_address(const struct address *is, const struct address *expected)
{
    char text[2][ADDRESS_TEXT_MAX];
    ck_assert_str_eq(address_text(is, text[0]), address_text(expected, text[1]));
}

/* A neighbour is its own next hop, and its MTU is the device's. */
START_TEST(a_neighbour)
{
    const struct route_request request = {.destination = peer4};
    ck_assert_int_eq(look_up(&request), 0);
    assert_address(&route.next_hop, &peer4);
    assert_address(&route.source, &own4);
    ck_assert_str_eq(route.interface, DEVICE);
    ck_assert_uint_eq(route.ifindex, if_nametoindex(DEVICE));
    ck_assert_uint_eq(route.required_ifindex, 0);
    ck_assert_uint_eq(route.mtu, 1500);
    ck_assert_uint_eq(route.device_mtu, 1500);
}
END_TEST

/* Behind a gateway, the route has an MTU of its own. */
START_TEST(a_gateway)
{
    const struct route_request request = {.destination = far4, .interface = DEVICE};
    change_route(&far4, &gateway, RT_TABLE_MAIN, RTM_NEWROUTE);
    int code = look_up(&request);
    change_route(&far4, &gateway, RT_TABLE_MAIN, RTM_DELROUTE);
    ck_assert_int_eq(code, 0);
    assert_address(&route.next_hop, &gateway);
    ck_assert_uint_eq(route.mtu, ROUTE_MTU);
    ck_assert_uint_eq(route.device_mtu, 1500);
    ck_assert_uint_eq(route.required_ifindex, if_nametoindex(DEVICE));
}
END_TEST

/* ... as the kernel says of it. */
START_TEST(a_way)
{
    const struct way_question question = {.destination = far4, .protocol = true};
    struct netlink *netlink = netlink_open(&error);
    struct way way;
    ck_assert_msg(netlink != NULL, "%s", error.text);
    change_route(&far4, &gateway, RT_TABLE_MAIN, RTM_NEWROUTE);
    way_ask(netlink, &question, &way);
    change_route(&far4, &gateway, RT_TABLE_MAIN, RTM_DELROUTE);
    netlink_close(netlink);
    ck_assert_int_eq(way.code, 0);
    ck_assert_uint_eq(way.type, RTN_UNICAST);
    ck_assert_uint_eq(way.table, RT_TABLE_MAIN);
    ck_assert_uint_eq(way.mtu, ROUTE_MTU);
    ck_assert_uint_eq(way.ifindex, if_nametoindex(DEVICE));
    assert_address(&way.next_hop, &gateway);
    assert_address(&way.source, &own4);
}
END_TEST

/* An address of this host on that device is reached over lo, which none can insist on; an IPv4
 * packet is not as large as the MTU of lo. */
START_TEST(this_host)
{
    const struct route_request request = {.destination = own4, .interface = "lo"};
    ck_assert_int_eq(look_up(&request), 0);
    ck_assert_str_eq(route.interface, "lo");
    ck_assert_uint_eq(route.required_ifindex, 0);
    ck_assert_uint_eq(route.mtu, 65536);
    ck_assert_uint_eq(route.device_mtu, UINT16_MAX);
    assert_address(&route.next_hop, &own4);
}
END_TEST

/* With IPv6, connect(2) asks without the source port where it chooses that itself: it meets no rule
 * about it, and where a raw socket differs from what the later segments meet, that is policy. */
static const struct {
    struct rule rule;
    bool ipv6;
    uint16_t first, last; /* source ports asked with */
    int code;
    enum reason reason;
} asked[] = {
    {{FIRST, LAST, false, FR_ACT_PROHIBIT}, false, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{FIRST, LAST, false, FR_ACT_PROHIBIT}, false, FIRST, FIRST, 1, REASON_LOCAL_ERROR},
    {{FIRST, LAST, false, FR_ACT_PROHIBIT}, true, FIRST, FIRST, 1, REASON_LOCAL_ERROR},
    {{FIRST, LAST, false, FR_ACT_PROHIBIT}, true, FIRST, LAST, 1, REASON_POLICY_ROUTE},
    {{LAST, LAST, false, FR_ACT_PROHIBIT}, false, FIRST, LAST, 1, REASON_POLICY_ROUTE},
    {{LAST, LAST, false, FR_ACT_PROHIBIT}, true, FIRST, LAST, 1, REASON_POLICY_ROUTE},
    {{LAST, LAST, false, FR_ACT_PROHIBIT}, false, FIRST, LAST - 1, 0, REASON_COUNT},
    {{LAST, LAST, false, FR_ACT_PROHIBIT}, true, FIRST, LAST - 1, 0, REASON_COUNT},
    {{0, 0, false, FR_ACT_PROHIBIT}, false, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{0, 0, false, FR_ACT_PROHIBIT}, true, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{0, 0, true, FR_ACT_PROHIBIT}, false, FIRST, LAST, 1, REASON_LOCAL_ERROR},
};

START_TEST(a_rule_prohibits)
{
    static const struct address peers[] = {PEER4, PEER6};
    const unsigned char af = asked[_i].ipv6 ? AF_INET6 : AF_INET;
    const struct route_request request = {.destination = peers[asked[_i].ipv6],
                                          .destination_port = 80,
                                          .source_port_first = asked[_i].first,
                                          .source_port_last = asked[_i].last};
    change_rule(&asked[_i].rule, af, RTM_NEWRULE);
    int code = look_up(&request);
    change_rule(&asked[_i].rule, af, RTM_DELRULE);
    ck_assert_msg(code == asked[_i].code, "%d: %s", code, error.text);
    ck_assert_int_eq(reason, asked[_i].reason);
    ck_assert_uint_eq(route.by_port, asked[_i].rule.first != 0);
    if (reason == REASON_LOCAL_ERROR)
        ck_assert_int_eq(route.error, HOST_EACCES);
}
END_TEST

/* What the rule leads to, the same next hop as without it or another one, decides. */
static const struct {
    struct rule rule;
    const struct address *via;
    int code;
    bool by_protocol;
} led[] = {
    {{FIRST, LAST, false, FR_ACT_TO_TBL}, &gateway, 0, false},
    {{FIRST, LAST, false, FR_ACT_TO_TBL}, &other, 1, false},
    {{LAST, LAST, false, FR_ACT_TO_TBL}, &other, 1, false},
    {{0, 0, true, FR_ACT_TO_TBL}, &gateway, 0, false},
    {{0, 0, true, FR_ACT_TO_TBL}, &other, 0, true},
    {{0, 0, false, FR_ACT_TO_TBL}, &other, 0, false},
};

START_TEST(a_rule_leads_elsewhere)
{
    const struct route_request request = {
        .destination = far4, .source_port_first = FIRST, .source_port_last = LAST};
    change_route(&far4, &gateway, RT_TABLE_MAIN, RTM_NEWROUTE);
    change_route(&far4, led[_i].via, TABLE, RTM_NEWROUTE);
    change_rule(&led[_i].rule, AF_INET, RTM_NEWRULE);
    int code = look_up(&request);
    change_rule(&led[_i].rule, AF_INET, RTM_DELRULE);
    change_route(&far4, led[_i].via, TABLE, RTM_DELROUTE);
    change_route(&far4, &gateway, RT_TABLE_MAIN, RTM_DELROUTE);
    ck_assert_msg(code == led[_i].code, "%d: %s", code, error.text);
    if (code == 1) {
        ck_assert_int_eq(reason, REASON_POLICY_ROUTE);
        ck_assert_uint_eq(route.table, led[_i].rule.first == FIRST ? TABLE : RT_TABLE_MAIN);
        return;
    }
    assert_address(&route.next_hop, led[_i].via);
    ck_assert_int_eq(route.by_protocol, led[_i].by_protocol);
}
END_TEST

int main(void)
{
    if (!network_alone() || network_device(DEVICE, false, 0x0a090001) < 0) {
        puts("1..0 # SKIP needs a network namespace and /dev/net/tun");
        return 0;
    }
    add_address6();
    Suite *suite = suite_create("policy");
    TCase *tests = tcase_create("policy");
    tcase_add_test(tests, a_neighbour);
    tcase_add_test(tests, a_gateway);
    tcase_add_test(tests, a_way);
    tcase_add_test(tests, this_host);
    tcase_add_loop_test(tests, a_rule_prohibits, 0, sizeof asked / sizeof asked[0]);
    tcase_add_loop_test(tests, a_rule_leads_elsewhere, 0, sizeof led / sizeof led[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
