/* SPDX-License-Identifier: BSD-2-Clause */
/* Which answers to a filter mean that there is no seccomp here, and which that it failed. The
 * library that loads it is played. */
#include "confine/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#ifdef HAVE_SECCOMP
#include <seccomp.h>

static int loaded;

int seccomp_load(const scmp_filter_ctx filter)
{
    (void)filter;
    return loaded;
}

static const struct {
    int loaded, result;
} rows[] = {
    {0, 0},       {-EINVAL, 1}, {-ENOSYS, 1},  {-EPERM, 1},
    {-EACCES, 1}, {-EFAULT, 1}, {-ENOMEM, -1}, {-ESRCH, -1},
};

START_TEST(a_refusal_is_no_failure)
{
    const struct sandbox sandbox = {.mode = SANDBOX_READ};
    struct error error = {.text = ""};
    loaded = rows[_i].loaded;
    ck_assert_int_eq(sandbox_enter(&sandbox, &error), rows[_i].result);
    if (rows[_i].result == 1)
        ck_assert_str_eq(error.text, "no sandbox: the kernel or the container refuses seccomp");
    if (rows[_i].result < 0)
        ck_assert_ptr_nonnull(strstr(error.text, "cannot enter the sandbox: "));
    ck_assert_int_eq(error.out_of_memory, rows[_i].loaded == -ENOMEM);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("refusals");
    TCase *tests = tcase_create("refusals");
    tcase_add_loop_test(tests, a_refusal_is_no_failure, 0, sizeof rows / sizeof rows[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
#else
int main(void)
{
    printf("1..0 # SKIP built without libseccomp\n");
    return EXIT_SUCCESS;
}
#endif
