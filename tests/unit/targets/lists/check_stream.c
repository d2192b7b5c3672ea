/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "targets/lists/portlist.h"
#include "targets/lists/stream.h"

static int ends[2];
static struct entry_reader *reader;
static struct spans excluded;
static struct target_stream *stream;
static struct error error;

static void setup(void)
{
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    reader = calloc(1, sizeof *reader);
    ck_assert_ptr_nonnull(reader);
    ck_assert_int_eq(port_list_parse(&reader->common, "80,443", NULL, &error), 0);
}

static void teardown(void)
{
    stream_end(stream);
    free(reader);
    spans_free(&excluded);
    close(ends[0]);
    if (ends[1] >= 0)
        close(ends[1]);
}

static void begin(uint64_t shard, uint64_t shards)
{
    const struct stream_request request = {.fd = ends[0],
                                           .name = "list",
                                           .reader = reader,
                                           .excluded = &excluded,
                                           .shard = shard,
                                           .shards = shards,
                                           .most = UINT64_C(1) << 40};
    stream = stream_begin(&request);
    ck_assert_ptr_nonnull(stream);
}

static void put(const char *text)
{
    ck_assert_int_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
}

/* What comes until there is nothing more for now: "line host:port[labels]" each, or "! error". */
static const char *drain(void)
{
    static char text[8192];
    size_t used = 0;
    text[0] = '\0';
    while (used < sizeof text) {
        struct space_target target;
        uint64_t line;
        char address[ADDRESS_TEXT_MAX];
        enum stream_status status = stream_next(stream, &target, &line, &error);
        if (status == STREAM_END)
            break;
        if (status == STREAM_WANTED) {
            int code = stream_fill(stream);
            if (code == 0)
                continue;
            ck_assert_int_eq(code, EAGAIN);
            break;
        }
        const char *between = used > 0 ? ", " : "";
        if (status == STREAM_BAD_LINE) {
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%s! %s", between, error.text);
            continue;
        }
        const char *host =
            target.name != NULL ? target.name : address_text(&target.address, address);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%u %s:%u%s", between,
                                 (unsigned)line, host, target.port, target.attributes.labels);
    }
    return text;
}

START_TEST(gives_targets_as_they_come)
{
    begin(1, 1);
    ck_assert_str_eq(drain(), "");
    put("a:1\nb");
    ck_assert_str_eq(drain(), "1 a:1");
    put(" 2\n# c\n\n192.0.2.0/30 team=x\na:1\n");
    ck_assert_str_eq(drain(), "2 b:2, 5 192.0.2.1:80team=x, 5 192.0.2.1:443team=x, "
                              "5 192.0.2.2:80team=x, 5 192.0.2.2:443team=x, 6 a:1");
    put("[2001:db8::/127]:9");
    ck_assert_str_eq(drain(), "");
    close(ends[1]);
    ends[1] = -1;
    ck_assert_str_eq(drain(), "7 2001:db8:::9, 7 2001:db8::1:9");
    ck_assert_str_eq(drain(), "");
}
END_TEST

START_TEST(goes_on_behind_bad_lines)
{
    begin(1, 1);
    put("a:0\nb:1\nc:1 x=\n");
    ck_assert_str_eq(drain(), "! list, line 1: 'a:0': port '0' is not within 1 to 65535, 2 b:1, "
                              "! list, line 3: label 'x' has no value");
}
END_TEST

/* What a prefix leaves out and what is excluded do not come, at any place of it. */
START_TEST(leaves_out_and_excludes)
{
    static const uint32_t spans[][2] = {
        {0x7effffff, 0x7effffff}, {0x80000001, 0x80000002}, {0x80000006, 0x9fffffff}};
    for (size_t i = 0; i < 3; i++) {
        struct span span = {{0, spans[i][0]}, {0, spans[i][1]}, FAMILY_IPV4};
        ck_assert(spans_add(&excluded, &span));
    }
    spans_settle(&excluded);
    begin(1, 1);
    put("126.255.255.252/30:1\n126.255.255.252/31:1\n127.0.0.1:1\n126.255.255.255:1\n"
        "128.0.0.0/29:1\n255.255.255.252/30:1\n");
    ck_assert_str_eq(drain(), "1 126.255.255.253:1, 1 126.255.255.254:1, 2 126.255.255.252:1, "
                              "2 126.255.255.253:1, 3 127.0.0.1:1, 5 128.0.0.3:1, 5 128.0.0.4:1, "
                              "5 128.0.0.5:1, ! list, line 6: '255.255.255.252/30:1' contains only "
                              "addresses that a prefix leaves out (0/8, loopback, link-local, "
                              "multicast, reserved): name them one by one");
    ck_assert_uint_eq(stream_lines(stream), 6);
}
END_TEST

