/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes and rules of a network of its own, and what a lookup makes of them. */
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "net/route.h"
#include "net/routing/netlink.h"
#include "net/routing/way.h"
#include "network.h"

#define TABLE       1077 /* more than an octet holds */
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
#define LOCAL6(last)                                                                               \
    {                                                                                              \
        FAMILY_IPV6,                                                                               \
        {                                                                                          \
            0xfe, 0x80, [15] = (last)                                                              \
        }                                                                                          \
    }

static const struct address own4 = IPV4(10, 9, 0, 1), own6 = IPV6(1), peer4 = PEER4, far4 = FAR4,
                            gateway = GATEWAY, other = OTHER, local6 = LOCAL6(9);
static struct route route;
static enum reason reason;
static struct error error;

static void change(struct nlmsghdr *request, uint16_t type)
{
    int code = network_change(request, type);
    ck_assert_msg(code == 0, "%s", strerror(code));
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

static void change_address(const struct address *address, uint16_t type)
{
    char buffer[REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct ifaddrmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    bool ipv6 = address->family == FAMILY_IPV6;
    *message = (struct ifaddrmsg){.ifa_family = ipv6 ? AF_INET6 : AF_INET,
                                  .ifa_prefixlen = ipv6 ? 64 : 24,
                                  .ifa_flags = IFA_F_NODAD,
                                  .ifa_index = if_nametoindex(DEVICE)};
    mnl_attr_put(request, ipv6 ? IFA_ADDRESS : IFA_LOCAL, address_len(address), address->bytes);
    change(request, type);
}

struct rule {
    uint16_t first, last;                /* source ports; 0: it does not look at them */
    bool protocol;                       /* it looks for TCP */
    uint8_t action;                      /* FR_ACT_PROHIBIT; FR_ACT_TO_TBL: to TABLE */
    enum { PLAIN, DPORT, FROM } besides; /* the ports are of the destination; it looks at own4 */
};

static void change_rule(const struct rule *rule, unsigned char af, uint16_t type)
{
    char buffer[REQUEST_MAX] = {0};
    const struct fib_rule_port_range ports = {rule->first, rule->last};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof *header);
    *header = (struct fib_rule_hdr){.family = af, .action = rule->action};
    if (rule->besides == FROM) {
        header->src_len = 32;
        mnl_attr_put(request, FRA_SRC, 4, own4.bytes);
    }
    mnl_attr_put_u32(request, FRA_PRIORITY, PRIORITY);
    if (rule->action == FR_ACT_TO_TBL)
        mnl_attr_put_u32(request, FRA_TABLE, TABLE);
    if (rule->protocol)
        mnl_attr_put_u8(request, FRA_IP_PROTO, IPPROTO_TCP);
    if (rule->first != 0)
        mnl_attr_put(request, rule->besides == DPORT ? FRA_DPORT_RANGE : FRA_SPORT_RANGE,
                     sizeof ports, &ports);
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

/* An address of this host on that device is reached over lo, which it is in vain to insist on; an
 * IPv4 packet is not as large as the MTU of lo. */
START_TEST(this_host)
{
    const struct route_request request = {.destination = own4, .interface = DEVICE};
    ck_assert_int_eq(look_up(&request), 0);
    ck_assert_str_eq(route.interface, "lo");
    ck_assert_uint_eq(route.required_ifindex, 0);
    ck_assert_uint_eq(route.mtu, 65536);
    ck_assert_uint_eq(route.device_mtu, UINT16_MAX);
    assert_address(&route.next_hop, &own4);
}
END_TEST

/* A socket that is bound to lo sends to an IPv4 address elsewhere over lo; IPv6 refuses. */
START_TEST(elsewhere_over_lo)
{
    struct route_request request = {.destination = peer4, .interface = "lo"};
    ck_assert_msg(look_up(&request) == 0, "%s", error.text);
    ck_assert_str_eq(route.interface, "lo");
    ck_assert_uint_eq(route.required_ifindex, if_nametoindex("lo"));
    request.destination = (struct address)PEER6;
    ck_assert_int_eq(look_up(&request), 1);
    ck_assert_int_eq(reason, REASON_NO_ROUTE);
    ck_assert_int_eq(route.error, HOST_ENETUNREACH);
    ck_assert_str_eq(route.interface, "lo");
    ck_assert_uint_eq(route.required_ifindex, if_nametoindex("lo"));
}
END_TEST

/* A route that is none, by what the kernel answers for either family. */
static const struct {
    uint8_t type;
    enum reason reason;
    enum host_error error;
} ends[] = {
    {RTN_UNREACHABLE, REASON_HOST_UNREACH, HOST_EHOSTUNREACH},
    {RTN_PROHIBIT, REASON_LOCAL_ERROR, HOST_EACCES},
    {RTN_BLACKHOLE, REASON_NO_ROUTE, HOST_EINVAL},
    {RTN_THROW, REASON_NO_ROUTE, HOST_ENETUNREACH},
};

static void change_end(const struct address *to, uint8_t type, uint16_t change_type)
{
    char buffer[REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct rtmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    *message = (struct rtmsg){.rtm_family = to->family == FAMILY_IPV6 ? AF_INET6 : AF_INET,
                              .rtm_dst_len = (uint8_t)(8 * address_len(to)),
                              .rtm_table = RT_TABLE_MAIN,
                              .rtm_protocol = RTPROT_STATIC,
                              .rtm_scope = type == RTN_UNICAST ? RT_SCOPE_LINK : 0,
                              .rtm_type = type};
    mnl_attr_put(request, RTA_DST, address_len(to), to->bytes);
    if (type == RTN_UNICAST)
        mnl_attr_put_u32(request, RTA_OIF, if_nametoindex(DEVICE));
    change(request, change_type);
}

START_TEST(a_route_that_ends_here)
{
    static const struct address peers[] = {FAR4, PEER6};
    for (size_t i = 0; i < 2; i++) {
        const struct route_request request = {.destination = peers[i]};
        change_end(&peers[i], ends[_i].type, RTM_NEWROUTE);
        int code = look_up(&request);
        change_end(&peers[i], ends[_i].type, RTM_DELROUTE);
        ck_assert_msg(code == 1, "%d: %s", code, error.text);
        ck_assert_int_eq(reason, ends[_i].reason);
        ck_assert_int_eq(route.error, ends[_i].error);
    }
}
END_TEST

/* No route; of the addresses, some have octets as those of IPv6 link-local ones. */
START_TEST(no_route)
{
    static const struct address nowhere[] = {FAR4, IPV4(192, 168, 0, 1), IPV4(172, 129, 0, 1),
                                             IPV4(198, 51, 100, 1)};
    const struct route_request request = {.destination = nowhere[_i]};
    int code = look_up(&request);
    ck_assert_msg(code == 1, "%d: %s", code, error.text);
    ck_assert_int_eq(reason, REASON_NO_ROUTE);
    ck_assert_int_eq(route.error, HOST_ENETUNREACH);
}
END_TEST

/* Its interface has to be said, in one way or the other, and then it has to be that. */
static const struct {
    const char *interface;
    bool zone;
    uint8_t host, source; /* the last octets; 0: any source */
    const char *refused;  /* NULL: it is not */
} linked[] = {
    {DEVICE, false, 2, 0, NULL},
    {NULL, true, 2, 0, NULL},
    {DEVICE, true, 2, 0, NULL},
    {DEVICE, false, 2, 9, NULL},
    {NULL, true, 2, 9, NULL},
    {DEVICE, false, 9, 0, NULL}, /* this host: by way of lo */
    {NULL, true, 9, 0, NULL},
    {NULL, false, 2, 0,
     "a link-local address needs an interface: write it as in fe80::2%eth0, "
     "or use --interface"},
    {"lo", true, 2, 0, "interface lo differs from the zone of the target"},
    {DEVICE, false, 2, 7,
     "source fe80::7 is not an address of this host: \"ip address\" lists them"},
};

START_TEST(a_link_local_address)
{
    const unsigned ifindex = if_nametoindex(DEVICE);
    struct route_request request = {.destination = LOCAL6(linked[_i].host),
                                    .scope_ifindex = linked[_i].zone ? ifindex : 0,
                                    .interface = linked[_i].interface};
    if (linked[_i].source != 0)
        request.source = (struct address)LOCAL6(linked[_i].source);
    int code = look_up(&request);
    if (linked[_i].refused != NULL) {
        ck_assert_int_eq(code, -1);
        ck_assert_msg(strstr(error.text, linked[_i].refused) != NULL, "%s", error.text);
        return;
    }
    ck_assert_msg(code == 0, "%d: %s", code, error.text);
    ck_assert_uint_eq(route.ifindex, ifindex);
    ck_assert_uint_eq(route.required_ifindex, ifindex);
    ck_assert_str_eq(route.interface, linked[_i].host == 9 ? "lo" : DEVICE);
    ck_assert_uint_eq(route.source.bytes[0], 0xfe);
    ck_assert_uint_eq(route.source.bytes[1], 0x80);
    assert_address(&route.next_hop, &request.destination);
    if (linked[_i].source != 0)
        assert_address(&route.source, &request.source);
}
END_TEST

/* In the sandbox no socket can be opened, so that the source is taken for granted. */
START_TEST(a_confined_router_opens_no_socket)
{
    const struct route_request request = {.destination = peer4, .source = own4};
    struct rlimit before;
    struct router *router = router_open(&error);
    ck_assert_msg(router != NULL, "%s", error.text);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
    int code = router_lookup(router, &request, &route, &reason, &error);
    router_confine(router);
    int confined = router_lookup(router, &request, &route, &reason, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    router_close(router);
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(confined, 0);
    assert_address(&route.source, &own4);
}
END_TEST

/* In a child, whose network has a route and no address. */
static void leave_without_an_address(void)
{
    const struct route_request request = {.destination = far4};
    ck_assert(network_alone() && network_device(DEVICE, false, 0x0a090001) >= 0);
    change_address(&own4, RTM_DELADDR);
    change_end(&far4, RTN_UNICAST, RTM_NEWROUTE);
    ck_assert_int_eq(look_up(&request), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "no source address for 203.0.113.5 on tun0: Cannot assign "
                                 "requested address");
}

/* connect(2) would send from 0.0.0.0, where no answer can go. */
START_TEST(a_host_without_an_address_sends_nothing)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        leave_without_an_address();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(an_interface_that_is_down)
{
    const struct route_request request = {.destination = peer4, .interface = "tun1"};
    struct ifreq down = {.ifr_flags = 0};
    int end = network_device("tun1", false, 0x0a0b0001), fd = socket(AF_INET, SOCK_DGRAM, 0);
    strcpy(down.ifr_name, "tun1");
    ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &down), 0);
    int code = look_up(&request);
    close(fd);
    close(end);
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "interface tun1 is down: ip link set tun1 up");
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
    {{FIRST, LAST, false, FR_ACT_PROHIBIT, PLAIN}, false, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{FIRST, LAST, false, FR_ACT_PROHIBIT, PLAIN}, false, FIRST, FIRST, 1, REASON_LOCAL_ERROR},
    {{FIRST, LAST, false, FR_ACT_PROHIBIT, PLAIN}, true, FIRST, FIRST, 1, REASON_LOCAL_ERROR},
    {{FIRST, LAST, false, FR_ACT_PROHIBIT, PLAIN}, true, FIRST, LAST, 1, REASON_POLICY_ROUTE},
    {{LAST, LAST, false, FR_ACT_PROHIBIT, PLAIN}, false, FIRST, LAST, 1, REASON_POLICY_ROUTE},
    {{LAST, LAST, false, FR_ACT_PROHIBIT, PLAIN}, true, FIRST, LAST, 1, REASON_POLICY_ROUTE},
    {{LAST, LAST, false, FR_ACT_PROHIBIT, PLAIN}, false, FIRST, LAST - 1, 0, REASON_COUNT},
    {{LAST, LAST, false, FR_ACT_PROHIBIT, PLAIN}, true, FIRST, LAST - 1, 0, REASON_COUNT},
    {{0, 0, false, FR_ACT_PROHIBIT, PLAIN}, false, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{0, 0, false, FR_ACT_PROHIBIT, PLAIN}, true, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{0, 0, true, FR_ACT_PROHIBIT, PLAIN}, false, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{80, 80, false, FR_ACT_PROHIBIT, DPORT}, false, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{80, 80, false, FR_ACT_PROHIBIT, DPORT}, true, FIRST, LAST, 1, REASON_LOCAL_ERROR},
    {{80, 80, false, FR_ACT_PROHIBIT, DPORT}, true, FIRST, FIRST, 1, REASON_LOCAL_ERROR},
    {{81, 81, false, FR_ACT_PROHIBIT, DPORT}, false, FIRST, LAST, 0, REASON_COUNT},
    {{81, 81, false, FR_ACT_PROHIBIT, DPORT}, true, FIRST, LAST, 0, REASON_COUNT},
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
    {{FIRST, LAST, false, FR_ACT_TO_TBL, PLAIN}, &gateway, 0, false},
    {{FIRST, LAST, false, FR_ACT_TO_TBL, PLAIN}, &other, 1, false},
    {{LAST, LAST, false, FR_ACT_TO_TBL, PLAIN}, &other, 1, false},
    {{0, 0, true, FR_ACT_TO_TBL, PLAIN}, &gateway, 0, false},
    {{0, 0, true, FR_ACT_TO_TBL, PLAIN}, &other, 0, true},
    {{0, 0, false, FR_ACT_TO_TBL, PLAIN}, &other, 0, false},
    {{80, 80, false, FR_ACT_TO_TBL, DPORT}, &gateway, 0, false},
    {{80, 80, false, FR_ACT_TO_TBL, DPORT}, &other, 1, false},
    {{0, 0, false, FR_ACT_TO_TBL, FROM}, &other, 0, false}, /* known at the second question */
};

START_TEST(a_rule_leads_elsewhere)
{
    const struct route_request request = {.destination = far4,
                                          .destination_port = 80,
                                          .source_port_first = FIRST,
                                          .source_port_last = LAST};
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
        ck_assert_uint_eq(route.table, led[_i].rule.first != LAST ? TABLE : RT_TABLE_MAIN);
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
    change_address(&own6, RTM_NEWADDR);
    change_address(&local6, RTM_NEWADDR);
    Suite *suite = suite_create("policy");
    TCase *tests = tcase_create("policy");
    tcase_add_test(tests, a_neighbour);
    tcase_add_test(tests, a_gateway);
    tcase_add_test(tests, a_way);
    tcase_add_test(tests, this_host);
    tcase_add_test(tests, elsewhere_over_lo);
    tcase_add_loop_test(tests, a_route_that_ends_here, 0, sizeof ends / sizeof ends[0]);
    tcase_add_loop_test(tests, no_route, 0, 4);
    tcase_add_loop_test(tests, a_link_local_address, 0, sizeof linked / sizeof linked[0]);
    tcase_add_test(tests, a_confined_router_opens_no_socket);
    tcase_add_test(tests, a_host_without_an_address_sends_nothing);
    tcase_add_test(tests, an_interface_that_is_down);
    tcase_add_loop_test(tests, a_rule_prohibits, 0, sizeof asked / sizeof asked[0]);
    tcase_add_loop_test(tests, a_rule_leads_elsewhere, 0, sizeof led / sizeof led[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
