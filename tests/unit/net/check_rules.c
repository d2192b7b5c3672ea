/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of a network of its own, and what they decide. */
#include "net/routing/rules.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/routing/netlink.h"
#include "net/routing/way.h"
#include "network.h"

#define TABLE    77
#define PORT     4000
#define PRIORITY 100

static struct netlink *netlink;
static struct error error;

static int ignore(const struct nlmsghdr *reply, void *user)
{
    (void)reply;
    (void)user;
    return MNL_CB_OK;
}

/* What a rule looks at; 0: not at that. */
struct rule {
    uint16_t attribute; /* FRA_SPORT_RANGE, FRA_DPORT_RANGE, FRA_IP_PROTO or FRA_FWMARK */
    uint8_t action;
    uint32_t table;
    bool ipv6;
};

/* What is done is not acknowledged; what is refused is answered at once. */
static void change_at(const struct rule *rule, uint32_t priority, uint16_t type)
{
    char buffer[NETLINK_REQUEST_MAX] = {0};
    const struct fib_rule_port_range port = {PORT, PORT};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = type;
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof *header);
    *header =
        (struct fib_rule_hdr){.family = rule->ipv6 ? AF_INET6 : AF_INET, .action = rule->action};
    mnl_attr_put_u32(request, FRA_PRIORITY, priority);
    if (rule->table != 0)
        mnl_attr_put_u32(request, FRA_TABLE, rule->table);
    if (rule->attribute == FRA_IP_PROTO)
        mnl_attr_put_u8(request, FRA_IP_PROTO, IPPROTO_TCP);
    else if (rule->attribute == FRA_FWMARK)
        mnl_attr_put_u32(request, FRA_FWMARK, 1);
    else if (rule->attribute != 0)
        mnl_attr_put(request, rule->attribute, sizeof port, &port);
    ck_assert_int_eq(netlink_ask(netlink, request, ignore, NULL), EAGAIN);
}

static void change(const struct rule *rule, uint16_t type)
{
    change_at(rule, PRIORITY, type);
}

static struct rules rules_now(void)
{
    struct rules rules;
    rules_ask(netlink, AF_INET, &rules);
    return rules;
}

static void set_up(void)
{
    netlink = netlink_open(&error);
    ck_assert_msg(netlink != NULL, "%s", error.text);
}

static void tear_down(void)
{
    netlink_close(netlink);
}

START_TEST(every_host_has_three_rules)
{
    static const unsigned char families[] = {AF_INET, AF_INET6};
    struct rules rules;
    rules_ask(netlink, families[_i], &rules);
    ck_assert(!rules.custom && !rules.ports && !rules.protocol);
}
END_TEST

static const struct {
    struct rule rule;
    bool ports, protocol;
} kinds[] = {
    {{FRA_SPORT_RANGE, FR_ACT_PROHIBIT, 0, false}, true, false},
    {{FRA_DPORT_RANGE, FR_ACT_PROHIBIT, 0, false}, true, false},
    {{FRA_IP_PROTO, FR_ACT_TO_TBL, RT_TABLE_MAIN, false}, false, true},
    {{FRA_FWMARK, FR_ACT_TO_TBL, RT_TABLE_MAIN, false}, false, false},
    {{0, FR_ACT_TO_TBL, TABLE, false}, false, false},
    {{0, FR_ACT_PROHIBIT, 0, false}, false, false},
};

START_TEST(tells_what_a_rule_looks_at)
{
    change(&kinds[_i].rule, RTM_NEWRULE);
    struct rules rules = rules_now();
    change(&kinds[_i].rule, RTM_DELRULE);
    ck_assert(rules.custom);
    ck_assert_int_eq(rules.ports, kinds[_i].ports);
    ck_assert_int_eq(rules.protocol, kinds[_i].protocol);
    ck_assert(!rules_now().custom);
}
END_TEST

/* Those of the other family are none. */
START_TEST(each_family_has_its_rules)
{
    const struct rule rule = {FRA_DPORT_RANGE, FR_ACT_PROHIBIT, 0, true};
    struct rules other;
    memset(&other, 0xff, sizeof other);
    change(&rule, RTM_NEWRULE);
    struct rules rules = rules_now();
    rules_ask(netlink, AF_INET6, &other);
    change(&rule, RTM_DELRULE);
    ck_assert(!rules.custom && !rules.ports);
    ck_assert(other.custom && other.ports && !other.protocol);
}
END_TEST

