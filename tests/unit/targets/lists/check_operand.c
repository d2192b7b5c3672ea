/* SPDX-License-Identifier: BSD-2-Clause */
/* What is one target, and what is refused with its remedy. */
#include "targets/lists/operand.h"

#include "harness.h"
#include "targets/lists/portlist.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

static struct error error;

/* says: in the error; NULL: there is none. */
static const struct {
    const char *text, *host, *ports, *says;
} splits[] = {
    {"db", "db", NULL, NULL},
    {"db:5432", "db", "5432", NULL},
    {"db:5432,80-90", "db", "5432,80-90", NULL},
    {"192.0.2.1:80", "192.0.2.1", "80", NULL},
    {"192.0.2.0/24:80", "192.0.2.0/24", "80", NULL},
    {"2001:db8::1", "2001:db8::1", NULL, NULL},
    {"2001:db8::/64", "2001:db8::/64", NULL, NULL},
    {"fe80::1%eth0", "fe80::1%eth0", NULL, NULL},
    {"[2001:db8::1]", "2001:db8::1", NULL, NULL},
    {"[2001:db8::1]:443", "2001:db8::1", "443", NULL},
    {"[fe80::1%eth0]:443", "fe80::1%eth0", "443", NULL},
    {"[2001:db8::/120]:443", "2001:db8::/120", "443", NULL},
    {"10.0.0.a-b:80", "10.0.0.a-b", "80", NULL}, /* a name */
    {"a.b.c.d-e", "a.b.c.d-e", NULL, NULL},
    {"http://db/", NULL, NULL, "is a URL, not a host: write HOST:PORT"},
    {"10.0.0.1-20", NULL, NULL, "write several addresses as ADDRESS/PREFIX"},
    {"10.0.*.1:80", NULL, NULL, "write several addresses as ADDRESS/PREFIX"},
    {"10.0.0.1,2", NULL, NULL, "write several addresses as ADDRESS/PREFIX"},
    {"[2001:db8::1", NULL, NULL, "'[2001:db8::1' has no closing bracket"},
    {"[db]:80", NULL, NULL, "'[db]:80': brackets are for IPv6 addresses"},
    {"[192.0.2.1]:80", NULL, NULL, "brackets are for IPv6 addresses"},
    {"[fe80::1%]:80", NULL, NULL, "brackets are for IPv6 addresses"},
    {"[2001:db8::1]x", NULL, NULL, "'[2001:db8::1]x': only :PORT may follow the bracket"},
    {"[2001:db8::1]443", NULL, NULL, "only :PORT may follow the bracket"},
    {"2001:db8::1:x", NULL, NULL, "is not an IPv6 address; with a port, write [ADDRESS]:PORT"},
    {"fe80::1%eth0:80", NULL, NULL, "is not an IPv6 address; with a port, write [ADDRESS]:PORT"},
    {"fe80::1%", NULL, NULL, "is not an IPv6 address"},
    {"", NULL, NULL, "'' contains no host"},
    {":80", NULL, NULL, "':80' contains no host"},
};

START_TEST(separates_host_and_ports)
{
    struct operand operand;
    int code = operand_split(splits[_i].text, &operand, &error);
    ck_assert_int_eq(code, splits[_i].says == NULL ? 0 : -1);
    if (code < 0) {
        ck_assert_int_eq(error.status, STATUS_USAGE);
        ck_assert_msg(strstr(error.text, splits[_i].says) != NULL, "%s", error.text);
        ck_assert(!operand_has_ports(splits[_i].text));
        return;
    }
    ck_assert_uint_eq(operand.host.len, strlen(splits[_i].host));
    ck_assert_int_eq(memcmp(operand.host.text, splits[_i].host, operand.host.len), 0);
    ck_assert_int_eq(operand.ports != NULL, splits[_i].ports != NULL);
    if (operand.ports != NULL)
        ck_assert_str_eq(operand.ports, splits[_i].ports);
    ck_assert_int_eq(operand_has_ports(splits[_i].text), splits[_i].ports != NULL);
}
END_TEST

