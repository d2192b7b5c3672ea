/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources of every kind: files, pipes that are long in coming, and such as break off. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/input.h"
#include "harness.h"

/* The ten octets of a gzip header (RFC 1952, 2.3). */
static const char gzip[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03";
static const char plain[] = "\xa1\xb2\xc3\xd4 and so on";

/* Reads as bytes and then fails: a peer that closes with unread data resets (unix(7)). */
static int broken_source(const char *bytes, size_t len)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(write(ends[1], bytes, len), (ssize_t)len);
    ck_assert_int_eq(write(ends[0], "x", 1), 1);
    close(ends[1]);
    return ends[0];
}

static ssize_t read_all(struct input *input)
{
    char out[64];
    ssize_t len;
    while ((len = input_read(input, out, sizeof out)) > 0)
        ;
    return len;
}

START_TEST(an_error_behind_plain_bytes)
{
    struct error error;
    struct source source = {.path = "broken", .fd = broken_source(plain, sizeof plain)};
    struct input *input = input_open(&source, NULL, &error);
    ck_assert_ptr_nonnull(input);
    ck_assert_int_eq(read_all(input), -1);
    ck_assert_str_eq(input_problem(input), strerror(ECONNRESET));
    input_close(input);
}
END_TEST

/* The first unpacked bytes are looked at when it is opened: that asks for more than the header. */
START_TEST(an_error_behind_packed_bytes)
{
#ifdef HAVE_ZLIB
    struct error error;
    struct source source = {.path = "broken", .fd = broken_source(gzip, sizeof gzip - 1)};
    ck_assert_ptr_null(input_open(&source, NULL, &error));
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "broken: Connection reset by peer");
#else
    (void)gzip;
#endif
}
END_TEST

/* What is asked meanwhile: a byte in the pipe stop ends it. */
static struct {
    int stop[2], from[2];
    unsigned quiet_calls, quiet_until; /* how often it is asked again */
    bool stops;
    uint64_t done, size;
    unsigned reads;
    const char *late; /* written into the pipe when it has been quiet for so often */
} meanwhile;

static bool stop(void *context)
{
    char byte;
    ck_assert_ptr_eq(context, &meanwhile);
    ck_assert_int_eq(read(meanwhile.stop[0], &byte, 1), 1);
    return meanwhile.stops;
}

static bool quiet(void *context)
{
    ck_assert_ptr_eq(context, &meanwhile);
    if (++meanwhile.quiet_calls < meanwhile.quiet_until)
        return true;
    if (meanwhile.late != NULL)
        ck_assert_int_gt(write(meanwhile.from[1], meanwhile.late, strlen(meanwhile.late)), 0);
    else
        ck_assert_int_eq(write(meanwhile.stop[1], "x", 1), 1);
    return false;
}

static void reading(void *context, uint64_t done, uint64_t size)
{
    ck_assert_ptr_eq(context, &meanwhile);
    meanwhile.done = done;
    meanwhile.size = size;
    meanwhile.reads++;
}

