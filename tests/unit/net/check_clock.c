/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/clock.h"

#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define EPOCH  INT64_C(1795324083000000000)
#define SECOND INT64_C(1000000000)

/* Readings: the monotonic clock, how long it took to read them all, and the time of day against
 * where it was set at first. */
static const struct {
    const char *what;
    int64_t at_ns[4], took_ns[4], set_by_ns[4];
    int64_t steps_ns[4];
} stories[] = {
    {"runs", {0, 10, SECOND, 1000 * SECOND}, {50, 50, 50, 50}, {0}, {0}},
    {"is read slowly", {0, SECOND, 2 * SECOND, 3 * SECOND}, {50, SECOND / 2, 50, 50}, {0}, {0}},
    {"is rounded", {0, SECOND, 2 * SECOND, 3 * SECOND}, {0, 0, 0, 0}, {0, 1, -1, 0}, {0}},
    {"is set forward",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {50, 50, 50, 50},
     {0, 3600 * SECOND, 3600 * SECOND, 3600 * SECOND},
     {0, 3600 * SECOND, 0, 0}},
    {"is set back and forward again",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {50, 50, 50, 50},
     {0, -SECOND, -SECOND, 0},
     {0, -SECOND, 0, SECOND}},
    {"is set by little",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {50, 50, 50, 50},
     {0, 5000, 5000, 5000},
     {0, 5000, 0, 0}},
    {"is set to the epoch",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {50, 50, 50, 50},
     {0, -EPOCH, -EPOCH, -EPOCH},
     {0, -EPOCH, 0, 0}},
    {"is read faster each time",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {SECOND, SECOND / 100, 50, 0},
     {0},
     {0}},
    /* What was read slowly at first is known better later, from either side. */
    {"is set forward by less than the first reading took",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {SECOND, 0, 0, 0},
     {0, 0, SECOND / 10, SECOND / 10},
     {0, 0, SECOND / 10, 0}},
    {"is set back by less than the first reading took",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {SECOND, 0, 0, 0},
     {0, 0, -SECOND / 10, -SECOND / 10},
     {0, 0, -SECOND / 10, 0}},
};

START_TEST(tells_when_the_clock_was_set)
{
    struct clock_watch watch = {0};
    for (unsigned i = 0; i < 4; i++) {
        int64_t before_ns = 500 * SECOND + stories[_i].at_ns[i];
        int64_t took_ns = stories[_i].took_ns[i];
        int64_t epoch_ns = EPOCH + stories[_i].at_ns[i] + took_ns / 2 + stories[_i].set_by_ns[i];
        int64_t step_ns = clock_watch_take(&watch, before_ns, epoch_ns, before_ns + took_ns);
        ck_assert_msg(step_ns == stories[_i].steps_ns[i], "%s: step %u is %lld", stories[_i].what,
                      i, (long long)step_ns);
    }
}
END_TEST

START_TEST(sees_no_step_where_there_is_none)
{
    struct clock_watch watch = {0};
    for (unsigned i = 0; i < 100000; i++)
        ck_assert_int_eq(clock_watch_look(&watch), 0);
    ck_assert_int_lt(watch.most_ns - watch.least_ns, SECOND);
}
END_TEST

static int64_t read_ns(clockid_t clock)
{
    struct timespec now;
    ck_assert_int_eq(clock_gettime(clock, &now), 0);
    return now.tv_sec * SECOND + now.tv_nsec;
}

START_TEST(reads_the_clocks_of_the_kernel)
{
    static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME};
    static int64_t (*const readers[])(void) = {clock_monotonic_ns, clock_epoch_ns};
    int64_t before_ns = read_ns(clocks[_i]);
    int64_t now_ns = readers[_i]();
    ck_assert_int_ge(now_ns, before_ns);
    ck_assert_int_le(now_ns, read_ns(clocks[_i]));
}
END_TEST

/* Until when, from now on; how long that takes at least; and whether there is something to read. */
static const struct {
    int64_t until_ns, least_ns;
    bool ready;
} waits[] = {
    {SECOND / 50, SECOND / 50, false},
    {SECOND + SECOND / 50, 0, true},
    {0, 0, false},
    {-SECOND, 0, false}, /* it has been */
    {-SECOND, 0, true},
    {INT64_MAX, 0, true},
};

START_TEST(waits_until_then_or_for_something_to_read)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    if (waits[_i].ready)
        ck_assert_int_eq(write(ends[1], "x", 1), 1);
    struct pollfd polled = {.fd = ends[0], .events = POLLIN};
    int64_t now_ns = clock_monotonic_ns();
    int64_t until_ns = waits[_i].until_ns == INT64_MAX ? INT64_MAX : now_ns + waits[_i].until_ns;
    ck_assert_int_eq(clock_wait(&polled, 1, until_ns), waits[_i].ready);
    ck_assert_int_ge(clock_monotonic_ns() - now_ns, waits[_i].least_ns);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *clock = tcase_create("clock");
    tcase_add_loop_test(clock, tells_when_the_clock_was_set, 0, sizeof stories / sizeof stories[0]);
    tcase_add_test(clock, sees_no_step_where_there_is_none);
    tcase_add_loop_test(clock, reads_the_clocks_of_the_kernel, 0, 2);
    tcase_add_loop_test(clock, waits_until_then_or_for_something_to_read, 0,
                        sizeof waits / sizeof waits[0]);
    suite_add_tcase(suite, clock);
    return run_suite(suite);
}
