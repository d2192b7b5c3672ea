/* SPDX-License-Identifier: BSD-2-Clause */
/* What a reader has of a report before it is finished, and what it says of a reader that is full.
 */
#include "report/report.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "harness.h"

static void say(const struct report *report, const char *text)
{
    fputs(text, report->out);
}

static void begin(struct report *report)
{
    say(report, "begin ");
}

static void connection(struct report *report, const struct connection_result *result)
{
    (void)result;
    say(report, "connection ");
}

static void summary(struct report *report, const struct summary *summaries, size_t count)
{
    (void)summaries;
    (void)count;
    say(report, "summary ");
}

static void end(struct report *report)
{
    say(report, "end\n");
}

static const struct report_format format = {
    .name = "test", .begin = begin, .connection = connection, .summary = summary, .end = end};
static struct report report;
static FILE *out;

static void set_up(void)
{
    out = tmpfile();
    ck_assert_ptr_nonnull(out);
}

static void tear_down(void)
{
    fclose(out);
}

/* How much of it has left the program. */
static void expect(const char *text)
{
    struct stat status;
    ck_assert_int_eq(fstat(fileno(out), &status), 0);
    ck_assert_int_eq(status.st_size, (off_t)strlen(text));
}

START_TEST(a_reader_who_waits_has_each_record)
{
    const struct report_style style = {.prompt = true};
    report_open(&report, &format, &style, out);
    expect("begin ");
    report_connection(&report, NULL);
    expect("begin connection ");
    report_summary(&report, NULL, 0);
    expect("begin connection summary ");
    ck_assert_int_eq(report_finish(&report), 0);
    ck_assert_uint_eq(report.connections, 1);
}
END_TEST

START_TEST(others_have_it_in_the_end)
{
    const struct report_style style = {.prompt = false};
    report_open(&report, &format, &style, out);
    report_connection(&report, NULL);
    report_summary(&report, NULL, 0);
    expect("");
    report_flush(&report);
    expect("begin connection summary ");
}
END_TEST

/* The first record that is not written is the last. */
START_TEST(a_full_disk_is_found_at_once)
{
    const struct report_style style = {.prompt = true};
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    report_open(&report, &format, &style, full);
    ck_assert_int_eq(report.failure, ENOSPC);
    report_connection(&report, NULL);
    report_summary(&report, NULL, 0);
    ck_assert_uint_eq(report.connections, 0);
    ck_assert_int_eq(report_finish(&report), ENOSPC);
    fclose(full);
}
END_TEST

/* Where a record is not sent on at once, a failure shows when the buffer of out overflows. */
START_TEST(a_full_disk_is_found_when_the_buffer_is_full)
{
    const struct report_style style = {.prompt = false};
    char buffer[128]; /* "begin ", and "connection " eleven times */
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    ck_assert_int_eq(setvbuf(full, buffer, _IOFBF, sizeof buffer), 0);
    report_open(&report, &format, &style, full);
    for (int i = 0; i < 11; i++)
        report_connection(&report, NULL);
    ck_assert_int_eq(report.failure, 0);
    report_connection(&report, NULL);
    ck_assert_int_eq(report.failure, ENOSPC);
    report_connection(&report, NULL);
    ck_assert_uint_eq(report.connections, 12);
    ck_assert_int_eq(report_finish(&report), ENOSPC);
    fclose(full);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_reader_who_waits_has_each_record);
    tcase_add_test(tests, others_have_it_in_the_end);
    tcase_add_test(tests, a_full_disk_is_found_at_once);
    tcase_add_test(tests, a_full_disk_is_found_when_the_buffer_is_full);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
