/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "targets/array.h"
#include "targets/spans.h"

static struct address address_of(const char *text)
{
    struct address address = {.family = strchr(text, ':') != NULL ? FAMILY_IPV6 : FAMILY_IPV4};
    int family = address.family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
    ck_assert_int_eq(inet_pton(family, text, address.bytes), 1);
    return address;
}

static void add(struct spans *spans, const char *text, unsigned len)
{
    struct address address = address_of(text);
    struct span span = span_of_prefix(&address, len);
    ck_assert(spans_add(spans, &span));
}

/* "first-last" of a span. */
static const char *text_of(const struct span *span)
{
    static char text[2 * ADDRESS_TEXT_MAX];
    char first[ADDRESS_TEXT_MAX], last[ADDRESS_TEXT_MAX];
    struct address a = address_from_number(span->family, span->first);
    struct address b = address_from_number(span->family, span->last);
    snprintf(text, sizeof text, "%s-%s", address_text(&a, first), address_text(&b, last));
    return text;
}

START_TEST(goes_from_address_to_number_and_back)
{
    static const char *const texts[] = {"0.0.0.0",
                                        "192.0.2.7",
                                        "255.255.255.255",
                                        "::",
                                        "2001:db8:1:2:3:4:5:6",
                                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct address address = address_of(texts[i]);
        struct address again =
            address_from_number((enum family)address.family, address_number(&address));
        ck_assert(address_equal(&address, &again));
    }
}
END_TEST

START_TEST(takes_prefixes)
{
    static const struct {
        const char *address;
        unsigned len;
        const char *wanted;
    } rows[] = {
        {"192.0.2.77", 24, "192.0.2.0-192.0.2.255"},
        {"192.0.2.77", 32, "192.0.2.77-192.0.2.77"},
        {"192.0.2.77", 0, "0.0.0.0-255.255.255.255"},
        {"2001:db8::77", 128, "2001:db8::77-2001:db8::77"},
        {"2001:db8::77", 64, "2001:db8::-2001:db8::ffff:ffff:ffff:ffff"},
        {"2001:db8::77", 32, "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"2001:db8::77", 0, "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address address = address_of(rows[i].address);
        struct span span = span_of_prefix(&address, rows[i].len);
        ck_assert_str_eq(text_of(&span), rows[i].wanted);
    }
}
END_TEST

START_TEST(joins_what_overlaps_or_touches)
{
    struct spans spans = {0};
    spans_settle(&spans);
    ck_assert_uint_eq(spans.count, 0);
    add(&spans, "2001:db8::", 64);
    add(&spans, "192.0.3.0", 24);
    add(&spans, "192.0.2.0", 24);
    add(&spans, "192.0.2.7", 32);
    add(&spans, "10.0.0.0", 8);
    add(&spans, "2001:db8:0:1::", 64); /* begins where the first ends, in the next 64 bits */
    add(&spans, "ff00::", 8);
    add(&spans, "ffff::", 16);
    spans_settle(&spans);
    ck_assert_uint_eq(spans.count, 4);
    ck_assert_str_eq(text_of(&spans.list[0]), "10.0.0.0-10.255.255.255");
    ck_assert_str_eq(text_of(&spans.list[1]), "192.0.2.0-192.0.3.255");
    ck_assert_str_eq(text_of(&spans.list[2]), "2001:db8::-2001:db8:0:1:ffff:ffff:ffff:ffff");
    ck_assert_str_eq(text_of(&spans.list[3]), "ff00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    spans_free(&spans);
}
END_TEST

START_TEST(holds_addresses)
{
    static const struct {
        const char *address;
        bool held;
    } rows[] = {
        {"9.255.255.255", false},  {"10.0.0.0", true},   {"10.255.255.255", true},
        {"11.0.0.0", false},       {"192.0.2.6", false}, {"192.0.2.7", true},
        {"192.0.2.8", false},      {"::a00:0", false},   {"2001:db8::1", true},
        {"2001:db8:0:1::", false}, {"255.1.1.1", false}, {"ffff::", false},
    };
    struct spans spans = {0};
    add(&spans, "10.0.0.0", 8);
    add(&spans, "192.0.2.7", 32);
    add(&spans, "2001:db8::", 64);
    spans_settle(&spans);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address address = address_of(rows[i].address);
        ck_assert_msg(spans_hold(&spans, &address) == rows[i].held, "%s", rows[i].address);
    }
    spans_free(&spans);
}
END_TEST

/* All gaps of a span, a blank between. */
static void check_gaps(const struct span *span, const struct span *list, size_t count,
                       const char *wanted)
{
    struct gaps gaps = {.rest = *span};
    struct span gap;
    char got[512] = "";
    while (gaps_next(&gaps, list, count, &gap)) {
        strcat(got, got[0] != '\0' ? " " : "");
        strcat(got, text_of(&gap));
    }
    ck_assert_str_eq(got, wanted);
}

START_TEST(finds_the_gaps)
{
    struct address all4 = address_of("0.0.0.0"), loop = address_of("127.0.0.1");
    struct address doc = address_of("2001:db8::"), multi = address_of("ff02::1");
    struct address loop6 = address_of("::1"), link = address_of("fe80::");
    struct span span = span_of_prefix(&all4, 0);
    check_gaps(&span, special_spans(), SPECIAL_SPANS,
               "1.0.0.0-126.255.255.255 128.0.0.0-169.253.255.255 169.255.0.0-223.255.255.255");
    check_gaps(&span, special_spans(), 0, "0.0.0.0-255.255.255.255");
    span = span_of_prefix(&loop, 32);
    check_gaps(&span, special_spans(), SPECIAL_SPANS, "");
    span = span_of_prefix(&loop, 6);
    check_gaps(&span, special_spans(), SPECIAL_SPANS, "124.0.0.0-126.255.255.255");
    span = span_of_prefix(&doc, 120);
    check_gaps(&span, special_spans(), SPECIAL_SPANS, "2001:db8::-2001:db8::ff");
    span = span_of_prefix(&multi, 64);
    check_gaps(&span, special_spans(), SPECIAL_SPANS, "");
    span = span_of_prefix(&loop6, 126);
    check_gaps(&span, special_spans(), SPECIAL_SPANS, "::2-::3");
    check_gaps(&span, special_spans(), 0, "::-::3");
    span = span_of_prefix(&link, 126);
    check_gaps(&span, special_spans(), SPECIAL_SPANS, "fe80::-fe80::3");
}
END_TEST

/* As many octets as no size_t can count. */
START_TEST(has_no_room_for_more_than_there_is)
{
    size_t capacity = 0;
    ck_assert_ptr_null(
        array_room(NULL, 1, SIZE_MAX / sizeof(struct span), &capacity, sizeof(struct span)));
    ck_assert_uint_eq(capacity, 0);
    struct span span = {.family = FAMILY_IPV4};
    struct spans full = {.count = SIZE_MAX / sizeof(struct span)};
    ck_assert(!spans_add(&full, &span));
    ck_assert_uint_eq(full.count, SIZE_MAX / sizeof(struct span));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spans");
    TCase *spans = tcase_create("spans");
    tcase_add_test(spans, goes_from_address_to_number_and_back);
    tcase_add_test(spans, takes_prefixes);
    tcase_add_test(spans, joins_what_overlaps_or_touches);
    tcase_add_test(spans, holds_addresses);
    tcase_add_test(spans, finds_the_gaps);
    tcase_add_test(spans, has_no_room_for_more_than_there_is);
    suite_add_tcase(suite, spans);
    return run_suite(suite);
}
