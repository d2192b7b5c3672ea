/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/lane.h"

#include "harness.h"

static struct error error;

static const struct {
    uint64_t connections;
    uint32_t ports;
} sizes[] = {
    {1, 64}, {4, 64}, {5, 80}, {256, 4096}, {257, 4096}, {UINT64_MAX, 4096},
};

static struct ephemeral ephemeral;

static void set_up(void)
{
    ephemeral_parse("32768 60999", "", &ephemeral);
}

/* Among the ephemeral ports (ip_local_port_range), wherever it begins. */
START_TEST(as_wide_as_there_are_connections)
{
    struct lane lane;
    for (unsigned i = 0; i < 200; i++) {
        ck_assert_int_eq(lane_choose(&lane, &ephemeral, sizes[_i].connections, 0, &error), 0);
        ck_assert_uint_eq(lane.last - lane.first + 1u, sizes[_i].ports);
        ck_assert_uint_ge(lane.first, 32768);
        ck_assert_uint_le(lane.last, 60999);
    }
}
END_TEST

/* A server may still hold the connection before: no port comes again while others are free. */
START_TEST(takes_every_port_before_one_again)
{
    const struct route loopback = {.source = {FAMILY_IPV4, {127, 0, 0, 1}}};
    static bool taken[UINT16_MAX + 1];
    struct lane lane;
    struct guard guard;
    ck_assert_int_eq(lane_choose(&lane, &ephemeral, 1, 0, &error), 0);
    unsigned repeated = 0;
    for (unsigned i = 0; i < 64; i++) {
        ck_assert_msg(lane_take(&lane, &loopback, &guard, &error) == 0, "%s", error.text);
        ck_assert(guard.port >= lane.first && guard.port <= lane.last);
        repeated += taken[guard.port];
        taken[guard.port] = true;
        lane_give_back(&lane, &guard);
    }
    ck_assert_uint_le(repeated, 8); /* ports that are in use here meanwhile are skipped */
}
END_TEST

START_TEST(as_connect_takes_them)
{
    const struct route loopback = {.source = {FAMILY_IPV4, {127, 0, 0, 1}}};
    struct lane lane;
    struct guard guard;
    ephemeral_parse("62100 62199", "62100-62196,62198", &ephemeral);
    ck_assert_int_eq(lane_choose(&lane, &ephemeral, 1, 0, &error), 0);
    ck_assert_uint_eq(lane.first, 62197);
    ck_assert_uint_eq(lane.last, 62199);
    ck_assert_int_eq(lane_take(&lane, &loopback, &guard, &error), 0);
    ck_assert(guard.port == 62197 || guard.port == 62199);
    lane_give_back(&lane, &guard);
    ck_assert_int_eq(lane_choose(&lane, &ephemeral, 1, 62198, &error), 0); /* the user's choice */
    ck_assert_int_eq(lane_take(&lane, &loopback, &guard, &error), 0);
    lane_give_back(&lane, &guard);
}
END_TEST

START_TEST(one_port_that_is_asked_for)
{
    struct lane lane;
    ck_assert_int_eq(lane_choose(&lane, &ephemeral, 1000, 7, &error), 0);
    ck_assert_uint_eq(lane.first, 7);
    ck_assert_uint_eq(lane.last, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lane");
    TCase *tests = tcase_create("lane");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, as_wide_as_there_are_connections, 0, sizeof sizes / sizeof sizes[0]);
    tcase_add_test(tests, takes_every_port_before_one_again);
    tcase_add_test(tests, as_connect_takes_them);
    tcase_add_test(tests, one_port_that_is_asked_for);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
