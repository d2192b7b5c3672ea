/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "targets/walk.h"

#define ADDRESSES 251
#define PORTS     4
#define TARGETS   (ADDRESSES * PORTS)

static struct space space;

static void setup(void)
{
    static struct port_list ports;
    port_list_clear(&ports);
    port_list_add(&ports, 80, 79 + PORTS);
    struct space_entry entry = {
        .family = FAMILY_IPV4,
        .first = {0, 0x0a000000},
        .count = ADDRESSES,
        .ports = &ports,
        .attributes.labels = "",
    };
    ck_assert_int_eq(space_add(&space, &entry), SPACE_OK);
    ck_assert_int_eq(space_settle(&space), SPACE_OK);
    ck_assert_uint_eq(space.count, TARGETS);
}

static void teardown(void)
{
    space_free(&space);
}

static unsigned number_of(const struct space_target *target)
{
    return (unsigned)(address_number(&target->address).low - 0x0a000000) * PORTS + target->port -
           80;
}

START_TEST(goes_in_the_order_that_was_written)
{
    struct walk walk;
    struct space_target target;
    uint64_t place;
    walk_begin(&walk, &space, &(struct walk_order){.as_written = true, .shard = 1, .shards = 1});
    for (unsigned i = 0; i < TARGETS; i++) {
        ck_assert(walk_next(&walk, &target, &place));
        ck_assert_uint_eq(place, i);
        ck_assert_uint_eq(number_of(&target), i);
    }
    ck_assert(!walk_next(&walk, &target, &place));
    ck_assert_uint_eq(walk_position(&walk), TARGETS);
}
END_TEST

/* Whatever the number of shards, all of them together are one permutation, place by place, and no
 * host is hit twice in a row more often than chance has it. */
START_TEST(is_one_order_for_any_number_of_shards)
{
    static const uint64_t shards[] = {1, 2, 3, 4, 7, 16, 1003, 1004, 1005, UINT64_C(1) << 40};
    uint64_t count = shards[_i], in_all = 0;
    unsigned wanted[TARGETS], seen[TARGETS] = {0};
    struct walk walk;
    struct space_target target;
    uint64_t place;
    walk_begin(&walk, &space, &(struct walk_order){.seed = 9, .shard = 1, .shards = 1});
    for (unsigned i = 0; i < TARGETS; i++) {
        ck_assert(walk_next(&walk, &target, &place));
        wanted[i] = number_of(&target);
    }
    for (uint64_t shard = 1; shard <= count && shard < 2000; shard++) {
        struct walk_order order = {.seed = 9, .shard = shard, .shards = count};
        uint64_t before = in_all;
        walk_begin(&walk, &space, &order);
        while (walk_next(&walk, &target, &place)) {
            ck_assert_uint_eq(place % count, shard - 1);
            ck_assert_uint_eq(number_of(&target), wanted[place]);
            ck_assert_uint_eq(walk_number(&walk, place), wanted[place]);
            seen[number_of(&target)]++;
            in_all++;
        }
        ck_assert_uint_eq(in_all - before, walk_count(&walk));
    }
    for (unsigned i = 0; i < TARGETS; i++)
        ck_assert_uint_eq(seen[i], 1);
}
END_TEST

START_TEST(resumes_at_any_place)
{
    struct walk walk, again;
    struct space_target target, other;
    uint64_t place, other_place;
    struct walk_order order = {.seed = 3, .shard = 2, .shards = 3};
    walk_begin(&walk, &space, &order);
    for (;;) {
        uint64_t position = walk_position(&walk);
        walk_begin(&again, &space, &order);
        ck_assert(walk_resume(&again, position));
        bool more = walk_next(&walk, &target, &place);
        ck_assert_int_eq(walk_next(&again, &other, &other_place), more);
        if (!more)
            break;
        ck_assert_uint_eq(place, other_place);
        ck_assert_uint_eq(number_of(&target), number_of(&other));
        other = walk_at(&walk, place);
        ck_assert_uint_eq(number_of(&target), number_of(&other));
    }
}
END_TEST

START_TEST(refuses_places_of_others)
{
    struct walk walk;
    struct walk_order order = {.seed = 3, .shard = 2, .shards = 3};
    walk_begin(&walk, &space, &order);
    ck_assert(!walk_resume(&walk, 0));
    ck_assert(!walk_resume(&walk, 2));
    ck_assert(walk_resume(&walk, 1));
    ck_assert(walk_resume(&walk, 1 + 3 * walk_count(&walk)));
    ck_assert(!walk_resume(&walk, 4 + 3 * walk_count(&walk)));
    ck_assert(!walk_resume(&walk, UINT64_MAX));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("walk");
    TCase *walk = tcase_create("walk");
    tcase_add_checked_fixture(walk, setup, teardown);
    tcase_add_test(walk, goes_in_the_order_that_was_written);
    tcase_add_loop_test(walk, is_one_order_for_any_number_of_shards, 0, 10);
    tcase_add_test(walk, resumes_at_any_place);
    tcase_add_test(walk, refuses_places_of_others);
    suite_add_tcase(suite, walk);
    return run_suite(suite);
}
