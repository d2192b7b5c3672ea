/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/icmp.h"

#include "harness.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* RFC 792, RFC 1812, 5.2.7.1, RFC 4443, 3; the words are nmap's. */
static const struct {
    enum family family;
    uint8_t type, code;
    enum reason reason;
} icmp_errors[] = {
    {FAMILY_IPV4, 3, 0, REASON_NET_UNREACH},      {FAMILY_IPV4, 3, 1, REASON_HOST_UNREACH},
    {FAMILY_IPV4, 3, 2, REASON_PROTO_UNREACH},    {FAMILY_IPV4, 3, 3, REASON_PORT_UNREACH},
    {FAMILY_IPV4, 3, 4, REASON_UNKNOWN},          {FAMILY_IPV4, 3, 5, REASON_DEST_UNREACH},
    {FAMILY_IPV4, 3, 6, REASON_NET_UNREACH},      {FAMILY_IPV4, 3, 7, REASON_HOST_UNREACH},
    {FAMILY_IPV4, 3, 8, REASON_DEST_UNREACH},     {FAMILY_IPV4, 3, 9, REASON_NET_PROHIBITED},
    {FAMILY_IPV4, 3, 10, REASON_HOST_PROHIBITED}, {FAMILY_IPV4, 3, 11, REASON_NET_UNREACH},
    {FAMILY_IPV4, 3, 12, REASON_HOST_UNREACH},    {FAMILY_IPV4, 3, 13, REASON_ADMIN_PROHIBITED},
    {FAMILY_IPV4, 3, 14, REASON_DEST_UNREACH},    {FAMILY_IPV4, 3, 255, REASON_DEST_UNREACH},
    {FAMILY_IPV4, 11, 0, REASON_TIME_EXCEEDED},   {FAMILY_IPV4, 12, 0, REASON_PARAMETER_PROBLEM},
    {FAMILY_IPV4, 4, 0, REASON_UNKNOWN},          {FAMILY_IPV4, 5, 1, REASON_UNKNOWN},
    {FAMILY_IPV4, 1, 1, REASON_UNKNOWN},          {FAMILY_IPV6, 1, 0, REASON_NET_UNREACH},
    {FAMILY_IPV6, 1, 1, REASON_ADMIN_PROHIBITED}, {FAMILY_IPV6, 1, 2, REASON_DEST_UNREACH},
    {FAMILY_IPV6, 1, 3, REASON_HOST_UNREACH},     {FAMILY_IPV6, 1, 4, REASON_PORT_UNREACH},
    {FAMILY_IPV6, 1, 5, REASON_ADMIN_PROHIBITED}, {FAMILY_IPV6, 1, 6, REASON_ADMIN_PROHIBITED},
    {FAMILY_IPV6, 1, 255, REASON_DEST_UNREACH},   {FAMILY_IPV6, 2, 0, REASON_UNKNOWN},
    {FAMILY_IPV6, 3, 0, REASON_TIME_EXCEEDED},    {FAMILY_IPV6, 4, 1, REASON_PARAMETER_PROBLEM},
    {FAMILY_IPV6, 11, 0, REASON_UNKNOWN},
};

START_TEST(names_an_icmp_error)
{
    struct icmp_error error = {.family = (uint8_t)icmp_errors[_i].family,
                               .type = icmp_errors[_i].type,
                               .code = icmp_errors[_i].code};
    ck_assert_str_eq(reason_name(icmp_reason(&error)), reason_name(icmp_errors[_i].reason));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("icmp");
    TCase *tcase = tcase_create("icmp");
    tcase_add_loop_test(tcase, names_an_icmp_error, 0, COUNT(icmp_errors));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
