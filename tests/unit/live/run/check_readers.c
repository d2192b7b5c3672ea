/* SPDX-License-Identifier: BSD-2-Clause */
/* Slow readers of the report and of the recording. */
#include "live/run/readers.h"

#include "fixtures/deeds.h"
#include "harness.h"

#define MUCH ((size_t)256 * 1024)

static struct output output;
static struct outlet recording;
static struct run run;
static bool records;
static size_t queued[2], left[2]; /* before and after it was written: report, recording */

struct outlet *recorder_outlet(const struct recorder *recorder)
{
    ck_assert_ptr_eq(recorder, &run.recorder);
    return records ? &recording : NULL;
}

static unsigned number_of(const struct outlet *outlet)
{
    ck_assert(outlet == &output.outlet || outlet == &recording);
    return outlet == &recording;
}

size_t outlet_queued(const struct outlet *outlet)
{
    return queued[number_of(outlet)];
}

int outlet_push(struct outlet *outlet)
{
    unsigned n = number_of(outlet);
    deed("push %u", n);
    queued[n] = left[n];
    return n == 0 ? 0 : -1;
}

void schedule_hold(struct schedule *schedule, bool held)
{
    ck_assert_ptr_eq(schedule, &run.schedule);
    deed(held ? "hold" : "go-on");
}

static const struct {
    bool records;
    size_t queued[2], left[2];
    bool stuck;
    const char *deeds;
} rows[] = {
    {false, {0, 0}, {0, 0}, false, "go-on"},
    {true, {0, 0}, {0, 0}, false, "go-on"},
    {false, {9, 0}, {0, 0}, false, "push 0 go-on"},
    {false, {9, 0}, {1, 0}, true, "push 0 go-on"},
    {true, {0, 9}, {0, 0}, false, "push 1 go-on"},
    {true, {0, 9}, {0, 1}, true, "push 1 go-on"},
    {true, {9, 9}, {1, 0}, true, "push 0 push 1 go-on"},
    {true, {9, 9}, {0, 1}, true, "push 0 push 1 go-on"},
    {false, {2 * MUCH, 0}, {MUCH, 0}, true, "push 0 go-on"},
    {false, {2 * MUCH, 0}, {MUCH + 1, 0}, true, "push 0 hold"},
    {true, {2 * MUCH, 9}, {MUCH + 1, 0}, true, "push 0 push 1 hold"},
    {true, {9, 2 * MUCH}, {0, MUCH + 1}, true, "push 0 push 1 hold"},
    {true, {2 * MUCH, 2 * MUCH}, {MUCH, MUCH}, true, "push 0 push 1 go-on"},
};

START_TEST(slow_readers_hold_up_what_begins)
{
    run = (struct run){.output = &output};
    records = rows[_i].records;
    for (unsigned n = 0; n < 2; n++) {
        queued[n] = rows[_i].queued[n];
        left[n] = rows[_i].left[n];
    }
    ck_assert(readers_push(&run) == rows[_i].stuck);
    ck_assert_str_eq(deeds(), rows[_i].deeds);
    ck_assert((readers_queue(&run, 0) != NULL) == (queued[0] > 0));
    ck_assert((readers_queue(&run, 1) != NULL) == (records && queued[1] > 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("readers");
    TCase *tests = tcase_create("queues");
    tcase_add_loop_test(tests, slow_readers_hold_up_what_begins, 0, sizeof rows / sizeof rows[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
