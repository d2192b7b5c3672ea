/* SPDX-License-Identifier: BSD-2-Clause */
/* What the resolver of the C library answers stands here in its place. */
#include "net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define ANSWERS_MOST 24

static struct addrinfo answers[ANSWERS_MOST];
static struct sockaddr_storage addresses[ANSWERS_MOST];
static size_t answer_count;
static int answer_code, answer_errno, asked_family, asked_flags;

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
    ck_assert(node != NULL && service == NULL);
    asked_family = hints->ai_family;
    asked_flags = hints->ai_flags;
    *out = answer_count > 0 ? answers : NULL;
    errno = answer_errno;
    return answer_code;
}

void freeaddrinfo(struct addrinfo *list)
{
    ck_assert_ptr_eq(list, answer_count > 0 ? answers : NULL);
}

/* What stands for an address: a name, or how it failed. */
static const char *name_of_address;
static int name_code, name_flags;
static struct sockaddr_storage named;

int getnameinfo(const struct sockaddr *restrict address, socklen_t len, char *restrict host,
                socklen_t host_len, char *restrict service, socklen_t service_len, int flags)
{
    memcpy(&named, address, len);
    name_flags = flags;
    ck_assert_uint_eq(host_len, RESOLVE_NAME_MAX);
    ck_assert(service == NULL && service_len == 0);
    strcpy(host, name_of_address);
    return name_code;
}

static void set_up(void)
{
    answer_count = 0;
    answer_code = answer_errno = 0;
    name_code = 0;
    name_of_address = "host.example.net";
}

static void add(int family, const void *address, socklen_t len)
{
    ck_assert_uint_lt(answer_count, ANSWERS_MOST);
    memcpy(&addresses[answer_count], address, len);
    answers[answer_count] = (struct addrinfo){
        .ai_family = family, .ai_addrlen = len, .ai_addr = (void *)&addresses[answer_count]};
    if (answer_count > 0)
        answers[answer_count - 1].ai_next = &answers[answer_count];
    answer_count++;
}

static void answer(const char *text, unsigned zone)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = zone};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        add(AF_INET, &in, sizeof in);
        return;
    }
    ck_assert_int_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    add(AF_INET6, &in6, sizeof in6);
}

static struct resolved_list all;
static struct error error;

static void assert_is(uint32_t i, enum family family, const char *text)
{
    char found[INET6_ADDRSTRLEN];
    ck_assert_int_eq(all.list[i].address.family, family);
    inet_ntop(family == FAMILY_IPV4 ? AF_INET : AF_INET6, all.list[i].address.bytes, found,
              sizeof found);
    ck_assert_str_eq(found, text);
}

START_TEST(takes_each_address_once_in_their_order)
{
    answer("2001:db8::1", 0);
    answer("192.0.2.1", 0);
    answer("192.0.2.1", 0);
    answer("::ffff:192.0.2.2", 7);
    answer("fe80::1", 3);
    answer("fe80::1", 4);
    ck_assert_int_eq(resolve_all("host", FAMILY_NONE, &all, &error), 0);
    ck_assert_uint_eq(all.count, 5);
    assert_is(0, FAMILY_IPV6, "2001:db8::1");
    assert_is(1, FAMILY_IPV4, "192.0.2.1");
    assert_is(2, FAMILY_IPV4, "192.0.2.2");
    ck_assert_uint_eq(all.list[2].scope_ifindex, 0);
    assert_is(3, FAMILY_IPV6, "fe80::1");
    ck_assert_uint_eq(all.list[3].scope_ifindex, 3);
    ck_assert_uint_eq(all.list[4].scope_ifindex, 4);
}
END_TEST

START_TEST(looks_at_so_many_and_no_more)
{
    for (unsigned i = 0; i < RESOLVED_MOST + 3; i++) {
        char text[20];
        snprintf(text, sizeof text, "192.0.2.%u", i);
        answer(text, 0);
    }
    ck_assert_int_eq(resolve_all("host", FAMILY_NONE, &all, &error), 0);
    ck_assert_uint_eq(all.count, RESOLVED_MOST);
    assert_is(RESOLVED_MOST - 1, FAMILY_IPV4, "192.0.2.15");
}
END_TEST

/* A resolver may answer with families of its own, and with none of what was asked for. */
START_TEST(a_host_without_an_address_is_not_found)
{
    static const struct sockaddr nothing = {.sa_family = AF_UNIX};
    struct resolved one;
    if (_i > 0)
        add(AF_UNIX, &nothing, sizeof nothing);
    if (_i > 1)
        add(AF_INET, &nothing, sizeof nothing - 1); /* cut off */
    ck_assert_int_eq(resolve_all("host", FAMILY_IPV6, &all, &error), -1);
    ck_assert_str_eq(error.text, "cannot resolve 'host' to IPv6: no address");
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert(error.unresolved);
    ck_assert_int_eq(resolve_host("192.0.2.1", FAMILY_NONE, true, &one, &error), -1);
    ck_assert(!error.unresolved);
}
END_TEST

