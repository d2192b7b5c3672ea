/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/remarkwords.h"

#include <stdint.h>
#include <string.h>

#include "harness.h"

#define LONGEST6 "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255" /* 45 octets */

START_TEST(a_word_is_there_or_not)
{
    const char *text = " end here";
    ck_assert(!remark_word(&text, " ending"));
    ck_assert_str_eq(text, " end here");
    ck_assert(remark_word(&text, " end"));
    ck_assert_str_eq(text, " here");
    ck_assert(remark_word(&text, " here"));
    ck_assert(!remark_word(&text, " "));
    ck_assert_str_eq(text, "");
}
END_TEST

static const struct {
    const char *text;
    int64_t min, max;
    bool read;
    int64_t number;
    const char *rest;
} numbers[] = {
    {" n=7 m", 7, 7, true, 7, " m"},
    {" n=-1", -1, 5, true, -1, ""},
    {" n=6", 7, 9, false, 0, NULL},
    {" n=10", 7, 9, false, 0, NULL},
    {" n=", INT64_MIN, INT64_MAX, false, 0, NULL},
    {" n=x", INT64_MIN, INT64_MAX, false, 0, NULL},
    {" m=7", INT64_MIN, INT64_MAX, false, 0, NULL},
    {" n=9223372036854775808", 0, INT64_MAX - 1, false, 0, NULL},
    {" n=9223372036854775807", 0, INT64_MAX, true, INT64_MAX, ""},
    {" n=7x", 0, 9, true, 7, "x"},
};

START_TEST(a_number_is_within_its_bounds)
{
    const char *text = numbers[_i].text;
    int64_t number;
    ck_assert(remark_number(&text, " n=", numbers[_i].min, numbers[_i].max, &number) ==
              numbers[_i].read);
    if (!numbers[_i].read)
        return;
    ck_assert_int_eq(number, numbers[_i].number);
    ck_assert_str_eq(text, numbers[_i].rest);
}
END_TEST

/* Of one that is too long, nothing is read. */
static const struct {
    const char *text;
    bool read;
    struct address address;
    const char *rest;
} addresses[] = {
    {" a=192.0.2.7", true, {FAMILY_IPV4, {192, 0, 2, 7}}, ""},
    {" a=192.0.2.7 b", true, {FAMILY_IPV4, {192, 0, 2, 7}}, " b"},
    {" a=2001:db8::7 b", true, {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 7}}, " b"},
    {" a=" LONGEST6 " b",
     true,
     {FAMILY_IPV6,
      {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}},
     " b"},
    {" a=" LONGEST6 "5 b", false, {0}, LONGEST6 "5 b"},
    {" a=", false, {0}, NULL},
    {" a= 192.0.2.7", false, {0}, NULL},
    {" a=192.0.2", false, {0}, NULL},
    {" a=192.0.2.7,", false, {0}, NULL},
    {" a=:192.0.2.7", false, {0}, NULL},
    {" b=192.0.2.7", false, {0}, " b=192.0.2.7"},
};

START_TEST(an_address_is_one_of_either_family)
{
    const char *text = addresses[_i].text;
    struct address address;
    memset(&address, 0x5a, sizeof address);
    ck_assert(remark_address(&text, " a=", &address) == addresses[_i].read);
    ck_assert(!addresses[_i].read || memcmp(&address, &addresses[_i].address, sizeof address) == 0);
    if (addresses[_i].rest != NULL)
        ck_assert_str_eq(text, addresses[_i].rest);
}
END_TEST

START_TEST(an_endpoint_has_both)
{
    static const char *const lacking[] = {" a=192.0.2.7", " a=192.0.2.7 p=65536",
                                          " a=192.0.2.7 p=-1", " p=80", " a=x p=80"};
    const char *text = " a=192.0.2.7 p=65535 x";
    struct endpoint endpoint;
    ck_assert(remark_endpoint(&text, " a=", " p=", &endpoint));
    ck_assert_uint_eq(endpoint.port, 65535);
    ck_assert_uint_eq(endpoint.address.bytes[3], 7);
    ck_assert_str_eq(text, " x");
    for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++) {
        text = lacking[i];
        ck_assert(!remark_endpoint(&text, " a=", " p=", &endpoint));
    }
}
END_TEST

START_TEST(ends_come_back)
{
    const struct endpoint ends[ENDS] = {{{FAMILY_IPV4, {192, 0, 2, 7}}, 50000},
                                        {{FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 9}}, 443}};
    static const char wanted[] = "tcpshake: word client=192.0.2.7 client-port=50000 "
                                 "server=2001:db8::9 server-port=443";
    char written[REMARK_MAX];
    struct endpoint read[ENDS];
    const char *text = written, *other = written, *none = NULL;
    ck_assert_uint_eq(remark_ends_text(" word", ends, written), strlen(wanted));
    ck_assert_str_eq(written, wanted);
    ck_assert(!remark_ends(&other, " other", read));
    ck_assert(!remark_ends(&none, " word", read));
    ck_assert(remark_ends(&text, " word", read));
    ck_assert(endpoint_equal(&read[CLIENT], &ends[CLIENT]));
    ck_assert(endpoint_equal(&read[SERVER], &ends[SERVER]));
    ck_assert_str_eq(text, "");
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *suite = suite_create("remarkwords");
    TCase *tests = tcase_create("remarkwords");
    tcase_add_test(tests, a_word_is_there_or_not);
    tcase_add_loop_test(tests, a_number_is_within_its_bounds, 0, COUNT(numbers));
    tcase_add_loop_test(tests, an_address_is_one_of_either_family, 0, COUNT(addresses));
    tcase_add_test(tests, an_endpoint_has_both);
    tcase_add_test(tests, ends_come_back);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
