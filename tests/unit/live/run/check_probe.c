/* SPDX-License-Identifier: BSD-2-Clause */
/* A run from its options to its status: what of it follows what. Its steps are played by the
 * test. */
#include "live/run/probe.h"

#include "fixtures/deeds.h"
#include "harness.h"
#include "live/run/announcement.h"
#include "live/run/conclusion.h"
#include "live/run/rounds.h"
#include "live/run/setup.h"
#include "live/run/start.h"
#include "live/run/wiring.h"
#include "net/clock.h"

static struct options options;
static struct output output;
static struct error error;
static bool is_concluded;
static int opens, starts, goes; /* what these steps return */

int64_t clock_monotonic_ns(void)
{
    return 77;
}

void wiring_connect(struct run *run, const struct options *of, struct output *to, int64_t now_ns)
{
    ck_assert(of == &options && to == &output && now_ns == 77);
    *run = (struct run){.options = of, .output = to};
    deed("connect");
}

int setup_open(struct run *run, struct error *why)
{
    ck_assert_ptr_eq(why, &error);
    run->journaling.concluded = is_concluded;
    deed("open");
    return opens;
}

void announcement_begin_report(const struct jobs *jobs, struct output *of)
{
    ck_assert_ptr_nonnull(jobs);
    ck_assert_ptr_eq(of, &output);
    deed("announce");
}

int start_begin(struct run *run, int64_t now_ns, struct error *why)
{
    ck_assert(run->output == &output && now_ns == 77 && why == &error);
    deed("start");
    return starts;
}

int rounds_go(struct run *run, struct error *why)
{
    ck_assert(run->output == &output && why == &error);
    deed("go");
    return goes;
}

int conclusion_of(struct run *run, int status, struct error *why)
{
    ck_assert(run->output == &output && why == &error);
    deed("conclude %d", status);
    return status != 0 ? status : 5;
}

int setup_close(struct run *run, int status, struct error *why)
{
    ck_assert(run->output == &output && why == &error);
    deed("close %d", status);
    return status + 10;
}

static const struct {
    bool is_concluded;
    int opens, starts, goes, status;
    const char *deeds;
} rows[] = {
    {false, 0, 0, 0, 15, "connect open announce start go conclude 0 close 5"},
    {false, 0, 0, -1, 9, "connect open announce start go conclude -1 close -1"},
    {false, 0, -1, 0, 9, "connect open announce start conclude -1 close -1"},
    {false, -1, 0, 0, 9, "connect open close -1"},
    {true, 0, 0, 0, 10, "connect open close 0"},
    {true, -1, 0, 0, 9, "connect open close -1"},
};

START_TEST(what_is_opened_is_closed)
{
    is_concluded = rows[_i].is_concluded;
    opens = rows[_i].opens;
    starts = rows[_i].starts;
    goes = rows[_i].goes;
    ck_assert_int_eq(probe_run(&options, &output, &error), rows[_i].status);
    ck_assert_str_eq(deeds(), rows[_i].deeds);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe");
    TCase *tests = tcase_create("steps");
    tcase_add_loop_test(tests, what_is_opened_is_closed, 0, sizeof rows / sizeof rows[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
