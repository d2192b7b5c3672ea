/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/perhost.h"

#include "harness.h"
#include "live/jobs.h"

#define HOSTS 40000u /* several in each chain */

static struct perhost perhost;
static struct error error;

static struct address address(uint32_t number)
{
    return (struct address){FAMILY_IPV4,
                            {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
}

static void tear_down(void)
{
    perhost_close(&perhost);
}

static bool has_room(uint32_t number)
{
    const struct address a = address(number);
    return perhost_has_room(&perhost, &a);
}

static void take(uint32_t number)
{
    const struct address a = address(number);
    ck_assert(perhost_take(&perhost, &a));
}

static void give_back(uint32_t number)
{
    const struct address a = address(number);
    perhost_give_back(&perhost, &a);
}

static struct job *next(uint32_t number)
{
    const struct address a = address(number);
    return perhost_next(&perhost, &a);
}

START_TEST(limits_each_address_by_itself)
{
    ck_assert_int_eq(perhost_open(&perhost, 2, &error), 0);
    for (uint32_t i = 0; i < HOSTS; i++) {
        ck_assert(has_room(i));
        take(i);
        ck_assert(has_room(i));
        take(i);
        ck_assert(!has_room(i));
    }
    ck_assert_uint_eq(perhost.count, HOSTS);
    give_back(7);
    ck_assert(has_room(7));
    ck_assert(!has_room(8));
}
END_TEST

START_TEST(keeps_nothing_of_idle_addresses)
{
    ck_assert_int_eq(perhost_open(&perhost, 1, &error), 0);
    for (uint32_t i = 0; i < HOSTS; i++) {
        take(i);
        if (i > 0)
            give_back(i - 1);
        ck_assert_uint_eq(perhost.count, 1);
    }
}
END_TEST

/* In the order in which they came, one for each place. */
START_TEST(gives_places_to_those_that_wait)
{
    static struct job jobs[4];
    ck_assert_int_eq(perhost_open(&perhost, 2, &error), 0);
    take(1);
    take(1);
    take(2);
    for (size_t i = 0; i < 4; i++) {
        jobs[i].server.address = address(1);
        perhost_park(&perhost, &jobs[i]);
        ck_assert(jobs[i].queued);
    }
    ck_assert_ptr_null(next(1));
    ck_assert_ptr_null(next(2));
    ck_assert_ptr_null(next(3));
    give_back(1);
    ck_assert_ptr_eq(next(1), &jobs[0]);
    ck_assert(!jobs[0].queued && jobs[1].queued);
    ck_assert_ptr_eq(next(1), &jobs[1]); /* the first one did not begin */
    take(1);
    ck_assert_ptr_null(next(1));
    give_back(1);
    give_back(1);
    ck_assert_ptr_eq(next(1), &jobs[2]);
    ck_assert_uint_eq(perhost.count, 2);
    ck_assert_ptr_eq(next(1), &jobs[3]);
    ck_assert_uint_eq(perhost.count, 1); /* nothing is left of it */
    ck_assert_ptr_null(next(1));
}
END_TEST

START_TEST(forgets_those_that_wait)
{
    static struct job job;
    ck_assert_int_eq(perhost_open(&perhost, 1, &error), 0);
    take(1);
    job.server.address = address(1);
    perhost_park(&perhost, &job);
    perhost_cancel(&perhost);
    give_back(1);
    ck_assert_ptr_null(next(1));
    ck_assert_uint_eq(perhost.count, 0);
}
END_TEST

START_TEST(does_without_a_limit)
{
    ck_assert_int_eq(perhost_open(&perhost, 0, &error), 0);
    for (int i = 0; i < 1000; i++) {
        take(1);
        ck_assert(has_room(1));
    }
    give_back(1);
    ck_assert_ptr_null(next(1));
    perhost_cancel(&perhost);
    ck_assert_uint_eq(perhost.count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("perhost");
    TCase *limits = tcase_create("limits");
    tcase_add_checked_fixture(limits, NULL, tear_down);
    tcase_add_test(limits, limits_each_address_by_itself);
    tcase_add_test(limits, keeps_nothing_of_idle_addresses);
    tcase_add_test(limits, gives_places_to_those_that_wait);
    tcase_add_test(limits, forgets_those_that_wait);
    tcase_add_test(limits, does_without_a_limit);
    suite_add_tcase(suite, limits);
    return run_suite(suite);
}
