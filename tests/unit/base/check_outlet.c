/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define MUCH (1u << 20) /* more than a pipe holds */

static uint8_t text[MUCH], back[MUCH];

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What is there, without waiting. */
static size_t read_some(int fd, uint8_t *out, size_t room)
{
    size_t len = 0;
    ssize_t got;
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    while (len < room && (got = read(fd, out + len, room - len)) > 0)
        len += (size_t)got;
    return len;
}

static void open_pipe(int ends[2], struct outlet *outlet)
{
    for (size_t i = 0; i < MUCH; i++)
        text[i] = (uint8_t)(i * 7 + i / 251);
    ck_assert_int_eq(pipe(ends), 0);
    outlet_init(outlet, ends[1]);
    ck_assert(outlet->waits);
}

START_TEST(queues_what_is_not_read)
{
    int ends[2];
    struct outlet outlet;
    size_t len = 0;
    open_pipe(ends, &outlet);
    outlet.queues = true;
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH / 2), 0);
    ck_assert_uint_gt(outlet_queued(&outlet), 0);
    ck_assert_int_eq(outlet_write(&outlet, text + MUCH / 2, MUCH / 2), 0);
    for (int i = 0; len < MUCH && i < 1000; i++) {
        len += read_some(ends[0], back + len, MUCH - len);
        ck_assert_int_eq(outlet_push(&outlet), 0);
    }
    ck_assert_uint_eq(len, MUCH);
    ck_assert_mem_eq(back, text, MUCH);
    ck_assert_uint_eq(outlet_queued(&outlet), 0);
    ck_assert_int_eq(outlet_finish(&outlet), 0);
    outlet_free(&outlet);
}
END_TEST

START_TEST(has_an_end_to_its_patience)
{
    int ends[2];
    struct outlet outlet;
    int64_t begun_ns = now_ns();
    open_pipe(ends, &outlet);
    outlet.patience_ns = 100000000;
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH), -1);
    ck_assert_int_eq(errno, EINTR);
    ck_assert_int_ge(now_ns() - begun_ns, 100000000);
    outlet.patience_ns = INT64_MAX;
    ck_assert_int_eq(outlet_write(&outlet, text, 1), -1); /* nothing after a failure, and at once */
    outlet_free(&outlet);
}
END_TEST

/* What is queued first comes first, and behind it the caller waits as without a queue. */
START_TEST(finishes_with_its_queue)
{
    int ends[2];
    struct outlet outlet;
    open_pipe(ends, &outlet);
    outlet.queues = true;
    outlet.patience_ns = 50000000;
    ck_assert_int_eq(outlet_write(&outlet, text, 1000), 0);
    ck_assert_int_eq(outlet_finish(&outlet), 0);
    ck_assert_uint_eq(read_some(ends[0], back, sizeof back), 1000);
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH), -1);
    ck_assert_int_eq(errno, EINTR);
    ck_assert_uint_eq(outlet_queued(&outlet), 0);
    outlet_free(&outlet);
}
END_TEST

/* As a pipe: a reader of a socket can be slow as well. */
START_TEST(does_not_block_at_a_socket)
{
    int ends[2];
    struct outlet outlet;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    outlet_init(&outlet, ends[0]);
    ck_assert(outlet.waits);
    outlet.patience_ns = 50000000;
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH), -1);
    ck_assert_int_eq(errno, EINTR);
    outlet_free(&outlet);
}
END_TEST

START_TEST(ends_by_a_time)
{
    int ends[2];
    struct outlet outlet;
    int64_t begun_ns = now_ns();
    open_pipe(ends, &outlet);
    outlet.queues = true;
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH), 0);
    outlets_end_by(begun_ns + 200000000);
    outlets_end_by(begun_ns + 900000000000); /* the earlier counts */
    ck_assert_int_eq(outlet_finish(&outlet), -1);
    ck_assert_int_eq(errno, EINTR);
    ck_assert_int_ge(now_ns() - begun_ns, 200000000);
    ck_assert_uint_eq(outlet_queued(&outlet), 0);
    outlet_free(&outlet);
}
END_TEST

