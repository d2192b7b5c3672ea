/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool against an array that is searched from end to end. */
#include "flight/pool.h"

#include <string.h>

#include "harness.h"

#define FIRST_PORT 40000
#define PORTS      5
#define MANY       60
#define STEPS      20000

static struct flight all[MANY];
static bool in_pool[MANY];

/* Few ports, so that many share one; tuples that differ in one end alone. */
static void make_tuple(struct flight *flight, unsigned i)
{
    memset(flight, 0, sizeof *flight);
    flight->ours = (struct endpoint){{FAMILY_IPV4, {192, 0, 2, (uint8_t)(1 + i / PORTS % 2)}},
                                     (uint16_t)(FIRST_PORT + i % PORTS)};
    flight->attempt.server =
        (struct endpoint){{FAMILY_IPV4, {198, 51, 100, (uint8_t)(i / (2 * PORTS) / 2)}},
                          (uint16_t)(80 + i / (2 * PORTS) % 2)};
}

static void assert_same(const struct pool *pool)
{
    uint32_t count = 0, met = 0;
    for (unsigned i = 0; i < MANY; i++) {
        const struct flight *found = pool_find(pool, &all[i].ours, &all[i].attempt.server);
        ck_assert_ptr_eq(found, in_pool[i] ? &all[i] : NULL);
        ck_assert_ptr_null(pool_find(pool, &all[i].attempt.server, &all[i].ours));
        count += in_pool[i];
    }
    for (const struct flight *f = pool_next(pool, NULL); f != NULL; f = pool_next(pool, f)) {
        ck_assert(in_pool[f - all]);
        met++;
    }
    ck_assert_uint_eq(met, count);
    ck_assert_uint_eq(pool->count, count);
}

START_TEST(agrees_with_an_array)
{
    const struct lane lane = {.first = FIRST_PORT, .last = FIRST_PORT + PORTS - 1};
    struct pool pool;
    struct error error;
    uint64_t random = (uint64_t)_i;
    ck_assert_int_eq(pool_open(&pool, &lane, &error), 0);
    memset(in_pool, 0, sizeof in_pool);
    for (unsigned i = 0; i < MANY; i++)
        make_tuple(&all[i], i);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = (unsigned)(next_random(&random) % MANY);
        if (in_pool[i])
            pool_remove(&pool, &all[i]);
        else
            pool_add(&pool, &all[i]);
        in_pool[i] = !in_pool[i];
        if (step % 100 == 0)
            assert_same(&pool);
    }
    pool_close(&pool);
}
END_TEST

/* A port of another connection of this host, which its capture shows too. */
START_TEST(nothing_is_found_outside_the_lane)
{
    const struct lane lane = {.first = 1, .last = UINT16_MAX};
    const struct lane narrow = {.first = 300, .last = 300};
    const struct endpoint ends[] = {{{FAMILY_IPV4, {192, 0, 2, 1}}, 0},
                                    {{FAMILY_IPV4, {192, 0, 2, 1}}, 299},
                                    {{FAMILY_IPV4, {192, 0, 2, 1}}, 301},
                                    {{FAMILY_IPV4, {192, 0, 2, 1}}, UINT16_MAX}};
    struct pool wide_pool, pool;
    struct error error;
    ck_assert_int_eq(pool_open(&wide_pool, &lane, &error), 0);
    ck_assert_int_eq(pool_open(&pool, &narrow, &error), 0);
    for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        ck_assert_ptr_null(pool_find(&wide_pool, &ends[i], &ends[i]));
        ck_assert_ptr_null(pool_find(&pool, &ends[i], &ends[i]));
    }
    ck_assert_ptr_null(pool_next(&wide_pool, NULL));
    pool_close(&wide_pool);
    pool_close(&pool);
    ck_assert_ptr_null(pool_next(&pool, NULL)); /* closed, or never opened */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");
    tcase_add_loop_test(tests, agrees_with_an_array, 0, 5);
    tcase_add_test(tests, nothing_is_found_outside_the_lane);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
