/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/descriptors.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_SECCOMP
#include <errno.h>
#include <seccomp.h>
#endif

#include "harness.h"

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* In a child. 1 if all is right. */
static int close_some(void)
{
    for (int fd = 200; fd <= 205; fd++)
        if (dup2(STDERR_FILENO, fd) != fd)
            return 0;
    bool right = descriptors_close(201, 203) == 0 && is_open(200) && !is_open(201) &&
                 !is_open(203) && is_open(204) && descriptors_close(204, 203) == 0 && is_open(204);
    right = right && descriptors_close(200, UINT_MAX) == 0 && !is_open(200) && !is_open(205);
    return right && is_open(STDERR_FILENO) ? 1 : 0;
}

/* As before Linux 5.9. */
static void have_no_close_range(void)
{
#ifdef HAVE_SECCOMP
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SYS_close_range, 0) != 0 ||
        seccomp_load(filter) != 0)
        _exit(2);
    seccomp_release(filter);
#endif
}

START_TEST(a_range_is_closed_and_nothing_else)
{
    int status;
    pid_t child = fork();
    if (child == 0 && _i == 1)
        have_no_close_range();
    if (child == 0)
        _exit(close_some());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

/* Soft and hard limits (0: as it is), and the soft one that is left. */
static const struct {
    rlim_t soft, hard, left;
} limits[] = {
    {16, 0, DESCRIPTORS_ENOUGH},   {300, 0, 300}, {16, 64, 64},
    {16, 512, DESCRIPTORS_ENOUGH}, {16, 16, 16},
};

/* In a child. Valgrind has a hard limit of its own, which none can lower. */
static int allow_some(int row)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < 512)
        return 0;
    limit.rlim_cur = limits[row].soft;
    if (limits[row].hard != 0)
        limit.rlim_max = limits[row].hard;
    const rlim_t hard = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return limits[row].hard != 0 ? 1 : 0;
    descriptors_allow();
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == limits[row].left &&
           limit.rlim_max == hard;
}

START_TEST(as_many_as_are_enough_are_allowed)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(allow_some(_i));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("descriptors");
    TCase *tests = tcase_create("descriptors");
    tcase_add_loop_test(tests, a_range_is_closed_and_nothing_else, 0, 2);
    tcase_add_loop_test(tests, as_many_as_are_enough_are_allowed, 0, 5);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
