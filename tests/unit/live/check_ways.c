/* SPDX-License-Identifier: BSD-2-Clause */
/* Which routes are remembered, and for how long. The router is played by the test. */
#include "live/ways.h"

#include <stdio.h>

#include "harness.h"

#define SECOND      INT64_C(1000000000)
#define SHARED_FROM 64u
#define SHARED_FOR  INT64_C(100000000)

/* The router: each answer has a number. */

static uint32_t asked;
static int result;
static bool by_port;
static const char *interface;
static uint8_t next_hop;  /* its last octet; 0: the destination itself */
static uint8_t alike = 1; /* so many neighbours have the same route */
static unsigned remembering, forgetting;
static bool confined;

struct router *router_open(struct error *error)
{
    (void)error;
    return (struct router *)&asked;
}

static unsigned closed;

void router_close(struct router *router)
{
    ck_assert_ptr_eq(router, (struct router *)&asked);
    closed++;
}

struct netlink *router_netlink(const struct router *router)
{
    (void)router;
    return (struct netlink *)&result;
}

void router_confine(struct router *router)
{
    (void)router;
    confined = true;
}

void router_forget_rules(struct router *router)
{
    (void)router;
    forgetting++;
}

void router_remember(struct router *router)
{
    (void)router;
    remembering++;
}

struct address router_first_alike(const struct router *router, const struct address *address)
{
    struct address first = *address;
    (void)router;
    ck_assert_uint_gt(remembering, 0);
    first.bytes[3] -= first.bytes[3] % alike;
    return first;
}

int router_lookup(struct router *router, const struct route_request *request, struct route *route,
                  enum reason *reason, struct error *error)
{
    (void)router;
    *route = (struct route){.mtu = ++asked, .by_port = by_port, .by_gateway = next_hop != 0};
    snprintf(route->interface, sizeof route->interface, "%s", interface);
    route->next_hop = request->destination;
    if (next_hop != 0)
        route->next_hop.bytes[3] = next_hop;
    *reason = REASON_NO_ROUTE;
    if (result < 0)
        error_set(error, STATUS_RUN, "netlink");
    return result;
}

static struct ways *ways;
static struct error error;

static void set_up(void)
{
    asked = 0;
    result = 0;
    by_port = confined = false;
    interface = "eth0";
    next_hop = 0;
    alike = 1;
    remembering = forgetting = 0;
    ways = ways_open(&error);
    ck_assert_ptr_nonnull(ways);
    ck_assert_ptr_eq(ways_netlink(ways), (struct netlink *)&result);
    ways_confine(ways);
    ck_assert(confined);
}

static void tear_down(void)
{
    closed = 0;
    ways_close(ways);
    ways_close(NULL);
    ck_assert_uint_eq(closed, 1);
}

static struct way_found found;

/* The number of the answer that it has. */
static uint32_t find(struct address address, unsigned scope, int64_t now_ns)
{
    const struct route_request request = {.destination = address, .scope_ifindex = scope};
    ck_assert_int_eq(ways_find(ways, &request, now_ns, &found, &error), 0);
    ck_assert_int_eq(found.routed, result == 0);
    if (result == 1)
        ck_assert_int_eq(found.reason, REASON_NO_ROUTE);
    return found.route.mtu;
}

static struct address ipv4(uint8_t third, uint8_t last)
{
    return (struct address){FAMILY_IPV4, {192, 0, third, last}};
}

START_TEST(the_same_address_is_asked_for_once_a_second)
{
    ck_assert_uint_eq(find(ipv4(2, 1), 0, 0), 1);
    ck_assert_uint_eq(find(ipv4(2, 2), 0, 0), 2);
    ck_assert_uint_eq(find(ipv4(2, 1), 0, SECOND - 1), 1);
    ck_assert_uint_eq(find(ipv4(2, 1), 0, SECOND), 3);
    ck_assert_uint_eq(find(ipv4(2, 1), 0, 2 * SECOND - 1), 3);
}
END_TEST

START_TEST(what_is_refused_is_remembered_too)
{
    result = 1;
    ck_assert_uint_eq(find(ipv4(2, 1), 0, 0), 1);
    ck_assert_uint_eq(find(ipv4(2, 1), 0, 0), 1);
}
END_TEST

START_TEST(a_zone_is_another_way)
{
    const struct address local = {FAMILY_IPV6, {0xfe, 0x80, [15] = 1}};
    ck_assert_uint_eq(find(local, 2, 0), 1);
    ck_assert_uint_eq(find(local, 3, 0), 2);
    ck_assert_uint_eq(find(local, 3, 0), 2);
    ck_assert_uint_eq(find(local, 2, 0), 3);
    ck_assert_uint_eq(find(local, 0, 0), 4);
}
END_TEST

/* Another port may have another route. */
START_TEST(what_depends_on_ports_is_asked_each_time)
{
    by_port = true;
    ck_assert_uint_eq(find(ipv4(2, 1), 0, 0), 1);
    ck_assert_uint_eq(find(ipv4(2, 1), 0, 0), 2);
}
END_TEST

