/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"

static FILE *terminal, *file;
static int master;

static void set_up(void)
{
    unsetenv("COLUMNS");
    unsetenv("LINES");
    setenv("TERM", "xterm", 1);
    master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    terminal = fopen(ptsname(master), "r+");
    file = tmpfile();
    ck_assert(terminal != NULL && file != NULL);
}

static void tear_down(void)
{
    fclose(terminal);
    fclose(file);
    close(master);
}

static void resize(unsigned short columns, unsigned short rows)
{
    const struct winsize size = {.ws_row = rows, .ws_col = columns};
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
}

static void expect(FILE *out, unsigned columns, unsigned rows, bool unbounded)
{
    struct window window = terminal_window(out);
    ck_assert_uint_eq(window.columns, columns);
    ck_assert_uint_eq(window.rows, rows);
    ck_assert_int_eq(window.unbounded, unbounded);
}

START_TEST(only_a_terminal_is_one)
{
    ck_assert(terminal_is(terminal) && !terminal_is(file));
    ck_assert(terminal_moves(terminal) && !terminal_moves(file));
    setenv("TERM", "dumb", 1);
    ck_assert(!terminal_moves(terminal));
    setenv("TERM", "", 1);
    ck_assert(!terminal_moves(terminal));
    unsetenv("TERM");
    ck_assert(!terminal_moves(terminal));
}
END_TEST

/* What the terminal says, then what the environment says, then what is usual. */
START_TEST(a_window_has_a_size)
{
    expect(file, 80, 24, true);
    expect(terminal, 80, 24, false);
    setenv("COLUMNS", "1000", 1);
    setenv("LINES", "50", 1);
    expect(file, 1000, 50, false);
    expect(terminal, 1000, 50, false);
    resize(132, 43);
    expect(terminal, 132, 43, false);
    expect(file, 1000, 50, false);
    resize(0, 43);
    expect(terminal, 1000, 43, false);
}
END_TEST

START_TEST(a_strange_size_is_none)
{
    static const char *const sizes[] = {"0", "1001", "-5", "40x", "", "99999999999999999999"};
    setenv("COLUMNS", sizes[_i], 1);
    expect(file, 80, 24, true);
    expect(terminal, 80, 24, false);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("terminal");
    TCase *tests = tcase_create("terminal");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, only_a_terminal_is_one);
    tcase_add_test(tests, a_window_has_a_size);
    tcase_add_loop_test(tests, a_strange_size_is_none, 0, 6);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
