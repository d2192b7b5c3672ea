/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a summary: port states by port and by network, and the order of the targets. */
#include "report/text/summary.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness.h"
#include "stats/breakdown.h"

static struct breakdown breakdown;

/* What stands behind the counts of all. */
static char *end_of(const struct summary *summary, const struct report_style *style)
{
    char *text = NULL, *end;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    summary_print(summary, style, out);
    fclose(out);
    ck_assert_ptr_nonnull(end = strstr(text, "connection"));
    end = strchr(end, '\n') + 1;
    memmove(text, end, strlen(end) + 1);
    return text;
}

static void assert_end(const struct summary *summary, const struct report_style *style,
                       const char *wanted)
{
    char *text = end_of(summary, style);

    ck_assert_str_eq(text, wanted);
    free(text);
}

/* Which part of which run it was. */
static const struct {
    struct run_order order;
    const char *text;
} orders[] = {
    {{.seed = 7, .shard = 0, .shards = 0}, ""},
    {{.seed = 7, .shard = 1, .shards = 1}, "seed 7\n"},
    {{.seed = 7, .shard = 2, .shards = 2}, "shard 2/2, seed 7\n"},
    {{.seed = 7, .shard = 1, .shards = 3}, "shard 1/3, seed 7\n"},
    {{.seed = UINT64_MAX, .shard = 2, .shards = 4}, "shard 2/4\n"},
    {{.seed = UINT64_MAX, .shard = 1, .shards = 1}, ""},
};

START_TEST(tells_the_order)
{
    const struct report_style style = {.columns = 80, .order = orders[_i].order};
    const struct summary all = {.connections = 0}, one = {.target = "example.com", .port = 80};

    assert_end(&all, &style, orders[_i].text);
    assert_end(&one, &style, "");
}
END_TEST

static void add(uint8_t third, uint8_t last, uint16_t port, enum port_state state)
{
    const struct endpoint server = {{FAMILY_IPV4, {192, 0, third, last}}, port};

    breakdown_add(&breakdown, &server, state);
}

/* Ten ports, and those that there is no room for. */
static const struct {
    uint16_t ports;
    const char *others;
} rows[] = {
    {10, ""},
    {11, "    (1 other) 2 closed\n"},
    {12, "    (2 others) 4 closed\n"},
};

START_TEST(tells_ports)
{
    const struct report_style style = {.columns = 80};
    struct summary all = {.breakdown = &breakdown};
    char wanted[1024];

    memset(&breakdown, 0, sizeof(breakdown));
    for (uint16_t i = 0; i < rows[_i].ports; i++) {
        add(2, 1, (uint16_t)(100 + i), i == 0 ? PORT_OPEN : PORT_CLOSED);
        add(2, 2, (uint16_t)(100 + i), PORT_CLOSED);
    }
    snprintf(wanted, sizeof(wanted),
             "by port:\n"
             "      100  1 open, 1 closed\n"
             "      101  2 closed\n"
             "      102  2 closed\n"
             "      103  2 closed\n"
             "      104  2 closed\n"
             "      105  2 closed\n"
             "      106  2 closed\n"
             "      107  2 closed\n"
             "      108  2 closed\n"
             "      109  2 closed\n"
             "%s",
             rows[_i].others);
    assert_end(&all, &style, wanted);
}
END_TEST

/* With -v all of them, and with -q no more than without. */
START_TEST(tells_more_ports_where_more_is_asked_for)
{
    const struct summary all = {.breakdown = &breakdown};

    memset(&breakdown, 0, sizeof(breakdown));
    for (uint16_t i = 0; i < 24; i++)
        add(2, 1, (uint16_t)(100 + i / 2), PORT_OPEN);
    for (int verbosity = -1; verbosity < 2; verbosity++) {
        const struct report_style style = {.columns = 80, .verbosity = verbosity};
        char *text = end_of(&all, &style);

        ck_assert((strstr(text, "      111  2 open\n") != NULL) == (verbosity > 0));
        ck_assert_msg((strstr(text, "    (2 others) 4 open\n") != NULL) == (verbosity <= 0), "%s",
                      text);
        free(text);
    }
}
END_TEST

START_TEST(tells_networks)
{
    const struct report_style style = {.columns = 80};
    const struct summary all = {.breakdown = &breakdown};

    memset(&breakdown, 0, sizeof(breakdown));
    add(2, 1, 80, PORT_OPEN);
    add(2, 2, 80, PORT_FILTERED);
    add(3, 1, 80, PORT_CLOSED);
    assert_end(&all, &style,
               "by network:\n"
               "    192.0.2.0/24  1 open, 1 filtered\n"
               "    192.0.3.0/24  1 closed\n");
}
END_TEST

