/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters over link types that libpcap knows, and over those that it has no filter for. */
#include "confine/filter.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "packets.h"

#define PREAMBLE "d5555555 55555555 "
#define ETHERNET "02000000 00020200 00000001 0800"
#define IP_BYTES 60u

static struct error error;

static const struct {
    enum link link;
    const char *header;
} links[] = {{LINK_RAW, ""},
             {LINK_ETHERNET, ETHERNET},
             {LINK_EPON, PREAMBLE ETHERNET},
             {LINK_NULL, "02000000"},
             {LINK_LOOP, "00000002"}};

static struct frame frame_of(size_t row, uint8_t *bytes, size_t size)
{
    size_t header = bytes_from_hex(links[row].header, bytes, size);
    uint32_t len = (uint32_t)(header + bytes_from_hex(SYN4, bytes + header, size - header));
    return (struct frame){1, bytes, len, len, links[row].link, 0};
}

static int takes(const char *expression, size_t row)
{
    uint8_t bytes[128];
    const struct frame frame = frame_of(row, bytes, sizeof bytes);
    struct filter *filter = filter_new(expression, &error);
    ck_assert_msg(filter != NULL, "%s", error.text);
    int taken = filter_takes(filter, &frame, &error);
    filter_free(filter);
    return taken;
}

START_TEST(looks_at_the_packet)
{
    ck_assert_int_eq(takes("tcp port 443 and host 192.0.2.7", (size_t)_i), 1);
    ck_assert_int_eq(takes("tcp port 444", (size_t)_i), 0);
    ck_assert_int_eq(takes("ip6", (size_t)_i), 0);
}
END_TEST

/* Of the whole frame, or of the packet where the filter sees that alone. */
START_TEST(knows_the_length)
{
    uint32_t len = IP_BYTES + (links[_i].link == LINK_ETHERNET ? 14 : 0);
    char text[48];
    snprintf(text, sizeof text, "ip and len = %u", len);
    ck_assert_int_eq(takes(text, (size_t)_i), 1);
    snprintf(text, sizeof text, "ip and greater %u", len + 1);
    ck_assert_int_eq(takes(text, (size_t)_i), 0);
}
END_TEST

/* A frame that is cut anywhere is looked at as far as it goes, in front of a guard page. */
START_TEST(stays_within_the_frame)
{
    uint8_t bytes[128];
    struct frame frame = frame_of((size_t)_i, bytes, sizeof bytes);
    struct filter *filter = filter_new("tcp port 443", &error);
    ck_assert_msg(filter != NULL, "%s", error.text);
    for (uint32_t len = 0; len <= frame.wire_len; len++) {
        uint8_t *cut = guarded_copy(bytes, len);
        frame.bytes = cut;
        frame.captured_len = len;
        int taken = filter_takes(filter, &frame, &error);
        ck_assert_int_eq(taken, len >= frame.wire_len - IP_BYTES + 24); /* both ports */
        guarded_free(cut, len);
    }
    filter_free(filter);
}
END_TEST

/* One link type suffices that has such a filter; for others it is an error when they come. */
START_TEST(takes_what_some_link_types_have)
{
    uint8_t bytes[128];
    const struct frame ethernet = frame_of(1, bytes, sizeof bytes);
    static const char *const expressions[] = {"inbound", "tcp and outbound", "ifindex 1"};
    struct filter *filter = filter_new(expressions[_i], &error);
    ck_assert_msg(filter != NULL, "%s", error.text);
    ck_assert_int_eq(filter_takes(filter, &ethernet, &error), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_msg(strstr(error.text, "frames of link type EN10MB record neither") != NULL, "%s",
                  error.text);
    filter_free(filter);
}
END_TEST

START_TEST(refuses_what_is_no_filter)
{
    ck_assert_ptr_null(filter_new("tcp port", &error));
    ck_assert_int_eq(error.status, STATUS_USAGE);
    filter_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("filter");
    TCase *tests = tcase_create("filter");
    tcase_add_loop_test(tests, looks_at_the_packet, 0, 5);
    tcase_add_loop_test(tests, knows_the_length, 0, 5);
    tcase_add_loop_test(tests, stays_within_the_frame, 0, 5);
    tcase_add_loop_test(tests, takes_what_some_link_types_have, 0, 3);
    tcase_add_test(tests, refuses_what_is_no_filter);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
