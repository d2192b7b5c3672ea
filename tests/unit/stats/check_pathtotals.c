/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/pathtotals.h"

#include <string.h>

#include "harness.h"

/* A path of two hops whose first is that router, or silent. */
static struct path path_by(uint8_t router)
{
    struct path path;
    memset(&path, 0, sizeof path);
    path.hop_count = 2;
    path.hops[0].sent = path.hops[1].sent = path.hops[1].answered = 1;
    path.hops[0].rtt_ns = INT64_MIN;
    path.hops[1].address = (struct address){FAMILY_IPV4, {192, 0, 2, 2}};
    path.hops[1].rtt_ns = 1000;
    if (router == 0)
        return path;
    path.hops[0].answered = 1;
    path.hops[0].rtt_ns = router * INT64_C(100);
    path.hops[0].address = (struct address){FAMILY_IPV4, {203, 0, 113, router}};
    return path;
}

START_TEST(counts_addresses_and_loss)
{
    static const uint8_t routers[] = {1, 2, 1, 0};
    struct path_totals totals;
    memset(&totals, 0, sizeof totals);
    ck_assert_double_eq(hop_total_loss_percent(&totals.hops[0]), 0);
    for (size_t i = 0; i < sizeof routers; i++) {
        struct path path = path_by(routers[i]);
        path_totals_add(&totals, &path);
    }
    const struct hop_total *first = &totals.hops[0];
    ck_assert_uint_eq(totals.connections, 4);
    ck_assert_uint_eq(totals.hop_count, 2);
    ck_assert_uint_eq(first->sent, 4);
    ck_assert_uint_eq(first->answered, 3);
    ck_assert_double_eq(hop_total_loss_percent(first), 25);
    ck_assert_uint_eq(first->address_count, 2);
    ck_assert_uint_eq(first->addresses[0].connections, 2);
    ck_assert_uint_eq(first->addresses[1].connections, 1);
    ck_assert_int_eq(first->rtt.max_ns, 200);
    ck_assert_uint_eq(totals.hops[1].addresses[0].connections, 4);
}
END_TEST

/* A name that was not found once does not undo one that was. */
START_TEST(keeps_the_latest_name)
{
    static const char *const found[] = {"one.test", "two.test", ""};
    struct path_totals totals;
    memset(&totals, 0, sizeof totals);
    for (size_t i = 0; i < 3; i++) {
        struct path path = path_by(1);
        path.hops[0].other = (struct address){FAMILY_IPV4, {203, 0, 113, 9}};
        path_take_name(&path, &path.hops[0].address, found[i]);
        path_take_name(&path, &path.hops[0].other, i == 0 ? "other.test" : "");
        path_totals_add(&totals, &path);
    }
    ck_assert_str_eq(totals.hops[0].addresses[0].name, "two.test");
    ck_assert_str_eq(totals.hops[0].addresses[1].name, "other.test");
    ck_assert_uint_eq(totals.hops[0].addresses[1].connections, 3);
}
END_TEST

START_TEST(keeps_four_addresses)
{
    struct path_totals totals;
    memset(&totals, 0, sizeof totals);
    for (uint8_t router = 1; router <= 5; router++) {
        struct path path = path_by(router);
        path_totals_add(&totals, &path);
        ck_assert_int_eq(totals.hops[0].more_addresses, router > 4);
    }
    ck_assert_uint_eq(totals.hops[0].address_count, HOP_ADDRESSES_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pathtotals");
    TCase *tests = tcase_create("totals");
    tcase_add_test(tests, counts_addresses_and_loss);
    tcase_add_test(tests, keeps_the_latest_name);
    tcase_add_test(tests, keeps_four_addresses);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