/* More than the kernel puts into one datagram; the last one counts too. */
START_TEST(reads_all_of_many_rules)
{
    enum { RULES = 400 };
    static const struct rule plain = {FRA_FWMARK, FR_ACT_TO_TBL, RT_TABLE_MAIN, false};
    static const struct rule last = {FRA_IP_PROTO, FR_ACT_TO_TBL, RT_TABLE_MAIN, false};
    for (uint32_t i = 0; i < RULES; i++)
        change_at(&plain, PRIORITY + i, RTM_NEWRULE);
    change_at(&last, PRIORITY + RULES, RTM_NEWRULE);
    struct rules rules = rules_now();
    change_at(&last, PRIORITY + RULES, RTM_DELRULE);
    for (uint32_t i = 0; i < RULES; i++)
        change_at(&plain, PRIORITY + i, RTM_DELRULE);
    ck_assert(rules.custom && rules.protocol && !rules.ports);
    ck_assert(!rules_now().custom);
}
END_TEST

static int stop(const struct nlmsghdr *reply, void *user)
{
    (void)reply;
    (void)user;
    errno = EINTR;
    return MNL_CB_ERROR;
}

/* An answer that is not read to its end is not taken for that to the next question. */
START_TEST(what_was_left_unread_is_passed_over)
{
    enum { RULES = 400 };
    static const struct rule plain = {FRA_FWMARK, FR_ACT_TO_TBL, RT_TABLE_MAIN, false};
    const struct way_question question = {.destination = {FAMILY_IPV4, {10, 9, 0, 2}}};
    char buffer[NETLINK_REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof *header);
    struct way way;
    request->nlmsg_type = RTM_GETRULE;
    header->family = AF_INET;
    for (uint32_t i = 0; i < RULES; i++)
        change_at(&plain, PRIORITY + i, RTM_NEWRULE);
    int code = netlink_dump(netlink, request, stop, NULL);
    struct rules rules = rules_now();
    way_ask(netlink, &question, &way);
    for (uint32_t i = 0; i < RULES; i++)
        change_at(&plain, PRIORITY + i, RTM_DELRULE);
    ck_assert_int_eq(code, EINTR);
    ck_assert(rules.custom);
    ck_assert_int_eq(way.code, 0);
    ck_assert_int_eq(way.type, RTN_UNICAST);
}
END_TEST

/* Descriptors are few, and a run of weeks opens many of these. */
START_TEST(what_is_closed_leaves_no_descriptor)
{
    int next = dup(STDERR_FILENO), after;
    close(next);
    for (int i = 0; i < 3; i++) {
        struct netlink *other = netlink_open(&error);
        ck_assert_ptr_nonnull(other);
        netlink_close(other);
    }
    netlink_close(NULL);
    after = dup(STDERR_FILENO);
    close(after);
    ck_assert_int_eq(after, next);
}
END_TEST

START_TEST(without_a_descriptor_there_is_no_netlink)
{
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
    struct netlink *other = netlink_open(&error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "netlink: Too many open files (256 are enough: ulimit -n 256)");
}
END_TEST

/* A question that names ports is answered by the rules that look at them. */
static const struct {
    uint16_t attribute, source_port, destination_port;
    int code;
} questions[] = {
    {FRA_SPORT_RANGE, PORT, 80, EACCES},  {FRA_SPORT_RANGE, PORT + 1, PORT, 0},
    {FRA_SPORT_RANGE, 0, PORT, 0},        {FRA_DPORT_RANGE, 80, PORT, EACCES},
    {FRA_DPORT_RANGE, PORT, PORT + 1, 0}, {FRA_DPORT_RANGE, PORT, 0, 0},
    {FRA_IP_PROTO, PORT, PORT, EACCES},
};

START_TEST(a_way_depends_on_the_ports)
{
    const struct rule rule = {questions[_i].attribute, FR_ACT_PROHIBIT, 0, false};
    const struct way_question question = {
        .destination = {FAMILY_IPV4, {10, 9, 0, 2}},
        .protocol = true,
        .source_port = questions[_i].source_port,
        .destination_port = questions[_i].destination_port,
    };
    struct way way;
    change(&rule, RTM_NEWRULE);
    way_ask(netlink, &question, &way);
    change(&rule, RTM_DELRULE);
    ck_assert_int_eq(way.code, questions[_i].code);
    way_ask(netlink, &question, &way);
    ck_assert_int_eq(way.code, 0);
    ck_assert_int_eq(way.type, RTN_UNICAST);
}
END_TEST

int main(void)
{
    if (!network_alone() || network_device("tun0", false, 0x0a090001) < 0) {
        puts("1..0 # SKIP needs a network namespace and /dev/net/tun");
        return 0;
    }
    Suite *suite = suite_create("rules");
    TCase *tests = tcase_create("rules");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, every_host_has_three_rules, 0, 2);
    tcase_add_loop_test(tests, tells_what_a_rule_looks_at, 0, 6);
    tcase_add_test(tests, each_family_has_its_rules);
    tcase_add_test(tests, reads_all_of_many_rules);
    tcase_add_test(tests, what_was_left_unread_is_passed_over);
    tcase_add_test(tests, what_is_closed_leaves_no_descriptor);
    tcase_add_test(tests, without_a_descriptor_there_is_no_netlink);
    tcase_add_loop_test(tests, a_way_depends_on_the_ports, 0, 7);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
