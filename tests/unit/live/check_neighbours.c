/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/neighbours.h"

#include "harness.h"

#define SECOND INT64_C(1000000000)
#define MANY   1000u

static struct timers timers;
static struct neighbours neighbours;
static struct error error;

static struct address address(uint32_t number)
{
    return (struct address){FAMILY_IPV4, {10, 0, (uint8_t)(number >> 8), (uint8_t)number}};
}

static void set_up(void)
{
    timers = (struct timers){0};
    ck_assert_int_eq(neighbours_open(&neighbours, FAMILY_IPV4, &timers, &error), 0);
    ck_assert_uint_ge(neighbours.most, 8);
    neighbours.most = MANY;
}

static void tear_down(void)
{
    neighbours_close(&neighbours);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
}

static bool take(uint32_t number)
{
    const struct address a = address(number);
    bool room = neighbours_have_room(&neighbours, &a);
    ck_assert_int_eq(neighbours_take(&neighbours, &a), room);
    return room;
}

static void give_back(uint32_t number, int64_t now_ns)
{
    const struct address a = address(number);
    neighbours_give_back(&neighbours, &a, number % 2 == 0, now_ns);
}

START_TEST(half_of_the_table_and_no_more)
{
    for (uint32_t i = 0; i < MANY; i++)
        ck_assert(take(i));
    ck_assert(!take(MANY));
    ck_assert(take(7)); /* it has an entry */
    ck_assert_uint_eq(neighbours.count, MANY);
    give_back(7, SECOND);
    for (uint32_t i = 0; i < MANY; i++)
        give_back(i, SECOND); /* tear_down finds no timer of any of them */
}
END_TEST

START_TEST(an_entry_is_kept_for_a_while)
{
    for (uint32_t i = 0; i < MANY; i++)
        ck_assert(take(i));
    ck_assert(take(3));
    give_back(3, SECOND);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX); /* there is another connection */
    give_back(3, SECOND);
    give_back(4, SECOND); /* it has answered */
    ck_assert_int_gt(timers_next_ns(&timers), 4 * SECOND);
    ck_assert(!take(MANY));
    ck_assert(timers_fire_one(&timers, 5 * SECOND));
    ck_assert_int_eq(timers_next_ns(&timers), 6 * SECOND);
    ck_assert(take(4)); /* used again before that */
    ck_assert(!timers_fire_one(&timers, 60 * SECOND));
    ck_assert(take(MANY));
    ck_assert(!take(MANY + 1));
}
END_TEST

START_TEST(a_stranger_gives_nothing_back)
{
    give_back(1, SECOND);
    ck_assert_uint_eq(neighbours.count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("neighbours");
    TCase *tests = tcase_create("neighbours");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, half_of_the_table_and_no_more);
    tcase_add_test(tests, an_entry_is_kept_for_a_while);
    tcase_add_test(tests, a_stranger_gives_nothing_back);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
