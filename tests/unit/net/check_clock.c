/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define EPOCH  INT64_C(1795324083000000000)
#define SECOND INT64_C(1000000000)

/* Even where another process had the processor in between, once in a while. */
START_TEST(looks_at_both_clocks_at_once)
{
    for (unsigned i = 0; i < 1000; i++) {
        const struct clock_look look = clock_look();
        ck_assert_int_le(look.before_ns, look.after_ns);
        ck_assert_int_lt(look.after_ns - look.before_ns, SECOND);
        ck_assert_int_lt(llabs(clock_epoch_ns() - look.epoch_ns), SECOND);
        ck_assert_int_gt(look.epoch_ns, EPOCH - 100000 * SECOND);
    }
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
    tcase_add_test(clock, looks_at_both_clocks_at_once);
    tcase_add_loop_test(clock, reads_the_clocks_of_the_kernel, 0, 2);
    tcase_add_loop_test(clock, waits_until_then_or_for_something_to_read, 0,
                        sizeof waits / sizeof waits[0]);
    suite_add_tcase(suite, clock);
    return run_suite(suite);
}
