/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run does where a barrier is missing, or cannot be entered. The barriers are played by the
 * test. */
#include "confine/confine.h"

#include <string.h>

#include "confine/capabilities.h"
#include "confine/landlock.h"
#include "fixtures/said.h"
#include "harness.h"

static int dropped, landlock, seccomp;
static char order[8];

static int answer(int code, const char *name, struct error *error)
{
    strcat(order, (char[]){name[0], '\0'});
    if (code != 0)
        error_set(error, STATUS_RUN, "no %s", name);
    return code;
}

int capabilities_drop(struct error *error)
{
    return answer(dropped, "capabilities", error);
}

int landlock_enter(const struct sandbox *sandbox, struct error *error)
{
    (void)sandbox;
    return answer(landlock, "landlock", error);
}

int landlock_version(void)
{
    return 0;
}

int sandbox_enter(const struct sandbox *sandbox, struct error *error)
{
    (void)sandbox;
    return answer(seccomp, "seccomp", error);
}

int sandbox_try(struct error *error)
{
    return answer(seccomp, "seccomp", error);
}

const char *sandbox_build(void)
{
    return "none";
}

static const struct {
    int dropped, landlock, seccomp;
    bool verbose;
    int result;
    const char *order, *text; /* of the error, or of what is said */
} rows[] = {
    {0, 0, 0, true, 0, "cls", ""},
    {-1, 0, 0, true, -1, "c", "no capabilities"},
    {0, -1, 0, true, -1, "cl", "no landlock"},
    {0, 0, -1, true, -1, "cls", "no seccomp"},
    {0, 1, 0, true, 0, "cls", "tcpshake: no landlock\n"},
    {0, 0, 1, true, 0, "cls", "tcpshake: no seccomp\n"},
    {0, 1, 1, true, 0, "cls", "tcpshake: no landlock\ntcpshake: no seccomp\n"},
    {0, 1, 1, false, 0, "cls", ""},
};

START_TEST(what_is_missing_is_said_to_those_who_ask)
{
    const struct sandbox sandbox = {.mode = SANDBOX_READ};
    struct error error = {.text = ""};
    said_begin();
    order[0] = '\0';
    dropped = rows[_i].dropped;
    landlock = rows[_i].landlock;
    seccomp = rows[_i].seccomp;
    ck_assert_int_eq(confine(&sandbox, rows[_i].verbose, &error), rows[_i].result);
    ck_assert_str_eq(order, rows[_i].order);
    const char *printed = said();
    ck_assert_str_eq(rows[_i].result == 0 ? printed : error.text, rows[_i].text);
    ck_assert(rows[_i].result == 0 || printed[0] == '\0');
    said_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("barriers");
    TCase *tests = tcase_create("barriers");
    tcase_add_loop_test(tests, what_is_missing_is_said_to_those_who_ask, 0,
                        sizeof rows / sizeof rows[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
