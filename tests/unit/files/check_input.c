/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that breaks off with an error, as it is and where it is compressed. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
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

int main(void)
{
    Suite *suite = suite_create("input");
    TCase *tests = tcase_create("input");
    tcase_add_test(tests, an_error_behind_plain_bytes);
    tcase_add_test(tests, an_error_behind_packed_bytes);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
