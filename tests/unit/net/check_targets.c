/* SPDX-License-Identifier: BSD-2-Clause */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "net/resolve.h"
#include "net/targets.h"

#define LENGTH(a)    (sizeof(a) / sizeof((a)[0]))
#define OPERANDS_MAX 4

static struct targets targets;
static struct error error;

/* What a user may type, and the targets it makes: "host port" each, a comma between them. */
struct row {
    const char *port_list;
    const char *operands[OPERANDS_MAX + 1];
    const char *wanted;
};

/* The operands stand right before pages without access. */
static int parse(const char *const *operands, const char *port_list)
{
    char *copies[OPERANDS_MAX] = {NULL};
    size_t count = 0;
    error = (struct error){0};
    for (; operands[count] != NULL; count++)
        copies[count] = (char *)guarded_copy(operands[count], strlen(operands[count]) + 1);
    int result = targets_parse(&targets, copies, count, port_list, &error);
    for (size_t i = 0; i < count; i++)
        guarded_free((uint8_t *)copies[i], strlen(copies[i]) + 1);
    return result;
}

static void write_targets(char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < targets.count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s %u", i > 0 ? "," : "",
                                 targets.list[i].host, targets.list[i].port);
}

static const struct row accepted[] = {
    {NULL, {"host", "80"}, "host 80"},
    {NULL, {"host", "1"}, "host 1"},
    {NULL, {"host", "65535"}, "host 65535"},
    {NULL, {"host", "0080"}, "host 80"},
    {NULL, {"host", "80,443"}, "host 80,host 443"},
    {NULL, {"host", "443,80"}, "host 443,host 80"},
    {NULL, {"host", "80-82"}, "host 80,host 81,host 82"},
    {NULL, {"host", "80-80"}, "host 80"},
    {NULL, {"host", "65534-65535"}, "host 65534,host 65535"},
    {NULL, {"host", "81,80-82,81,22,80"}, "host 81,host 80,host 82,host 22"},
    {NULL, {"192.0.2.1", "80"}, "192.0.2.1 80"},
    {NULL, {"::1", "80"}, "::1 80"},
    {NULL, {"[::1]", "80"}, "::1 80"},
    {NULL, {"fe80::1%eth0", "80"}, "fe80::1%eth0 80"},
    {NULL, {"192.0.2.8/31", "80"}, "192.0.2.8 80,192.0.2.9 80"},
    {NULL, {"host:80"}, "host 80"},
    {NULL, {"host:80,90-91"}, "host 80,host 90,host 91"},
    {NULL, {"[2001:db8::1]:80"}, "2001:db8::1 80"},
    {NULL, {"[fe80::1%eth0]:80"}, "fe80::1%eth0 80"},
    {NULL, {"a:1", "b:2"}, "a 1,b 2"},
    {NULL, {"a:1", "b:2", "[::1]:3"}, "a 1,b 2,::1 3"},
    {NULL, {"a:1", "a:1"}, "a 1,a 1"},
    {"80", {"host"}, "host 80"},
    {"80,22", {"a", "b"}, "a 80,a 22,b 80,b 22"},
    {"80", {"a", "b:90", "c"}, "a 80,b 90,c 80"},
    {"80", {"a", "http"}, "a 80,http 80"},
    {"80", {"2001:db8::1"}, "2001:db8::1 80"},
    {"80", {"[2001:db8::1]"}, "2001:db8::1 80"},
    {"80", {"::"}, ":: 80"},
    {"80", {"::ffff:192.0.2.1"}, "::ffff:192.0.2.1 80"},
    {"80", {"192.0.2.1/32"}, "192.0.2.1 80"},
    {"80", {"192.0.2.7/31"}, "192.0.2.6 80,192.0.2.7 80"},
    {"80", {"192.0.2.4/30"}, "192.0.2.5 80,192.0.2.6 80"},
    {"80", {"192.0.2.7/30"}, "192.0.2.5 80,192.0.2.6 80"},
    {"80,22", {"192.0.2.0/30"}, "192.0.2.1 80,192.0.2.1 22,192.0.2.2 80,192.0.2.2 22"},
    {"80", {"255.255.255.255/30"}, "255.255.255.253 80,255.255.255.254 80"},
    {"80", {"2001:db8::5/128"}, "2001:db8::5 80"},
    {"80", {"2001:db8::5/127"}, "2001:db8::4 80,2001:db8::5 80"},
    {"80",
     {"2001:db8::ffff/126"},
     "2001:db8::fffc 80,2001:db8::fffd 80,2001:db8::fffe 80,2001:db8::ffff 80"},
    {"80",
     {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 80"},
    {NULL, {"192.0.2.8/31:80"}, "192.0.2.8 80,192.0.2.9 80"},
    {NULL, {"[2001:db8::/127]:80"}, "2001:db8:: 80,2001:db8::1 80"},
};

/* These need the list of services, services(5). */
static const struct row services[] = {
    {NULL, {"host", "http"}, "host 80"},
    {NULL, {"host:http"}, "host 80"},
    {NULL, {"host", "443,http,80,ssh"}, "host 443,host 80,host 22"},
    {"http", {"a", "ssh"}, "a 80,ssh 80"},
};

static void check_accepted(const struct row *row)
{
    char got[512];
    ck_assert_msg(parse(row->operands, row->port_list) == 0, "%s: %s", row->operands[0],
                  error.text);
    write_targets(got, sizeof got);
    ck_assert_str_eq(got, row->wanted);
    targets_free(&targets);
}

START_TEST(takes)
{
    check_accepted(&accepted[_i]);
}
END_TEST

START_TEST(takes_services)
{
    if (getservbyname("http", "tcp") != NULL)
        check_accepted(&services[_i]);
}
END_TEST

/* wanted is what the message must hold. */
static const struct row refused[] = {
    {NULL, {NULL}, "no target"},
    {NULL, {"host"}, "'host' has no port"},
    {NULL, {"::1"}, "'::1' has no port"},
    {NULL, {"[::1]"}, "'[::1]' has no port"},
    {NULL, {"192.0.2.0/24"}, "'192.0.2.0/24' has no port"},
    {NULL, {"a", "b", "80"}, "'a' has no port"},
    {NULL, {"a", "80", "443"}, "write a 80,443"},
    {NULL, {"a", "80-81", "443", "22"}, "'443' is a second port list"},
    {NULL, {"http://a/"}, "'http://a/' is a URL, not a host: write HOST:PORT"},
    {NULL, {"https://a:443/"}, "'https://a:443/' is a URL"},
    {"80", {"http://a"}, "'http://a' is a URL"},
    {NULL, {"a:80", "b"}, "'b' has no port"},
    {NULL, {"a", "b:80"}, "'a' has no port"},
    {NULL, {"a", "b:80", "443"}, "'a' has no port"},
    {NULL, {"host", "80x"}, "invalid port '80x': use a number from 1 to 65535"},
    {NULL, {"host", "x80"}, "invalid port 'x80'"},
    {NULL, {"host", "0"}, "port '0' is not within 1 to 65535"},
    {NULL, {"host", "65536"}, "port '65536' is not within 1 to 65535"},
    {NULL, {"host", "65616"}, "port '65616'"},
    {NULL, {"host", "4294967376"}, "port '4294967376'"},
    {NULL, {"host", "18446744073709551696"}, "port '18446744073709551696'"},
    {NULL, {"host", "+80"}, "invalid port '+80'"},
    {NULL, {"host", "-80"}, "invalid port '-80'"},
    {NULL, {"host", " 80"}, "invalid port ' 80'"},
    {NULL, {"host", "80 "}, "invalid port '80 '"},
    {NULL, {"host", "0x50"}, "invalid port '0x50'"},
    {NULL, {"host", "80.0"}, "invalid port '80.0'"},
    {NULL, {"host", "nosuchservice"}, "invalid port 'nosuchservice'"},
    {NULL, {"host", "1-"}, "invalid port '1-'"},
    {NULL, {"host", "-1-2"}, "invalid port '-1-2'"},
    {NULL, {"host", "1-2-3"}, "invalid port '1-2-3'"},
    {NULL, {"host", "-"}, "invalid port '-'"},
    {NULL, {"host", "5-1"}, "range '5-1' is reversed: write 1-5"},
    {NULL, {"host", "0-5"}, "range '0-5' is not within 1 to 65535"},
    {NULL, {"host", "1-65536"}, "range '1-65536' is not within 1 to 65535"},
    {NULL, {"host", "1-4294967297"}, "range '1-4294967297' is not within"},
    {NULL, {"host", ""}, "port list '' has an empty item"},
    {NULL, {"host", ":80"}, "invalid port ':80'"},
    {NULL, {"host", "[::1"}, "invalid port '[::1'"},
    {NULL, {"[::1", "80"}, "'[::1' has no closing bracket"},
    {NULL, {"host", ","}, "port list ',' has an empty item"},
    {NULL, {"host", "80,"}, "port list '80,' has an empty item"},
    {NULL, {"host", ",80"}, "port list ',80' has an empty item"},
    {NULL, {"host", "80,,81"}, "port list '80,,81' has an empty item"},
    {NULL, {"host", "80,81x"}, "invalid port '81x'"},
    {"", {"host"}, "port list '' has an empty item"},
    {",", {"host"}, "port list ',' has an empty item"},
    {"80x", {"host"}, "invalid port '80x'"},
    {"80x", {"host:80"}, "invalid port '80x'"},
    {"80", {"host", "443"}, "'443' is a port, not a host"},
    {"80", {"host", "443,444"}, "'443,444' is a port, not a host"},
    {"80", {"443"}, "'443' is a port, not a host"},
    {"80", {""}, "'' contains no host"},
    {NULL, {":80"}, "':80' contains no host"},
    {NULL, {"host:"}, "'host:': port list '' has an empty item"},
    {NULL, {"host:0"}, "port '0' is not within 1 to 65535"},
    {NULL, {"host:80x"}, "invalid port '80x'"},
    {NULL,
     {"host:80:81"},
     "'host:80:81' is not an IPv6 address; with a port, write [ADDRESS]:PORT"},
    {NULL, {"2001:db8::1:80:x"}, "'2001:db8::1:80:x' is not an IPv6 address"},
    {"80", {"fe80::1%"}, "'fe80::1%' is not an IPv6 address"},
    {"80", {"fe80::1%eth0:22"}, "'fe80::1%eth0:22' is not an IPv6 address; with a port, write ["},
    {"80", {"fe80::1%eth0]:22"}, "'fe80::1%eth0]:22' is not an IPv6 address"},
    {"80", {"fe80::1%[eth0"}, "'fe80::1%[eth0' is not an IPv6 address"},
    {NULL, {"[::1"}, "'[::1' has no closing bracket"},
    {NULL, {"[::1]80"}, "'[::1]80': only :PORT may follow the bracket"},
    {NULL, {"[::1]:"}, "'[::1]:': port list '' has an empty item"},
    {NULL, {"[]:80"}, "'[]:80': brackets are for IPv6 addresses"},
    {NULL, {"[host]:80"}, "'[host]:80': brackets are for IPv6 addresses"},
    {NULL, {"[192.0.2.1]:80"}, "'[192.0.2.1]:80': brackets are for IPv6 addresses"},
    {"80", {"192.0.2.0/33"}, "'192.0.2.0/33': the prefix length must be a number from 0 to 32"},
    {"80", {"192.0.2.0/"}, "'192.0.2.0/': the prefix length"},
    {"80", {"192.0.2.0/x"}, "'192.0.2.0/x': the prefix length"},
    {"80", {"192.0.2.0/24/24"}, "'192.0.2.0/24/24': the prefix length"},
    {"80", {"192.0.2.0/4294967320"}, "'192.0.2.0/4294967320': the prefix length"},
    {"80",
     {"2001:db8::/129"},
     "'2001:db8::/129': the prefix length must be a number from 0 to 128"},
    {"80", {"example.com/24"}, "'example.com/24': a prefix length must follow an address"},
    {"80", {"192.0.2/24"}, "'192.0.2/24': a prefix length must follow an address"},
    {"80", {"/24"}, "'/24': a prefix length must follow an address"},
    {"80",
     {"fe80::%lo/127"},
     "'fe80::%lo/127': a prefix length must follow an address without a zone"},
    {"80", {"10.0.0.0/8"}, "'10.0.0.0/8' means 2^24 addresses with 1 port each"},
    {"80", {"10.0.0.0/11"}, "2^21 addresses"},
    {"80", {"0.0.0.0/0"}, "2^32 addresses"},
    {"80", {"2001:db8::/107"}, "2^21 addresses"},
    {"80", {"2001:db8::/64"}, "'2001:db8::/64' means 2^64 addresses"},
    {"80", {"::/0"}, "2^128 addresses"},
    {"1-512", {"2001:db8::/116"}, "at most 1048576"},
    {"1-256",
     {"2001:db8::/116", "a:1"},
     "'a:1' would give the run 1048577 targets; the limit is 1048576"},
    {"1-257", {"10.0.0.0/20"}, "'10.0.0.0/20' means 2^12 addresses with 257 ports each"},
};

START_TEST(refuses)
{
    const struct row *row = &refused[_i];
    ck_assert_int_eq(parse(row->operands, row->port_list), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_msg(strstr(error.text, row->wanted) != NULL, "\"%s\" lacks \"%s\"", error.text,
                  row->wanted);
    ck_assert_ptr_null(strchr(error.text, '\n'));
    ck_assert_ptr_null(targets.list);
    ck_assert_ptr_null(targets.hosts);
}
END_TEST

/* Prefix, port list, how many targets, and the first and last of them. */
static const struct {
    const char *operand, *port_list;
    size_t count;
    const char *first, *last;
    uint16_t last_port;
} sizes[] = {
    {"192.0.2.0/24", "80", 254, "192.0.2.1", "192.0.2.254", 80},
    {"10.1.2.3/16", "80,81", 131068, "10.1.0.1", "10.1.255.254", 81},
    {"10.0.0.0/12", "80", 1048574, "10.0.0.1", "10.15.255.254", 80},
    {"10.0.0.0/20", "1-256", 1048064, "10.0.0.1", "10.0.15.254", 256},
    {"10.0.0.0/26", "1-16912", 1048544, "10.0.0.1", "10.0.0.62", 16912},
    {"2001:db8::/108", "80", 1048576, "2001:db8::", "2001:db8::f:ffff", 80},
    {"2001:db8::/116", "1-256", 1048576, "2001:db8::", "2001:db8::fff", 256},
    {"192.0.2.1/32", "1-65535", 65535, "192.0.2.1", "192.0.2.1", 65535},
};

START_TEST(expands)
{
    ck_assert_int_eq(parse((const char *[]){sizes[_i].operand, NULL}, sizes[_i].port_list), 0);
    ck_assert_uint_eq(targets.count, sizes[_i].count);
    ck_assert_str_eq(targets.list[0].host, sizes[_i].first);
    ck_assert_str_eq(targets.list[targets.count - 1].host, sizes[_i].last);
    ck_assert_uint_eq(targets.list[targets.count - 1].port, sizes[_i].last_port);
    targets_free(&targets);
    ck_assert_ptr_null(targets.list);
    targets_free(&targets);
}
END_TEST

/* A name as long as it may come: the message is cut and still says what is wrong. */
START_TEST(cuts_long_texts)
{
    char host[8192];
    memset(host, 'y', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    ck_assert_int_eq(parse((const char *[]){host, NULL}, NULL), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "has no port"));
    ck_assert_int_eq(parse((const char *[]){"h", host, NULL}, NULL), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "invalid port"));
    ck_assert_int_eq(parse((const char *[]){host, NULL}, "80"), 0);
    ck_assert_uint_eq(strlen(targets.list[0].host), sizeof host - 1);
    targets_free(&targets);
}
END_TEST

static struct resolved resolved;

/* numeric is set for all of these: no resolver, no network. */
static const struct {
    const char *host;
    enum family asked;
    enum family got; /* FAMILY_NONE: refused */
    uint8_t last;    /* octet of the address */
    const char *says;
} hosts[] = {
    {"192.0.2.7", FAMILY_NONE, FAMILY_IPV4, 7, NULL},
    {"192.0.2.7", FAMILY_IPV4, FAMILY_IPV4, 7, NULL},
    {"2001:db8::9", FAMILY_NONE, FAMILY_IPV6, 9, NULL},
    {"2001:db8::9", FAMILY_IPV6, FAMILY_IPV6, 9, NULL},
    {"fe80::1%lo", FAMILY_NONE, FAMILY_IPV6, 1, NULL},
    {"::ffff:192.0.2.7", FAMILY_NONE, FAMILY_IPV4, 7, NULL}, /* as connect(2) has it */
    {"::ffff:c000:207", FAMILY_IPV6, FAMILY_IPV4, 7, NULL},
    {"2001:db8::9", FAMILY_IPV4, FAMILY_NONE, 0, "cannot resolve '2001:db8::9' to IPv4: "},
    {"192.0.2.7", FAMILY_IPV6, FAMILY_NONE, 0, "cannot resolve '192.0.2.7' to IPv6: "},
    {"fe80::1%nosuch", FAMILY_NONE, FAMILY_NONE, 0, "cannot resolve 'fe80::1%nosuch': "},
    {"192.0.2.256", FAMILY_NONE, FAMILY_NONE, 0, "cannot resolve '192.0.2.256': "},
    {"localhost", FAMILY_NONE, FAMILY_NONE, 0, "-n/--numeric takes addresses only"},
    {"", FAMILY_NONE, FAMILY_NONE, 0, "the name is empty"},
    {"a b", FAMILY_NONE, FAMILY_NONE, 0, "cannot resolve 'a b': a name cannot contain blanks"},
    {" 192.0.2.7", FAMILY_NONE, FAMILY_NONE, 0, "a name cannot contain blanks"},
    {"192.0.2.7\n", FAMILY_NONE, FAMILY_NONE, 0, "control characters"},
    {"\x1b[2J", FAMILY_NONE, FAMILY_NONE, 0, "control characters"},
    {"a\x7f", FAMILY_NONE, FAMILY_NONE, 0, "control characters"},
};

START_TEST(resolves_addresses)
{
    int result = resolve_host(hosts[_i].host, hosts[_i].asked, true, &resolved, &error);
    if (hosts[_i].got == FAMILY_NONE) {
        ck_assert_int_eq(result, -1);
        ck_assert_int_eq(error.status, STATUS_USAGE);
        ck_assert_msg(strstr(error.text, hosts[_i].says) != NULL, "%s", error.text);
        return;
    }
    ck_assert_msg(result == 0, "%s", error.text);
    ck_assert_int_eq(resolved.address.family, hosts[_i].got);
    ck_assert_uint_eq(resolved.address.bytes[address_len(&resolved.address) - 1], hosts[_i].last);
    ck_assert_int_eq(resolved.scope_ifindex != 0, strchr(hosts[_i].host, '%') != NULL);
}
END_TEST

START_TEST(clears_what_an_ipv4_address_leaves)
{
    memset(&resolved, 0xff, sizeof resolved);
    ck_assert_int_eq(resolve_host("192.0.2.7", FAMILY_NONE, true, &resolved, &error), 0);
    for (size_t i = 4; i < sizeof resolved.address.bytes; i++)
        ck_assert_uint_eq(resolved.address.bytes[i], 0);
    ck_assert_uint_eq(resolved.scope_ifindex, 0);
}
END_TEST

/* localhost comes from /etc/hosts. */
START_TEST(resolves_a_name)
{
    ck_assert_msg(resolve_host("localhost", FAMILY_IPV4, false, &resolved, &error) == 0, "%s",
                  error.text);
    ck_assert_int_eq(resolved.address.family, FAMILY_IPV4);
    ck_assert_uint_eq(resolved.address.bytes[0], 127);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("targets");
    TCase *operands = tcase_create("operands");
    tcase_add_loop_test(operands, takes, 0, LENGTH(accepted));
    tcase_add_loop_test(operands, takes_services, 0, LENGTH(services));
    tcase_add_loop_test(operands, refuses, 0, LENGTH(refused));
    tcase_add_loop_test(operands, expands, 0, LENGTH(sizes));
    tcase_add_test(operands, cuts_long_texts);
    suite_add_tcase(suite, operands);

    TCase *names = tcase_create("names");
    tcase_add_loop_test(names, resolves_addresses, 0, LENGTH(hosts));
    tcase_add_test(names, clears_what_an_ipv4_address_leaves);
    tcase_add_test(names, resolves_a_name);
    suite_add_tcase(suite, names);
    return run_suite(suite);
}