/* Whether the name was found or not; and nothing of an address. */
static const struct {
    const char *target;
    uint64_t connections;
    enum reason reason;
    int64_t resolve_ns;
    const char *text;
} names[] = {
    {"example.com", 1, REASON_SYN_ACK, 412345, "resolved in 0.412 ms\n"},
    {"example.com", 1, REASON_NAME_NOT_FOUND, 412345, "not resolved after 0.412 ms\n"},
    {"example.com", 1, REASON_SYN_ACK, DURATION_UNKNOWN, ""},
    {"example.com", 3, REASON_SYN_ACK, 412345, "resolved in 0.412 ms\n"},
    {"example.com", 3, REASON_NAME_NOT_FOUND, 412345, "not resolved after 0.412 ms\n"},
    {"example.com", 0, REASON_SYN_ACK, 412345, ""},
    {NULL, 3, REASON_SYN_ACK, 412345, ""},
};

START_TEST(tells_what_the_name_took)
{
    const struct report_style style = {.columns = 80};
    const struct summary one = {
        .target = names[_i].target,
        .port = 80,
        .connections = names[_i].connections,
        .latest = {.reason = names[_i].reason, .resolve_ns = names[_i].resolve_ns}};
    assert_end(&one, &style, names[_i].text);
}
END_TEST

/* What was lost, of each end and of both. */
static const struct {
    struct traffic client, server;
    const char *text;
} traffics[] = {
    {{.segments = 4}, {.segments = 3}, ""},
    {{.segments = 4}, {.segments = 3, .fin = 2}, "2 of 7 segments retransmitted (28.6%): 2 FIN\n"},
    {{.segments = 4, .fin = 1},
     {.segments = 3, .fin = 1},
     "2 of 7 segments retransmitted (28.6%): 2 FIN\n"},
    {{.segments = 4, .data = 1},
     {.segments = 3, .syn = 1, .data = 2},
     "4 of 7 segments retransmitted (57.1%): 1 SYN+ACK, 3 data\n"},
    {{.segments = 4}, {.segments = 3, .duplicates = 2}, "2 seen twice\n"},
    {{.segments = 4, .duplicates = 1}, {.segments = 3, .duplicates = 2}, "3 seen twice\n"},
    {{.segments = 4, .syn = 1, .duplicates = 1},
     {.segments = 3, .duplicates = 2},
     "1 of 7 segments retransmitted (14.3%): 1 SYN; 3 seen twice\n"},
};

START_TEST(tells_what_was_lost)
{
    const struct report_style style = {.columns = 80};
    const struct summary one = {
        .target = "example.com",
        .port = 80,
        .latest = {.resolve_ns = DURATION_UNKNOWN},
        .traffic = {[CLIENT] = traffics[_i].client, [SERVER] = traffics[_i].server}};
    assert_end(&one, &style, traffics[_i].text);
}
END_TEST

/* Of enough handshakes, however many connections there were beside them. */
START_TEST(tells_the_slowest)
{
    static struct spread spread = {.slowest_count = 2};
    const struct report_style style = {.columns = 80};
    struct summary all = {
        .connections = 25, .ok = 25, .latest = {.resolve_ns = DURATION_UNKNOWN}, .spread = &spread};

    spread.slowest[0] = (struct slow_handshake){
        .ends = {{{FAMILY_IPV4, {192, 0, 2, 7}}, 51234}, {{FAMILY_IPV4, {192, 0, 2, 80}}, 443}},
        .start_ns = DURATION_UNKNOWN,
        .connect_ns = 1012345000};
    spread.slowest[1] = spread.slowest[0];
    spread.slowest[1].start_ns = 0;
    spread.slowest[1].connect_ns = 1000;
    all.by_handshake[HANDSHAKE_COMPLETED] = 19;
    assert_end(&all, &style, "");
    all.by_handshake[HANDSHAKE_COMPLETED] = 20;
    setenv("TZ", "UTC", 1);
    tzset();
    assert_end(&all, &style,
               "slowest handshakes:\n"
               "    1012.345 ms  192.0.2.7:51234 to 192.0.2.80:443 at -\n"
               "       0.001 ms  192.0.2.7:51234 to 192.0.2.80:443 at 1970-01-01 00:00:00.000\n");
    all.target = "example.com"; /* whose table has them */
    assert_end(&all, &style, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *tcase = tcase_create("ends");

    tcase_add_loop_test(tcase, tells_the_order, 0, sizeof(orders) / sizeof(orders[0]));
    tcase_add_loop_test(tcase, tells_ports, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(tcase, tells_networks);
    tcase_add_test(tcase, tells_more_ports_where_more_is_asked_for);
    tcase_add_loop_test(tcase, tells_what_the_name_took, 0, sizeof(names) / sizeof(names[0]));
    tcase_add_loop_test(tcase, tells_what_was_lost, 0, sizeof(traffics) / sizeof(traffics[0]));
    tcase_add_test(tcase, tells_the_slowest);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
