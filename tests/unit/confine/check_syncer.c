/* SPDX-License-Identifier: BSD-2-Clause */
/* Files are synced by the child, and what fsync(2) says of one that cannot be is handed on. */
#include "confine/syncer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"

#define PATIENCE_MS 5000

static struct error error;

/* The answer to a question: the result of syncer_read. */
static int sync_it(struct syncer *syncer, unsigned n, int *code)
{
    int result = 0;
    struct pollfd wait = {.fd = syncer_fd(syncer), .events = POLLIN};
    ck_assert_int_eq(syncer_ask(syncer, n, &error), 0);
    while (result == 0 && poll(&wait, 1, PATIENCE_MS) == 1)
        result = syncer_read(syncer, code, &error);
    return result;
}

/* A pipe cannot be synced: fsync(2), EINVAL. The order shows that each keeps its place. */
START_TEST(syncs_each_file)
{
    int ends[2], code;
    FILE *file = tmpfile();
    ck_assert(file != NULL && pipe(ends) == 0);
    const int files[2][SYNCER_FILES] = {{fileno(file), ends[1]}, {ends[1], fileno(file)}};
    for (unsigned i = 0; i < 2; i++) {
        struct syncer *syncer = syncer_start(files[i], &error);
        ck_assert_msg(syncer != NULL, "%s", error.text);
        for (unsigned round = 0; round < 3; round++) {
            ck_assert_int_eq(sync_it(syncer, i, &code), 1);
            ck_assert_int_eq(code, 0);
            ck_assert_int_eq(sync_it(syncer, 1 - i, &code), 1);
            ck_assert_int_eq(code, EINVAL);
            ck_assert_int_eq(sync_it(syncer, SYNCER_FILES, &code), 1);
            ck_assert_int_eq(code, EBADF);
        }
        syncer_stop(syncer);
    }
    fclose(file);
    close(ends[0]);
    close(ends[1]);
    syncer_stop(NULL);
}
END_TEST

/* The low numbers, where the child keeps its own. */
START_TEST(takes_files_of_any_number)
{
    int code;
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    for (int fd = STDERR_FILENO + 1; fd < 10; fd++) {
        if (fd != fileno(file))
            ck_assert_int_eq(dup2(fileno(file), fd), fd);
    }
    for (int fd = STDERR_FILENO + 1; fd < 9; fd++) {
        const int files[SYNCER_FILES] = {fd + 1, fd};
        struct syncer *syncer = syncer_start(files, &error);
        ck_assert_msg(syncer != NULL, "%s", error.text);
        for (unsigned n = 0; n < SYNCER_FILES; n++) {
            ck_assert_int_eq(sync_it(syncer, n, &code), 1);
            ck_assert_int_eq(code, 0);
        }
        syncer_stop(syncer);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("syncer");
    TCase *tcase = tcase_create("syncer");
    tcase_add_test(tcase, syncs_each_file);
    tcase_add_test(tcase, takes_files_of_any_number);
    suite_add_tcase(suite, tcase);
    return run_suite_apart(suite);
}
