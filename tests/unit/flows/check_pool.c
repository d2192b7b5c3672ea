/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/pool.h"

#include "harness.h"

#define FIRST 5u

static size_t told;

static void tell(void *memory, size_t size)
{
    ck_assert_uint_eq((uintptr_t)memory % size, 0);
    told += size;
}

static struct conversation *take(struct pool *pool)
{
    struct conversation *flow = pool_take(pool);
    ck_assert_ptr_nonnull(flow);
    ck_assert_ptr_eq(pool_at(pool, flow->owner.number), flow);
    ck_assert_uint_lt(flow->owner.number, pool_numbers(pool));
    return flow;
}

/* Numbers grow and stay apart over several chunks of either size. */
START_TEST(numbers_each_flow)
{
    struct pool pool;
    uint32_t last = FIRST - 1;
    told = 0;
    pool_init(&pool, FIRST, _i == 0 ? NULL : tell);
    for (int i = 0; i < 5000; i++) {
        uint32_t number = take(&pool)->owner.number;
        ck_assert_uint_gt(number, last);
        last = number;
    }
    ck_assert_uint_gt(pool.chunk_count, 1);
    ck_assert_uint_eq(told, _i == 0 ? 0 : pool.chunk_count * pool.chunking.size);
    pool_free(&pool);
}
END_TEST

START_TEST(uses_again_what_was_given_back_last)
{
    struct pool pool;
    pool_init(&pool, FIRST, NULL);
    struct conversation *one = take(&pool), *other = take(&pool);
    pool_give_back(&pool, one);
    pool_give_back(&pool, other);
    ck_assert_ptr_eq(take(&pool), other);
    ck_assert_ptr_eq(take(&pool), one);
    ck_assert_uint_eq(take(&pool)->owner.number, FIRST + 2);
    pool_free(&pool);
}
END_TEST

/* Few steps stay with the flow, many are given back with it. */
START_TEST(doubles_the_room_for_steps)
{
    struct pool pool;
    pool_init(&pool, FIRST, NULL);
    struct conversation *flow = take(&pool);
    for (unsigned room = 2; room <= 16; room *= 2) {
        ck_assert(pool_grow_steps(flow));
        ck_assert_uint_eq(flow->steps.capacity, room);
    }
    pool_give_back(&pool, flow);
    ck_assert_uint_eq(take(&pool)->steps.capacity, 16);
    for (int i = 0; i < 3; i++)
        ck_assert(pool_grow_steps(flow)); /* beyond the bound too: that is no lack of memory */
    ck_assert_uint_eq(flow->steps.capacity, STEPS_MAX);
    pool_give_back(&pool, flow);
    ck_assert_uint_eq(take(&pool)->steps.capacity, 0);
    ck_assert_ptr_null(flow->steps.list);
    pool_free(&pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tcase = tcase_create("pool");
    tcase_add_loop_test(tcase, numbers_each_flow, 0, 2);
    tcase_add_test(tcase, uses_again_what_was_given_back_last);
    tcase_add_test(tcase, doubles_the_room_for_steps);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