static const struct {
    enum family family;
    int asked;
} families[] = {{FAMILY_NONE, AF_UNSPEC}, {FAMILY_IPV4, AF_INET}, {FAMILY_IPV6, AF_INET6}};

START_TEST(asks_for_the_family)
{
    struct resolved one;
    answer("192.0.2.1", 0);
    ck_assert_int_eq(resolve_host("host", families[_i].family, false, &one, &error), 0);
    ck_assert_int_eq(asked_family, families[_i].asked);
    ck_assert_int_eq(asked_flags, AI_IDN);
    ck_assert_int_eq(resolve_host("192.0.2.1", families[_i].family, true, &one, &error), 0);
    ck_assert_int_eq(asked_flags, AI_NUMERICHOST);
}
END_TEST

/* What the C library says, and what becomes of it: memory that runs out is the run's failure, not
 * the name's. */
static const struct {
    int code, number;
    enum status status;
    bool unresolved;
    const char *text;
} failures[] = {
    {EAI_MEMORY, 0, STATUS_RUN, false, "cannot resolve 'host': out of memory"},
    {EAI_NONAME, ENOMEM, STATUS_RUN, false, "cannot resolve 'host': out of memory"},
    {EAI_NONAME, 0, STATUS_USAGE, true, "cannot resolve 'host': Name or service not known"},
    {EAI_SYSTEM, EACCES, STATUS_USAGE, true, "cannot resolve 'host': Permission denied"},
    {EAI_ADDRFAMILY, 0, STATUS_USAGE, true,
     "cannot resolve 'host': Address family for hostname not supported"},
};

START_TEST(tells_why_a_name_is_not_found)
{
    error.unresolved = false;
    answer_code = failures[_i].code;
    answer_errno = failures[_i].number;
    ck_assert_int_eq(resolve_all("host", FAMILY_NONE, &all, &error), -1);
    ck_assert_str_eq(error.text, failures[_i].text);
    ck_assert_int_eq(error.status, failures[_i].status);
    ck_assert_int_eq(error.unresolved, failures[_i].unresolved);
    ck_assert_int_eq(error.out_of_memory, failures[_i].status == STATUS_RUN);
}
END_TEST

/* Of an address the family is known without asking. */
START_TEST(an_address_of_the_other_family)
{
    static const enum family wanted[] = {FAMILY_IPV4, FAMILY_IPV6};
    static const char *const hosts[] = {"2001:db8::1", "192.0.2.1"};
    static const char *const texts[] = {
        "cannot resolve '2001:db8::1' to IPv4, which -4 or -S requires: it is an IPv6 address",
        "cannot resolve '192.0.2.1' to IPv6, which -6 or -S requires: it is an IPv4 address"};
    struct resolved one;
    answer_code = EAI_ADDRFAMILY;
    ck_assert_int_eq(resolve_host(hosts[_i], wanted[_i], true, &one, &error), -1);
    ck_assert_str_eq(error.text, texts[_i]);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert(!error.unresolved);
}
END_TEST

/* With -n, a name is refused, and is not one that does not exist. */
START_TEST(a_name_is_no_address)
{
    struct resolved one;
    answer_code = EAI_NONAME;
    ck_assert_int_eq(resolve_host("host", FAMILY_IPV6, true, &one, &error), -1);
    ck_assert_str_eq(error.text, "cannot resolve 'host' to IPv6: Name or service not known "
                                 "(-n/--numeric takes addresses only)");
    ck_assert(!error.unresolved);
}
END_TEST

START_TEST(one_address_is_the_first)
{
    struct resolved one;
    answer("fe80::1", 3);
    answer("192.0.2.1", 0);
    ck_assert_int_eq(resolve_host("host", FAMILY_NONE, false, &one, &error), 0);
    ck_assert_int_eq(one.address.family, FAMILY_IPV6);
    ck_assert_uint_eq(one.scope_ifindex, 3);
    ck_assert_mem_eq(one.address.bytes, ((const uint8_t[16]){0xfe, 0x80, [15] = 1}), 16);
}
END_TEST

/* Addresses of both families are no names; no server is asked. */
START_TEST(a_name_is_what_is_no_address)
{
    asked_family = asked_flags = -1;
    answer("2001:db8::1", 0);
    ck_assert(!resolve_is_name("2001:db8::1"));
    ck_assert_int_eq(asked_family, AF_UNSPEC);
    ck_assert_int_eq(asked_flags, AI_NUMERICHOST);
    answer_count = 0;
    answer_code = EAI_NONAME;
    ck_assert(resolve_is_name("host"));
    ck_assert_int_eq(asked_flags, AI_NUMERICHOST);
}
END_TEST

