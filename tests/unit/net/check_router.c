/* SPDX-License-Identifier: BSD-2-Clause */
/* Which questions a lookup asks, and what it makes of answers that no kernel gives when asked to.
 * netlink is played by the test. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "net/route.h"
#include "net/routing/device.h"
#include "net/routing/netlink.h"
#include "net/routing/rules.h"
#include "net/routing/way.h"

#define IFINDEX 7
#define ANSWERS 8

struct netlink {
    int nothing;
};

static struct way ways[ANSWERS]; /* in turn */
static struct device device;
static struct rules rules;
static int device_code;
static unsigned ways_asked, devices_asked, dumps, open_count;
static unsigned routes_read;
static int rules_code, routes_code;
static unsigned routes;           /* that there are */
static unsigned interrupted;      /* so many dumps, by a change */
static unsigned char families[2]; /* of the latest dumps */
static bool no_netlink;

struct netlink *netlink_open(struct error *error)
{
    if (no_netlink) {
        error_set(error, STATUS_RUN, "netlink: no such thing");
        return NULL;
    }
    open_count++;
    return calloc(1, sizeof(struct netlink));
}

void netlink_close(struct netlink *netlink)
{
    open_count--;
    free(netlink);
}

int netlink_ask(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t parse, void *out)
{
    ck_assert(netlink != NULL && parse != NULL);
    if (request->nlmsg_type == RTM_GETLINK) {
        devices_asked++;
        *(struct device *)out = device;
        return device_code;
    }
    ck_assert_uint_eq(request->nlmsg_type, RTM_GETROUTE);
    ck_assert_uint_lt(ways_asked, ANSWERS);
    *(struct way *)out = ways[ways_asked];
    return ways[ways_asked++].code;
}

/* 203.0.113.0/24, as often as there are routes. */
static int read_routes(mnl_cb_t parse, void *out)
{
    static const uint8_t net[] = {203, 0, 113, 0};
    char buffer[NETLINK_REQUEST_MAX] = {0};
    struct nlmsghdr *reply = mnl_nlmsg_put_header(buffer);
    struct rtmsg *message = mnl_nlmsg_put_extra_header(reply, sizeof *message);
    *message = (struct rtmsg){.rtm_family = AF_INET, .rtm_dst_len = 24, .rtm_type = RTN_UNICAST};
    mnl_attr_put(reply, RTA_DST, sizeof net, net);
    routes_read++;
    for (unsigned i = 0; i < routes; i++)
        ck_assert_int_eq(parse(reply, out), MNL_CB_OK);
    return routes_code;
}

int netlink_dump(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t parse, void *out)
{
    ck_assert(netlink != NULL && parse != NULL);
    if (request->nlmsg_type == RTM_GETROUTE)
        return read_routes(parse, out);
    ck_assert_uint_eq(request->nlmsg_type, RTM_GETRULE);
    families[dumps++ % 2] = ((const struct rtgenmsg *)mnl_nlmsg_get_payload(request))->rtgen_family;
    *(struct rules *)out = rules;
    if (dumps <= interrupted) {
        ((struct rules *)out)->ports = true; /* of a rule that is gone */
        return EINTR;
    }
    return rules_code;
}

static const struct address peers[] = {{FAMILY_IPV4, {192, 0, 2, 1}},
                                       {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 1}}};
static struct router *router;
static struct route route;
static enum reason reason;
static struct error error;

static void set_up(void)
{
    const struct way plain = {.type = RTN_UNICAST,
                              .ifindex = IFINDEX,
                              .table = RT_TABLE_MAIN,
                              .source = {FAMILY_IPV4, {192, 0, 2, 9}}};
    for (size_t i = 0; i < ANSWERS; i++)
        ways[i] = plain;
    device = (struct device){.ifindex = IFINDEX, .name = "eth7", .mtu = 1500, .up = true};
    rules = (struct rules){.custom = false};
    device_code = rules_code = routes_code = 0;
    routes_read = 0;
    routes = 1;
    ways_asked = devices_asked = dumps = interrupted = 0;
    no_netlink = false;
    reason = REASON_COUNT;
    router = router_open(&error);
    ck_assert_ptr_nonnull(router);
}

static void tear_down(void)
{
    router_close(router);
    router_close(NULL);
    ck_assert_uint_eq(open_count, 0);
}

