/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool against an array that is searched from end to end. */
#include "flight/pool.h"

#include <string.h>

#include "harness.h"

#define FIRST_PORT 40000
#define PORTS      5
#define MANY       400
#define STEPS      20000

/* Memory: the linker puts this in place of calloc (--wrap). */

static int until_failure = -1; /* calls that still succeed; negative: all */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    bool fails = until_failure >= 0 && until_failure-- == 0;
    return fails ? NULL : __real_calloc(n, size);
}

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
        bool outgoing = false;
        ck_assert_ptr_eq(pool_find_segment(pool, &all[i].ours, &all[i].attempt.server, &outgoing),
                         found);
        ck_assert(found == NULL || outgoing);
        ck_assert_ptr_eq(pool_find_segment(pool, &all[i].attempt.server, &all[i].ours, &outgoing),
                         found);
        ck_assert(found == NULL || !outgoing);
        ck_assert_ptr_null(pool_find(pool, &all[i].attempt.server, &all[i].ours));
        count += in_pool[i];
    }
    for (const struct flight *f = pool_next(pool, NULL); f != NULL; f = pool_next(pool, f)) {
        ck_assert(in_pool[f - all]);
        met++;
    }
    ck_assert_uint_eq(met, count);
    ck_assert_uint_eq(pool->count, count);
    ck_assert_uint_le(count, pool->chain_count); /* chains stay short */
}

START_TEST(agrees_with_an_array)
{
    static const uint64_t keys[][2] = {{1, 2}, {0, 0}, {3, UINT64_MAX}, {7, 9}, {8, 6}};
    struct pool pool;
    struct error error;
    uint64_t random = (uint64_t)_i;
    ck_assert_int_eq(pool_open(&pool, keys[_i], &error), 0);
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

/* Without memory there is no pool at first; later, its chains become longer. */
START_TEST(a_pool_needs_memory)
{
    static const uint64_t key[2] = {5, 6};
    struct pool pool;
    struct error error;
    until_failure = _i;
    ck_assert_int_eq(pool_open(&pool, key, &error), -1);
    ck_assert(error.out_of_memory);
    pool_close(&pool);
    ck_assert_int_eq(pool_open(&pool, key, &error), 0);
    uint32_t before = pool.chain_count;
    for (unsigned i = 0; i < MANY; i++) {
        make_tuple(&all[i], i);
        until_failure = _i;
        pool_add(&pool, &all[i]);
    }
    until_failure = -1;
    ck_assert_uint_eq(pool.chain_count, before);
    for (unsigned i = 0; i < MANY; i++)
        ck_assert_ptr_eq(pool_find(&pool, &all[i].ours, &all[i].attempt.server), &all[i]);
    pool_close(&pool);
}
END_TEST

/* By its initial sequence number, which two may share. */
START_TEST(a_number_finds_its_connections)
{
    enum { DIFFERENT = 97 };
    static const uint64_t key[2] = {5, 6};
    struct pool pool;
    struct error error;
    ck_assert_int_eq(pool_open(&pool, key, &error), 0);
    for (unsigned i = 0; i < MANY; i++) {
        make_tuple(&all[i], i);
        all[i].iss = 0u - i % DIFFERENT;
        pool_add(&pool, &all[i]);
    }
    for (unsigned removed = 0; removed < MANY; removed++) {
        unsigned met = 0;
        uint32_t iss = all[removed].iss;
        for (struct flight *f = pool_find_number(&pool, iss, NULL); f != NULL;
             f = pool_find_number(&pool, iss, f)) {
            ck_assert_uint_eq(f->iss, iss);
            ck_assert_uint_ge((unsigned)(f - all), removed);
            met++;
        }
        ck_assert_uint_eq(met, (MANY - removed + DIFFERENT - 1) / DIFFERENT);
        pool_remove(&pool, &all[removed]);
    }
    ck_assert_ptr_null(pool_find_number(&pool, 1, NULL));
    pool_close(&pool);
}
END_TEST

/* A connection from a port to itself: one segment goes out and comes in. */
START_TEST(both_ends_may_be_the_same)
{
    static const uint64_t key[2] = {5, 6};
    struct endpoint other = {{FAMILY_IPV4, {192, 0, 2, 1}}, 81};
    struct flight self = {.ours = {{FAMILY_IPV4, {192, 0, 2, 1}}, 80}};
    struct pool pool;
    struct error error;
    bool outgoing = false;
    self.attempt.server = self.ours;
    ck_assert_int_eq(pool_open(&pool, key, &error), 0);
    ck_assert_ptr_null(pool_next(&pool, NULL));
    pool_add(&pool, &self);
    ck_assert_ptr_eq(pool_find_segment(&pool, &self.ours, &self.ours, &outgoing), &self);
    ck_assert(outgoing);
    ck_assert_ptr_null(pool_find(&pool, &self.ours, &other));
    pool_remove(&pool, &self);
    ck_assert_ptr_null(pool_find(&pool, &self.ours, &self.ours));
    pool_close(&pool);
    ck_assert_ptr_null(pool_next(&pool, NULL)); /* closed, or never opened */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");
    tcase_add_loop_test(tests, agrees_with_an_array, 0, 5);
    tcase_add_loop_test(tests, a_pool_needs_memory, 0, 2);
    tcase_add_test(tests, a_number_finds_its_connections);
    tcase_add_test(tests, both_ends_may_be_the_same);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
