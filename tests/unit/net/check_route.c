/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds on every machine with a loopback interface; the rest needs namespaces of its own. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "harness.h"
#include "net/route.h"
#include "net/routing/way.h"

#define IPV4(...)                                                                                  \
    {                                                                                              \
        FAMILY_IPV4,                                                                               \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static struct route route;
static enum reason reason;
static struct error error;

static const struct {
    struct route_request request;
    struct address source;
} found[] = {
    {{.destination = IPV4(127, 0, 0, 1)}, IPV4(127, 0, 0, 1)},
    {{.destination = IPV4(127, 9, 9, 9), .interface = "lo"}, IPV4(127, 0, 0, 1)},
    {{.destination = IPV4(127, 0, 0, 1), .source = IPV4(127, 0, 0, 5)}, IPV4(127, 0, 0, 5)},
};

START_TEST(loopback_is_found)
{
    ck_assert_msg(route_lookup(&found[_i].request, &route, &reason, &error) == 0, "%s", error.text);
    ck_assert_str_eq(route.interface, "lo");
    ck_assert_uint_eq(route.ifindex, if_nametoindex("lo"));
    ck_assert_uint_ge(route.mtu, 1280);
    ck_assert(address_equal(&route.source, &found[_i].source));
}
END_TEST

/* TCP has one peer. */
START_TEST(many_peers_are_no_destination)
{
    static const struct address many[] = {IPV4(255, 255, 255, 255), IPV4(224, 0, 0, 1)};
    struct route_request request = {.destination = many[_i]};
    ck_assert_int_eq(route_lookup(&request, &route, &reason, &error), 1);
    ck_assert_int_eq(reason, REASON_NO_ROUTE);
}
END_TEST

static const struct {
    struct route_request request;
    enum status status;
    const char *text;
} refused[] = {
    {{.destination = IPV4(0, 0, 0, 0)}, STATUS_USAGE, "127.0.0.1"},
    {{.destination = {FAMILY_IPV6, {0}}}, STATUS_USAGE, "::1"},
    {{.destination = {FAMILY_IPV6, {0xfe, 0x80, [15] = 1}}}, STATUS_USAGE, "needs an interface"},
    {{.destination = {FAMILY_IPV6, {0xfe, 0xbf, [15] = 1}}}, STATUS_USAGE, "needs an interface"},
    {{.destination = IPV4(127, 0, 0, 1), .interface = "nope0"}, STATUS_RUN, "nope0: no such"},
    {{.destination = IPV4(127, 0, 0, 1), .interface = "a-name-that-is-too-long"},
     STATUS_RUN,
     "no such interface: \"ip link\" lists them"},
    {{.destination = IPV4(127, 0, 0, 1), .interface = ""},
     STATUS_RUN,
     "no such interface: \"ip link\" lists them"},
    {{.destination = IPV4(127, 0, 0, 1), .interface = "lo", .scope_ifindex = 99999},
     STATUS_USAGE,
     "zone"},
    {{.destination = {FAMILY_IPV6, {[15] = 1}}, .source = {FAMILY_IPV6, {0xfe, 0x80, [15] = 1}}},
     STATUS_USAGE,
     "link-local source fe80::1 needs --interface"},
    {{.destination = {FAMILY_IPV6, {[15] = 1}}, .source = IPV4(127, 0, 0, 1)},
     STATUS_USAGE,
     "source 127.0.0.1 and the target have different address families"},
    {{.destination = IPV4(127, 0, 0, 1), .source = IPV4(192, 0, 2, 1)},
     STATUS_RUN,
     "192.0.2.1 is not an address of this host: \"ip address\" lists them"},
    {{.destination = IPV4(127, 0, 0, 1), .source = {FAMILY_IPV6, {[15] = 1}}},
     STATUS_USAGE,
     "different address families"},
};

START_TEST(what_cannot_be_is_named)
{
    ck_assert_int_eq(route_lookup(&refused[_i].request, &route, &reason, &error), -1);
    ck_assert_int_eq(error.status, refused[_i].status);
    ck_assert_msg(strstr(error.text, refused[_i].text) != NULL, "%s", error.text);
}
END_TEST

static const struct {
    struct way one, other;
    bool same;
} pairs[] = {
    {{.type = RTN_UNICAST, .ifindex = 2}, {.type = RTN_UNICAST, .ifindex = 2}, true},
    {{.type = RTN_UNICAST, .ifindex = 2}, {.type = RTN_UNICAST, .ifindex = 3}, false},
    {{.type = RTN_UNICAST, .ifindex = 2}, {.type = RTN_LOCAL, .ifindex = 2}, false},
    {{.ifindex = 2, .next_hop = IPV4(10, 0, 0, 1)},
     {.ifindex = 2, .next_hop = IPV4(10, 0, 0, 1)},
     true},
    {{.ifindex = 2, .next_hop = IPV4(10, 0, 0, 1)},
     {.ifindex = 2, .next_hop = IPV4(10, 0, 0, 2)},
     false},
    {{.ifindex = 2, .next_hop = IPV4(10, 0, 0, 1)}, {.ifindex = 2}, false},
    /* what else the kernel says is not where it leads */
    {{.ifindex = 2, .table = 254, .mtu = 1500, .source = IPV4(10, 0, 0, 9)},
     {.ifindex = 2, .table = 77, .mtu = 1400, .source = IPV4(10, 0, 0, 8)},
     true},
    /* a refusal leads nowhere, whatever stands beside it */
    {{.code = EACCES, .type = RTN_UNICAST, .ifindex = 2}, {.code = EACCES, .ifindex = 3}, true},
    {{.code = EACCES}, {.code = ENETUNREACH}, false},
    {{.code = EACCES, .ifindex = 2}, {.code = 0, .ifindex = 2}, false},
    {{.code = 0, .ifindex = 2}, {.code = EACCES, .ifindex = 2}, false},
};

START_TEST(ways_are_the_same_where_they_lead_to_the_same)
{
    ck_assert_int_eq(way_is_same(&pairs[_i].one, &pairs[_i].other), pairs[_i].same);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("route");
    TCase *tests = tcase_create("route");
    tcase_add_loop_test(tests, loopback_is_found, 0, sizeof found / sizeof found[0]);
    tcase_add_loop_test(tests, many_peers_are_no_destination, 0, 2);
    tcase_add_loop_test(tests, what_cannot_be_is_named, 0, sizeof refused / sizeof refused[0]);
    tcase_add_loop_test(tests, ways_are_the_same_where_they_lead_to_the_same, 0,
                        sizeof pairs / sizeof pairs[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
