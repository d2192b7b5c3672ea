/* SPDX-License-Identifier: BSD-2-Clause */
/* What a terminal shows, and who asks for it, on pseudoterminals. */
#include "output/watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "fixtures/results.h"
#include "harness.h"

#define SECOND_NS    INT64_C(1000000000)
#define ENTER_SCREEN "\033[?1049h"
#define LEAVE_SCREEN "\033[?1049l"

static const struct report_style plain = {.columns = 80, .ascii = true};
static struct watch watch;
static FILE *terminal, *file;
static int master, kept_stderr;

static void set_up(void)
{
    setenv("TERM", "xterm", 1);
    unsetenv("COLUMNS");
    master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    terminal = fopen(ptsname(master), "r+");
    file = tmpfile();
    ck_assert(terminal != NULL && file != NULL);
    kept_stderr = dup(STDERR_FILENO);
}

static void tear_down(void)
{
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    fclose(terminal);
    fclose(file);
    close(master);
}

static void begin(FILE *report, FILE *errors, enum watch_kind kind)
{
    dup2(fileno(errors), STDERR_FILENO);
    watch_begin(&watch, &plain, report, kind, 0);
}

/* What was written to the terminal since. */
static const char *shown(void)
{
    static char text[65536];
    ssize_t len = 0, more;
    fflush(terminal);
    while ((more = read(master, text + len, sizeof text - 1 - (size_t)len)) > 0)
        len += more;
    text[len] = '\0';
    return text;
}

static bool has(const char *text, const char *what)
{
    return strstr(text, what) != NULL;
}

static const struct {
    bool report, errors; /* they go to a terminal */
    enum watch_kind kind;
    bool wants, table, figure;
} wishes[] = {
    {false, false, WATCH_TABLE_AND_FIGURE, false, false, false},
    {false, true, WATCH_TABLE_AND_FIGURE, true, false, false},
    {true, false, WATCH_NEITHER, false, false, false},
    {true, false, WATCH_TABLE, true, true, false},
    {true, false, WATCH_TABLE_AND_FIGURE, true, true, true},
    {true, true, WATCH_NEITHER, true, false, false},
};

START_TEST(wants_to_be_called_where_anything_may_be_shown)
{
    begin(wishes[_i].report ? terminal : file, wishes[_i].errors ? terminal : file,
          wishes[_i].kind);
    ck_assert_int_eq(watch_wants_ticks(&watch), wishes[_i].wants);
    ck_assert_int_eq(watch_wants_figure(&watch, SECOND_NS), wishes[_i].figure);
    watch_target(&watch, "host", 80);
    ck_assert_int_eq(watch.table != NULL, wishes[_i].table);
    watch_end(&watch);
}
END_TEST

/* Behind the end nothing is shown any more, nor a table begun. */
START_TEST(wants_nothing_behind_the_end)
{
    begin(terminal, terminal, WATCH_TABLE_AND_FIGURE);
    watch_target(&watch, "host", 80);
    watch_end(&watch);
    shown();
    ck_assert(!watch_wants_ticks(&watch));
    ck_assert(!watch_wants_figure(&watch, SECOND_NS) && !watch_wants_progress(&watch, SECOND_NS));
    watch_target(&watch, "host", 81);
    watch_tick(&watch, 2 * SECOND_NS);
    ck_assert_str_eq(shown(), "");
    ck_assert_ptr_null(watch.table);
}
END_TEST

START_TEST(a_table_comes_after_a_second_and_goes)
{
    struct sample sample;
    sample_open(&sample);
    begin(terminal, file, WATCH_TABLE);
    watch_target(&watch, "example.com", 443);
    ck_assert(watch_result(&watch, &sample.result)); /* it needs no line */
    watch_tick(&watch, SECOND_NS - 1);
    ck_assert_str_eq(shown(), "");
    watch_tick(&watch, SECOND_NS);
    const char *text = shown();
    ck_assert(has(text, ENTER_SCREEN) && has(text, "example.com"));
    watch_tick(&watch, 2 * SECOND_NS);
    ck_assert_str_eq(shown(), ""); /* nothing has changed */
    watch_hide(&watch);
    ck_assert(has(shown(), LEAVE_SCREEN));
    watch_hide(&watch);
    ck_assert_str_eq(shown(), "");
    watch_resized(&watch);
    watch_tick(&watch, 3 * SECOND_NS);
    ck_assert(has(shown(), ENTER_SCREEN));
    watch_result(&watch, &sample.result);
    watch_tick(&watch, 3 * SECOND_NS + 1);
    ck_assert_str_eq(shown(), ""); /* it is too early for another one */
    watch_resized(&watch);
    watch_tick(&watch, 3 * SECOND_NS + 2);
    ck_assert(has(shown(), "example.com")); /* but not for that */
    watch_end(&watch);
    text = shown();
    ck_assert(has(text, LEAVE_SCREEN) && has(strstr(text, LEAVE_SCREEN), "example.com"));
}
END_TEST