static const struct {
    struct address address;
    int family;
} addressed[] = {
    {{FAMILY_IPV4, {192, 0, 2, 1}}, AF_INET},
    {{FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 1}}, AF_INET6},
};

/* The number itself, which getnameinfo(3) gives instead unless it is told not to, is no name. */
START_TEST(an_address_has_a_name_or_none)
{
    char name[RESOLVE_NAME_MAX];
    const struct sockaddr_in *in = (const void *)&named;
    const struct sockaddr_in6 *in6 = (const void *)&named;
    ck_assert(resolve_name(&addressed[_i].address, name));
    ck_assert_str_eq(name, "host.example.net");
    ck_assert_int_eq(name_flags, NI_NAMEREQD);
    ck_assert_int_eq(named.ss_family, addressed[_i].family);
    ck_assert_mem_eq(_i == 0 ? (const void *)&in->sin_addr : (const void *)&in6->sin6_addr,
                     addressed[_i].address.bytes, _i == 0 ? 4 : 16);
    name_of_address = "";
    ck_assert(!resolve_name(&addressed[_i].address, name));
    name_of_address = "host.example.net";
    name_code = EAI_AGAIN;
    ck_assert(!resolve_name(&addressed[_i].address, name));
}
END_TEST

/* None of these is asked for. */
START_TEST(a_name_has_no_blanks)
{
    static const char *const names[] = {"", " host", "ho\tst", "host\x7f", "host\n"};
    answer("192.0.2.1", 0);
    ck_assert_int_eq(resolve_all(names[_i], FAMILY_NONE, &all, &error), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert(!resolve_is_name(names[_i]));
}
END_TEST

/* 0: its interface; 1: it is something else; -1: there is no such interface. None is asked for. */
START_TEST(finds_the_interface_of_a_zone)
{
    static char lo[] = "lo", eth0[] = "eth0";
    static const struct if_nameindex interfaces[] = {{1, lo}, {12, eth0}, {0, NULL}};
    static const struct {
        const char *host;
        int code;
        unsigned index;
    } cases[] = {
        {"fe80::1%eth0", 0, 12},
        {"fe80::1%12", 0, 12},
        {"ff02::1%lo", 0, 1},
        {"fe80::1%eth", -1, 0},
        {"fe80::1%", -1, 0},
        {"fe80::1%eth0%lo", -1, 0},
        {"fe80::1%0", -1, 0},
        {"fe80::1", 1, 0},
        {"2001:db8::1%lo", 1, 0},
        {"192.0.2.1%lo", 1, 0},
        {"name%lo", 1, 0},
        {"%lo", 1, 0},
        {"fe80:0000:0000:0000:0000:0000:0000:0000:0000:0001%lo", 1, 0},
        /* as long as any text of an address with its end, an octet less, and an octet more */
        {"fe80:0000:0000:0000:0000:0000:255.255.255.2555%lo", 1, 0},
        {"fe80:0000:0000:0000:0000:0000:255.255.255.255%lo", 0, 1},
        {"fe80:0000:0000:0000:0000:0000:255.255.255.25555%lo", 1, 0},
    };
    struct resolved found;
    char text[ADDRESS_TEXT_MAX];
    asked_family = -1;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int code = resolve_zoned(cases[i].host, interfaces, &found, &error);
        ck_assert_msg(code == cases[i].code, "%s: %d", cases[i].host, code);
        if (code != 0)
            continue;
        ck_assert_uint_eq(found.scope_ifindex, cases[i].index);
        if (cases[i].host[6] != '0')
            ck_assert_str_eq(address_text(&found.address, text),
                             cases[i].host[1] == 'e' ? "fe80::1" : "ff02::1");
    }
    resolve_zoned("fe80::1%eth1", interfaces, &found, &error);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_str_eq(error.text, "cannot resolve 'fe80::1%eth1': no interface 'eth1'");
    ck_assert_int_eq(asked_family, -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resolve");
    TCase *tests = tcase_create("resolve");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, takes_each_address_once_in_their_order);
    tcase_add_test(tests, looks_at_so_many_and_no_more);
    tcase_add_loop_test(tests, a_host_without_an_address_is_not_found, 0, 3);
    tcase_add_loop_test(tests, asks_for_the_family, 0, 3);
    tcase_add_loop_test(tests, tells_why_a_name_is_not_found, 0, 5);
    tcase_add_loop_test(tests, a_name_has_no_blanks, 0, 5);
    tcase_add_test(tests, finds_the_interface_of_a_zone);
    tcase_add_loop_test(tests, an_address_of_the_other_family, 0, 2);
    tcase_add_test(tests, a_name_is_no_address);
    tcase_add_test(tests, one_address_is_the_first);
    tcase_add_test(tests, a_name_is_what_is_no_address);
    tcase_add_loop_test(tests, an_address_has_a_name_or_none, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