static int look_up(bool ipv6)
{
    const struct route_request request = {.destination = peers[ipv6],
                                          .destination_port = 80,
                                          .source_port_first = 4000,
                                          .source_port_last = 4100};
    return router_lookup(router, &request, &route, &reason, &error);
}

START_TEST(rules_are_asked_for_once)
{
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(look_up(i % 2 == 1), 0);
    ck_assert_uint_eq(dumps, 2);
    ck_assert_uint_eq(families[0], AF_INET);
    ck_assert_uint_eq(families[1], AF_INET6);
    ck_assert_uint_eq(ways_asked, 4);
    ck_assert_uint_eq(devices_asked, 4);
}
END_TEST

/* Of both families. */
START_TEST(rules_that_were_forgotten_are_asked_for_anew)
{
    for (unsigned i = 0; i < 2; i++) {
        rules.ports = i == 1;
        for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
            ck_assert_int_eq(look_up(ipv6 == 1), 0);
            ck_assert_uint_eq(route.by_port, i);
        }
        ck_assert_uint_eq(dumps, 2 + 2 * i);
        router_forget_rules(router);
    }
}
END_TEST

/* They may change meanwhile, but not for ever. */
START_TEST(rules_that_change_are_asked_for_again)
{
    interrupted = _i == 0 ? 2 : 1000;
    ck_assert_int_eq(look_up(false), 0);
    if (_i == 0) {
        ck_assert_uint_eq(dumps, 3);
        ck_assert(!route.by_port);
    }
    ck_assert_uint_le(dumps, 10);
}
END_TEST

/* The fewer, the faster a million targets. */
static const struct {
    struct rules rules;
    unsigned questions;
} kinds[] = {
    {{false, false, false}, 1},
    {{true, false, false}, 4},
    {{true, true, false}, 4},
    {{true, false, true}, 5},
};

START_TEST(rules_cost_questions)
{
    rules = kinds[_i].rules;
    ck_assert_int_eq(look_up(false), 0);
    ck_assert_uint_eq(ways_asked, kinds[_i].questions);
    ck_assert_int_eq(route.by_port, rules.ports);
    ck_assert(!route.by_protocol);
}
END_TEST

/* Each of the five: neither a way nor a refusal. */
START_TEST(a_question_that_fails)
{
    rules.custom = rules.protocol = true;
    ways[_i].code = ENOBUFS;
    errno = EPERM;
    ck_assert_int_eq(look_up(false), -1);
    ck_assert_int_eq(reason, REASON_COUNT);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "route to 192.0.2.1: No buffer space available");
}
END_TEST

START_TEST(a_device_that_is_gone)
{
    device_code = ENODEV;
    ck_assert_int_eq(look_up(false), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "interface 7 of the route: No such device");
}
END_TEST

/* What is refused needs no device and no source. */
START_TEST(a_refusal_ends_the_lookup)
{
    ways[0] = (struct way){.code = EHOSTUNREACH};
    ck_assert_int_eq(look_up(_i == 1), 1);
    ck_assert_int_eq(reason, REASON_HOST_UNREACH);
    ck_assert_int_eq(route.error, HOST_EHOSTUNREACH);
    ck_assert_uint_eq(ways_asked, 1);
    ck_assert_uint_eq(devices_asked, 0);
}
END_TEST

static const struct {
    uint32_t of_way, of_device, mtu;
    uint16_t device_mtu;
} mtus[] = {
    {0, 1500, 1500, 1500},    {1400, 1500, 1400, 1500},      {9000, 1500, 9000, 1500},
    {0, 65534, 65534, 65534}, {0, 65535, 65535, UINT16_MAX}, {0, 65536, 65536, UINT16_MAX},
    {0, 68, 68, 68},
};

START_TEST(the_mtu_is_that_of_the_route_or_the_device)
{
    ways[0].mtu = mtus[_i].of_way;
    device.mtu = mtus[_i].of_device;
    ck_assert_int_eq(look_up(false), 0);
    ck_assert_uint_eq(route.mtu, mtus[_i].mtu);
    ck_assert_uint_eq(route.device_mtu, mtus[_i].device_mtu);
}
END_TEST

