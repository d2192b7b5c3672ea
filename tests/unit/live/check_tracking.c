/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firewall's table lets begin, and what is said when it sets the pace. The table is played
 * by the test. */
#include "live/tracking.h"

#include "fixtures/said.h"
#include "harness.h"

#define MS INT64_C(1000000)

static int64_t counted;

void conntrack_open(struct conntrack *conntrack)
{
    *conntrack = (struct conntrack){.most = 100};
}

void conntrack_close(struct conntrack *conntrack)
{
    *conntrack = (struct conntrack){0};
}

int64_t conntrack_count(const struct conntrack *conntrack)
{
    ck_assert_uint_eq(conntrack->most, 100);
    return counted;
}

static struct tracking tracking;

static unsigned begin_some(int64_t now_ns)
{
    unsigned begun = 0;
    while (begun < 1000 && tracking_has_room(&tracking, now_ns)) {
        tracking_begun(&tracking);
        begun++;
    }
    return begun;
}

START_TEST(half_of_what_is_free_is_left)
{
    said_begin();
    counted = 20;
    tracking_open(&tracking, _i != 0, MS);
    ck_assert_uint_eq(begin_some(MS), 40);
    ck_assert_str_eq(said(),
                     _i != 0 ? ""
                             : "tcpshake: slowed down: the connection-tracking table of this host "
                               "has 60 of 100 entries, and 60 is the limit that leaves others half "
                               "of what was free; raise net.netfilter.nf_conntrack_max, or do not "
                               "track these connections\n");
    ck_assert_uint_eq(begin_some(2 * MS), 0);
    ck_assert_int_eq(tracking_next_ns(&tracking), 101 * MS);
    counted = 50;
    ck_assert_uint_eq(begin_some(101 * MS), 10);
    ck_assert_str_eq(said(), ""); /* it is said once */
    tracking_close(&tracking);
    said_end();
}
END_TEST

/* A table without an entry is a table. */
START_TEST(an_empty_table_has_a_half)
{
    said_begin();
    counted = 0;
    tracking_open(&tracking, true, 0);
    ck_assert_uint_eq(begin_some(0), 50);
    tracking_close(&tracking);
    said_end();
}
END_TEST

/* Which is unloaded, say: nothing is held back for what cannot be counted. */
START_TEST(a_table_may_go)
{
    said_begin();
    counted = 20;
    tracking_open(&tracking, true, 0);
    ck_assert_uint_eq(begin_some(0), 40);
    counted = -1;
    ck_assert_uint_eq(begin_some(100 * MS), 60);
    tracking_close(&tracking);
    said_end();
}
END_TEST

START_TEST(without_a_table_all_may_begin)
{
    said_begin();
    counted = -1;
    tracking_open(&tracking, false, 0);
    ck_assert_uint_eq(begin_some(0), 1000);
    ck_assert_int_eq(tracking_next_ns(&tracking), INT64_MAX);
    ck_assert_str_eq(said(), "");
    tracking_close(&tracking);
    said_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tracking");
    TCase *tc = tcase_create("room");
    tcase_add_loop_test(tc, half_of_what_is_free_is_left, 0, 2);
    tcase_add_test(tc, an_empty_table_has_a_half);
    tcase_add_test(tc, a_table_may_go);
    tcase_add_test(tc, without_a_table_all_may_begin);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
