/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of the paths of a recording's connections, and for how long. */
#include "run/keptpaths.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define FLOWS (KEPT_PATHS_MAX + 2u)

static struct conversation flows[FLOWS];
static struct kept_paths kept;
static int until_failure = -1; /* calls that still succeed; negative: all */

/* The linker puts this in place of calloc (--wrap). */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    bool fails = until_failure >= 0 && until_failure-- == 0;
    return fails ? NULL : __real_calloc(n, size);
}

static void set_up(void)
{
    memset(flows, 0, sizeof flows);
    kept = (struct kept_paths){NULL};
    for (size_t i = 0; i < FLOWS; i++) {
        flows[i].endpoints[CLIENT] =
            (struct endpoint){{FAMILY_IPV4, {192, 0, 2, 1}}, (uint16_t)(40000 + i)};
        flows[i].endpoints[SERVER] = (struct endpoint){{FAMILY_IPV4, {192, 0, 2, 2}}, 80};
    }
}

static void tear_down(void)
{
    kept_paths_free(&kept);
    ck_assert(kept.first == NULL && kept.count == 0);
}

/* A segment of ours, without data. */
static void take(size_t i, enum origin origin)
{
    const struct annotation annotation = {.origin = origin, .device_bytes = 1500 + (uint32_t)i};
    const struct frame frame = {.time_ns = 5};
    const struct segment segment = {.src = flows[i].endpoints[CLIENT],
                                    .dst = flows[i].endpoints[SERVER],
                                    .flags = origin == ORIGIN_PATH ? TCP_SYN : TCP_ACK,
                                    .ttl = 3,
                                    .time_ns = 5};
    kept_paths_take(&kept, &flows[i], &annotation, &frame, &segment, SEGMENT_TCP);
}

START_TEST(each_kind_has_its_place)
{
    take(0, ORIGIN_PATH);
    ck_assert(flows[0].path->hops != NULL && flows[0].path->mtu == NULL);
    take(0, ORIGIN_PATH_MTU);
    take(0, ORIGIN_PATH_MTU);
    const struct path *hops = flows[0].path->hops;
    const struct path_mtu *mtu = flows[0].path->mtu;
    ck_assert(endpoint_equal(&hops->ours, &flows[0].endpoints[CLIENT]));
    ck_assert(endpoint_equal(&hops->theirs, &flows[0].endpoints[SERVER]));
    ck_assert(endpoint_equal(&mtu->ours, &flows[0].endpoints[CLIENT]));
    ck_assert(endpoint_equal(&mtu->theirs, &flows[0].endpoints[SERVER]));
    ck_assert_uint_eq(hops->sent_count, 1);
    ck_assert_uint_eq(mtu->sent_count, 2);
    take(1, ORIGIN_PATH_MTU);
    ck_assert_uint_eq(flows[0].path->mtu->device_bytes, 1500);
    ck_assert_uint_eq(flows[1].path->mtu->device_bytes, 1501);
    ck_assert_ptr_null(flows[1].path->hops);
    ck_assert_uint_eq(kept.count, 2);
}
END_TEST

START_TEST(there_is_room_for_some)
{
    for (size_t i = 0; i < FLOWS; i++)
        take(i, ORIGIN_PATH);
    ck_assert_uint_eq(kept.count, KEPT_PATHS_MAX);
    ck_assert_ptr_nonnull(flows[KEPT_PATHS_MAX - 1].path);
    ck_assert_ptr_null(flows[KEPT_PATHS_MAX].path);
    ck_assert(!kept.lacks_memory);
    take(0, ORIGIN_PATH); /* known ones go on */
    ck_assert_uint_eq(flows[0].path->hops->sent_count, 2);
    kept_paths_drop(&kept, &flows[7]);
    take(KEPT_PATHS_MAX, ORIGIN_PATH);
    ck_assert_ptr_nonnull(flows[KEPT_PATHS_MAX].path);
    ck_assert_uint_eq(kept.count, KEPT_PATHS_MAX);
}
END_TEST

/* A path without its hops, or its packets, is one of which the report lacks something. */
START_TEST(memory_may_run_out)
{
    until_failure = _i % 2;
    take(0, _i / 2 == 0 ? ORIGIN_PATH : ORIGIN_PATH_MTU);
    until_failure = -1;
    ck_assert(kept.lacks_memory);
    take(1, ORIGIN_PATH);
    ck_assert_ptr_nonnull(flows[1].path->hops);
}
END_TEST

/* In any order: the first, the last, and one between. */
START_TEST(each_can_be_dropped)
{
    static const size_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}};
    for (size_t i = 0; i < 3; i++)
        take(i, ORIGIN_PATH);
    for (size_t i = 0; i < 3; i++) {
        kept_paths_drop(&kept, &flows[orders[_i][i]]);
        ck_assert_ptr_null(flows[orders[_i][i]].path);
        ck_assert_uint_eq(kept.count, 2 - i);
        kept_paths_drop(&kept, &flows[orders[_i][i]]);
        ck_assert_uint_eq(kept.count, 2 - i);
    }
    ck_assert_ptr_null(kept.first);
}
END_TEST

START_TEST(names_go_to_hops)
{
    const struct address router = {FAMILY_IPV4, {10, 0, 0, 1}};
    kept_paths_name(&flows[0], &router, "nothing is known");
    take(0, ORIGIN_PATH_MTU);
    kept_paths_name(&flows[0], &router, "no hop is known");
    take(0, ORIGIN_PATH);
    struct path_hop *hop = &flows[0].path->hops->hops[2];
    hop->address = router;
    hop->answered = 1;
    kept_paths_name(&flows[0], &router, "router.test");
    ck_assert_str_eq(hop->name, "router.test");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keptpaths");
    TCase *tests = tcase_create("paths");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, each_kind_has_its_place);
    tcase_add_test(tests, there_is_room_for_some);
    tcase_add_loop_test(tests, each_can_be_dropped, 0, 4);
    tcase_add_test(tests, names_go_to_hops);
    tcase_add_loop_test(tests, memory_may_run_out, 0, 4);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
