/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of hops, and the words for how far a path goes. */
#include "report/text/pathtable.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "path/path.h"
#include "report/pathwords.h"
#include "stats/pathtotals.h"

static const struct report_style style = {.columns = 200};

static char *printed(const struct path *path)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ck_assert_ptr_nonnull(out);
    pathtable_print(path, &style, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static struct address router(uint8_t number)
{
    return (struct address){FAMILY_IPV4, {203, 0, 113, number}};
}

/* Hops that all have answered with time exceeded. */
static struct path path_of(uint8_t hops)
{
    struct path path;
    memset(&path, 0, sizeof path);
    path.hop_count = hops;
    for (uint8_t i = 0; i < hops; i++) {
        path.hops[i].sent = path.hops[i].answered = 1;
        path.hops[i].answer = PATH_TIME_EXCEEDED;
        path.hops[i].address = router((uint8_t)(i + 1));
        path.hops[i].rtt_ns = (i + 1) * INT64_C(1000000);
    }
    return path;
}

static void reach(struct path *path, enum path_answer answer)
{
    path->end_ttl = path->hop_count;
    path->hops[path->hop_count - 1].answer = answer;
}

static void check(const struct path *path, const char *wanted)
{
    char *text = printed(path);
    ck_assert_str_eq(text, wanted);
    free(text);
}

START_TEST(shows_hops_and_the_target)
{
    struct path path = path_of(3);
    path.hops[1] = (struct path_hop){.sent = 2};
    reach(&path, PATH_SYN_ACK);
    check(&path, "hop       ms  address\n"
                 "  1    1.000  203.0.113.1\n"
                 "  2           no answer\n"
                 "  3    3.000  203.0.113.3  the target (SYN/ACK)\n"
                 "path: 3 hops, the last is the target\n");
}
END_TEST

/* What comes from a resolver is escaped. */
START_TEST(shows_names)
{
    struct path path = path_of(3);
    strcpy(path.hops[0].name, "gw.test");
    strcpy(path.hops[1].name, "\x1b[2Jb\n");
    strcpy(path.hops[2].name, "www.test");
    path.hops[0].label_count = 1;
    path.hops[0].labels[0].label = 7;
    path.hops[1].other = router(9);
    strcpy(path.hops[1].other_name, "c\x1b");
    path.hops[0].other = router(8); /* which has no name */
    reach(&path, PATH_SYN_ACK);
    check(&path, "hop       ms  address\n"
                 "  1    1.000  203.0.113.1  gw.test\n"
                 "                           also 203.0.113.8: several paths (ECMP)\n"
                 "                           MPLS label 7\n"
                 "  2    2.000  203.0.113.2  \\x1b[2Jb\\n\n"
                 "                           also 203.0.113.9 c\\x1b: several paths (ECMP)\n"
                 "  3    3.000  203.0.113.3  www.test, the target (SYN/ACK)\n"
                 "path: 3 hops, the last is the target\n");
}
END_TEST

/* Several remarks on one hop have a line each. */
START_TEST(shows_what_was_changed_and_where)
{
    struct path path = path_of(2);
    struct path_hop *hop = &path.hops[1];
    hop->changes = 1u << VIEW_MSS | 1u << VIEW_SACK;
    hop->before.fields[VIEW_MSS] = 1460;
    hop->view.fields[VIEW_MSS] = 1200;
    hop->before.fields[VIEW_SACK] = 1;
    hop->view.fields[VIEW_SACK] = VIEW_ABSENT;
    hop->other = router(9);
    hop->label_count = 2;
    hop->labels[0].label = 16;
    hop->labels[1].label = 17;
    path.hops[0].changes = 1u << VIEW_TTL;
    path.hops[0].view.fields[VIEW_TTL] = 40;
    path.hops[0].label_count = 1;
    check(&path,
          "hop       ms  address\n"
          "  1    1.000  203.0.113.1  ttl set: arrived with 40 between this host and 203.0.113.1\n"
          "                           MPLS label 0\n"
          "  2    2.000  203.0.113.2  mss 1460 to 1200 between 203.0.113.1 and 203.0.113.2\n"
          "                           sack-permitted removed between 203.0.113.1 and 203.0.113.2\n"
          "                           also 203.0.113.9: several paths (ECMP)\n"
          "                           MPLS labels 16 17\n"
          "path: continues after hop 2 (203.0.113.2), not followed further\n");
}
END_TEST

START_TEST(shows_an_error)
{
    struct path path = path_of(1);
    reach(&path, PATH_UNREACHABLE);
    path.hops[0].icmp_type = 3;
    path.hops[0].icmp_code = 13;
    check(&path, "hop       ms  address\n"
                 "  1    1.000  203.0.113.1  answers with ICMP admin-prohibited\n"
                 "path: ends at hop 1 (203.0.113.1), which answers with an ICMP error\n");
}
END_TEST

START_TEST(shows_a_target_without_routers)
{
    struct path path = path_of(1);
    reach(&path, _i == 0 ? PATH_RESET : PATH_ACK);
    path.hops[0].rtt_ns = INT64_MIN;
    check(&path, _i == 0 ? "hop       ms  address\n"
                           "  1           203.0.113.1  the target (RST)\n"
                           "path: no router between this host and the target\n"
                         : "hop       ms  address\n"
                           "  1           203.0.113.1  the target (ACK)\n"
                           "path: no router between this host and the target\n");
}
END_TEST

/* SYNs beyond the target, and beyond what rejects, were on their way by then. */
START_TEST(ends_where_the_target_is)
{
    static const struct {
        enum path_answer answer;
        uint8_t ttl;
        const char *says;
    } rows[] = {
        {PATH_SYN_ACK, 1, "path: no router between this host and the target"},
        {PATH_SYN_ACK, 2, "path: 2 hops, the last is the target"},
        {PATH_UNREACHABLE, 1,
         "path: ends at hop 1 (203.0.113.1), which answers with an ICMP error"},
        {PATH_UNREACHABLE, 2,
         "path: ends at hop 2 (203.0.113.2), which answers with an ICMP error"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct path path = path_of(3);
        struct row row;
        path.end_ttl = rows[i].ttl;
        path.hops[rows[i].ttl - 1].answer = rows[i].answer;
        row_begin(&row, &style);
        pathwords_end(&row, &path);
        ck_assert_str_eq(row.text, rows[i].says);
    }
}
END_TEST

START_TEST(shows_that_nothing_answers)
{
    struct path path = path_of(1);
    path.hops[0] = (struct path_hop){.sent = 1};
    check(&path, "hop       ms  address\n"
                 "  1           no answer\n"
                 "path: no answer from any of 1 hop\n");
}
END_TEST

/* Packets in order: upper case got through. a: 1400 octets, b: 1401, c: 1500, d: 9216, e: 999, f:
 * 1000. */
static const struct {
    const char *sent, *interface, *text;
    uint32_t device_bytes, told_bytes;
} mtus[] = {
    {"ccc", "eth0", "unknown: the target does not answer segments of old octets", 0, 0},
    {"A", NULL, "at least 1,400 octets", 0, 0},
    {"C", "eth0", "at least 1,500 octets, limited by eth0", 1500, 0},
    {"C", NULL, "at least 1,500 octets, limited by the interface", 1500, 0},
    {"A", "eth0", "1,400 octets, as 203.0.113.7 says (ICMP)", 1500, 1400},
    {"AbbbA", "eth0",
     "1,400 octets: IP packets above 1,400 octets disappear without an ICMP message: path MTU "
     "black hole",
     1500, 0},
    {"AcccA", "eth0",
     "at least 1,400 octets: IP packets above 1,499 octets disappear without an ICMP message: path "
     "MTU black hole",
     1500, 0},
    {"Abbb", "eth0", "1,400 octets", 1500, 0},
    {"D", NULL, "at least 9,216 octets", 0, 0},
    {"E", NULL, "at least 999 octets", 0, 0},
    {"F", NULL, "at least 1,000 octets", 0, 0},
};

START_TEST(says_the_path_mtu)
{
    static const uint32_t sizes[] = {1400, 1401, 1500, 9216, 999, 1000};
    struct path_mtu mtu;
    struct row row;
    char wanted[256];
    memset(&mtu, 0, sizeof mtu);
    mtu.device_bytes = mtus[_i].device_bytes;
    mtu.told_bytes = mtus[_i].told_bytes;
    mtu.told_by = router(7);
    for (const char *at = mtus[_i].sent; *at != '\0'; at++)
        mtu.sent[mtu.sent_count++] =
            (struct mtu_sent){.bytes = sizes[*at < 'a' ? *at - 'A' : *at - 'a'],
                              .answer = *at < 'a' ? MTU_ACKNOWLEDGED : MTU_NO_ANSWER};
    row_begin(&row, &style);
    pathwords_mtu(&row, &mtu, mtus[_i].interface);
    snprintf(wanted, sizeof wanted, "path MTU: %s", mtus[_i].text);
    ck_assert_str_eq(row.text, wanted);
}
END_TEST

START_TEST(shows_totals)
{
    struct path_totals totals;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ck_assert_ptr_nonnull(out);
    memset(&totals, 0, sizeof totals);
    for (uint8_t i = 0; i < 6; i++) {
        struct path path = path_of(4);
        path.hops[0].address = router(i == 0 ? 7 : 8);
        path.hops[1].address = router(i);
        path.hops[2] = (struct path_hop){.sent = 1};
        strcpy(path.hops[3].name, "\x1bgw");
        path_totals_add(&totals, &path);
    }
    pathtable_print_totals(&totals, &style, out);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(
        text,
        "  hop   SYNs    loss    avg ms  address\n"
        "    1      6    0.0%     1.000  203.0.113.7 (1), 203.0.113.8 (5): several paths (ECMP)\n"
        "    2      6    0.0%     2.000  203.0.113.0 (1), 203.0.113.1 (1), 203.0.113.2 (1), "
        "203.0.113.3 (1), and more: several paths (ECMP)\n"
        "    3      6  100.0%            no answer\n"
        "    4      6    0.0%     4.000  203.0.113.4 \\x1bgw\n");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pathtable");
    TCase *tests = tcase_create("tables");
    tcase_add_test(tests, shows_hops_and_the_target);
    tcase_add_test(tests, shows_names);
    tcase_add_test(tests, shows_what_was_changed_and_where);
    tcase_add_test(tests, shows_an_error);
    tcase_add_loop_test(tests, shows_a_target_without_routers, 0, 2);
    tcase_add_test(tests, ends_where_the_target_is);
    tcase_add_test(tests, shows_that_nothing_answers);
    tcase_add_test(tests, shows_totals);
    tcase_add_loop_test(tests, says_the_path_mtu, 0, sizeof mtus / sizeof mtus[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
