/* SPDX-License-Identifier: BSD-2-Clause */
/* How much memory a space takes for each entry, and what it does where memory runs out: the linker
 * puts these functions in place of the allocator's (--wrap). */
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "targets/hostnotes.h"
#include "targets/space.h"

#define LINES         200000
#define FAILURES      200
#define OCTETS_A_LINE 100

static int until_failure = -1; /* calls that still succeed; negative: all */
static bool counting;          /* what the test itself allocates does not matter */
static size_t held, most_held;

static bool fails(void)
{
    return until_failure >= 0 && until_failure-- == 0;
}

static void *count(void *block)
{
    held += counting ? malloc_usable_size(block) : 0;
    most_held = held > most_held ? held : most_held;
    return block;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : count(__real_malloc(size));
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : count(__real_calloc(n, size));
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    held -= counting ? malloc_usable_size(old) : 0;
    return count(__real_realloc(old, size));
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
    held -= counting ? malloc_usable_size(block) : 0;
    __real_free(block);
}

static struct port_list ports;

static enum space_status add_host(struct space *space, uint64_t i, const char *labels)
{
    return space_add(space, &(struct space_entry){.family = FAMILY_IPV4,
                                                  .first = {0, 0x0a000000 + 2 * i},
                                                  .count = 1,
                                                  .single = true,
                                                  .ports = &ports,
                                                  .attributes = {0, labels}});
}

/* Lines of one address each, with labels of a few teams. */
static enum space_status build_lines(struct space *space)
{
    char labels[32];
    port_list_clear(&ports);
    port_list_add(&ports, 443, 443);
    for (uint64_t i = 0; i < LINES; i++) {
        snprintf(labels, sizeof labels, "team=t%u", (unsigned)(i % 50));
        enum space_status status = add_host(space, i, labels);
        if (status != SPACE_OK)
            return status;
    }
    return space_settle(space);
}

/* What is held at the most while lines are read and settled. qsort(3) takes as much as it sorts
 * besides, when nothing else is there. */
START_TEST(is_bounded_by_the_lines)
{
    struct space space = {0};
    counting = true;
    enum space_status status = build_lines(&space);
    uint64_t targets = space.count;
    space_free(&space);
    counting = false;
    ck_assert_int_eq(status, SPACE_OK);
    ck_assert_uint_eq(targets, LINES);
    ck_assert_msg(most_held < (size_t)LINES * OCTETS_A_LINE, "%zu octets a line",
                  most_held / LINES);
    ck_assert_uint_lt(2 * sizeof(struct block), OCTETS_A_LINE);
    ck_assert_uint_eq(held, 0);
}
END_TEST

/* Hosts with a port each inside a prefix that has all of them: each leaves it another set. */
static enum space_status build(struct space *space)
{
    struct span span = {{0, 0x0a000003}, {0, 0x0a000005}, FAMILY_IPV4};
    struct space_entry prefix = {.family = FAMILY_IPV4,
                                 .first = {0, 0x0a000000},
                                 .count = 256,
                                 .ports = &ports,
                                 .attributes.labels = ""};
    struct space_entry name = {.name = "host", .ports = &ports, .attributes.labels = "a=b"};
    for (uint32_t i = 0; i < 100; i++) {
        port_list_clear(&ports);
        port_list_add(&ports, i + 1, i + 1);
        enum space_status status = add_host(space, i, i % 2 == 0 ? "" : "odd=1");
        if (status != SPACE_OK)
            return status;
    }
    port_list_add(&ports, 1, 200);
    if (!space_exclude(space, &span))
        return SPACE_NO_MEMORY;
    enum space_status status = space_add(space, &prefix);
    if (status == SPACE_OK)
        status = space_add(space, &name);
    return status == SPACE_OK ? space_settle(space) : status;
}

/* One prefix with holes. */
static enum space_status build_holes(struct space *space)
{
    struct space_entry prefix = {.family = FAMILY_IPV4,
                                 .first = {0, 0x0a000000},
                                 .count = 256,
                                 .ports = &ports,
                                 .attributes.labels = ""};
    port_list_clear(&ports);
    port_list_add(&ports, 80, 80);
    for (uint64_t i = 1; i < 100; i++) {
        struct span span = {{0, 0x0a000000 + 2 * i}, {0, 0x0a000000 + 2 * i}, FAMILY_IPV4};
        if (!space_exclude(space, &span))
            return SPACE_NO_MEMORY;
    }
    enum space_status status = space_add(space, &prefix);
    return status == SPACE_OK ? space_settle(space) : status;
}

/* One allocation after the other fails: that is said, and nothing is lost. */
START_TEST(says_where_it_runs_out)
{
    static enum space_status (*const builders[])(struct space *) = {build, build_holes};
    struct space space = {0};
    int calls = 0;
    for (; calls < FAILURES; calls++) {
        counting = true;
        until_failure = calls;
        enum space_status status = builders[_i](&space);
        bool failed = until_failure < 0;
        until_failure = -1;
        space_free(&space);
        counting = false;
        ck_assert_int_eq(status, failed ? SPACE_NO_MEMORY : SPACE_OK);
        ck_assert_uint_eq(held, 0);
        if (!failed)
            break;
    }
    ck_assert_int_gt(calls, 10);
    ck_assert_int_lt(calls, FAILURES);
}
END_TEST

/* A host that there is no note on for want of memory differs from one that is too many. */
START_TEST(says_that_a_note_is_missing)
{
    static const struct address host = {FAMILY_IPV4, {192, 0, 2, 1}};
    for (int calls = 0; calls < 2; calls++) {
        struct host_notes notes = {.buckets = NULL};
        until_failure = calls;
        const struct host_note *note = host_notes_of(&notes, &host);
        until_failure = -1;
        ck_assert_ptr_null(note);
        ck_assert(notes.lacks_memory);
        ck_assert_ptr_nonnull(host_notes_of(&notes, &host));
        host_notes_free(&notes);
        ck_assert(!notes.lacks_memory);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *memory = tcase_create("memory");
    tcase_add_test(memory, is_bounded_by_the_lines);
    tcase_add_loop_test(memory, says_where_it_runs_out, 0, 2);
    tcase_add_test(memory, says_that_a_note_is_missing);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