/* A rule that looks at ports may be added meanwhile. */
START_TEST(rules_are_known_for_a_second)
{
    by_port = true;
    find(ipv4(2, 1), 0, 3 * SECOND);
    ck_assert_uint_eq(forgetting, 1);
    find(ipv4(2, 2), 0, 4 * SECOND - 1);
    ck_assert_uint_eq(forgetting, 1);
    find(ipv4(2, 1), 0, 4 * SECOND);
    ck_assert_uint_eq(forgetting, 2);
    find(ipv4(2, 1), 0, 5 * SECOND - 1);
    ck_assert_uint_eq(forgetting, 2);
}
END_TEST

START_TEST(places_are_shared_by_no_more_than_one)
{
    uint32_t numbers[256 * 8], count = 0;
    for (unsigned i = 0; i < 256 * 8; i++)
        numbers[i] = find(ipv4((uint8_t)(i / 256), (uint8_t)i), 0, 0);
    for (unsigned i = 0; i < 256 * 8; i++) {
        uint32_t number = find(ipv4((uint8_t)(i / 256), (uint8_t)i), 0, 0);
        ck_assert(number == numbers[i] || number > 256 * 8);
        count += number == numbers[i];
    }
    ck_assert_uint_le(count, 1024);
}
END_TEST

START_TEST(an_error_is_told)
{
    const struct route_request request = {.destination = ipv4(2, 1)};
    result = -1;
    ck_assert_int_eq(ways_find(ways, &request, 0, &found, &error), -1);
    ck_assert_str_eq(error.text, "netlink");
    result = 0;
    ck_assert_uint_eq(find(ipv4(2, 1), 0, 0), 2);
}
END_TEST

/* So many questions that it pays to read the routes. */
static void ask_many(int64_t now_ns)
{
    for (unsigned i = 0; i < SHARED_FROM; i++) {
        ck_assert_uint_eq(remembering, 0);
        find(ipv4(9, (uint8_t)i), 0, now_ns);
    }
    asked = 0;
}

START_TEST(what_is_alike_is_asked_for_once)
{
    alike = 8;
    ask_many(0);
    ck_assert_uint_eq(find(ipv4(2, 17), 0, 0), 1);
    ck_assert_uint_eq(find(ipv4(2, 23), 0, 0), 1);
    ck_assert_uint_eq(find(ipv4(2, 16), 0, SHARED_FOR - 1), 1);
    ck_assert_uint_eq(find(ipv4(2, 24), 0, 0), 2);
    ck_assert_uint_eq(remembering, 1);
    ck_assert_uint_eq(find(ipv4(2, 17), 0, SHARED_FOR), 3);
    ck_assert_uint_eq(find(ipv4(2, 18), 0, 2 * SHARED_FOR - 1), 3);
    ck_assert_uint_eq(remembering, 2);
}
END_TEST

/* For a few, all that is read would not pay. */
START_TEST(few_are_asked_for_one_by_one)
{
    alike = 8;
    for (unsigned i = 0; i < SHARED_FROM; i++)
        ck_assert_uint_eq(find(ipv4(2, (uint8_t)i), 0, 0), i + 1);
    ck_assert_uint_eq(remembering, 0);
    ck_assert_uint_eq(find(ipv4(2, 0), 0, 0), 1); /* it is known */
    ck_assert_uint_eq(remembering, 1);
}
END_TEST

/* The next hop of a neighbour is the neighbour, that of the others the gateway. */
START_TEST(those_alike_are_next_hops_themselves)
{
    const struct address neighbour = ipv4(2, 18), gateway = ipv4(2, 99);
    next_hop = _i == 0 ? 0 : 99;
    alike = 8;
    ask_many(0);
    ck_assert_uint_eq(find(ipv4(2, 17), 0, 0), 1);
    ck_assert_uint_eq(find(neighbour, 0, 0), 1);
    ck_assert(address_equal(&found.route.next_hop, _i == 0 ? &neighbour : &gateway));
}
END_TEST

/* Connections to an address of this host come from that one; of a refusal nothing is known but that
 * it holds for its address, not even that of the first. */
START_TEST(an_own_address_and_a_refusal_are_not_shared)
{
    alike = 8;
    ask_many(0);
    interface = _i == 0 ? "lo" : "";
    result = _i;
    ck_assert_uint_eq(find(ipv4(2, 16), 0, 0), 1);
    ck_assert_uint_eq(find(ipv4(2, 17), 0, 0), 2);
    ck_assert_uint_eq(find(ipv4(2, 16), 0, SECOND - 1), 1);
    ck_assert_uint_eq(find(ipv4(2, 17), 0, SECOND - 1), 2);
    ck_assert_uint_eq(find(ipv4(2, 16), 0, SECOND), 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ways");
    TCase *tc = tcase_create("memory");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, the_same_address_is_asked_for_once_a_second);
    tcase_add_test(tc, what_is_refused_is_remembered_too);
    tcase_add_test(tc, a_zone_is_another_way);
    tcase_add_test(tc, what_depends_on_ports_is_asked_each_time);
    tcase_add_test(tc, rules_are_known_for_a_second);
    tcase_add_test(tc, places_are_shared_by_no_more_than_one);
    tcase_add_test(tc, an_error_is_told);
    tcase_add_test(tc, what_is_alike_is_asked_for_once);
    tcase_add_test(tc, few_are_asked_for_one_by_one);
    tcase_add_loop_test(tc, those_alike_are_next_hops_themselves, 0, 2);
    tcase_add_loop_test(tc, an_own_address_and_a_refusal_are_not_shared, 0, 2);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
