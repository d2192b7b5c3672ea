/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/breakdown.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

static struct breakdown *breakdown;
static struct breakdown_list list;

static void set_up(void)
{
    breakdown = calloc(1, sizeof *breakdown);
    ck_assert_ptr_nonnull(breakdown);
}

static void tear_down(void)
{
    free(breakdown);
}

/* 10.a.b.c */
static struct endpoint server_at(unsigned a, unsigned b, unsigned c, uint16_t port)
{
    return (struct endpoint){.address = {FAMILY_IPV4, {10, (uint8_t)a, (uint8_t)b, (uint8_t)c}},
                             .port = port};
}

static void add(unsigned b, unsigned c, uint16_t port, enum port_state state)
{
    struct endpoint server = server_at(0, b, c, port);
    breakdown_expect(breakdown, port); /* which changes nothing */
    breakdown_add(breakdown, &server, state);
}

static uint64_t total(const struct breakdown_row *row)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        sum += row->counts.by_port_state[i];
    return sum;
}

START_TEST(one_host_has_nothing_to_tell)
{
    for (uint16_t port = 1; port <= 100; port++)
        add(0, 1, port, PORT_CLOSED);
    breakdown_ports(breakdown, 10, &list);
    ck_assert_uint_eq(list.count, 0);
    breakdown_networks(breakdown, 10, &list);
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(one_port_has_nothing_to_tell)
{
    for (unsigned host = 1; host <= 100; host++)
        add(0, host, 80, PORT_OPEN);
    breakdown_ports(breakdown, 10, &list);
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(ports_come_by_what_is_open)
{
    for (unsigned host = 1; host <= 10; host++) {
        add(0, host, 443, host <= 3 ? PORT_OPEN : PORT_FILTERED);
        add(0, host, 80, host <= 7 ? PORT_OPEN : PORT_CLOSED);
        add(0, host, 22, PORT_CLOSED);
    }
    add(0, 1, 21, PORT_CLOSED);
    add(0, 1, 0, PORT_CLOSED);
    breakdown_ports(breakdown, 10, &list);
    static const uint16_t order[] = {80, 443, 22, 0, 21};
    ck_assert_uint_eq(list.count, 5);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_eq(list.rows[i].port, order[i]);
    ck_assert_uint_eq(list.rows[1].counts.by_port_state[PORT_OPEN], 3);
    ck_assert_uint_eq(list.rows[1].counts.by_port_state[PORT_FILTERED], 7);
    ck_assert_uint_eq(list.others_connections, 0);
    breakdown_ports(breakdown, 2, &list);
    ck_assert_uint_eq(list.count, 2);
    ck_assert_uint_eq(list.others_count, 3);
    ck_assert_uint_eq(list.others_connections, 12);
    ck_assert_uint_eq(list.others.counts.by_port_state[PORT_CLOSED], 12);
}
END_TEST

START_TEST(networks_are_prefixes)
{
    struct endpoint a = {.address = {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 7, 1}}, .port = 80};
    struct endpoint b = {.address = {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 7, 2}}, .port = 80};
    struct endpoint c = {.address = {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 8, 2}}, .port = 80};
    struct endpoint none = {.port = 80};
    breakdown_add(breakdown, &a, PORT_OPEN);
    breakdown_add(breakdown, &b, PORT_OPEN);
    breakdown_add(breakdown, &c, PORT_CLOSED);
    breakdown_add(breakdown, &none, PORT_UNREACHABLE);
    add(9, 1, 80, PORT_CLOSED);
    add(8, 1, 80, PORT_CLOSED);
    breakdown_networks(breakdown, 10, &list);
    ck_assert_uint_eq(list.count, 4);
    ck_assert_uint_eq(list.rows[0].bits, 64);
    ck_assert_mem_eq(list.rows[0].network.bytes, ((uint8_t[16]){0x20, 1, 0xd, 0xb8, 0, 0, 0, 7}),
                     16);
    ck_assert_uint_eq(list.rows[0].counts.by_port_state[PORT_OPEN], 2);
    ck_assert_uint_eq(list.rows[1].bits, 24);
    ck_assert_mem_eq(list.rows[1].network.bytes, ((uint8_t[16]){10, 0, 8}), 16);
    ck_assert_mem_eq(list.rows[2].network.bytes, ((uint8_t[16]){10, 0, 9}), 16);
    ck_assert_uint_eq(list.rows[3].network.family, FAMILY_IPV6);
    /* what has no address */
    ck_assert_uint_eq(list.others_count, 0);
    ck_assert_uint_eq(list.others_connections, 1);
    ck_assert_uint_eq(list.others.counts.by_port_state[PORT_UNREACHABLE], 1);
}
END_TEST

