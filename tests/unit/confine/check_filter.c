/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters over link types that libpcap knows, and over those that it has no filter for. */
#include "confine/filter.h"

#include <stdio.h>

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
    tcase_add_test(tests, refuses_what_is_no_filter);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
