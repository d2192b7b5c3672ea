/* SPDX-License-Identifier: BSD-2-Clause */
/* What stamps that are out of order make of connections, and what is said of them. */
#include "run/clocked.h"

#include <string.h>

#include "fixtures/said.h"
#include "harness.h"

#define SECOND INT64_C(1000000000)
#define YEARS  (INT64_C(3) * 365 * 86400)

static struct clocked clocked;
static struct conversation one, other;
static unsigned steps, watches;
static const struct conversation *distrusted;
static int64_t distrusted_before_ns;

/* What is done about them */

void flows_clock_was_set(struct flows *flows)
{
    (void)flows;
    steps++;
}

void flows_watch_clock(struct flows *flows)
{
    (void)flows;
    watches++;
}

void conversation_distrust(struct conversation *conversation, int64_t before_ns)
{
    distrusted = conversation;
    distrusted_before_ns = before_ns;
}

static void set_up(void)
{
    said_begin();
    clocked = (struct clocked){.number = 0};
    memset(&one, 0, sizeof one);
    memset(&other, 0, sizeof other);
    steps = watches = 0;
    distrusted = NULL;
}

static void tear_down(void)
{
    said_end();
}

static void take(uint64_t number, int64_t time_s, struct conversation *conversation)
{
    clocked_expect(&clocked, NULL, time_s * SECOND);
    if (conversation != NULL)
        conversation->ends[CLIENT].counts.segments++;
    clocked_take(&clocked, number, conversation);
}

static const char *told(void)
{
    clocked_tell(&clocked);
    return said();
}

START_TEST(what_goes_on_is_not_told)
{
    clocked_open(&clocked, "a");
    for (uint64_t i = 1; i < 9; i++)
        take(i, (int64_t)(100 + i), &one);
    take(9, 108, &one); /* as old as the one before */
    clocked_end(&clocked, NULL);
    ck_assert_str_eq(told(), "");
    ck_assert(steps == 0 && watches == 0 && distrusted == NULL && !one.clock_was_set);
}
END_TEST

START_TEST(one_stamp_alone_is_astray)
{
    clocked_open(&clocked, "a");
    take(1, 100, &one);
    take(2, 101, &one);
    take(3, 5, &other);
    take(4, 102, &one);
    take(5, 103, &one);
    clocked_end(&clocked, NULL);
    ck_assert_str_eq(told(), "tcpshake: a: packet 3 is stamped 1970-01-01T00:00:05.000000000Z, out "
                             "of order: durations across it are unknown\n");
    ck_assert_ptr_eq(distrusted, &other);
    ck_assert_int_eq(distrusted_before_ns, 101 * SECOND);
    ck_assert(watches > 0 && steps == 0 && !one.clock_was_set && !other.clock_was_set);
}
END_TEST

/* The connection of the first packet behind a step belongs to the new time, unless it began before.
 */
START_TEST(a_clock_is_set_back)
{
    clocked_open(&clocked, "a");
    take(1, 100, &one);
    take(2, 101, _i == 0 ? &one : &other);
    take(3, 5, &other);
    take(4, 6, &one);
    ck_assert_uint_eq(steps, 1);
    ck_assert_int_eq(other.clock_was_set, _i == 1);
    ck_assert_uint_eq(other.era, 1);
    ck_assert_uint_eq(one.era, 0);
    ck_assert_str_eq(told(), "tcpshake: a: packet 3 is stamped 1970-01-01T00:00:05.000000000Z, out "
                             "of order: durations across it are unknown\n");
}
END_TEST

/* A packet is told by its own file. */
START_TEST(files_have_numbers_of_their_own)
{
    clocked_open(&clocked, "a");
    take(1, 100, &one);
    take(2, 101, &one);
    if (_i == 0)
        take(3, 5, &one);
    clocked_open(&clocked, "b");
    if (_i == 1)
        take(1, 5, &one);
    take(_i == 1 ? 2 : 1, 102, &one);
    take(_i == 1 ? 3 : 2, 103, &one);
    const char *wanted =
        _i == 0 ? "tcpshake: a: packet 3 is stamped " : "tcpshake: b: packet 1 is stamped ";
    const char *text = told();
    ck_assert_ptr_eq(strstr(text, wanted), text);
}
END_TEST