/* first: of the addresses; count 0: it is refused. */
static const struct {
    const char *text, *first;
    uint64_t count;
    bool is_prefix;
    const char *says;
} hosts[] = {
    {"db", NULL, 1, false, NULL},
    {"fe80::1%eth0", NULL, 1, false, NULL},
    {"192.0.2.7", "192.0.2.7", 1, false, NULL},
    {"::ffff:192.0.2.7", "192.0.2.7", 1, false, NULL},
    {"2001:db8::1", "2001:db8::1", 1, false, NULL},
    {"192.0.2.0/24", "192.0.2.1", 254, true, NULL},
    {"192.0.2.9/30", "192.0.2.9", 2, true, NULL},
    {"192.0.2.9/31", "192.0.2.8", 2, true, NULL},
    {"192.0.2.9/32", "192.0.2.9", 1, true, NULL},
    {"10.1.0.0/16", "10.1.0.1", 65534, true, NULL},
    {"10.1.2.3/16", "10.1.0.1", 65534, true, NULL}, /* as it is usually written */
    {"10.0.0.0/8", "10.0.0.1", 16777214, true, NULL},
    {"0.0.0.0/0", "0.0.0.1", (UINT64_C(1) << 32) - 2, true, NULL},
    {"2001:db8::/126", "2001:db8::", 4, true, NULL},
    {"2001:db8::/127", "2001:db8::", 2, true, NULL},
    {"2001:db8::/65", "2001:db8::", UINT64_C(1) << 63, true, NULL},
    {"::ffff:192.0.2.0/126", "192.0.2.1", 2, true, NULL},
    {"::ffff:192.0.2.1/95", NULL, 0, true, "has host bits set: write ::fffe:0:0/95"},
    {"::ffff:0:0/95", NULL, 0, true, "has host bits set"},
    {"10.1.2.3/8", NULL, 0, true, "'10.1.2.3/8' has host bits set: write 10.0.0.0/8"},
    {"10.1.2.3/15", NULL, 0, true, "has host bits set: write 10.0.0.0/15"},
    {"2001:db8::/64", NULL, 0, true, "'2001:db8::/64' means 2^64 addresses; the limit is 2^63"},
    {"2001:db8::/32", NULL, 0, true, "means 2^96 addresses"},
    {"10.0.0.0/33", NULL, 0, true, "the prefix length must be a number from 0 to 32"},
    {"2001:db8::/129", NULL, 0, true, "the prefix length must be a number from 0 to 128"},
    {"10.0.0.0/", NULL, 0, true, "the prefix length must be a number from 0 to 32"},
    {"10.0.0.0/x", NULL, 0, true, "the prefix length must be a number"},
    {"10.0.0.0/-1", NULL, 0, true, "the prefix length must be a number"},
    {"db/24", NULL, 0, true, "'db/24': a prefix length must follow an address without a zone"},
    {"fe80::%eth0/64", NULL, 0, true, "must follow an address without a zone"},
};

START_TEST(reads_hosts)
{
    struct host host;
    int code = host_parse(piece_of(hosts[_i].text), &host, &error);
    ck_assert_msg((code == 0) == (hosts[_i].says == NULL), "%s", error.text);
    if (code < 0) {
        ck_assert_int_eq(error.status, STATUS_USAGE);
        ck_assert_msg(strstr(error.text, hosts[_i].says) != NULL, "%s", error.text);
        return;
    }
    ck_assert_uint_eq(host.count, hosts[_i].count);
    ck_assert_int_eq(host.is_prefix, hosts[_i].is_prefix);
    ck_assert_int_eq(host.family != FAMILY_NONE, hosts[_i].first != NULL);
    if (hosts[_i].first == NULL)
        return;
    struct address first = address_from_number(host.family, host.first);
    char text[ADDRESS_TEXT_MAX];
    ck_assert_str_eq(address_text(&first, text), hosts[_i].first);
}
END_TEST

