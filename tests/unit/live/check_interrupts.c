/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals that this process sends itself, and what the run does about them. */
#include "live/interrupts.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "harness.h"

static struct interrupts interrupts;
static struct output output;
static struct error error;
static bool ticks;
static char deeds[256];
static uint64_t planned;

static void note(const char *deed)
{
    size_t len = strlen(deeds);
    snprintf(deeds + len, sizeof deeds - len, "%s%s", len > 0 ? " " : "", deed);
}

bool output_wants_ticks(const struct output *of)
{
    (void)of;
    return ticks;
}

void output_hide(struct output *of)
{
    (void)of;
    note("hide");
}

void output_resized(struct output *of)
{
    (void)of;
    note("draw");
}

void output_interim(struct output *of)
{
    (void)of;
    note("interim");
}

void output_status(struct output *of, const struct output_outlook *outlook, int64_t now_ns)
{
    (void)of;
    ck_assert_int_gt(now_ns, 0);
    planned = outlook->planned;
    note("status");
}

/* SIGTSTP has this instead of its default, so that the process goes on. */
static void stop(int signal)
{
    (void)signal;
    note("stop");
}

static void begin(bool wants_ticks)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], SIG_DFL); /* nohup and the shell let some be ignored, and they stay so */
    ticks = wants_ticks;
    deeds[0] = '\0';
    signal(SIGTSTP, stop);
    interrupts = (struct interrupts){-1, -1};
    ck_assert_int_eq(interrupts_open(&interrupts, &output, &error), 0);
}

static unsigned take(bool stuck)
{
    const struct output_outlook outlook = {.planned = 7, .in_flight = 2};
    deeds[0] = '\0';
    return interrupts_take(&interrupts, &output, &outlook, stuck);
}

static const struct {
    int signals[3]; /* up to 0 */
    bool stuck;
    unsigned ends;
    const char *deeds;
} rows[] = {
    {{0}, false, 0, ""},
    {{SIGINT}, false, 1, ""},
    {{SIGTERM}, false, 1, ""},
    {{SIGHUP}, false, 1, ""},
    {{SIGINT, SIGTERM}, false, 2, ""},
    {{SIGQUIT}, false, 0, "interim status"},
    {{SIGQUIT}, true, 1, ""},
    {{SIGINT}, true, 1, ""},
    {{SIGWINCH}, false, 0, "draw"},
    {{SIGWINCH}, true, 0, "draw"},
    {{SIGQUIT, SIGINT}, false, 1, "interim status"},
};

START_TEST(each_signal_has_its_effect)
{
    begin(_i % 2 == 0);
    for (const int *at = rows[_i].signals; *at != 0; at++)
        raise(*at);
    ck_assert_uint_eq(take(rows[_i].stuck), rows[_i].ends);
    ck_assert_str_eq(deeds, rows[_i].deeds);
    if (strstr(deeds, "status") != NULL)
        ck_assert_uint_eq(planned, 7);
    ck_assert_uint_eq(take(false), 0);
    ck_assert_str_eq(deeds, "");
    interrupts_close(&interrupts);
}
END_TEST

/* With a picture on the terminal, Ctrl-Z waits until that is gone. */
START_TEST(a_stop_comes_after_the_picture)
{
    begin(true);
    raise(SIGTSTP);
    ck_assert_str_eq(deeds, "");
    ck_assert_uint_eq(take(false), 0);
    ck_assert_str_eq(deeds, "hide stop draw");
    take(false);
    ck_assert_str_eq(deeds, "");
    raise(SIGTSTP);
    ck_assert_str_eq(deeds, "");
    take(false);
    ck_assert_str_eq(deeds, "hide stop draw");
    interrupts_close(&interrupts);
}
END_TEST

START_TEST(nothing_is_left_open)
{
    begin(true);
    struct interrupts closed = interrupts;
    interrupts_close(&interrupts);
    ck_assert_int_eq(fcntl(closed.signals, F_GETFD), -1);
    ck_assert_int_eq(fcntl(closed.stops, F_GETFD), -1);
}
END_TEST

START_TEST(without_a_picture_it_stops_at_once)
{
    begin(false);
    ck_assert_int_eq(interrupts.stops, -1);
    raise(SIGTSTP);
    ck_assert_str_eq(deeds, "stop");
    take(false);
    ck_assert_str_eq(deeds, "");
    interrupts_close(&interrupts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interrupts");
    TCase *tests = tcase_create("signals");
    tcase_add_loop_test(tests, each_signal_has_its_effect, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_stop_comes_after_the_picture);
    tcase_add_test(tests, nothing_is_left_open);
    tcase_add_test(tests, without_a_picture_it_stops_at_once);
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite);
}