/* A line that fills the last column would wrap where the next character goes. */
START_TEST(progress_is_narrower_than_the_terminal)
{
    const struct winsize size = {.ws_row = 24, .ws_col = 20};
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
    begin(file, terminal, WATCH_TABLE);
    ck_assert(!watch_wants_progress(&watch, SECOND_NS - 1));
    ck_assert(watch_wants_progress(&watch, SECOND_NS));
    watch_progress(&watch, "connections: 4000 done, 61000 to go", SECOND_NS);
    ck_assert_str_eq(shown(), "\r\033[Kconnections: 4000 d");
    ck_assert(!watch_wants_progress(&watch, SECOND_NS + 1)); /* not that often */
    watch_progress(&watch, "a\033b", 2 * SECOND_NS);
    ck_assert(!has(shown() + 4, "\033")); /* a file's name is foreign */
    watch_hide(&watch);
    ck_assert_str_eq(shown(), "\r\033[K");
    watch_hide(&watch);
    ck_assert_str_eq(shown(), "");
    watch_end(&watch);
}
END_TEST

/* The figure of a single connection is drawn as it grows, and goes before anything else is written
 * there. */
START_TEST(a_figure_grows_and_goes)
{
    struct sample sample;
    sample_open(&sample);
    struct connection_result *result = &sample.result;
    const uint32_t steps = result->step_count;
    begin(terminal, file, WATCH_TABLE_AND_FIGURE);
    result->step_count = 1;
    watch_figure(&watch, result, SECOND_NS);
    ck_assert(has(shown(), "SYN"));
    ck_assert(!watch_wants_figure(&watch, SECOND_NS + WATCH_TICK_NS / 2 - 1)); /* not that often */
    ck_assert(watch_wants_figure(&watch, SECOND_NS + WATCH_TICK_NS / 2));
    watch_figure(&watch, result, 2 * SECOND_NS);
    ck_assert_str_eq(shown(), ""); /* nothing has come */
    sample.steps[0].count++;
    watch_figure(&watch, result, 2 * SECOND_NS);
    ck_assert(has(shown(), "SYN"));
    result->step_count = steps;
    watch_figure(&watch, result, 3 * SECOND_NS);
    ck_assert(has(shown(), "FIN"));
    watch_resized(&watch);
    ck_assert(watch_wants_figure(&watch, 3 * SECOND_NS + 1));
    watch_figure(&watch, result, 3 * SECOND_NS + 1);
    ck_assert(has(shown(), "FIN"));
    ck_assert(!watch_result(&watch, result)); /* it needs its lines */
    ck_assert_str_ne(shown(), "");
    watch_hide(&watch);
    ck_assert_str_eq(shown(), "");
    watch_figure(&watch, result, 5 * SECOND_NS); /* and comes again */
    ck_assert(has(shown(), "FIN"));
    watch_end(&watch);
    ck_assert_str_ne(shown(), "");
}
END_TEST

/* While a figure is shown, the terminal has no line of progress. */
START_TEST(a_figure_or_progress)
{
    struct sample sample;
    sample_open(&sample);
    begin(terminal, terminal, WATCH_TABLE_AND_FIGURE);
    ck_assert(watch_wants_progress(&watch, SECOND_NS));
    watch_figure(&watch, &sample.result, SECOND_NS);
    ck_assert(!watch_wants_progress(&watch, 2 * SECOND_NS));
    watch_hide(&watch);
    ck_assert(watch_wants_progress(&watch, 3 * SECOND_NS));
    watch_target(&watch, "example.com", 443);
    ck_assert(!watch_wants_progress(&watch, 3 * SECOND_NS)); /* nor beside a table */
    watch_end(&watch);
}
END_TEST

/* A record goes where the line stands only if both have the same terminal. */
static const struct {
    bool report;
    const char *cleared;
} shares[] = {{true, "\r\033[K"}, {false, ""}};