/* A capture that begins with a wrong stamp: its third packet, or its end, tells. */
START_TEST(the_first_stamp_is_wrong)
{
    clocked_open(&clocked, "a");
    take(1, 0, &one);
    take(2, YEARS, &other);
    if (_i == 1)
        clocked_forget(&clocked, &one);
    if (_i == 2)
        clocked_end(&clocked, NULL);
    else
        take(3, YEARS + 1, &other);
    ck_assert_int_eq(one.clock_was_set, _i != 1);
    ck_assert(!other.clock_was_set);
    ck_assert_str_eq(told(), "tcpshake: a: packet 1 is stamped 1970-01-01T00:00:00.000000000Z, out "
                             "of order: durations across it are unknown\n");
}
END_TEST

START_TEST(what_is_released_is_left_alone)
{
    clocked_open(&clocked, "a");
    take(1, 100, &one);
    take(2, 101, &one);
    take(3, 5, &other);
    clocked_forget(&clocked, &other);
    take(4, 102, &one);
    ck_assert_ptr_null(distrusted);
    ck_assert_ptr_nonnull(strstr(told(), "packet 3 is"));
}
END_TEST

START_TEST(the_end_settles_a_doubt)
{
    clocked_open(&clocked, "a");
    take(1, 100, &one);
    take(2, 101, &one);
    take(3, 5, &other);
    ck_assert_str_eq(told(), "");
    clocked_end(&clocked, NULL);
    ck_assert_ptr_eq(distrusted, &other);
    ck_assert_ptr_nonnull(strstr(told(), "packet 3 is"));
}
END_TEST

/* The first is named, and each counts once. */
START_TEST(several_are_counted)
{
    clocked_open(&clocked, "a");
    take(1, 100, &one);
    take(2, 101, &one);
    take(3, 5, &other);
    take(4, 102, &one);
    take(5, 7, &other);
    take(6, 103, &one);
    take(7, 8, &other);
    take(8, 104, &one);
    ck_assert_str_eq(told(), "tcpshake: a: packet 3 is stamped 1970-01-01T00:00:05.000000000Z, out "
                             "of order, and so are 2 more: durations across them are unknown\n");
}
END_TEST

/* What the connection itself has noticed: once a stamp was older, it is looked for. */
START_TEST(a_connection_tells_that_it_ran_back)
{
    clocked_open(&clocked, "a");
    take(1, 100, &one);
    take(2, 101, &one);
    one.ran_back = true;
    take(3, 102, &one);
    ck_assert(one.ran_back); /* nothing is out of order, so that it is not asked */
    clocked_expect(&clocked, NULL, 102 * SECOND - 1);
    clocked_take(&clocked, 4, &one);
    ck_assert(!one.ran_back);
    one.ran_back = true;
    clocked_look(&clocked, &one); /* the same packet */
    ck_assert_uint_eq(clocked.wrong, 1);
    ck_assert_ptr_nonnull(strstr(told(), "packet 4 is stamped 1970-01-01T00:01:41.999999999Z"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clocked");
    TCase *tests = tcase_create("stamps");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_goes_on_is_not_told);
    tcase_add_test(tests, one_stamp_alone_is_astray);
    tcase_add_loop_test(tests, a_clock_is_set_back, 0, 2);
    tcase_add_loop_test(tests, files_have_numbers_of_their_own, 0, 2);
    tcase_add_loop_test(tests, the_first_stamp_is_wrong, 0, 3);
    tcase_add_test(tests, what_is_released_is_left_alone);
    tcase_add_test(tests, the_end_settles_a_doubt);
    tcase_add_test(tests, several_are_counted);
    tcase_add_test(tests, a_connection_tells_that_it_ran_back);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
