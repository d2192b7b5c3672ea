/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of hops, by what the children answer, and when. */
#include "live/reverse.h"

#include <string.h>

#include "fixtures/said.h"
#include "harness.h"
#include "net/clock.h"

#define SECOND INT64_C(1000000000)

/* The children */

struct namer {
    unsigned asked, stopped;
    struct address address;
    const char *answer; /* NULL: none yet */
    bool gone, refuses;
};

static struct namer children[NAMERS_MOST];
static size_t started;
static bool cannot_start;
static int64_t now_ns;

int64_t clock_monotonic_ns(void)
{
    return now_ns;
}

struct namer *namer_start(struct error *error)
{
    if (!cannot_start)
        return &children[started++];
    error_set(error, STATUS_RUN, "no process");
    return NULL;
}

void namer_stop(struct namer *namer)
{
    namer->stopped++;
}

int namer_fd(const struct namer *namer)
{
    return (int)(namer - children) + 50;
}

int namer_ask(struct namer *namer, const struct address *address, struct error *error)
{
    ck_assert_uint_eq(namer->stopped, 0);
    if (namer->refuses)
        return error_set(error, STATUS_RUN, "the child is gone");
    namer->asked++;
    namer->address = *address;
    return 0;
}

int namer_read(struct namer *namer, char *out, struct error *error)
{
    ck_assert_uint_eq(namer->stopped, 0);
    if (namer->gone)
        return error_set(error, STATUS_RUN, "the child is gone");
    if (namer->answer == NULL)
        return 0;
    strcpy(out, namer->answer);
    namer->answer = NULL;
    return 1;
}

/* The run */

static struct options options;
static struct reverse reverse;
static struct failure failure;
static struct error error;

static void set_up(void)
{
    said_begin();
    memset(children, 0, sizeof children);
    started = 0;
    cannot_start = false;
    now_ns = 100 * SECOND;
    options = (struct options){.path = true};
    failure = (struct failure){.failed = false};
    reverse = (struct reverse){.failure = &failure};
}

static void tear_down(void)
{
    reverse_close(&reverse);
    for (size_t i = 0; i < started; i++)
        ck_assert_uint_eq(children[i].stopped, 1);
    ck_assert(!failure.failed);
    said_end();
}

static void begin(void)
{
    ck_assert_int_eq(reverse_open(&reverse, &options, &error), 0);
}

static struct address address(unsigned number)
{
    return (struct address){FAMILY_IPV4, {10, 0, (uint8_t)(number >> 8), (uint8_t)number}};
}

/* "?": it is being asked for. */
static const char *name_of(unsigned number)
{
    const struct address hop = address(number);
    const char *name = reverse.names.find(reverse.names.context, &hop, now_ns);
    return name != NULL ? name : "?";
}

START_TEST(children_are_for_paths_with_names)
{
    static const struct {
        bool path, numeric;
        size_t children;
    } rows[] = {{true, false, NAMERS_MOST}, {true, true, 0}, {false, false, 0}, {false, true, 0}};
    options.path = rows[_i].path;
    options.numeric = rows[_i].numeric;
    begin();
    ck_assert_uint_eq(started, rows[_i].children);
    ck_assert_int_eq(reverse_names(&reverse) != NULL, rows[_i].children > 0);
    ck_assert_int_eq(reverse_fd(&reverse, 0), rows[_i].children > 0 ? 50 : -1);
    ck_assert_int_eq(reverse_fd(&reverse, NAMERS_MOST), -1);
}
END_TEST

START_TEST(a_child_that_cannot_be_started_is_an_error)
{
    cannot_start = true;
    ck_assert_int_eq(reverse_open(&reverse, &options, &error), -1);
    ck_assert_str_eq(error.text, "no process");
}
END_TEST

START_TEST(each_address_is_asked_for_once)
{
    begin();
    ck_assert_str_eq(name_of(1), "?");
    ck_assert_str_eq(name_of(1), "?");
    ck_assert_str_eq(name_of(2), "?");
    ck_assert_uint_eq(children[0].asked, 1);
    ck_assert_uint_eq(children[1].asked, 1);
    ck_assert_uint_eq(children[1].address.bytes[3], 2);
    children[1].answer = "two.test";
    children[0].answer = "";
    reverse_read(&reverse);
    ck_assert_str_eq(name_of(2), "two.test");
    ck_assert_str_eq(name_of(1), "");
    now_ns += 100 * SECOND;
    ck_assert_str_eq(name_of(2), "two.test");
    ck_assert_uint_eq(children[0].asked + children[1].asked + children[2].asked, 2);
}
END_TEST

