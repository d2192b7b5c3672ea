/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "targets/lists/linereader.h"

static struct line_reader reader;
static int ends[2];

static void setup(void)
{
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    line_reader_begin(&reader, ends[0]);
}

static void teardown(void)
{
    close(ends[0]);
    if (ends[1] >= 0)
        close(ends[1]);
}

static void put(const char *text, size_t len)
{
    ck_assert_int_eq(write(ends[1], text, len), (ssize_t)len);
}

static void put_end(void)
{
    close(ends[1]);
    ends[1] = -1;
}

static void want(const char *text, uint64_t number)
{
    char *line;
    enum line_status status = line_reader_take(&reader, &line);
    if (status == LINE_WANTED) {
        ck_assert_int_eq(line_reader_fill(&reader), 0);
        status = line_reader_take(&reader, &line);
    }
    ck_assert_int_eq(status, LINE_TAKEN);
    ck_assert_str_eq(line, text);
    ck_assert_uint_eq(reader.number, number);
}

static void want_status(enum line_status wanted)
{
    char *line;
    ck_assert_int_eq(line_reader_take(&reader, &line), wanted);
}

START_TEST(takes_lines_as_they_come)
{
    want_status(LINE_WANTED);
    ck_assert_int_eq(line_reader_fill(&reader), EAGAIN);
    put("one\n\ntw", 7);
    want("one", 1);
    want("", 2);
    want_status(LINE_WANTED);
    put("o\r\nthree", 8);
    want("two\r", 3);
    want_status(LINE_WANTED);
    put_end();
    ck_assert_int_eq(line_reader_fill(&reader), 0);
    want("three", 4);
    want_status(LINE_END);
    want_status(LINE_END);
}
END_TEST

START_TEST(skips_a_byte_order_mark)
{
    put("\xef\xbb\xbf"
        "a\n\xef\xbb\xbf"
        "b\n",
        10);
    want("a", 1);
    want("\xef\xbb\xbf"
         "b",
         2);
}
END_TEST

START_TEST(tells_of_nul)
{
    put("a\0b\nc\n", 6);
    want_status(LINE_WANTED);
    ck_assert_int_eq(line_reader_fill(&reader), 0);
    want_status(LINE_HAS_NUL);
    want("c", 2);
}
END_TEST

/* A line of len octets besides its end, and one behind it. */
static enum line_status read_long(size_t len)
{
    static char text[3 * LIST_LINE_MAX];
    char *line;
    size_t done = 0, all = len + 6;
    memset(text, 'x', len);
    memcpy(text + len, "\nnext\n", 6);
    enum line_status status;
    while ((status = line_reader_take(&reader, &line)) == LINE_WANTED) {
        size_t part = all - done < 30000 ? all - done : 30000;
        put(text + done, part);
        done += part;
        ck_assert_int_eq(line_reader_fill(&reader), 0);
    }
    if (status == LINE_TAKEN)
        ck_assert_uint_eq(strlen(line), len);
    while (done < all) {
        while (line_reader_take(&reader, &line) != LINE_WANTED)
            ck_abort_msg("nothing is whole yet");
        size_t part = all - done < 30000 ? all - done : 30000;
        put(text + done, part);
        done += part;
        ck_assert_int_eq(line_reader_fill(&reader), 0);
    }
    return status;
}

START_TEST(bounds_a_line)
{
    static const size_t lengths[] = {LIST_LINE_MAX - 2, LIST_LINE_MAX - 1, LIST_LINE_MAX,
                                     3 * LIST_LINE_MAX - 6};
    size_t len = lengths[_i];
    ck_assert_int_eq(read_long(len), len < LIST_LINE_MAX - 1 ? LINE_TAKEN : LINE_TOO_LONG);
    ck_assert_uint_eq(reader.number, 1);
    want("next", 2);
}
END_TEST

START_TEST(ends_in_a_line_that_is_too_long)
{
    static char text[LIST_LINE_MAX - 1];
    memset(text, 'x', sizeof text);
    put(text, sizeof text / 2);
    want_status(LINE_WANTED);
    ck_assert_int_eq(line_reader_fill(&reader), 0);
    put(text, sizeof text - sizeof text / 2);
    ck_assert_int_eq(line_reader_fill(&reader), 0);
    want_status(LINE_TOO_LONG);
    put("yy", 2);
    put_end();
    want_status(LINE_WANTED);
    ck_assert_int_eq(line_reader_fill(&reader), 0);
    want_status(LINE_WANTED);
    ck_assert_int_eq(line_reader_fill(&reader), 0);
    want_status(LINE_END);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linereader");
    TCase *lines = tcase_create("linereader");
    tcase_add_checked_fixture(lines, setup, teardown);
    tcase_add_test(lines, takes_lines_as_they_come);
    tcase_add_test(lines, skips_a_byte_order_mark);
    tcase_add_test(lines, tells_of_nul);
    tcase_add_loop_test(lines, bounds_a_line, 0, 4);
    tcase_add_test(lines, ends_in_a_line_that_is_too_long);
    suite_add_tcase(suite, lines);
    return run_suite(suite);
}
