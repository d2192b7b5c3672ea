/* SPDX-License-Identifier: BSD-2-Clause */
/* The user and group IDs are played by the test. */
#include "process.h"

#include <string.h>
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

/* That the user and the group have different numbers is usual. */
START_TEST(ids_that_agree_are_taken)
{
    for (size_t i = 0; i < 3; i++) {
        uids[i] = 1000;
        gids[i] = 100;
    }
    ck_assert_int_eq(process_prepare(arguments, &error), 0);
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
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite);
}
