/* SPDX-License-Identifier: BSD-2-Clause */
/* The core where memory runs out: the linker puts these functions in place of the allocator's
 * (--wrap), and one call after the other fails. Nothing is done then, and it is counted. */
#include <stdlib.h>
#include <string.h>

#include "flows/flows.h"
#include "harness.h"

#define CONNECTIONS 200 /* so many that the table, the chunks of flows and the links grow */
#define FAILURES    100 /* ... and fail to */

static int until_failure = -1; /* calls that still succeed; negative: all */

static bool fails(void)
{
    return until_failure >= 0 && until_failure-- == 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static const struct flows_config config = {
    .key = {1, 2}, .open_max = 100000, .linger_ns = INT64_MAX, .keep_steps = true};

static struct segment syn_of(uint16_t port)
{
    return (struct segment){
        .src = {.address = {FAMILY_IPV4, {192, 0, 2, 7}}, .port = port},
        .dst = {.address = {FAMILY_IPV4, {192, 0, 2, 80}}, .port = 443},
        .seq = 100,
        .flags = TCP_SYN,
        .window = 1000,
        .checksum = CHECKSUM_GOOD,
    };
}

/* Every call of a growing table fails once. What was not taken in is counted; all else is there. */
START_TEST(loses_what_finds_no_room)
{
    struct flows *flows = flows_new(&config);
    uint64_t taken = 0, with_steps = 0;
    ck_assert_ptr_nonnull(flows);
    until_failure = _i;
    for (uint16_t port = 1; port <= CONNECTIONS; port++) {
        struct segment s = syn_of(port);
        const struct conversation *c = flows_input(flows, &s, SEGMENT_TCP, ORIGIN_WIRE);
        taken += c != NULL;
        with_steps += c != NULL && c->steps.count == 1 && c->steps.omitted == 0;
    }
    bool failed = until_failure < 0;
    until_failure = -1;
    ck_assert(failed); /* or else FAILURES is too many */
    ck_assert_uint_eq(flows_open_count(flows), taken);
    ck_assert_uint_eq(flows_lost(flows), CONNECTIONS - taken);
    ck_assert_uint_eq(flows_lost(flows) + flows_unlisted(flows), 1);
    ck_assert_uint_eq(with_steps, CONNECTIONS - 1); /* the one that failed cost a flow or a step */
    flows_free(flows);
}
END_TEST

START_TEST(begins_whole_or_not_at_all)
{
    struct flows *flows;
    int calls = 0;
    for (;; calls++) {
        until_failure = calls;
        flows = flows_new(&config);
        if (flows != NULL)
            break;
    }
    until_failure = -1;
    ck_assert_int_ge(calls, 2);
    flows_free(flows);
    flows_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");
    tcase_add_loop_test(tcase, loses_what_finds_no_room, 0, FAILURES);
    tcase_add_test(tcase, begins_whole_or_not_at_all);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
