/* SPDX-License-Identifier: BSD-2-Clause */
/* The first error counts, and the run goes on after it. */
#include "flight/recorder.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "loop/failure.h"

static const struct frame frame = {.bytes = (const uint8_t *)"x", .captured_len = 1, .wire_len = 1};
static const struct annotation plain = {.resolve_ns = DURATION_UNKNOWN};

START_TEST(the_first_failure_counts)
{
    struct failure failure = {0};
    struct error error;
    error_set(&error, STATUS_USAGE, "one");
    failure_note(&failure, &error);
    failure_note_memory(&failure);
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "one");
    ck_assert_int_eq(failure.error.status, STATUS_USAGE);
    failure = (struct failure){0};
    failure_note_memory(&failure);
    ck_assert_str_eq(failure.error.text, "out of memory");
    ck_assert(failure.error.out_of_memory);
    ck_assert_int_eq(failure.error.status, STATUS_RUN);
}
END_TEST

START_TEST(nothing_is_recorded_without_a_file)
{
    struct recorder recorder = {0};
    ck_assert_int_eq(recorder_interface(&recorder, "lo", 1), -1);
    recorder_packet(&recorder, -1, &frame, &plain);
    recorder_remark(&recorder, "remark");
    recorder_close(&recorder);
    ck_assert(!recorder.failure.failed);
}
END_TEST

/* A reader that goes away: what comes after is left out without another error. */
START_TEST(a_recording_that_breaks)
{
    int ends[2];
    char path[32];
    struct error error;
    struct recorder recorder = {0};
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    ck_assert_msg(recorder_open(&recorder, path, &error) == 0, "%s", error.text);
    close(ends[1]);
    ck_assert_int_eq(recorder_interface(&recorder, "lo", 1), 0);
    recorder_packet(&recorder, 0, &frame, &plain);
    ck_assert(!recorder.failure.failed);
    close(ends[0]);
    if (_i == 0)
        recorder_packet(&recorder, 0, &frame, &plain);
    else
        recorder_remark(&recorder, "remark");
    ck_assert(recorder.failure.failed);
    error = recorder.failure.error;
    ck_assert_ptr_nonnull(strstr(error.text, "Broken pipe"));
    recorder_remark(&recorder, "remark");
    ck_assert_int_eq(recorder_interface(&recorder, "eth0", 1), -1);
    ck_assert(recorder_works(&recorder));
    recorder_close(&recorder);
    ck_assert_str_eq(recorder.failure.error.text, error.text);
    ck_assert(!recorder_works(&recorder));
    ck_assert_ptr_null(recorder_outlet(&recorder));
    recorder_close(&recorder); /* once is enough */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recorder");
    TCase *tests = tcase_create("recorder");
    tcase_add_test(tests, the_first_failure_counts);
    tcase_add_test(tests, nothing_is_recorded_without_a_file);
    tcase_add_loop_test(tests, a_recording_that_breaks, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
