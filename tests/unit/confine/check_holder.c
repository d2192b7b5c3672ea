/* SPDX-License-Identifier: BSD-2-Clause */
/* What the child holds stays open when it is closed here, until the child is let go. A pipe shows
 * that: its reader sees the end once the last descriptor for writing is closed. */
#include "confine/holder.h"

#include <poll.h>
#include <unistd.h>

#include "harness.h"

#define PATIENCE_MS 5000
#define MOMENT_MS   50

static struct holder holder;

static bool ends_within(int reader, int timeout_ms)
{
    struct pollfd polled = {.fd = reader, .events = POLLIN};
    return poll(&polled, 1, timeout_ms) == 1 && (polled.revents & POLLHUP) != 0;
}

START_TEST(what_it_holds_stays_open)
{
    int held[2][2], other[2];
    ck_assert(pipe(held[0]) == 0 && pipe(held[1]) == 0 && pipe(other) == 0);
    const int files[] = {held[0][1], held[1][1]};
    holder_start(&holder, files, 2);
    ck_assert(holder.started);
    close(held[0][1]);
    close(held[1][1]);
    close(other[1]);
    ck_assert(ends_within(other[0], PATIENCE_MS)); /* the child has closed what is not its own */
    ck_assert(!ends_within(held[0][0], MOMENT_MS) && !ends_within(held[1][0], 0));
    holder_stop(&holder);
    ck_assert(ends_within(held[0][0], PATIENCE_MS) && ends_within(held[1][0], PATIENCE_MS));
    holder_stop(&holder); /* of one that is not started */
}
END_TEST

START_TEST(it_ends_with_its_parent)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    if (fork() == 0) {
        holder_start(&holder, &ends[1], 1);
        _exit(0);
    }
    close(ends[1]);
    ck_assert(ends_within(ends[0], PATIENCE_MS));
}
END_TEST

/* Those that there is no room for are not held. */
START_TEST(it_holds_so_many_at_most)
{
    int files[HOLDER_FILES_MAX + 1], first[2], last[2];
    ck_assert(pipe(first) == 0 && pipe(last) == 0);
    for (size_t i = 0; i < HOLDER_FILES_MAX; i++)
        files[i] = first[1];
    files[HOLDER_FILES_MAX] = last[1];
    holder_start(&holder, files, HOLDER_FILES_MAX + 1);
    ck_assert(holder.started);
    close(first[1]);
    close(last[1]);
    ck_assert(ends_within(last[0], PATIENCE_MS));
    ck_assert(!ends_within(first[0], MOMENT_MS));
    holder_stop(&holder);
    ck_assert(ends_within(first[0], PATIENCE_MS));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("holder");
    TCase *tests = tcase_create("holder");
    tcase_add_test(tests, what_it_holds_stays_open);
    tcase_add_test(tests, it_ends_with_its_parent);
    tcase_add_test(tests, it_holds_so_many_at_most);
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite);
}