START_TEST(without_a_source_there_is_no_way)
{
    ways[0].source.family = FAMILY_NONE;
    if (_i == 1)
        router_confine(router);
    ck_assert_int_eq(look_up(false), -1);
    ck_assert_str_eq(error.text, "no source address for 192.0.2.1 on eth7: Cannot assign requested "
                                 "address");
}
END_TEST

START_TEST(without_netlink_there_is_no_router)
{
    const struct route_request request = {.destination = peers[0]};
    no_netlink = true;
    ck_assert_ptr_null(router_open(&error));
    error.text[0] = '\0';
    ck_assert_int_eq(route_lookup(&request, &route, &reason, &error), -1);
    ck_assert_str_eq(error.text, "netlink: no such thing");
}
END_TEST

/* Until the next time. */
START_TEST(a_device_is_remembered)
{
    router_remember(router);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(look_up(false), 0);
    ck_assert_uint_eq(ways_asked, 3);
    ck_assert_uint_eq(devices_asked, 1);
    ways[3].ifindex = device.ifindex = IFINDEX + 1;
    ck_assert_int_eq(look_up(false), 0);
    ck_assert_uint_eq(route.ifindex, IFINDEX + 1);
    ck_assert_uint_eq(devices_asked, 2);
    device.mtu = 1400;
    router_remember(router);
    ways[4].ifindex = IFINDEX + 1;
    ck_assert_int_eq(look_up(false), 0);
    ck_assert_uint_eq(devices_asked, 3);
    ck_assert_uint_eq(route.mtu, 1400);
}
END_TEST

START_TEST(what_is_gone_is_not_remembered)
{
    router_remember(router);
    device_code = ENODEV;
    ck_assert_int_eq(look_up(false), -1);
    device_code = 0;
    ck_assert_int_eq(look_up(false), 0);
    ck_assert_uint_eq(devices_asked, 2);
}
END_TEST

static bool shares(void)
{
    const struct address inside = {FAMILY_IPV4, {203, 0, 113, 5}},
                         net = {FAMILY_IPV4, {203, 0, 113}};
    struct address first = router_first_alike(router, &inside);
    ck_assert(address_equal(&first, &inside) || address_equal(&first, &net));
    return address_equal(&first, &net);
}

/* Another rule may look at the destination; what was not read to its end may lack a route. */
START_TEST(routes_are_known_where_nothing_else_decides)
{
    ck_assert(!shares());
    router_remember(router);
    ck_assert(shares());
    rules.custom = true;
    router_remember(router);
    ck_assert(!shares());
    rules.custom = false;
    rules_code = ENOBUFS;
    router_remember(router);
    ck_assert(!shares());
    rules_code = EOPNOTSUPP; /* without policy routing */
    router_remember(router);
    ck_assert(shares());
    routes_code = EINTR;
    router_remember(router);
    ck_assert(!shares());
    routes_code = 0;
    router_remember(router);
    ck_assert(shares());
}
END_TEST

START_TEST(too_many_routes_are_read_once)
{
    routes = 10000;
    for (int i = 0; i < 3; i++)
        router_remember(router);
    ck_assert(!shares());
    ck_assert_uint_eq(routes_read, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("router");
    TCase *tests = tcase_create("router");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, rules_are_asked_for_once);
    tcase_add_test(tests, rules_that_were_forgotten_are_asked_for_anew);
    tcase_add_loop_test(tests, rules_that_change_are_asked_for_again, 0, 2);
    tcase_add_loop_test(tests, rules_cost_questions, 0, sizeof kinds / sizeof kinds[0]);
    tcase_add_loop_test(tests, a_question_that_fails, 0, 5);
    tcase_add_test(tests, a_device_that_is_gone);
    tcase_add_loop_test(tests, a_refusal_ends_the_lookup, 0, 2);
    tcase_add_loop_test(tests, the_mtu_is_that_of_the_route_or_the_device, 0,
                        sizeof mtus / sizeof mtus[0]);
    tcase_add_loop_test(tests, without_a_source_there_is_no_way, 0, 2);
    tcase_add_test(tests, without_netlink_there_is_no_router);
    tcase_add_test(tests, a_device_is_remembered);
    tcase_add_test(tests, what_is_gone_is_not_remembered);
    tcase_add_test(tests, routes_are_known_where_nothing_else_decides);
    tcase_add_test(tests, too_many_routes_are_read_once);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