static struct waiting begin_meanwhile(void)
{
    memset(&meanwhile, 0, sizeof meanwhile);
    ck_assert_int_eq(pipe2(meanwhile.stop, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(meanwhile.from, O_CLOEXEC), 0);
    meanwhile.stops = true;
    return (struct waiting){meanwhile.stop[0], stop, quiet, reading, &meanwhile};
}

static void end_meanwhile(void)
{
    close(meanwhile.stop[0]);
    close(meanwhile.stop[1]);
    close(meanwhile.from[1]);
}

/* What was looked at is given again, whatever the reader asks for at once. */
START_TEST(every_octet_once_and_in_order)
{
    char path[] = "/tmp/check_input.XXXXXX", out[sizeof plain] = "";
    struct error error;
    struct source source;
    const size_t each = (size_t)_i + 1;
    size_t len = 0, magic_len;
    int fd = mkstemp(path);
    const struct waiting waiting = begin_meanwhile();
    ck_assert_int_eq(write(fd, plain, sizeof plain), sizeof plain);
    close(fd);
    source_open(&source, path);
    unlink(path);
    struct input *input = input_open(&source, &waiting, &error);
    ck_assert_ptr_nonnull(input);
    ck_assert_int_eq(source.fd, -1);
    ck_assert_mem_eq(input_magic(input, &magic_len), plain, INPUT_MAGIC_LEN);
    ck_assert_uint_eq(magic_len, INPUT_MAGIC_LEN);
    for (ssize_t got = 1; got > 0 && len < sizeof out; len += (size_t)got) {
        got = input_read(input, out + len, each < sizeof out - len ? each : sizeof out - len);
        ck_assert_int_ge(got, 0);
    }
    ck_assert_uint_eq(len, sizeof plain);
    ck_assert_mem_eq(out, plain, sizeof plain);
    ck_assert_int_eq(input_read(input, out, 1), 0);
    ck_assert_uint_eq(meanwhile.done, sizeof plain);
    ck_assert_uint_eq(meanwhile.size, sizeof plain);
    ck_assert_uint_eq(meanwhile.quiet_calls, 0);
    ck_assert(input_problem(input) == NULL && !input_stopped(input));
    input_close(input);
    close(meanwhile.from[0]);
    end_meanwhile();
}
END_TEST

/* A stream asks for much at a time: each call of read(2) costs more than what it reads. */
START_TEST(a_stream_reads_ahead)
{
    enum { LONG = 1 << 20 };
    char path[] = "/tmp/check_input.XXXXXX";
    struct error error;
    struct source source;
    size_t len = 0;
    int fd = mkstemp(path);
    const struct waiting waiting = begin_meanwhile();
    ck_assert_int_eq(write(fd, plain, sizeof plain), sizeof plain);
    ck_assert_int_eq(ftruncate(fd, LONG), 0);
    close(fd);
    source_open(&source, path);
    unlink(path);
    struct input *input = input_open(&source, &waiting, &error);
    ck_assert_ptr_nonnull(input);
    FILE *stream = input_stream(input);
    ck_assert_ptr_nonnull(stream);
    while (fgetc(stream) != EOF)
        len++;
    ck_assert_uint_eq(len, LONG);
    ck_assert_uint_le(meanwhile.reads, 16);
    fclose(stream);
    input_close(input);
    close(meanwhile.from[0]);
    end_meanwhile();
}
END_TEST

/* Of a pipe the size is unknown. It is waited for, as often as quiet wants to be asked. */
START_TEST(a_pipe_is_waited_for)
{
    struct error error;
    const struct waiting waiting = begin_meanwhile();
    struct source source = {.path = "-", .fd = meanwhile.from[0]};
    meanwhile.quiet_until = (unsigned)_i + 1;
    meanwhile.late = "late bytes";
    struct input *input = input_open(&source, &waiting, &error);
    ck_assert_ptr_nonnull(input);
    ck_assert_uint_eq(meanwhile.quiet_calls, (unsigned)_i + 1);
    ck_assert_uint_eq(meanwhile.size, 0);
    ck_assert_uint_eq(meanwhile.done, INPUT_MAGIC_LEN);
    input_close(input);
    end_meanwhile();
}
END_TEST

static bool asked(void *context)
{
    (void)context;
    meanwhile.quiet_calls++;
    return false;
}

/* If quiet asks for no further call, none follows, however long the wait is. */
START_TEST(a_long_wait_is_idle)
{
    struct error error;
    struct waiting waiting = begin_meanwhile();
    struct source source = {.path = "-", .fd = meanwhile.from[0]};
    waiting.quiet = asked;
    pid_t writer = fork();
    if (writer == 0) {
        usleep(50000);
        _exit(write(meanwhile.from[1], "late bytes", 10) == 10 ? 0 : 1);
    }
    struct input *input = input_open(&source, &waiting, &error);
    ck_assert_ptr_nonnull(input);
    ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
    ck_assert_uint_eq(meanwhile.quiet_calls, 1);
    input_close(input);
    end_meanwhile();
}
END_TEST

/* No program that is started inherits it, and to close it twice closes nothing else. */
START_TEST(a_source_is_closed_once)
{
    char path[64];
    struct source source;
    snprintf(path, sizeof path, "%s", _i == 0 ? "/dev/zero" : "-");
    source_open(&source, path);
    ck_assert_int_gt(source.fd, STDERR_FILENO);
    ck_assert_int_eq(fcntl(source.fd, F_GETFD), FD_CLOEXEC);
    ck_assert_str_eq(source_name(&source), _i == 0 ? path : "standard input");
    source_close(&source);
    int other = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    source_close(&source);
    ck_assert_int_eq(fcntl(other, F_GETFD), FD_CLOEXEC);
    close(other);
}
END_TEST

/* ... until stop ends it, which is no error; what came before is given. */
START_TEST(stop_ends_a_pipe)
{
    struct error error;
    char out[16];
    const struct waiting waiting = begin_meanwhile();
    struct source source = {.path = "-", .fd = meanwhile.from[0]};
    ck_assert_int_eq(write(meanwhile.from[1], plain, INPUT_MAGIC_LEN + 1), INPUT_MAGIC_LEN + 1);
    struct input *input = input_open(&source, &waiting, &error);
    ck_assert_ptr_nonnull(input);
    ck_assert_int_eq(input_read(input, out, sizeof out), INPUT_MAGIC_LEN);
    ck_assert_int_eq(input_read(input, out, sizeof out), 1);
    ck_assert(!input_stopped(input));
    meanwhile.quiet_until = 1;
    ck_assert_int_eq(input_read(input, out, sizeof out), 0);
    ck_assert(input_stopped(input));
    ck_assert_ptr_null(input_problem(input));
    ck_assert_int_eq(input_read(input, out, sizeof out), 0);
    input_close(input);
    end_meanwhile();
}
END_TEST

/* A stop that does not end it leaves the wait as it was. */
START_TEST(a_stop_may_say_no)
{
    struct error error;
    const struct waiting waiting = begin_meanwhile();
    struct source source = {.path = "-", .fd = meanwhile.from[0]};
    meanwhile.stops = false;
    meanwhile.quiet_until = 2;
    meanwhile.late = "late bytes";
    ck_assert_int_eq(write(meanwhile.stop[1], "x", 1), 1);
    struct input *input = input_open(&source, &waiting, &error);
    ck_assert_ptr_nonnull(input);
    ck_assert(!input_stopped(input));
    input_close(input);
    end_meanwhile();
}
END_TEST

/* Standard input was closed: what is opened first has its number. */
START_TEST(the_lowest_descriptor_is_a_source)
{
    struct error error;
    int kept = dup(STDIN_FILENO), fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    size_t len;
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    struct source source = {.path = "zeros", .fd = STDIN_FILENO};
    struct input *input = input_open(&source, NULL, &error);
    ck_assert_ptr_nonnull(input);
    input_magic(input, &len);
    ck_assert_uint_eq(len, INPUT_MAGIC_LEN);
    input_close(input);
    close(fd);
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
}
END_TEST

/* By the names that the user gave. */
START_TEST(what_cannot_be_read_is_named)
{
    static const char *const paths[] = {"/nowhere/at-all", "/dev/null", "/"};
    static const char *const texts[] = {"/nowhere/at-all: No such file or directory",
                                        "/dev/null: empty", "/: Is a directory"};
    struct error error;
    struct source source;
    source_open(&source, paths[_i]);
    ck_assert_ptr_null(input_open(&source, NULL, &error));
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, texts[_i]);
    ck_assert_int_eq(source.fd, -1);
    source = (struct source){.path = "-", .fd = -1, .code = EBADF};
    ck_assert_ptr_null(input_open(&source, NULL, &error));
    ck_assert_str_eq(error.text, "standard input: Bad file descriptor");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input");
    TCase *tests = tcase_create("input");
    tcase_add_test(tests, an_error_behind_plain_bytes);
    tcase_add_test(tests, an_error_behind_packed_bytes);
    tcase_add_loop_test(tests, every_octet_once_and_in_order, 0, 6);
    tcase_add_test(tests, a_stream_reads_ahead);
    tcase_add_loop_test(tests, a_pipe_is_waited_for, 0, 2);
    tcase_add_test(tests, a_long_wait_is_idle);
    tcase_add_loop_test(tests, a_source_is_closed_once, 0, 2);
    tcase_add_test(tests, stop_ends_a_pipe);
    tcase_add_test(tests, a_stop_may_say_no);
    tcase_add_test(tests, the_lowest_descriptor_is_a_source);
    tcase_add_loop_test(tests, what_cannot_be_read_is_named, 0, 3);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
