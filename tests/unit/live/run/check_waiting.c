/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run waits for: each descriptor once, and the first thing that is due. */
#include "live/run/waiting.h"

#include "harness.h"
#include "net/clock.h"

#define POLLED_MAX 256

static struct output output;
static struct run run;
static bool opens; /* all of the parts have descriptors */
static struct outlet report, recording;
static bool queues;
static int64_t timer_ns, inflow_ns;
static struct {
    nfds_t count;
    int64_t until_ns;
} waited;

struct pollfd *taps_poll(const struct taps *taps, struct pollfd *polled)
{
    for (size_t i = 0; i < taps->count + 1; i++)
        polled[i] = (struct pollfd){.fd = 100 + (int)i, .events = POLLIN};
    return polled + taps->count + 1;
}

int relocation_fd(const struct relocation *relocation)
{
    (void)relocation;
    return opens ? 200 : -1;
}

int journaling_fd(const struct journaling *journaling)
{
    (void)journaling;
    return opens ? 201 : -1;
}

int seek_fd(const struct seek *seek, size_t n)
{
    (void)seek;
    ck_assert_uint_lt(n, SEEKERS_MOST);
    return opens ? 300 + (int)n : -1;
}

int opinions_fd(const struct opinions *opinions, size_t n)
{
    (void)opinions;
    ck_assert_uint_lt(n, OPINIONS_MOST);
    return opens ? 400 + (int)n : -1;
}

int reverse_fd(const struct reverse *reverse, size_t n)
{
    (void)reverse;
    ck_assert_uint_lt(n, NAMERS_MOST);
    return opens ? 500 + (int)n : -1;
}

int inflow_fd(const struct inflow *inflow, size_t n)
{
    (void)inflow;
    ck_assert_uint_lt(n, INFLOW_FDS_MOST);
    return opens ? 600 + (int)n : -1;
}

int64_t inflow_next_ns(const struct inflow *inflow)
{
    (void)inflow;
    return inflow_ns;
}

int64_t timers_next_ns(struct timers *timers)
{
    (void)timers;
    return timer_ns;
}

struct outlet *readers_queue(const struct run *of, size_t n)
{
    (void)of;
    return !queues ? NULL : n == 0 ? &report : &recording;
}

int clock_wait(struct pollfd *polled, nfds_t count, int64_t until_ns)
{
    ck_assert_ptr_nonnull(polled);
    waited.count = count;
    waited.until_ns = until_ns;
    return 5;
}

static void set_up(void)
{
    run = (struct run){.output = &output,
                       .local_errors = {{-1, -1}},
                       .interrupts = {.signals = -1, .stops = -1},
                       .taps = {.count = 2}};
    opens = queues = false;
    report = (struct outlet){.fd = 700};
    recording = (struct outlet){.fd = 701};
    timer_ns = inflow_ns = INT64_MAX;
}

static void open_all(void)
{
    opens = queues = true;
    run.local_errors = (struct local_errors){{10, 11}};
    run.interrupts = (struct interrupts){12, 13};
}

static struct pollfd polled[POLLED_MAX];

/* How many of the descriptors from first on, so many, are polled for that. */
static unsigned count_from(nfds_t count, int first, int many, short events)
{
    unsigned found = 0;
    for (nfds_t i = 0; i < count; i++)
        found += polled[i].fd >= first && polled[i].fd < first + many && polled[i].events == events;
    return found;
}

START_TEST(captures_are_waited_for)
{
    ck_assert_uint_eq(waiting_fill(&run, polled), 3);
    ck_assert_uint_eq(count_from(3, 100, 3, POLLIN), 3);
}
END_TEST

START_TEST(each_part_is_waited_for)
{
    open_all();
    nfds_t count = waiting_fill(&run, polled);
    ck_assert_uint_eq(count_from(count, 10, 4, POLLIN), 4);
    ck_assert_uint_eq(count_from(count, 200, 2, POLLIN), 2);
    ck_assert_uint_eq(count_from(count, 300, SEEKERS_MOST, POLLIN), SEEKERS_MOST);
    ck_assert_uint_eq(count_from(count, 400, OPINIONS_MOST, POLLIN), OPINIONS_MOST);
    ck_assert_uint_eq(count_from(count, 500, NAMERS_MOST, POLLIN), NAMERS_MOST);
    ck_assert_uint_eq(count_from(count, 600, INFLOW_FDS_MOST, POLLIN), INFLOW_FDS_MOST);
    ck_assert_uint_eq(count_from(count, 700, 2, POLLOUT), 2);
    ck_assert_uint_eq(count, waiting_most(&run) - TAPS_SPARES);
}
END_TEST

/* It keeps no journal any more, and takes no target. */
START_TEST(a_run_that_ends_waits_for_less)
{
    open_all();
    nfds_t all = waiting_fill(&run, polled);
    run.schedule.cancelled = true;
    nfds_t count = waiting_fill(&run, polled);
    ck_assert_uint_eq(count, all - 1 - INFLOW_FDS_MOST);
    ck_assert_uint_eq(count_from(count, 201, 1, POLLIN), 0);
    ck_assert_uint_eq(count_from(count, 600, INFLOW_FDS_MOST, POLLIN), 0);
}
END_TEST

static const struct {
    int64_t timer_ns, inflow_ns;
    bool more;
    int64_t until_ns;
} rows[] = {
    {INT64_MAX, INT64_MAX, false, INT64_MAX},
    {7, INT64_MAX, false, 7},
    {INT64_MAX, 8, false, 8},
    {7, 8, false, 7},
    {8, 7, false, 7},
    {7, 8, true, 0},
    {INT64_MAX, INT64_MAX, true, 0},
};

START_TEST(it_waits_until_the_first_thing_is_due)
{
    timer_ns = rows[_i].timer_ns;
    inflow_ns = rows[_i].inflow_ns;
    run.more = rows[_i].more;
    ck_assert_int_eq(waiting_for(&run, polled), 5);
    ck_assert_int_eq(waited.until_ns, rows[_i].until_ns);
    ck_assert_uint_eq(waited.count, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting");
    TCase *tests = tcase_create("descriptors");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, captures_are_waited_for);
    tcase_add_test(tests, each_part_is_waited_for);
    tcase_add_test(tests, a_run_that_ends_waits_for_less);
    tcase_add_loop_test(tests, it_waits_until_the_first_thing_is_due, 0,
                        sizeof rows / sizeof rows[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
