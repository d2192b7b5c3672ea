/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/table.h"

#include "harness.h"

#define FLOWS 500

/* All hashes fall into a few neighbouring slots, also those at the table's end. */
static uint32_t hash_of(int i)
{
    return (uint32_t)(i % 5) - 2;
}

struct fixture {
    struct pool pool;
    struct table table;
    struct conversation *flows[FLOWS];
};

static void fill(struct fixture *f)
{
    pool_init(&f->pool, 1, NULL);
    ck_assert(table_init(&f->table));
    for (int i = 0; i < FLOWS; i++) {
        struct conversation *flow = f->flows[i] = pool_take(&f->pool);
        ck_assert_ptr_nonnull(flow);
        flow->owner.hash = hash_of(i);
        flow->endpoints[CLIENT].port = (uint16_t)i;
        flow->endpoints[SERVER].port = 443;
        ck_assert(table_reserve(&f->table));
        table_add(&f->table, flow);
    }
}

static void empty(struct fixture *f)
{
    table_free(&f->table);
    pool_free(&f->pool);
}

static const struct conversation *find(const struct fixture *f, int i)
{
    const struct endpoint client = {.port = (uint16_t)i}, server = {.port = 443};
    const struct conversation *found =
        table_find(&f->table, &f->pool, &client, &server, hash_of(i));
    ck_assert_ptr_eq(table_find(&f->table, &f->pool, &server, &client, hash_of(i)), found);
    return found;
}

START_TEST(finds_each_among_its_neighbours)
{
    static struct fixture f;
    fill(&f);
    ck_assert_uint_ge(f.table.slot_count, 4 * FLOWS);
    for (int i = 0; i < FLOWS; i++)
        ck_assert_ptr_eq(find(&f, i), f.flows[i]);
    ck_assert_ptr_null(find(&f, FLOWS));
    empty(&f);
}
END_TEST

/* Whatever the order, those that are left are found. */
START_TEST(closes_the_gap_of_what_is_removed)
{
    static struct fixture f;
    fill(&f);
    for (int step = 0; step < FLOWS; step++) {
        int removed = step * 7 % FLOWS;
        table_remove(&f.table, f.flows[removed]);
        f.flows[removed] = NULL;
        for (int i = 0; step % 50 == 0 && i < FLOWS; i++)
            ck_assert_ptr_eq(find(&f, i), f.flows[i]);
    }
    ck_assert_uint_eq(f.table.used, 0);
    empty(&f);
}
END_TEST

START_TEST(guesses_by_the_hash_alone)
{
    static struct fixture f;
    fill(&f);
    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(pool_at(&f.pool, table_likely(&f.table, hash_of(i)))->owner.hash,
                          hash_of(i));
    ck_assert_uint_eq(table_likely(&f.table, 1000), NO_FLOW);
    empty(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *tcase = tcase_create("table");
    tcase_add_test(tcase, finds_each_among_its_neighbours);
    tcase_add_test(tcase, closes_the_gap_of_what_is_removed);
    tcase_add_test(tcase, guesses_by_the_hash_alone);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
