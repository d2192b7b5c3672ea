/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals that are read from a descriptor, and those that are only looked for. */
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/pending.h"
#include "harness.h"

static const int caught[] = {SIGINT, SIGTERM, SIGUSR1};
static struct error error;

static bool is_blocked(int number)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, number) == 1;
}

/* The number of the signal that is to be read; 0: none. */
static int read_signal(int fd)
{
    struct signalfd_siginfo told;
    ssize_t got = read(fd, &told, sizeof told);
    ck_assert(got == sizeof told || (got < 0 && errno == EAGAIN));
    return got > 0 ? (int)told.ssi_signo : 0;
}

START_TEST(signals_are_read_instead)
{
    int fd = signals_open(caught, 3, &error);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read_signal(fd), 0); /* does not wait */
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(is_blocked(caught[i]));
        raise(caught[i]);
        ck_assert_int_eq(read_signal(fd), caught[i]);
    }
    ck_assert(!is_blocked(SIGUSR2));
    close(fd);
    ck_assert(is_blocked(SIGTERM));
}
END_TEST

START_TEST(an_ignored_signal_stays_ignored)
{
    signal(SIGTERM, SIG_IGN);
    int fd = signals_open(caught, 3, &error);
    ck_assert_int_ge(fd, 0);
    ck_assert(!is_blocked(SIGTERM) && is_blocked(SIGINT) && is_blocked(SIGUSR1));
    raise(SIGTERM);
    ck_assert_int_eq(read_signal(fd), 0);
    close(fd);
}
END_TEST

START_TEST(without_a_descriptor_the_mask_is_as_it_was)
{
    sigset_t before;
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {0, limit.rlim_max};
    sigemptyset(&before);
    sigaddset(&before, SIGUSR1);
    ck_assert_int_eq(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    int code = signals_open(caught, 3, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0); /* a leak checker opens files */
    ck_assert_int_eq(code, -1);
    ck_assert_str_eq(error.text,
                     "cannot watch signals: Too many open files (256 are enough: ulimit -n 256)");
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert(is_blocked(SIGUSR1) && !is_blocked(SIGINT) && !is_blocked(SIGTERM));
}
END_TEST

START_TEST(a_signal_that_is_held_asks_to_end)
{
    static const struct {
        int number;
        bool ends;
    } rows[] = {{SIGINT, true},   {SIGTERM, true},  {SIGHUP, true},   {SIGQUIT, true},
                {SIGUSR1, false}, {SIGALRM, false}, {SIGCHLD, false}, {SIGTSTP, false}};
    sigset_t held;
    const struct timespec none = {0, 0};
    sigemptyset(&held);
    sigaddset(&held, rows[_i].number);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &held, NULL), 0);
    ck_assert(!signals_ask_to_end());
    raise(rows[_i].number);
    ck_assert(signals_ask_to_end() == rows[_i].ends);
    ck_assert(signals_ask_to_end() == rows[_i].ends); /* it is not taken */
    ck_assert_int_eq(sigtimedwait(&held, NULL, &none), rows[_i].number);
    ck_assert(!signals_ask_to_end());
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("signals");
    TCase *tests = tcase_create("signals");
    tcase_add_test(tests, signals_are_read_instead);
    tcase_add_test(tests, an_ignored_signal_stays_ignored);
    tcase_add_test(tests, without_a_descriptor_the_mask_is_as_it_was);
    tcase_add_loop_test(tests, a_signal_that_is_held_asks_to_end, 0, 8);
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite); /* masks and limits stay with a process */
}
