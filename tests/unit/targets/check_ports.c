/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "targets/ports.h"

static struct port_list list;

/* The set as its runs. */
static const char *runs_text(void)
{
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list.run_count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%u-%u", i > 0 ? "," : "",
                                 list.runs[i].first, list.runs[i].last);
    return text;
}

START_TEST(keeps_the_order_and_each_port_once)
{
    static const struct {
        uint32_t pairs[4][2];
        const char *wanted;
        uint32_t count;
    } rows[] = {
        {{{80, 80}}, "80-80", 1},
        {{{443, 443}, {80, 80}}, "443-443,80-80", 2},
        {{{80, 80}, {81, 81}}, "80-81", 2},
        {{{81, 81}, {80, 82}, {81, 81}}, "81-81,80-80,82-82", 3},
        {{{1, 65535}}, "1-65535", 65535},
        {{{1, 65535}, {5, 9}}, "1-65535", 65535},
        {{{63, 63}, {65, 65}, {1, 128}}, "63-63,65-65,1-62,64-64,66-128", 128},
        {{{64, 127}, {1, 65535}}, "64-127,1-63,128-65535", 65535},
        {{{127, 128}, {100, 127}, {100, 129}}, "127-128,100-126,129-129", 30},
        {{{65535, 65535}, {65530, 65535}}, "65535-65535,65530-65534", 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        port_list_clear(&list);
        for (size_t j = 0; j < 4 && rows[i].pairs[j][0] != 0; j++)
            port_list_add(&list, rows[i].pairs[j][0], rows[i].pairs[j][1]);
        ck_assert_str_eq(runs_text(), rows[i].wanted);
        ck_assert_uint_eq(ports_count(list.runs, list.run_count), rows[i].count);
    }
}
END_TEST

START_TEST(tells_a_difference)
{
    port_list_clear(&list);
    ck_assert_uint_eq(ports_count(list.runs, list.run_count), 0);
    port_list_add(&list, 80, 90);
    port_list_next(&list);
    port_list_add(&list, 85, 95);
    ck_assert_str_eq(runs_text(), "91-95");
    port_list_next(&list);
    port_list_add(&list, 80, 95);
    ck_assert_str_eq(runs_text(), "");
}
END_TEST

/* Against an array: random additions, and every number of a port. */
START_TEST(is_what_an_array_would_be)
{
    static uint8_t seen[PORT_MAX + 1];
    static uint16_t wanted[PORT_MAX];
    uint64_t seed = (uint64_t)_i + 1;
    size_t count = 0;
    memset(seen, 0, sizeof seen);
    port_list_clear(&list);
    for (int i = 0; i < 60; i++) {
        uint32_t first = 1 + (uint32_t)(next_random(&seed) % PORT_MAX);
        uint32_t last = first + (uint32_t)(next_random(&seed) % 2000);
        last = last > PORT_MAX ? PORT_MAX : last;
        port_list_add(&list, first, last);
        for (uint32_t port = first; port <= last; port++)
            if (!seen[port]) {
                seen[port] = 1;
                wanted[count++] = (uint16_t)port;
            }
    }
    ck_assert_uint_eq(ports_count(list.runs, list.run_count), count);
    for (uint32_t i = 0; i < count; i++)
        ck_assert_uint_eq(ports_at(list.runs, list.run_count, i), wanted[i]);
}
END_TEST

/* Each port a run of its own is as many as there can be. */
START_TEST(has_room_for_the_most_runs)
{
    port_list_clear(&list);
    for (uint32_t port = PORT_MAX; port > 0; port--)
        port_list_add(&list, port, port);
    ck_assert_uint_eq(list.run_count, PORT_MAX);
    ck_assert_uint_eq(ports_at(list.runs, list.run_count, 0), PORT_MAX);
    ck_assert_uint_eq(ports_at(list.runs, list.run_count, PORT_MAX - 1), 1);
}
END_TEST

START_TEST(tells_whether_sets_meet)
{
    static const struct {
        uint32_t one[2][2], other[2][2];
        bool meet;
    } rows[] = {
        {{{80, 80}, {443, 443}}, {{443, 443}}, true},
        {{{80, 82}}, {{82, 90}}, true},
        {{{82, 90}}, {{80, 82}}, true},
        {{{1, 65535}}, {{7, 7}}, true},
        {{{80, 82}, {90, 91}}, {{83, 89}}, false},
        {{{1, 1}}, {{2, 2}, {65535, 65535}}, false},
        {{{83, 89}}, {{90, 91}, {80, 82}}, false},
    };
    static struct port_list other;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        port_list_clear(&list);
        port_list_clear(&other);
        for (size_t j = 0; j < 2; j++) {
            if (rows[i].one[j][0] != 0)
                port_list_add(&list, rows[i].one[j][0], rows[i].one[j][1]);
            if (rows[i].other[j][0] != 0)
                port_list_add(&other, rows[i].other[j][0], rows[i].other[j][1]);
        }
        ck_assert_int_eq(ports_meet(list.runs, list.run_count, other.runs, other.run_count),
                         rows[i].meet);
    }
    ck_assert(!ports_meet(list.runs, 0, other.runs, other.run_count));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ports");
    TCase *ports = tcase_create("ports");
    tcase_add_test(ports, keeps_the_order_and_each_port_once);
    tcase_add_test(ports, tells_a_difference);
    tcase_add_test(ports, tells_whether_sets_meet);
    tcase_add_loop_test(ports, is_what_an_array_would_be, 0, 20);
    tcase_add_test(ports, has_room_for_the_most_runs);
    suite_add_tcase(suite, ports);
    return run_suite(suite);
}
