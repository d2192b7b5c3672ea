/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments of strangers to a port of ours: those that its guard sees too are counted. */
#include "flight/flights.h"

#include <string.h>

#include "harness.h"
#include "network.h"

#define PORT 40000
#define LAST (PORT + 9)
#define OWN  0x0a090001 /* 10.9.0.1 */
#define PEER 0x0a090002

static const struct guard guard;
static struct deliveries deliveries[LAST - PORT + 1][2];
static struct lane lane = {.first = PORT, .last = LAST, .deliveries = deliveries};
static struct flights flights;
static struct error error;

static void set_up(void)
{
    static const uint64_t key[2] = {1, 2};
    memset(deliveries, 0, sizeof deliveries);
    deliveries[0][0].guard = &guard;
    flights = (struct flights){.lane = &lane,
                               .sources = {.list = {{FAMILY_IPV4, {10, 9, 0, 1}}}, .count = 1}};
    ck_assert_int_eq(pool_open(&flights.pool, key, &error), 0);
}

static void tear_down(void)
{
    pool_close(&flights.pool);
}

static const struct {
    uint32_t dst;
    uint16_t port;
    unsigned count;
} strangers[] = {
    {OWN, PORT, 1},        {OWN, PORT + 1, 0}, /* of the stretch, and not held */
    {OWN, LAST + 1, 0},                        /* of others */
    {OWN + 8, PORT, 0},                        /* passes by: this host is a router */
    {0x7f000001, PORT, 0},                     /* ours, but no connection comes from there */
};

START_TEST(counts_what_reaches_the_guard)
{
    uint8_t bytes[64];
    size_t len = network_segment(bytes, PEER, 80, strangers[_i].dst, strangers[_i].port, 1,
                                 TCP_SYN | TCP_ACK, 0);
    const struct frame frame = {
        .bytes = bytes, .captured_len = (uint32_t)len, .wire_len = (uint32_t)len, .link = LINK_RAW};
    flights_take_frame(&flights, NULL, &frame);
    ck_assert_uint_eq(deliveries[0][0].captured, strangers[_i].count);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flights");
    TCase *tests = tcase_create("flights");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, counts_what_reaches_the_guard, 0, 5);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