/* As many networks as fit the table, and as many again. */
START_TEST(networks_beyond_the_limit_are_one)
{
    for (unsigned i = 0; i < 2 * BREAKDOWN_NETWORKS; i++) {
        struct endpoint server = server_at(i / 256, i % 256, 1, 80);
        breakdown_add(breakdown, &server, PORT_CLOSED);
        breakdown_add(breakdown, &server, PORT_CLOSED);
    }
    breakdown_networks(breakdown, UINT32_MAX, &list);
    ck_assert_uint_eq(breakdown->network_count, BREAKDOWN_NETWORKS);
    ck_assert_uint_eq(list.count, BREAKDOWN_ROWS_MAX);
    for (unsigned i = 0; i < BREAKDOWN_ROWS_MAX; i++) {
        ck_assert_uint_eq(list.rows[i].network.bytes[1] * 256u + list.rows[i].network.bytes[2], i);
        ck_assert_uint_eq(total(&list.rows[i]), 2);
    }
    ck_assert_uint_eq(list.others_count, BREAKDOWN_NETWORKS - BREAKDOWN_ROWS_MAX);
    ck_assert_uint_eq(list.others_connections, 4 * BREAKDOWN_NETWORKS - 2 * BREAKDOWN_ROWS_MAX);
}
END_TEST

/* A connection is counted in a few steps, however many networks there are: those of each family lie
 * apart, though half of the slots are taken. */
START_TEST(networks_do_not_collide)
{
    size_t row = 0, longest = 0;
    for (unsigned i = 0; i < BREAKDOWN_NETWORKS; i++) {
        struct endpoint server = server_at(i >> 8, i & 0xff, 1, 80);
        if (_i == 1)
            server.address = (struct address){
                FAMILY_IPV6,
                {0x20, 1, 0xd, 0xb8, 0, 0, [6] = (uint8_t)(i >> 8), (uint8_t)i, [15] = 1}};
        breakdown_add(breakdown, &server, PORT_FILTERED);
    }
    ck_assert_uint_eq(breakdown->network_count, BREAKDOWN_NETWORKS);
    for (size_t i = 0; i < BREAKDOWN_SLOTS; i++) {
        bool full = breakdown->networks[i].prefix.family != FAMILY_NONE;
        row = full ? row + 1 : 0;
        longest = row > longest ? row : longest;
    }
    ck_assert_uint_lt(longest, 100);
}
END_TEST

START_TEST(lists_of_nothing_have_others_alone)
{
    for (unsigned host = 1; host <= 10; host++)
        for (uint16_t port = 1; port <= 2; port++)
            add(host, host, port, PORT_CLOSED);
    breakdown_ports(breakdown, 0, &list);
    ck_assert_uint_eq(list.count, 0);
    ck_assert_uint_eq(list.others_connections, 20);
}
END_TEST

START_TEST(values_outside_of_the_enum_are_left_out)
{
    add(0, 1, 80, (enum port_state)200);
    ck_assert_uint_eq(breakdown->connections, 1);
    ck_assert_uint_eq(breakdown->ports[80].by_port_state[PORT_OPEN], 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("breakdown");
    TCase *tests = tcase_create("breakdown");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, one_host_has_nothing_to_tell);
    tcase_add_test(tests, one_port_has_nothing_to_tell);
    tcase_add_test(tests, ports_come_by_what_is_open);
    tcase_add_test(tests, networks_are_prefixes);
    tcase_add_test(tests, networks_beyond_the_limit_are_one);
    tcase_add_loop_test(tests, networks_do_not_collide, 0, 2);
    tcase_add_test(tests, lists_of_nothing_have_others_alone);
    tcase_add_test(tests, values_outside_of_the_enum_are_left_out);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