/* In the order in which they came, each as a child is free. */
START_TEST(more_addresses_than_children_wait)
{
    begin();
    for (unsigned i = 0; i < NAMERS_MOST + 3; i++)
        ck_assert_str_eq(name_of(i), "?");
    children[2].answer = "two.test";
    reverse_read(&reverse);
    ck_assert_uint_eq(children[2].address.bytes[3], NAMERS_MOST);
    children[0].answer = "zero.test";
    children[2].answer = "four.test";
    reverse_read(&reverse);
    ck_assert_uint_eq(children[0].address.bytes[3], NAMERS_MOST + 1);
    ck_assert_uint_eq(children[2].address.bytes[3], NAMERS_MOST + 2);
    ck_assert_str_eq(name_of(NAMERS_MOST), "four.test");
    ck_assert_str_eq(name_of(NAMERS_MOST + 7), "?"); /* behind an empty queue */
    children[2].answer = "six.test";
    reverse_read(&reverse);
    ck_assert_uint_eq(children[2].address.bytes[3], NAMERS_MOST + 7);
}
END_TEST

/* A second; what waits for a child has not begun its own. */
START_TEST(patience_has_an_end)
{
    begin();
    ck_assert_str_eq(name_of(1), "?");
    now_ns += SECOND - 1;
    ck_assert_str_eq(name_of(1), "?");
    ck_assert_str_eq(name_of(2), "?");
    now_ns += 1;
    ck_assert_str_eq(name_of(1), "");
    ck_assert_str_eq(name_of(2), "?");
    children[0].answer = "late.test";
    reverse_read(&reverse);
    ck_assert_str_eq(name_of(1), "late.test");
}
END_TEST

/* Where each child waits for a server that does not answer, nothing is to be expected; one that is
 * not late is enough for hope. */
START_TEST(silence_is_not_waited_for_again)
{
    begin();
    for (unsigned i = 0; i < NAMERS_MOST - 1; i++)
        ck_assert_str_eq(name_of(i), "?");
    now_ns += SECOND / 2;
    ck_assert_str_eq(name_of(NAMERS_MOST - 1), "?");
    now_ns += SECOND / 2;
    ck_assert_str_eq(name_of(90), "?");
    now_ns += SECOND / 2;
    ck_assert_str_eq(name_of(90), "");
    ck_assert_str_eq(name_of(91), "");
    children[1].answer = "one.test";
    reverse_read(&reverse);
    ck_assert_str_eq(name_of(1), "one.test");
    ck_assert_str_eq(name_of(90), "?"); /* it is being asked for now */
    children[1].answer = "ninety.test";
    reverse_read(&reverse);
    ck_assert_str_eq(name_of(90), "ninety.test");
}
END_TEST

/* A child that is gone: what is known stays, and nothing is waited for. */
START_TEST(the_run_goes_on_without_children)
{
    begin();
    for (unsigned i = 0; i < NAMERS_MOST + 1; i++)
        ck_assert_str_eq(name_of(i), "?");
    children[0].answer = "zero.test";
    reverse_read(&reverse);
    if (_i == 0)
        children[2].gone = true;
    else
        children[1] = (struct namer){.asked = 1, .answer = "one.test", .refuses = true};
    if (_i == 1)
        ck_assert_str_eq(name_of(70), "?");
    reverse_read(&reverse);
    ck_assert_str_eq(said(), "tcpshake: the child is gone: continuing without names of hops\n");
    ck_assert_int_eq(reverse_fd(&reverse, 0), -1);
    ck_assert_ptr_null(reverse_names(&reverse));
    ck_assert_str_eq(name_of(0), "zero.test");
    ck_assert_str_eq(name_of(80), "");
    ck_assert_str_eq(name_of(3), "");
    reverse_read(&reverse);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(there_is_room_for_some)
{
    begin();
    for (unsigned i = 0; i < REVERSE_MOST; i++)
        ck_assert_str_eq(name_of(i), "?");
    ck_assert_str_eq(name_of(REVERSE_MOST), "");
    ck_assert_uint_eq(reverse.name_count, REVERSE_MOST);
    ck_assert_str_eq(name_of(REVERSE_MOST - 1), "?");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reverse");
    TCase *tests = tcase_create("names");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, children_are_for_paths_with_names, 0, 4);
    tcase_add_test(tests, a_child_that_cannot_be_started_is_an_error);
    tcase_add_test(tests, each_address_is_asked_for_once);
    tcase_add_test(tests, more_addresses_than_children_wait);
    tcase_add_test(tests, patience_has_an_end);
    tcase_add_test(tests, silence_is_not_waited_for_again);
    tcase_add_loop_test(tests, the_run_goes_on_without_children, 0, 2);
    tcase_add_test(tests, there_is_room_for_some);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