/* Shard K takes the lines K, K + N, ... of those that hold a target, bad ones among them. */
START_TEST(is_sharded_by_lines)
{
    static const char *const wanted[] = {
        "1 a:1, 6 d:1, 10 g:1", "3 b:1, ! list, line 7: it contains a NUL octet", "4 c:1, 8 f:1"};
    static const char text[] = "a:1\n#\nb:1\nc:1\n \nd:1\ne\0:1\nf:1\n#\ng:1\n";
    begin((uint64_t)_i + 1, 3);
    ck_assert_int_eq(write(ends[1], text, sizeof text - 1), (ssize_t)sizeof text - 1);
    ck_assert_str_eq(drain(), wanted[_i]);
}
END_TEST

/* The lines of the next list are counted on, and from 1 in messages. */
START_TEST(turns_to_another_list)
{
    begin(2, 2);
    put("a:1\nb:1\nc:1");
    close(ends[1]);
    ck_assert_str_eq(drain(), "2 b:1");
    close(ends[0]);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    stream_turn_to(stream, ends[0], "other");
    put("d:1\ne:1\nf:0\n");
    ck_assert_str_eq(drain(), "1 d:1, ! other, line 3: 'f:0': port '0' is not within 1 to 65535");
}
END_TEST

START_TEST(skips_the_rest_of_a_line)
{
    struct space_target target;
    uint64_t line;
    begin(1, 1);
    put("a:1-9\nb:1\n");
    ck_assert_int_eq(stream_next(stream, &target, &line, &error), STREAM_WANTED);
    ck_assert_int_eq(stream_fill(stream), 0);
    ck_assert_int_eq(stream_next(stream, &target, &line, &error), STREAM_TARGET);
    stream_skip_line(stream);
    ck_assert_str_eq(drain(), "2 b:1");
}
END_TEST

/* Addresses that a prefix leaves out are no targets. */
START_TEST(refuses_lines_of_too_many_targets)
{
    struct space_target target;
    uint64_t line;
    begin(1, 1);
    put("126.0.0.0/7:1-65535\n10.0.0.0/7:1-65535\n");
    ck_assert_int_eq(stream_next(stream, &target, &line, &error), STREAM_WANTED);
    ck_assert_int_eq(stream_fill(stream), 0);
    ck_assert_int_eq(stream_next(stream, &target, &line, &error), STREAM_TARGET);
    ck_assert_uint_eq(stream_left_out(stream), (1 << 24) - 1); /* without the last address */
    stream_skip_line(stream);
    ck_assert_str_eq(drain(), "! list, line 2: '10.0.0.0/7:1-65535' stands for more than "
                              "1099511627776 targets: see --max-targets");
}
END_TEST

START_TEST(names_lines_that_are_too_long)
{
    static char text[30001];
    begin(1, 1);
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 3; i++) {
        put(text);
        drain();
    }
    put("\n1.2.3.4:5\n");
    ck_assert_str_eq(drain(), "2 1.2.3.4:5");
}
END_TEST

/* A line for 2^24 addresses with 65,535 ports each is worked out as it is asked for. */
START_TEST(takes_what_is_larger_than_memory)
{
    struct space_target target;
    uint64_t line;
    begin(1, 1);
    put("10.0.0.0/8:1-65535\n");
    drain();
    for (int i = 0; i < 200000; i++)
        ck_assert_int_eq(stream_next(stream, &target, &line, &error), STREAM_TARGET);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream");
    TCase *streams = tcase_create("stream");
    tcase_add_checked_fixture(streams, setup, teardown);
    tcase_add_test(streams, gives_targets_as_they_come);
    tcase_add_test(streams, goes_on_behind_bad_lines);
    tcase_add_test(streams, leaves_out_and_excludes);
    tcase_add_loop_test(streams, is_sharded_by_lines, 0, 3);
    tcase_add_test(streams, turns_to_another_list);
    tcase_add_test(streams, skips_the_rest_of_a_line);
    tcase_add_test(streams, refuses_lines_of_too_many_targets);
    tcase_add_test(streams, names_lines_that_are_too_long);
    tcase_add_test(streams, takes_what_is_larger_than_memory);
    suite_add_tcase(suite, streams);
    return run_suite(suite);
}
