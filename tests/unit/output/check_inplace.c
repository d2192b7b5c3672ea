/* SPDX-License-Identifier: BSD-2-Clause */
/* Outputs of runs that are resumed, compared with those of runs that were not interrupted. */
#include "output/inplace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commandline.h"
#include "fixtures/results.h"
#include "fixtures/said.h"
#include "harness.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define DAY_NS       INT64_C(86400000000000)
#define RESULTS      6
#define ARCHIVE_MAX  400000

static struct output output;
static struct options options;
static struct error error;
static char directory[64], path[96], journal[96];
static uint8_t saved[ARCHIVE_MAX];

/* In memory where that can be: each sync waits for the disk, which others may keep busy. */
static void set_up(void)
{
    const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(directory, sizeof directory, "%s/check_inplace.XXXXXX", where);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/out", directory);
    snprintf(journal, sizeof journal, "%s/journal", directory);
}

static void tear_down(void)
{
    unlink(path);
    unlink(journal);
    rmdir(directory);
}

static void lay(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* NULL: there is no file. The text lasts until the next call but one. */
static const char *content(void)
{
    static char texts[2][65536];
    static unsigned turn;
    char *text = texts[turn++ % 2];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    text[fread(text, 1, sizeof texts[0] - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* Returns what output_open does. only: NULL or the list of --only. */
static int open_output(const char *format, const char *only)
{
    static char program[] = "tcpshake", as[] = "--format", to[] = "-o", resume[] = "--resume",
                host[] = "example.com", port[] = "443", which[] = "--only", name[16], list[32];
    char *arguments[] = {program, as,   name, to,    path, resume,
                         journal, host, port, which, list, NULL};
    snprintf(name, sizeof name, "%s", format);
    snprintf(list, sizeof list, "%s", only != NULL ? only : "");
    if (only == NULL)
        arguments[9] = NULL;
    ck_assert_msg(options_parse(only != NULL ? 11 : 9, arguments, &options, &error) == 0, "%s",
                  error.text);
    return output_open(&output, &options, &error);
}

static void must_open(const char *format, const char *only)
{
    ck_assert_msg(open_output(format, only) == 0, "%s", error.text);
}

/* Connection i: the second day of the run begins with the third, and every other one is refused. */
static void report(int i)
{
    struct sample sample;
    if (i % 2 == 0)
        sample_open(&sample);
    else
        sample_refused(&sample);
    sample.result.start_ns += i < 2 ? 0 : DAY_NS;
    sample.result.end_ns += i < 2 ? 0 : DAY_NS;
    sample.result.place = (uint32_t)i + 1;
    output_result(&output, &sample.result);
}

static void begin(void)
{
    ck_assert_msg(inplace_begin(&output, &error) == 0, "%s", error.text);
    output_begin(&output, LAYOUT_LINES);
}

/* The rest of a run, from a connection on. Returns its status. */
static int finish_from(int first)
{
    uint64_t length;
    for (int i = first; i < RESULTS; i++)
        report(i);
    ck_assert_msg(inplace_conclude(&output, &length, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(length, strlen(content()));
    return output_close(&output, true, &error);
}

static const struct {
    const char *format, *only;
} forms[] = {
    {"csv", NULL}, {"json", NULL}, {"table", NULL}, {"table", "closed"}, {"csv", "closed"}};

/* Interrupted behind each connection, with one more in the output than in the journal. */
START_TEST(a_resumed_output_is_as_if_never_interrupted)
{
    char whole[65536];
    must_open(forms[_i].format, forms[_i].only);
    begin();
    const int status = finish_from(0);
    snprintf(whole, sizeof whole, "%s", content());
    for (int cut = 0; cut < RESULTS; cut++) {
        uint64_t length = 0;
        unlink(path);
        must_open(forms[_i].format, forms[_i].only);
        begin();
        for (int i = 0; i < cut; i++)
            report(i);
        ck_assert_int_eq(inplace_flush(&output, &length, &error), 0);
        ck_assert_uint_eq(length, strlen(content()));
        size_t len = inplace_archive(&output, saved, sizeof saved);
        ck_assert_uint_le(len, sizeof saved);
        report(cut);
        output_close(&output, false, &error);
        ck_assert_uint_ge(strlen(content()), length);
        must_open(forms[_i].format, forms[_i].only);
        ck_assert_msg(inplace_continue(&output, length, saved, len, &error) == 0, "%s", error.text);
        ck_assert_uint_eq(strlen(content()), length);
        ck_assert_int_eq(output.style.continued, length > 0);
        ck_assert_uint_eq(output.progress.noted, (unsigned)cut);
        output_begin(&output, LAYOUT_LINES);
        ck_assert_int_eq(finish_from(cut), status);
        ck_assert_str_eq(content(), whole);
    }
}
END_TEST

/* What is not shown has been judged, before the interruption too. */
START_TEST(what_was_left_out_is_not_nothing)
{
    uint64_t length;
    must_open("csv", "closed");
    begin();
    report(0);
    ck_assert_int_eq(inplace_flush(&output, &length, &error), 0);
    size_t len = inplace_archive(&output, saved, sizeof saved);
    output_close(&output, false, &error);
    must_open("csv", "closed");
    ck_assert_int_eq(inplace_continue(&output, length, saved, len, &error), 0);
    output_begin(&output, LAYOUT_LINES);
    ck_assert_int_eq(finish_from(RESULTS), STATUS_OK);
}
END_TEST

/* What was concluded is neither written again nor judged anew. */
START_TEST(a_concluded_run_keeps_its_status)
{
    static const int statuses[] = {STATUS_OK, STATUS_UNMET, STATUS_RUN};
    lay("a report");
    for (int i = 0; i < COUNT(statuses); i++) {
        must_open("csv", NULL);
        ck_assert_int_eq(inplace_was_concluded(&output, 8, statuses[i], &error), 0);
        ck_assert_int_eq(output_close(&output, true, &error), statuses[i]);
        ck_assert_str_eq(content(), "a report");
    }
}
END_TEST

static void assert_refused(int code, const char *why)
{
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_msg(strstr(error.text, path) != NULL || strstr(error.text, "journal") != NULL, "%s",
                  error.text);
    ck_assert_msg(strstr(error.text, why) != NULL, "not \"%s\": %s", why, error.text);
}

/* Another output than the journal's stays as it is. */
START_TEST(another_output_is_refused)
{
    must_open("csv", NULL);
    begin();
    report(0);
    size_t len = inplace_archive(&output, saved, sizeof saved);
    output_close(&output, false, &error);
    lay("0123456789");
    must_open("csv", NULL);
    assert_refused(inplace_begin(&output, &error), "is not empty and the journal is new");
    assert_refused(inplace_continue(&output, 11, saved, len, &error), "shorter than the journal");
    assert_refused(inplace_was_concluded(&output, 11, 0, &error), "shorter than the journal");
    output_close(&output, false, &error);
    must_open("csv", NULL);
    assert_refused(inplace_continue(&output, 10, saved, len - 1, &error), "another version");
    output_close(&output, false, &error);
    ck_assert_str_eq(content(), "0123456789");
    must_open("csv", NULL);
    ck_assert_int_eq(inplace_continue(&output, 10, saved, len, &error), 0);
    output_close(&output, false, &error);
}
END_TEST

/* The exit status of a process: 0 where the output is refused because another run uses it. */
static int try_elsewhere(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        bool refused = open_output("csv", NULL) == 0 && inplace_begin(&output, &error) == -1 &&
                       error.status == STATUS_USAGE && strstr(error.text, "in use by another run");
        output_close(&output, false, &error);
        _exit(refused ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

START_TEST(two_runs_do_not_share_an_output)
{
    must_open("csv", NULL);
    ck_assert_int_eq(inplace_begin(&output, &error), 0);
    ck_assert_int_eq(try_elsewhere(), 0);
    ck_assert_ptr_nonnull(content());
    unlink(path); /* as by a run that was refused while this one waited for the lock */
    assert_refused(inplace_begin(&output, &error), "is in use by another run");
    output_close(&output, false, &error);
}
END_TEST

START_TEST(a_frozen_output_takes_nothing_more)
{
    must_open("csv", NULL);
    begin();
    report(0);
    inplace_freeze(&output);
    report(1);
    output_flush(&output);
    ck_assert_uint_eq(tally_whole(output.tally)->connections, 1);
    output_close(&output, false, &error);
    ck_assert_ptr_nonnull(strstr(content(), ",open,"));
    ck_assert_ptr_null(strstr(content(), ",closed,"));
}
END_TEST

/* What cannot be written is told with the reason, and no summary takes its place: the run goes on.
 */
START_TEST(a_full_disk_is_told)
{
    struct rlimit before, limit;
    uint64_t length = 0;
    said_begin();
    must_open("csv", NULL);
    begin();
    report(0);
    ck_assert_int_eq(inplace_sync(&output, &length, &error), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = (struct rlimit){.rlim_cur = length, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    report(1);
    for (int i = 0; i < 2; i++) {
        errno = 0; /* the reason is that of the write that failed */
        int code = i == 0 ? inplace_flush(&output, &length, &error)
                          : inplace_conclude(&output, &length, &error);
        ck_assert_int_eq(code, -1);
        ck_assert_int_eq(error.status, STATUS_RUN);
        ck_assert_msg(strstr(error.text, path) && strstr(error.text, "File too large"), "%s",
                      error.text);
    }
    ck_assert_int_eq(output_close(&output, false, &error), -1);
    setrlimit(RLIMIT_FSIZE, &before);
    ck_assert_msg(strstr(error.text, "File too large: run the same command again to continue"),
                  "%s", error.text);
    ck_assert_str_eq(said(), "");
    said_end();
}
END_TEST

START_TEST(the_journal_is_another_file)
{
    must_open("csv", NULL);
    ck_assert(inplace_is_at(&output, path) && !inplace_is_at(&output, journal));
    ck_assert_int_eq(symlink(path, journal), 0);
    ck_assert(inplace_is_at(&output, journal));
    unlink(journal);
    ck_assert_int_eq(link(path, journal), 0);
    ck_assert(inplace_is_at(&output, journal));
    unlink(journal);
    FILE *other = fopen(journal, "w");
    fclose(other);
    ck_assert(!inplace_is_at(&output, journal));
    output_close(&output, false, &error);
}
END_TEST

/* A run that is refused leaves nothing that was not there. */
START_TEST(an_output_that_was_not_begun_leaves_no_file)
{
    must_open("csv", NULL);
    ck_assert_str_eq(content(), "");
    output_close(&output, false, &error);
    ck_assert_ptr_null(content());
    lay("");
    must_open("csv", NULL);
    output_close(&output, false, &error);
    ck_assert_str_eq(content(), "");
    unlink(path);
    must_open("table", NULL);
    begin();
    output_close(&output, false, &error);
    ck_assert_ptr_nonnull(content());
}
END_TEST

/* What another run has meanwhile begun to write, or put in its place, is not removed. */
START_TEST(an_output_of_another_run_stays)
{
    must_open("csv", NULL);
    lay("of another run");
    output_close(&output, false, &error);
    ck_assert_str_eq(content(), "of another run");
    unlink(path);
    must_open("csv", NULL);
    unlink(path);
    lay("");
    output_close(&output, false, &error);
    ck_assert_str_eq(content(), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inplace");
    TCase *tests = tcase_create("inplace");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_resumed_output_is_as_if_never_interrupted, 0, COUNT(forms));
    tcase_add_test(tests, what_was_left_out_is_not_nothing);
    tcase_add_test(tests, a_concluded_run_keeps_its_status);
    tcase_add_test(tests, another_output_is_refused);
    tcase_add_test(tests, two_runs_do_not_share_an_output);
    tcase_add_test(tests, a_frozen_output_takes_nothing_more);
    tcase_add_test(tests, a_full_disk_is_told);
    tcase_add_test(tests, the_journal_is_another_file);
    tcase_add_test(tests, an_output_that_was_not_begun_leaves_no_file);
    tcase_add_test(tests, an_output_of_another_run_stays);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
