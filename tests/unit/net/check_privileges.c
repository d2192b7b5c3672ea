/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities, the user and the path of the program are played by the test. */
#include "net/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static int caps_code;
static bool has_effective, has_permitted;
static uid_t user;
static const char *path; /* NULL: it cannot be read */

int capng_get_caps_process(void)
{
    errno = ENOSYS;
    return caps_code;
}

int capng_have_capability(capng_type_t which, unsigned capability)
{
    ck_assert_uint_eq(capability, CAP_NET_RAW);
    return which == CAPNG_EFFECTIVE ? has_effective : has_permitted;
}

uid_t geteuid(void)
{
    return user;
}

ssize_t readlink(const char *name, char *out, size_t size)
{
    ck_assert_str_eq(name, "/proc/self/exe");
    if (path == NULL)
        return -1;
    size_t len = strlen(path) < size ? strlen(path) : size;
    memset(out, '!', size);
    memcpy(out, path, len); /* without an end */
    return (ssize_t)len;
}

static struct error error;

static void set_up(void)
{
    error = (struct error){.status = STATUS_OK};
    caps_code = 0;
    has_effective = has_permitted = false;
    user = 1000;
    path = "/usr/sbin/tcpshake";
}

static void assert_refused(const char *text)
{
    ck_assert_int_eq(privileges_check(&error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_msg(strstr(error.text, text) != NULL, "%s", error.text);
}

START_TEST(the_capability_is_enough)
{
    has_effective = true;
    user = _i == 0 ? 0 : 1000;
    ck_assert_int_eq(privileges_check(&error), 0);
}
END_TEST

START_TEST(a_user_is_told_the_command)
{
    ck_assert_int_eq(privileges_check(&error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "needs CAP_NET_RAW: run it with sudo, or sudo setcap "
                                 "cap_net_raw+ep /usr/sbin/tcpshake");
    has_permitted = true; /* but not effective: it is not in use */
    assert_refused("needs CAP_NET_RAW");
    path = NULL;
    assert_refused("cap_net_raw+ep /path/to/tcpshake");
    path = "";
    assert_refused("cap_net_raw+ep /path/to/tcpshake");
}
END_TEST

/* ... which has an end, however long the path is. */
START_TEST(a_path_may_be_long)
{
    static char longest[PATH_MAX];
    memset(longest, 'p', sizeof longest - 1);
    longest[0] = '/';
    path = longest;
    assert_refused("sudo setcap cap_net_raw+ep /ppp");
    ck_assert_int_eq(error.text[strlen(error.text) - 1], 'p');
}
END_TEST

/* sudo is no help then. */
START_TEST(root_is_told_of_the_container)
{
    user = 0;
    assert_refused("--cap-add=NET_RAW");
    ck_assert_ptr_null(strstr(error.text, "sudo"));
}
END_TEST

START_TEST(capabilities_that_cannot_be_read)
{
    caps_code = -1;
    has_effective = true;
    assert_refused(strerror(ENOSYS));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("privileges");
    TCase *tests = tcase_create("privileges");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, the_capability_is_enough, 0, 2);
    tcase_add_test(tests, a_user_is_told_the_command);
    tcase_add_test(tests, a_path_may_be_long);
    tcase_add_test(tests, root_is_told_of_the_container);
    tcase_add_test(tests, capabilities_that_cannot_be_read);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