/* Held, and pending: it counts once, and leaves the reader its time. */
START_TEST(ends_by_a_signal)
{
    int ends[2];
    struct outlet outlet;
    sigset_t held;
    int64_t begun_ns = now_ns();
    open_pipe(ends, &outlet);
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &held, NULL), 0);
    ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH), -1);
    ck_assert_int_ge(now_ns() - begun_ns, OUTLET_GRACE_NS);
    outlet_free(&outlet);
}
END_TEST

START_TEST(a_second_signal_leaves_no_time)
{
    int ends[2];
    struct outlet outlet;
    int64_t begun_ns = now_ns();
    open_pipe(ends, &outlet);
    outlets_interrupt();
    outlets_interrupt();
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH), -1);
    ck_assert_int_lt(now_ns() - begun_ns, OUTLET_GRACE_NS);
    outlet_free(&outlet);
}
END_TEST

START_TEST(says_that_there_is_no_reader)
{
    int ends[2];
    struct outlet outlet;
    signal(SIGPIPE, SIG_IGN);
    open_pipe(ends, &outlet);
    outlet.queues = true;
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH), 0);
    close(ends[0]);
    ck_assert_int_eq(outlet_push(&outlet), -1);
    ck_assert_int_eq(errno, EPIPE);
    ck_assert_uint_eq(outlet_queued(&outlet), 0); /* nothing is left to poll for */
    outlet_free(&outlet);
}
END_TEST

START_TEST(is_a_stream)
{
    int ends[2];
    struct outlet outlet;
    open_pipe(ends, &outlet);
    FILE *stream = outlet_stream(&outlet);
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_ge(fputs("a line\n", stream), 0);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_uint_eq(read_some(ends[0], back, sizeof back), 7);
    ck_assert_mem_eq(back, "a line\n", 7);
    outlet_free(&outlet);
}
END_TEST

START_TEST(a_stream_says_that_there_is_no_reader)
{
    int ends[2];
    struct outlet outlet;
    signal(SIGPIPE, SIG_IGN);
    open_pipe(ends, &outlet);
    FILE *stream = outlet_stream(&outlet);
    ck_assert_ptr_nonnull(stream);
    close(ends[0]);
    ck_assert_int_ge(fputs("a line\n", stream), 0);
    ck_assert_int_eq(fflush(stream), EOF);
    ck_assert_int_eq(errno, EPIPE);
    ck_assert(ferror(stream));
    fclose(stream);
    outlet_free(&outlet);
}
END_TEST

START_TEST(does_not_wait_for_files)
{
    struct outlet outlet;
    char name[] = "/tmp/check_outlet.XXXXXX";
    int fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    unlink(name);
    outlet_init(&outlet, fd);
    ck_assert(!outlet.waits);
    outlets_end_by(0);
    ck_assert_int_eq(outlet_write(&outlet, text, MUCH), 0);
    ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), MUCH);
    outlet_free(&outlet);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outlet");
    TCase *tests = tcase_create("outlet");
    tcase_add_test(tests, queues_what_is_not_read);
    tcase_add_test(tests, has_an_end_to_its_patience);
    tcase_add_test(tests, finishes_with_its_queue);
    tcase_add_test(tests, does_not_block_at_a_socket);
    tcase_add_test(tests, ends_by_a_time);
    tcase_add_test(tests, ends_by_a_signal);
    tcase_add_test(tests, a_second_signal_leaves_no_time);
    tcase_add_test(tests, says_that_there_is_no_reader);
    tcase_add_test(tests, is_a_stream);
    tcase_add_test(tests, a_stream_says_that_there_is_no_reader);
    tcase_add_test(tests, does_not_wait_for_files);
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite); /* when outlets end is said once for a process */
}
