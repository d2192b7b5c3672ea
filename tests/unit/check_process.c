/* SPDX-License-Identifier: BSD-2-Clause */
/* The user and group IDs are played by the test; what is inherited is that of a child. */
#include "process.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static uid_t uids[3];
static gid_t gids[3];
static int uids_code, gids_code;

int getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)
{
    *ruid = uids[0];
    *euid = uids[1];
    *suid = uids[2];
    return uids_code;
}

int getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)
{
    *rgid = gids[0];
    *egid = gids[1];
    *sgid = gids[2];
    return gids_code;
}

static char name[] = "tcpshake";
static char *arguments[] = {name, NULL};
static struct error error;

static const struct {
    uid_t uids[3]; /* real, effective, saved */
    gid_t gids[3];
} refused[] = {
    {{1000, 0, 0}, {1000, 1000, 1000}},    {{1000, 0, 1000}, {1000, 1000, 1000}},
    {{1000, 1000, 0}, {1000, 1000, 1000}}, {{0, 1000, 1000}, {1000, 1000, 1000}},
    {{1000, 1000, 1000}, {1000, 0, 0}},    {{1000, 1000, 1000}, {1000, 0, 1000}},
    {{1000, 1000, 1000}, {1000, 1000, 0}}, {{1000, 1000, 1000}, {0, 1000, 1000}},
};

/* Each of them alone: a program can lower its effective ID, and raise it again to the saved one. */
START_TEST(any_id_that_differs_is_refused)
{
    memcpy(uids, refused[_i].uids, sizeof uids);
    memcpy(gids, refused[_i].gids, sizeof gids);
    ck_assert_int_eq(process_prepare(arguments, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_msg(strstr(error.text, "set-user-ID") != NULL, "%s", error.text);
}
END_TEST

START_TEST(ids_that_cannot_be_read_are_refused)
{
    uids_code = _i == 0 ? -1 : 0;
    gids_code = _i == 1 ? -1 : 0;
    ck_assert_int_eq(process_prepare(arguments, &error), -1);
    ck_assert_msg(strstr(error.text, "cannot read its own user IDs") != NULL, "%s", error.text);
}
END_TEST

/* Calls it in a child, because what it closes may be the test's own. */
static bool holds(bool (*prepared)(void))
{
    int status = -1;
    for (size_t i = 0; i < 3;
         i++) { /* that the user and the group have different numbers is usual */
        uids[i] = 1000;
        gids[i] = 100;
    }
    uids_code = gids_code = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(prepared() ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status == 0;
}

static bool is_taken(void)
{
    return process_prepare(arguments, &error) == 0;
}

START_TEST(ids_that_agree_are_taken)
{
    ck_assert(holds(is_taken));
}
END_TEST

static int access_of(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : flags & O_ACCMODE;
}

static bool fills_the_first_three(void)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    return process_prepare(arguments, &error) == 0 && access_of(STDIN_FILENO) == O_WRONLY &&
           access_of(STDOUT_FILENO) == O_RDONLY && access_of(STDERR_FILENO) == O_RDONLY;
}

static bool leaves_those_that_are_open(void)
{
    int fd = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++)
        dup2(fd, i);
    close(STDOUT_FILENO);
    return process_prepare(arguments, &error) == 0 && access_of(STDIN_FILENO) == O_RDWR &&
           access_of(STDOUT_FILENO) == O_RDONLY && access_of(STDERR_FILENO) == O_RDWR;
}

/* A file that is opened later is not taken for standard output, and what is written to none fails.
 */
START_TEST(the_first_three_are_open)
{
    ck_assert(holds(fills_the_first_three));
    ck_assert(holds(leaves_those_that_are_open));
}
END_TEST

static bool closes_what_no_argument_names(void)
{
    static char nine[] = "/dev/fd/9", zero[] = "/dev/fd/0", one[] = "/dev/fd/11",
                other[] = "--read=/proc/self/fd/14", large[] = "/fd/99999999999",
                no_number[] = "/dev/fd/x13";
    char *named[] = {name, other, large, zero, nine, one, no_number, NULL};
    bool right = true;
    for (int fd = 3; fd <= 15; fd++)
        dup2(STDERR_FILENO, fd);
    if (process_prepare(named, &error) != 0)
        return false;
    for (int fd = 3; fd <= 15; fd++)
        right = right && (access_of(fd) >= 0) == (fd == 9 || fd == 11 || fd == 14);
    return right;
}

static bool keeps_the_first_that_can_be_named(void)
{
    static char one[] = "/dev/fd/3/dev/fd/4";
    char *named[] = {name, one, NULL};
    for (int fd = 3; fd <= 5; fd++)
        dup2(STDERR_FILENO, fd);
    return process_prepare(named, &error) == 0 && access_of(3) >= 0 && access_of(4) >= 0 &&
           access_of(5) < 0;
}

START_TEST(inherited_descriptors_are_closed)
{
    ck_assert(holds(closes_what_no_argument_names));
    ck_assert(holds(keeps_the_first_that_can_be_named));
}
END_TEST

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static bool resets_signals(void)
{
    static const int reset[] = {SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2, SIGIO};
    static const int kept[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
    bool right = true;
    sigset_t all, now;
    for (int number = 1; number <= SIGRTMAX; number++)
        signal(number, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    if (process_prepare(arguments, &error) != 0)
        return false;
    sigprocmask(SIG_BLOCK, NULL, &now);
    for (size_t i = 0; i < sizeof reset / sizeof reset[0]; i++)
        right = right && !is_ignored(reset[i]) && sigismember(&now, reset[i]) == 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        right = right && is_ignored(kept[i]) && sigismember(&now, kept[i]) == 0;
    return right && is_ignored(SIGPIPE) && is_ignored(SIGXFSZ) && !is_ignored(SIGRTMAX);
}

static bool ignores_none_that_was_not(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    return process_prepare(arguments, &error) == 0 && !is_ignored(SIGINT) && !is_ignored(SIGHUP) &&
           is_ignored(SIGPIPE);
}

/* Those that nohup(1) and shells ignore on purpose stay so. */
START_TEST(signals_have_their_effect)
{
    ck_assert(holds(resets_signals));
    ck_assert(holds(ignores_none_that_was_not));
}
END_TEST

/* The character set alone: numbers have a decimal point everywhere. */
static bool takes_the_character_set(void)
{
    setenv("LC_ALL", "C.UTF-8", 1);
    return process_prepare(arguments, &error) == 0 && strcmp(nl_langinfo(CODESET), "UTF-8") == 0 &&
           strcmp(setlocale(LC_NUMERIC, NULL), "C") == 0;
}

START_TEST(the_locale_names_the_character_set)
{
    ck_assert(holds(takes_the_character_set));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *tests = tcase_create("process");
    tcase_add_loop_test(tests, any_id_that_differs_is_refused, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_loop_test(tests, ids_that_cannot_be_read_are_refused, 0, 2);
    tcase_add_test(tests, ids_that_agree_are_taken);
    tcase_add_test(tests, the_first_three_are_open);
    tcase_add_test(tests, inherited_descriptors_are_closed);
    tcase_add_test(tests, signals_have_their_effect);
    tcase_add_test(tests, the_locale_names_the_character_set);
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite);
}
