/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/progress.h"

#include <string.h>

#include "harness.h"

#define SECOND_NS    INT64_C(1000000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct summary counted(uint64_t open, uint64_t closed, uint64_t filtered)
{
    struct summary whole = {.connections = open + closed + filtered};
    whole.by_port_state[PORT_OPEN] = open;
    whole.by_port_state[PORT_CLOSED] = closed;
    whole.by_port_state[PORT_FILTERED] = filtered;
    return whole;
}

/* How many have ended after each second. */
static const struct {
    uint64_t done[4];
    uint64_t planned;
    const char *text;
} stories[] = {
    {{1000, 2000, 3000, 4000},
     65000,
     "connections: 4000 done, 61000 to go, 0:01:01 left, 1000/s, 7 in flight: 1 open, 3999 closed"},
    {{0, 0, 0, 0}, 5, "connections: 0 done, 5 to go, 0/s, 7 in flight: 0 open"},
    {{10, 20, 30, 30},
     30,
     "connections: 30 done, 0 to go, 0:00:00 left, 7/s, 7 in flight: 1 open, 29 closed"},
    {{1, 2, 3, 4}, UINT64_MAX, "connections: 4 done, 1/s, 7 in flight: 1 open, 3 closed"},
    {{1, 2, 3, 4},
     UINT64_MAX - 1,
     "connections: 4 done, 18446744073709551610 to go, 1/s, 7 in flight: 1 open, 3 closed"},
    {{1, 2, 3, 4},
     7204,
     "connections: 4 done, 7200 to go, 2:00:00 left, 1/s, 7 in flight: 1 open, 3 closed"},
    /* more than was planned, where targets were added */
    {{1, 2, 3, 4},
     3,
     "connections: 4 done, 0 to go, 0:00:00 left, 1/s, 7 in flight: 1 open, 3 closed"},
};

START_TEST(tells_how_far_a_run_is)
{
    struct headway progress;
    char text[PROGRESS_TEXT_MAX];
    progress_begin(&progress, 5 * SECOND_NS);
    for (unsigned i = 0; i < 4; i++)
        progress_note(&progress, stories[_i].done[i], (6 + i) * SECOND_NS);
    uint64_t done = stories[_i].done[3];
    struct summary whole = counted(done > 0, done > 0 ? done - 1 : 0, 0);
    ck_assert_str_eq(progress_text(&progress, &whole, stories[_i].planned, 7, text),
                     stories[_i].text);
}
END_TEST

START_TEST(has_no_rate_before_a_second_is_over)
{
    struct headway progress;
    char text[PROGRESS_TEXT_MAX];
    struct summary whole = counted(0, 0, 0);
    progress_begin(&progress, 0);
    progress_note(&progress, 0, SECOND_NS - 1);
    ck_assert_str_eq(progress_text(&progress, &whole, 9, 3, text),
                     "connections: 0 done, 9 to go, 3 in flight: 0 open");
}
END_TEST

/* The first look may be late, where nothing is watched until a signal asks. */
START_TEST(a_late_look_tells_the_mean)
{
    struct headway progress;
    char text[PROGRESS_TEXT_MAX];
    struct summary whole = counted(0, 0, 500);
    progress_begin(&progress, 0);
    progress_note(&progress, 500, 50 * SECOND_NS);
    ck_assert_str_eq(
        progress_text(&progress, &whole, 600, 3, text),
        "connections: 500 done, 100 to go, 0:00:10 left, 10/s, 3 in flight: 0 open, 500 filtered");
}
END_TEST

START_TEST(what_is_latest_weighs_more)
{
    struct headway progress;
    progress_begin(&progress, 0);
    progress_note(&progress, 1000, SECOND_NS);
    progress_note(&progress, 1000, 2 * SECOND_NS);
    ck_assert(progress.rate > 690 && progress.rate < 710);
    progress_note(&progress, 1000, 2 * SECOND_NS + 1); /* too soon */
    ck_assert(progress.rate > 690 && progress.rate < 710);
}
END_TEST

START_TEST(the_longest_fits)
{
    struct headway progress;
    char text[PROGRESS_TEXT_MAX];
    struct summary whole = {.connections = UINT64_MAX};
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        whole.by_port_state[i] = UINT64_MAX;
    progress_begin(&progress, 0);
    progress.rate = 1e19;
    progress_text(&progress, &whole, UINT64_MAX - 1, UINT64_MAX, text);
    ck_assert_ptr_nonnull(strstr(text, " unknown"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tests = tcase_create("progress");
    tcase_add_loop_test(tests, tells_how_far_a_run_is, 0, COUNT(stories));
    tcase_add_test(tests, has_no_rate_before_a_second_is_over);
    tcase_add_test(tests, a_late_look_tells_the_mean);
    tcase_add_test(tests, what_is_latest_weighs_more);
    tcase_add_test(tests, the_longest_fits);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