START_TEST(a_record_replaces_progress)
{
    struct sample sample;
    sample_open(&sample);
    begin(shares[_i].report ? terminal : file, terminal, WATCH_NEITHER);
    watch_progress(&watch, "so far", SECOND_NS);
    shown();
    ck_assert(!watch_result(&watch, &sample.result));
    ck_assert_str_eq(shown(), shares[_i].cleared);
    watch_end(&watch);
}
END_TEST

/* What the options leave of it. */
static const struct {
    int verbosity;
    bool timestamps;
    bool table, figure, progress;
} styles[] = {{0, false, true, true, true},
              {0, true, false, true, true},
              {1, false, false, true, true},
              {-1, false, false, false, true},
              {-2, false, false, false, false}};

START_TEST(shows_what_the_options_leave)
{
    struct report_style style = plain;
    style.verbosity = styles[_i].verbosity;
    style.timestamps = styles[_i].timestamps;
    dup2(fileno(terminal), STDERR_FILENO);
    watch_begin(&watch, &style, terminal, WATCH_TABLE_AND_FIGURE, 0);
    ck_assert_int_eq(watch.may_have_table, styles[_i].table);
    ck_assert_int_eq(watch.may_have_figure, styles[_i].figure);
    ck_assert_int_eq(watch.may_have_progress, styles[_i].progress);
    watch_end(&watch);
}
END_TEST

/* A table that no result has changed is not drawn again; one that has, is. */
START_TEST(a_table_is_drawn_for_each_change)
{
    struct sample sample;
    sample_open(&sample);
    begin(terminal, file, WATCH_TABLE);
    watch_target(&watch, "example.com", 443);
    for (int64_t i = 1; i < 4; i++) {
        watch_result(&watch, &sample.result);
        watch_tick(&watch, i * SECOND_NS);
        ck_assert(has(shown(), "example.com"));
        watch_tick(&watch, i * SECOND_NS + WATCH_TICK_NS);
        ck_assert_str_eq(shown(), "");
    }
    watch_end(&watch);
}
END_TEST

/* It is as wide as the terminal by then, and what it leaves behind too. */
START_TEST(a_table_keeps_to_the_terminal)
{
    const struct winsize size = {.ws_row = 24, .ws_col = 30};
    begin(terminal, file, WATCH_TABLE);
    watch_target(&watch, "a-name-that-is-longer-than-all-of-the-line.example.com", 443);
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
    watch_tick(&watch, SECOND_NS);
    ck_assert_uint_eq(watch.style.columns, 30);
    watch.style.columns = 0;
    watch_end(&watch);
    ck_assert_uint_eq(watch.style.columns, 30);
}
END_TEST

/* An error is printed on an empty line, also when the watch is over and gone. */
START_TEST(makes_way_for_an_error)
{
    const struct error error = {.text = "what happened"};
    begin(file, terminal, WATCH_NEITHER);
    watch_progress(&watch, "so far", SECOND_NS);
    shown();
    error_print(&error);
    ck_assert_str_eq(shown(), "\r\033[Ktcpshake: what happened\r\n");
    watch_progress(&watch, "so far", SECOND_NS);
    watch_end(&watch);
    shown();
    watch.progress_shown = true; /* as other data could be there */
    error_print(&error);
    ck_assert_str_eq(shown(), "tcpshake: what happened\r\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch");
    TCase *tests = tcase_create("watch");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, wants_to_be_called_where_anything_may_be_shown, 0,
                        sizeof wishes / sizeof wishes[0]);
    tcase_add_test(tests, wants_nothing_behind_the_end);
    tcase_add_test(tests, a_table_comes_after_a_second_and_goes);
    tcase_add_test(tests, progress_is_narrower_than_the_terminal);
    tcase_add_test(tests, a_figure_grows_and_goes);
    tcase_add_test(tests, a_figure_or_progress);
    tcase_add_loop_test(tests, a_record_replaces_progress, 0, sizeof shares / sizeof shares[0]);
    tcase_add_loop_test(tests, shows_what_the_options_leave, 0, sizeof styles / sizeof styles[0]);
    tcase_add_test(tests, a_table_is_drawn_for_each_change);
    tcase_add_test(tests, a_table_keeps_to_the_terminal);
    tcase_add_test(tests, makes_way_for_an_error);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
