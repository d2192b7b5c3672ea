/* SPDX-License-Identifier: BSD-2-Clause */
/* How many files can be opened, by the limit and by what is open, each in a process of its own; and
 * what becomes of barriers, which are played by the test. */
#include "confine/confine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "confine/capabilities.h"
#include "confine/landlock.h"
#include "fixtures/said.h"
#include "harness.h"

#define WANTED 300u

enum barrier { CAPABILITIES, LANDLOCK, SECCOMP, BARRIERS };

static const char *const names[BARRIERS] = {"capabilities", "landlock", "seccomp"};
static int codes[BARRIERS];
static char order[BARRIERS + 1]; /* of those that were entered, by their numbers */
static const struct sandbox sandbox = {.mode = SANDBOX_LIVE};

static int play(enum barrier barrier, const struct sandbox *asked, struct error *error)
{
    order[strlen(order)] = (char)('0' + (int)barrier);
    ck_assert(asked == NULL || asked == &sandbox);
    if (codes[barrier] != 0)
        error_set(error, STATUS_RUN, "no %s", names[barrier]);
    return codes[barrier];
}

int capabilities_drop(struct error *error)
{
    return play(CAPABILITIES, NULL, error);
}

int landlock_enter(const struct sandbox *asked, struct error *error)
{
    return play(LANDLOCK, asked, error);
}

int sandbox_enter(const struct sandbox *asked, struct error *error)
{
    return play(SECCOMP, asked, error);
}

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

static const struct {
    int codes[BARRIERS];
    int result;
    const char *order, *text, *said; /* what the error says, and what -v says */
} outcomes[] = {
    {{0, 0, 0}, 0, "012", "", ""},
    /* the run continues without one that this kernel does not have */
    {{0, 1, 0}, 0, "012", "", "no landlock"},
    {{0, 0, 1}, 0, "012", "", "no seccomp"},
    /* and not with one that fails */
    {{-1, 0, 0}, -1, "0", "no capabilities", ""},
    {{0, -1, 0}, -1, "01", "no landlock", ""},
    {{0, 0, -1}, -1, "012", "no seccomp", ""},
    {{0, 1, -1}, -1, "012", "no seccomp", "no landlock"},
};

START_TEST(each_barrier_is_entered)
{
    struct error error = {.text = ""};
    for (int verbose = 0; verbose < 2; verbose++) {
        said_begin();
        memset(order, 0, sizeof order);
        memcpy(codes, outcomes[_i].codes, sizeof codes);
        ck_assert_int_eq(confine(&sandbox, verbose != 0, &error), outcomes[_i].result);
        ck_assert_str_eq(order, outcomes[_i].order);
        if (outcomes[_i].result != 0)
            ck_assert_str_eq(error.text, outcomes[_i].text);
        const char *text = said();
        ck_assert_msg(verbose != 0 && outcomes[_i].said[0] != '\0'
                          ? strstr(text, outcomes[_i].said) != NULL
                          : text[0] == '\0',
                      "%s", text);
        said_end();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confine");
    TCase *tests = tcase_create("files");
    tcase_add_test(tests, the_limit_is_raised_for_all_and_for_what_is_kept);
    tcase_add_test(tests, a_limit_that_suffices_stays);
    tcase_add_test(tests, a_hard_limit_leaves_less);
    tcase_add_loop_test(tests, each_barrier_is_entered, 0, sizeof outcomes / sizeof outcomes[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
