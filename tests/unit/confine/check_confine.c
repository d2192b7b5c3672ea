/* SPDX-License-Identifier: BSD-2-Clause */
/* How many files can be opened, by the limit and by what is open. Each in a process of its own. */
#include "confine/confine.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"

#define WANTED 300u

static uint32_t count_free(rlim_t limit)
{
    uint32_t count = 0;
    for (int fd = 0; fd < (int)limit; fd++)
        count += fcntl(fd, F_GETFD) < 0;
    return count;
}

static void set_limit(rlim_t now, rlim_t most)
{
    const struct rlimit limit = {now, most};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static rlim_t limit_now(void)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur;
}

START_TEST(the_limit_is_raised_for_all_and_for_what_is_kept)
{
    set_limit(32, 1000);
    ck_assert_uint_eq(confine_room_for_files(WANTED), WANTED);
    ck_assert_uint_eq(limit_now(), WANTED + DESCRIPTORS_KEPT);
}
END_TEST

START_TEST(a_limit_that_suffices_stays)
{
    set_limit(900, 1000);
    ck_assert_uint_eq(confine_room_for_files(WANTED), WANTED);
    ck_assert_uint_eq(limit_now(), 900);
}
END_TEST

/* As many as are not open below it. */
START_TEST(a_hard_limit_leaves_less)
{
    ck_assert(dup2(STDERR_FILENO, 50) == 50 && dup2(STDERR_FILENO, 60) == 60);
    set_limit(32, 64);
    uint32_t free_count = count_free(64);
    ck_assert_uint_eq(confine_room_for_files(WANTED), free_count);
    ck_assert_uint_eq(limit_now(), 64);
    ck_assert_uint_eq(confine_room_for_files(3), 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confine");
    TCase *tests = tcase_create("files");
    tcase_add_test(tests, the_limit_is_raised_for_all_and_for_what_is_kept);
    tcase_add_test(tests, a_limit_that_suffices_stays);
    tcase_add_test(tests, a_hard_limit_leaves_less);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
