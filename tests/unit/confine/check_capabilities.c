/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of the privileges of a child that drops them: with all of them (as root, or in a
 * user namespace), and again without any. */
#include "confine/capabilities.h"

#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static struct error error;
static bool new_privileges; /* the kernel says that they may still be gained */

/* As the C library's, but for what it says of that. */
int prctl(int option, ...)
{
    unsigned long values[4];
    va_list arguments;
    va_start(arguments, option);
    for (size_t i = 0; i < 4; i++)
        values[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    if (option == PR_GET_NO_NEW_PRIVS && new_privileges)
        return 0;
    return (int)syscall(SYS_prctl, option, values[0], values[1], values[2], values[3]);
}

/* A field of /proc/self/status: hexadecimal digits. */
static unsigned long long field(const char *name)
{
    char line[256], format[32];
    unsigned long long value = ~0ull;
    FILE *file = fopen("/proc/self/status", "r");
    snprintf(format, sizeof format, "%s: %%llx", name);
    while (file != NULL && fgets(line, sizeof line, file) != NULL &&
           sscanf(line, format, &value) < 1)
        continue;
    if (file != NULL)
        fclose(file);
    return value;
}

enum { WAS_LEFT = 1, WAS_REFUSED, WAS_TRACEABLE };

/* Returns the exit status: 0 if nothing is left. */
static int drop(void)
{
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
    bool can_clear_bounds = (field("CapEff") >> 8 & 1) != 0; /* CAP_SETPCAP */
    unsigned long long bounds = field("CapBnd");
    if (capabilities_drop(&error) != 0)
        return WAS_REFUSED;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (field(sets[i]) != 0)
            return WAS_LEFT;
    if (field("CapBnd") != (can_clear_bounds ? 0 : bounds) || field("NoNewPrivs") != 1)
        return WAS_LEFT;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : WAS_TRACEABLE;
}

/* An ambient capability is one that execve(2) would hand on. */
static int drop_all(void)
{
    (void)!unshare(CLONE_NEWUSER);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 13 /* CAP_NET_RAW */, 0, 0);
    return drop();
}

static int drop_twice(void)
{
    int code = drop();
    return code == 0 ? drop() : code;
}

/* What the kernel says of it counts, rather than what was asked for. */
static int drop_in_vain(void)
{
    new_privileges = true;
    int code = drop();
    return code == WAS_REFUSED && strstr(error.text, "some remain") != NULL ? 0 : WAS_LEFT;
}

START_TEST(nothing_is_left)
{
    static int (*const ways[])(void) = {drop, drop_all, drop_twice, drop_in_vain};
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(ways[_i]());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capabilities");
    TCase *tests = tcase_create("capabilities");
    tcase_add_loop_test(tests, nothing_is_left, 0, 4);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
