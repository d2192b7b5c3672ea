/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run does where a barrier is missing, or cannot be entered. The barriers are played by the
 * test. */
#include "confine/confine.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "confine/capabilities.h"
#include "confine/child.h"
#include "confine/landlock.h"
#include "fixtures/said.h"
#include "harness.h"

static int dropped, landlock, seccomp;
static bool no_memory; /* is why one fails */
static char order[8];

static int answer(int code, const char *name, struct error *error)
{
    strcat(order, (char[]){name[0], '\0'});
    if (no_memory && code < 0)
        return error_set_memory(error, "no memory for %s", name);
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

static void serve_one(int fd, void *context)
{
    (void)context;
    child_send(fd, order, 1);
}

/* A child that cannot be confined serves nobody, and how it ended says why. */
static const struct {
    int dropped, landlock, seccomp;
    bool no_memory;
    const char *text; /* NULL: it serves */
} children[] = {
    {0, 0, 0, false, NULL},
    {0, 1, 1, false, NULL},
    {-1, 0, 0, false, "the process that serves exited unexpectedly"},
    {0, -1, 0, false, "the process that serves exited unexpectedly"},
    {0, 0, -1, false, "the process that serves exited unexpectedly"},
    {-1, 0, 0, true, "the process that serves ran out of memory"},
    {0, -1, 0, true, "the process that serves ran out of memory"},
    {0, 1, -1, true, "the process that serves ran out of memory"},
};

START_TEST(a_child_that_is_not_confined_does_not_serve)
{
    const struct child_role role = {.mode = SANDBOX_CHILD, .serve = serve_one, .what = "serves"};
    struct child child;
    struct error error;
    char byte;
    dropped = children[_i].dropped;
    landlock = children[_i].landlock;
    seccomp = children[_i].seccomp;
    no_memory = children[_i].no_memory;
    ck_assert_int_eq(child_start(&child, &role, &error), 0);
    ck_assert(child_receive(child.fd, &byte, 1) == (children[_i].text == NULL));
    if (children[_i].text != NULL) {
        ck_assert_int_eq(child_report_end(&child, "serves", &error), -1);
        ck_assert_str_eq(error.text, children[_i].text);
        ck_assert(error.out_of_memory == children[_i].no_memory && error.status == STATUS_RUN);
    }
    child_end(&child);
}
END_TEST

static void serve_nobody(int fd, void *context)
{
    (void)fd;
    (void)context;
    for (;;)
        pause();
}

/* And it is reaped. */
START_TEST(a_busy_child_can_be_ended)
{
    const struct child_role role = {.mode = SANDBOX_CHILD, .serve = serve_nobody, .what = "waits"};
    struct child child;
    struct error error;
    dropped = landlock = seccomp = 0;
    ck_assert_int_eq(child_start(&child, &role, &error), 0);
    child_end(&child);
    ck_assert_int_eq(kill(child.pid, 0), -1);
    ck_assert_int_eq(fcntl(child.fd, F_GETFD), -1);
}
END_TEST

#define INHERITED 50

/* Which descriptors are open in the child, a bit each. */
static void serve_descriptors(int fd, void *context)
{
    uint64_t open = 0;
    (void)context;
    for (int i = 0; i < 64; i++)
        open |= (uint64_t)(fcntl(i, F_GETFD) >= 0) << i;
    child_send(fd, &open, sizeof open);
}

/* The first three, its socket, and the files of its role. */
START_TEST(a_child_keeps_its_files_alone)
{
    const int files[] = {INHERITED + 1, STDERR_FILENO};
    const struct child_role role = {.mode = SANDBOX_CHILD,
                                    .serve = serve_descriptors,
                                    .what = "counts",
                                    .files = files,
                                    .file_count = (size_t)_i};
    struct child child;
    struct error error;
    uint64_t open = 0;
    dropped = landlock = seccomp = 0;
    ck_assert_int_eq(dup2(STDERR_FILENO, INHERITED), INHERITED);
    ck_assert_int_eq(dup2(STDERR_FILENO, INHERITED + 1), INHERITED + 1);
    ck_assert_int_eq(child_start(&child, &role, &error), 0);
    ck_assert(child_receive(child.fd, &open, sizeof open));
    ck_assert_uint_eq(open, (UINT64_C(1) << CHILD_FILE(_i)) - 1);
    child_end(&child);
    close(INHERITED);
    close(INHERITED + 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("barriers");
    TCase *tests = tcase_create("barriers");
    tcase_add_loop_test(tests, what_is_missing_is_said_to_those_who_ask, 0,
                        sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tests, a_child_that_is_not_confined_does_not_serve, 0,
                        sizeof children / sizeof children[0]);
    tcase_add_test(tests, a_busy_child_can_be_ended);
    tcase_add_loop_test(tests, a_child_keeps_its_files_alone, 0, 3);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
