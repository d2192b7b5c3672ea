/* SPDX-License-Identifier: BSD-2-Clause */
/* What report and recording are told of a run before its first connection. */
#include "live/run/announcement.h"

#include "fixtures/deeds.h"
#include "harness.h"

static struct options options;
static struct output output;
static struct recorder recorder;
static struct jobs jobs;
static bool wants_targets;

void output_each_once(struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    deed("each-once");
}

void output_compare(struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    deed("compare");
}

void output_order(struct output *of, const struct run_order *order)
{
    ck_assert_ptr_eq(of, &output);
    if (order->seed == UINT64_MAX)
        deed("order as written %u/%u", order->shard, order->shards);
    else
        deed("order %u %u/%u", (unsigned)order->seed, order->shard, order->shards);
}

void output_begin(struct output *of, enum layout layout)
{
    ck_assert_ptr_eq(of, &output);
    deed(layout == LAYOUT_LADDER ? "ladder" : "lines");
}

bool output_wants_targets(const struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    return wants_targets;
}

void output_target(struct output *of, const char *host, uint16_t port)
{
    ck_assert_ptr_eq(of, &output);
    deed("%s:%u", host, port);
}

void recorder_remark(struct recorder *of, const char *comment)
{
    ck_assert_ptr_eq(of, &recorder);
    deed("[%s]", comment);
}

size_t supply_numbers(const struct supply *supply, uint64_t *numbers, size_t most)
{
    ck_assert_ptr_eq(supply, &jobs.supply);
    for (size_t i = 0; i < most; i++)
        numbers[i] = i;
    return most;
}

struct goal supply_at(const struct supply *supply, uint64_t number)
{
    ck_assert_ptr_eq(supply, &jobs.supply);
    return (struct goal){.name = number == 1 ? "there.example" : NULL,
                         .at.address = {FAMILY_IPV4, {192, 0, 2, (uint8_t)number}},
                         .port = (uint16_t)(80 + number)};
}

static void set_up(void)
{
    options = (struct options){.count = 1, .shard = {.number = 2, .count = 3}};
    jobs = (struct jobs){.options = &options, .supply = {.total = 1, .seed = 7}};
    jobs.supply.space.count = 1;
    wants_targets = false;
}

static void supply(uint64_t total)
{
    jobs.supply.total = jobs.supply.space.count = total;
}

static void expect(const char *format, const char *one, const char *other)
{
    char text[1024];
    announcement_make(&jobs, &output, &recorder);
    snprintf(text, sizeof text, format, one, other);
    ck_assert_str_eq(deeds(), text);
}

static const char *order(uint64_t seed)
{
    static char remark[ANNOTATION_MAX];
    return order_format(seed, 2, 3, remark);
}

START_TEST(nothing_is_told_of_one_connection)
{
    expect("%s%s", "", "");
}
END_TEST

START_TEST(several_are_told)
{
    options.count = 2;
    expect("[%s]%s", several_text(), "");
}
END_TEST

START_TEST(the_order_of_several_targets_is_told)
{
    supply(2);
    expect("[%s] order 7 2/3 [%s]", several_text(), order(7));
    options.in_order = true;
    expect("[%s] order as written 2/3 [%s]", several_text(), order(UINT64_MAX));
}
END_TEST

/* Its addresses come in their order. */
START_TEST(several_addresses_of_one_name_have_no_seed)
{
    jobs.supply.total = 2;
    expect("[%s] order as written 2/3 [%s]", several_text(), order(UINT64_MAX));
}
END_TEST

/* Each with a connection of its own: memory does not grow with them. */
START_TEST(many_targets_are_each_counted_once)
{
    char text[1024];
    supply(1025);
    announcement_make(&jobs, &output, &recorder);
    snprintf(text, sizeof text, "[%s] each-once [%s] order 7 2/3 [%s]", several_text(),
             each_once_text(), order(7));
    ck_assert_str_eq(deeds(), text);
}
END_TEST

START_TEST(plain_connections_are_compared_with)
{
    options.count = 2;
    options.compare = true;
    expect("[%s] compare [%s]", several_text(), compare_text());
}
END_TEST

START_TEST(one_connection_is_a_ladder)
{
    announcement_begin_report(&jobs, &output);
    ck_assert_str_eq(deeds(), "ladder");
    options.count = 2;
    announcement_begin_report(&jobs, &output);
    ck_assert_str_eq(deeds(), "lines");
    options.count = 0;
    announcement_begin_report(&jobs, &output);
    ck_assert_str_eq(deeds(), "lines");
}
END_TEST

static const struct {
    uint64_t total;
    bool wanted;
    const char *deeds;
} table_rows[] = {
    {2, true, "lines 192.0.2.0:80 there.example:81"},
    {2, false, "lines"},
    {1, true, "ladder"},
    {WATCH_TARGETS_MAX + 1, true, "lines"},
};

START_TEST(the_live_table_knows_the_targets)
{
    supply(table_rows[_i].total);
    wants_targets = table_rows[_i].wanted;
    announcement_begin_report(&jobs, &output);
    ck_assert_str_eq(deeds(), table_rows[_i].deeds);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("announcement");
    TCase *tests = tcase_create("before the run");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, nothing_is_told_of_one_connection);
    tcase_add_test(tests, several_are_told);
    tcase_add_test(tests, the_order_of_several_targets_is_told);
    tcase_add_test(tests, several_addresses_of_one_name_have_no_seed);
    tcase_add_test(tests, many_targets_are_each_counted_once);
    tcase_add_test(tests, plain_connections_are_compared_with);
    tcase_add_test(tests, one_connection_is_a_ladder);
    tcase_add_loop_test(tests, the_live_table_knows_the_targets, 0,
                        sizeof table_rows / sizeof table_rows[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
