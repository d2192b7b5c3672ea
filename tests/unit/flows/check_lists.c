/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/lists.h"

#include "harness.h"

struct fixture {
    struct pool pool;
    struct lists lists;
};

static void begin(struct fixture *f)
{
    pool_init(&f->pool, LIST_COUNT, NULL);
    ck_assert(lists_init(&f->lists));
}

static void end(struct fixture *f)
{
    lists_free(&f->lists);
    pool_free(&f->pool);
}

static struct conversation *append(struct fixture *f, int64_t start_ns, enum list_id id)
{
    struct conversation *flow = pool_take(&f->pool);
    ck_assert_ptr_nonnull(flow);
    ck_assert(lists_reserve(&f->lists, pool_numbers(&f->pool)));
    flow->start_ns = start_ns;
    lists_append(&f->lists, flow, id);
    return flow;
}

START_TEST(keeps_the_order_of_what_came)
{
    struct fixture f;
    begin(&f);
    ck_assert_ptr_null(lists_first(&f.lists, &f.pool, LIST_OPEN));
    struct conversation *one = append(&f, 0, LIST_OPEN), *other = append(&f, 0, LIST_OPEN);
    ck_assert_ptr_eq(lists_first(&f.lists, &f.pool, LIST_OPEN), one);
    lists_remove(&f.lists, one);
    ck_assert_int_eq(one->owner.list, LIST_NONE);
    ck_assert_ptr_eq(lists_first(&f.lists, &f.pool, LIST_OPEN), other);
    lists_append(&f.lists, one, LIST_OPEN);
    ck_assert_ptr_eq(lists_first(&f.lists, &f.pool, LIST_OPEN), other);
    ck_assert_uint_eq(f.lists.counts[LIST_OPEN], 2);
    ck_assert_ptr_null(lists_first(&f.lists, &f.pool, LIST_OVER));
    end(&f);
}
END_TEST

/* Only another first flow changes when the next one is due. */
START_TEST(tells_when_what_it_begins_with_changes)
{
    struct fixture f;
    begin(&f);
    struct conversation *first = append(&f, 0, LIST_OVER), *second = append(&f, 0, LIST_OVER);
    struct conversation *third = append(&f, 0, LIST_OVER);
    f.lists.due_ns = 7;
    lists_remove(&f.lists, third);
    lists_append(&f.lists, third, LIST_OVER);
    lists_remove(&f.lists, second);
    ck_assert_int_eq(f.lists.due_ns, 7);
    lists_remove(&f.lists, first);
    ck_assert_int_eq(f.lists.due_ns, INT64_MIN);
    f.lists.due_ns = 7;
    lists_append(&f.lists, first, LIST_TOLD);
    ck_assert_int_eq(f.lists.due_ns, INT64_MIN);
    end(&f);
}
END_TEST

/* Of the same start, what is open comes before what is over, and both in the order of activity. */
START_TEST(sorts_by_start)
{
    enum { FLOWS = 1000 };
    struct fixture f;
    uint64_t seed = 1;
    begin(&f);
    for (int i = 0; i < FLOWS; i++)
        append(&f, (int64_t)(next_random(&seed) % 50), i % 2 == 0 ? LIST_OPEN : LIST_OVER);
    const struct conversation *last = NULL;
    int count = 0;
    for (uint32_t number = lists_take_by_start(&f.lists, &f.pool); number != NO_FLOW;
         number = f.lists.links[number].next, count++) {
        const struct conversation *flow = pool_at(&f.pool, number);
        if (last != NULL && last->start_ns == flow->start_ns)
            ck_assert(
                last->owner.list < flow->owner.list ||
                (last->owner.list == flow->owner.list && last->owner.number < flow->owner.number));
        ck_assert(last == NULL || last->start_ns <= flow->start_ns);
        last = flow;
    }
    ck_assert_int_eq(count, FLOWS);
    ck_assert_uint_eq(f.lists.counts[LIST_OPEN] + f.lists.counts[LIST_OVER], 0);
    ck_assert_uint_eq(lists_take_by_start(&f.lists, &f.pool), NO_FLOW);
    end(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lists");
    TCase *tcase = tcase_create("lists");
    tcase_add_test(tcase, keeps_the_order_of_what_came);
    tcase_add_test(tcase, tells_when_what_it_begins_with_changes);
    tcase_add_test(tcase, sorts_by_start);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