static const struct {
    const char *text, *first, *last, *says;
} spans[] = {
    {"192.0.2.7", "192.0.2.7", "192.0.2.7", NULL},
    {"192.0.2.7/24", "192.0.2.0", "192.0.2.255", NULL},
    {"0.0.0.0/0", "0.0.0.0", "255.255.255.255", NULL},
    {"2001:db8::1", "2001:db8::1", "2001:db8::1", NULL},
    {"2001:db8::/48", "2001:db8::", "2001:db8:0:ffff:ffff:ffff:ffff:ffff", NULL},
    {"2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", NULL},
    {"::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {"::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7", NULL},
    {"::ffff:192.0.2.0/120", "192.0.2.0", "192.0.2.255", NULL},
    {"::ffff:0:0/96", "0.0.0.0", "255.255.255.255", NULL},
    {"::ffff:0:0/32", "::", "::ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {"db", NULL, NULL, "'db' is neither an address nor a prefix: write it as in 192.0.2.0/24"},
    {"fe80::1%eth0", NULL, NULL, "without a zone"},
    {"192.0.2.7/33", NULL, NULL, "the prefix length must be a number from 0 to 32"},
};

START_TEST(reads_spans)
{
    struct span span;
    char text[ADDRESS_TEXT_MAX];
    int code = span_parse(piece_of(spans[_i].text), &span, &error);
    ck_assert_msg((code == 0) == (spans[_i].says == NULL), "%s", error.text);
    if (code < 0) {
        ck_assert_msg(strstr(error.text, spans[_i].says) != NULL, "%s", error.text);
        return;
    }
    struct address first = address_from_number(span.family, span.first);
    struct address last = address_from_number(span.family, span.last);
    ck_assert_str_eq(address_text(&first, text), spans[_i].first);
    ck_assert_str_eq(address_text(&last, text), spans[_i].last);
}
END_TEST

START_TEST(tells_host_and_port_from_targets)
{
    ck_assert(operands_are_host_port((char *[]){"db", "80"}, 2));
    ck_assert(!operands_are_host_port((char *[]){"db"}, 1));
    ck_assert(!operands_are_host_port((char *[]){"db", "80", "81"}, 3));
    ck_assert(!operands_are_host_port((char *[]){"db:1", "80"}, 2));
    ck_assert(!operands_are_host_port((char *[]){"db", "a:80"}, 2));
}
END_TEST

START_TEST(refuses_ports_apart)
{
    ck_assert_int_eq(operands_refuse_ports_apart((char *[]){"db", "80", "81"}, 3, &error), -1);
    ck_assert_str_eq(error.text, "'81' is a second port list: write db 80,81");
    ck_assert_int_eq(operands_refuse_ports_apart((char *[]){"db", "80", NULL}, 2, &error), 0);
    ck_assert_int_eq(operands_refuse_ports_apart((char *[]){"db", "80", "a:1"}, 3, &error), 0);
    ck_assert_int_eq(operands_refuse_ports_apart((char *[]){"db", "a:1", "80"}, 3, &error), 0);
    ck_assert_int_eq(operands_refuse_ports_apart((char *[]){"db", "80", ""}, 3, &error), 0);
}
END_TEST

START_TEST(knows_ports_by_their_looks)
{
    static const char *const ports[] = {"80", "80-90", "80,443", "1,2-3", ","};
    static const char *const others[] = {"", "db", "80x", "8.0", "80 ", ":80"};
    for (int i = 0; i < COUNT(ports); i++)
        ck_assert_msg(looks_like_ports(ports[i]), "%s", ports[i]);
    for (int i = 0; i < COUNT(others); i++)
        ck_assert_msg(!looks_like_ports(others[i]), "%s", others[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("operand");
    TCase *tests = tcase_create("operand");
    tcase_add_loop_test(tests, separates_host_and_ports, 0, COUNT(splits));
    tcase_add_loop_test(tests, reads_hosts, 0, COUNT(hosts));
    tcase_add_loop_test(tests, reads_spans, 0, COUNT(spans));
    tcase_add_test(tests, tells_host_and_port_from_targets);
    tcase_add_test(tests, refuses_ports_apart);
    tcase_add_test(tests, knows_ports_by_their_looks);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
