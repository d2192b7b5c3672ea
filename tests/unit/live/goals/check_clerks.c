/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asked for which name, and until when. The children answer when the test says so. */
#include "live/goals/clerks.h"

#include <stdio.h>
#include <string.h>

#include "confine/confine.h"
#include "harness.h"
#include "tcp/result.h"

#define SECOND  INT64_C(1000000000)
#define ERRANDS 24u

/* The children */

struct resolver {
    unsigned asked, left;
    enum family family;
    char host[RESOLVER_HOST_MAX];
    bool busy, answers, gone;
};

static struct resolver children[CLERKS_MOST];
static size_t started;
static uint32_t room;

uint32_t confine_room_for_files(size_t wanted)
{
    return wanted < room ? (uint32_t)wanted : room;
}

struct resolver *resolver_start(struct error *error)
{
    (void)error;
    return &children[started++];
}

void resolver_leave(struct resolver *resolver)
{
    resolver->left++;
}

int resolver_fd(const struct resolver *resolver)
{
    return (int)(resolver - children) + 50;
}

bool resolver_is_busy(const struct resolver *resolver)
{
    return resolver->busy;
}

int resolver_ask(struct resolver *resolver, const char *host, enum family family,
                 struct error *error)
{
    ck_assert(!resolver->busy);
    if (resolver->gone)
        return error_set(error, STATUS_RUN, "the child is gone");
    resolver->asked++;
    resolver->busy = true;
    resolver->family = family;
    snprintf(resolver->host, sizeof resolver->host, "%s", host);
    return 0;
}

int resolver_read(struct resolver *resolver, struct resolution *out, struct error *error)
{
    ck_assert(resolver->busy);
    if (resolver->gone)
        return error_set(error, STATUS_RUN, "the child is gone");
    if (!resolver->answers)
        return 0;
    resolver->answers = resolver->busy = false;
    *out = (struct resolution){.result = 0, .duration_ns = 5};
    return 1;
}

/* The clerks */

static struct clerks clerks;
static struct error error;
static struct errand errands[ERRANDS], *errand;
static char names[ERRANDS][16];
static struct resolution resolution;

static void begin(uint32_t descriptors, enum family family)
{
    memset(children, 0, sizeof children);
    started = 0;
    room = descriptors;
    ck_assert_int_eq(clerks_open(&clerks, family, 2 * SECOND, &error), 0);
    for (unsigned i = 0; i < ERRANDS; i++) {
        snprintf(names[i], sizeof names[i], "%u.test", i);
        errands[i] = (struct errand){.host = names[i]};
    }
}

static void end(void)
{
    clerks_close(&clerks);
    for (size_t i = 0; i < started; i++)
        ck_assert_uint_eq(children[i].left, 1);
}

static void ask(unsigned i, int64_t now_ns)
{
    ck_assert_int_eq(clerks_ask(&clerks, &errands[i], now_ns, &error), 0);
}

/* The number of the errand that is answered, or -1. */
static int take(int64_t now_ns)
{
    int code = clerks_take(&clerks, now_ns, &errand, &resolution, &error);
    ck_assert_int_ge(code, 0);
    return code == 0 ? -1 : (int)(errand - errands);
}

/* Each needs a descriptor, and one for the run. */
START_TEST(there_are_as_many_as_there_is_room_for)
{
    static const struct {
        uint32_t room;
        size_t started;
    } rows[] = {{1000, CLERKS_MOST}, {32, 16}, {31, 15}, {10, 5}, {2, 1}, {1, 1}, {0, 1}};
    begin(rows[_i].room, FAMILY_NONE);
    ck_assert_uint_eq(started, rows[_i].started);
    end();
}
END_TEST

START_TEST(each_gets_what_waits_in_turn)
{
    begin(4, FAMILY_IPV6);
    for (unsigned i = 0; i < 5; i++)
        ask(i, 0);
    ck_assert_str_eq(children[0].host, "0.test");
    ck_assert_str_eq(children[1].host, "1.test");
    ck_assert_int_eq(children[1].family, FAMILY_IPV6);
    ck_assert_int_eq(take(0), -1);
    children[1].answers = true;
    ck_assert_int_eq(take(0), 1);
    ck_assert_int_eq(resolution.duration_ns, 5);
    ck_assert_str_eq(children[1].host, "2.test");
    children[0].answers = children[1].answers = true;
    ck_assert_int_eq(take(0), 0);
    ck_assert_int_eq(take(0), 2);
    ck_assert_int_eq(take(0), -1);
    ck_assert_str_eq(children[0].host, "3.test");
    ck_assert_str_eq(children[1].host, "4.test");
    children[0].answers = children[1].answers = true;
    ck_assert_int_eq(take(0), 3);
    ck_assert_int_eq(take(0), 4);
    ck_assert_int_eq(take(0), -1);
    ask(5, 0); /* behind an empty queue */
    ask(6, 0);
    ask(7, 0);
    children[0].answers = true;
    ck_assert_int_eq(take(0), 5);
    ck_assert_str_eq(children[0].host, "7.test");
    end();
}
END_TEST

/* A name whose time is over is given up, its child is not asked before it has answered, and what it
 * answers then is of no errand. */
START_TEST(a_wait_ends)
{
    begin(2, FAMILY_NONE);
    ask(0, SECOND);
    ask(1, SECOND);
    ck_assert_int_eq(clerks_next_ns(&clerks), 3 * SECOND);
    ck_assert_int_eq(take(3 * SECOND - 1), -1);
    ck_assert_int_eq(take(3 * SECOND), 0);
    ck_assert_int_eq(resolution.result, -1);
    ck_assert_int_eq(resolution.duration_ns, 2 * SECOND);
    ck_assert_str_eq(resolution.error.text,
                     "cannot resolve '0.test': no answer within the time of -W");
    ck_assert_int_eq(resolution.error.status, STATUS_USAGE);
    ck_assert_uint_eq(resolution.error.unresolved, 1);
    ck_assert_int_eq(clerks_next_ns(&clerks), 3 * SECOND + CLERKS_STUCK_NS); /* 1.test waits */
    ck_assert_int_eq(take(4 * SECOND), -1);
    ck_assert_uint_eq(children[0].asked, 1);
    ck_assert_int_eq(clerks_fd(&clerks, 0), 50);
    children[0].answers = true;
    ck_assert_int_eq(take(5 * SECOND), -1);
    ck_assert_str_eq(children[0].host, "1.test");
    ck_assert_int_eq(clerks_next_ns(&clerks), 7 * SECOND);
    children[0].answers = true;
    ck_assert_int_eq(take(5 * SECOND), 1);
    ck_assert_int_eq(resolution.result, 0);
    end();
}
END_TEST

START_TEST(the_earliest_wait_is_the_next)
{
    begin(6, FAMILY_NONE);
    ck_assert_int_eq(clerks_next_ns(&clerks), INT64_MAX);
    ask(0, 3 * SECOND);
    ask(1, SECOND);
    ask(2, 2 * SECOND);
    ck_assert_int_eq(clerks_next_ns(&clerks), 3 * SECOND);
    children[1].answers = true;
    ck_assert_int_eq(take(2 * SECOND), 1);
    ck_assert_int_eq(clerks_next_ns(&clerks), 4 * SECOND);
    end();
}
END_TEST

/* Errands that wait are given up once each child had its time, whichever was asked last. */
START_TEST(the_latest_wait_decides_when_all_are_stuck)
{
    unsigned last = (unsigned)_i, first = 1 - last;
    begin(4, FAMILY_NONE);
    ask(0, 0);
    ask(1, 0);
    children[last].answers = true;
    ck_assert_int_eq(take(SECOND), (int)last);
    ask(2, SECOND); /* to that one again */
    ask(3, SECOND);
    ck_assert_int_eq(take(2 * SECOND), (int)first);
    ck_assert_int_eq(take(3 * SECOND), 2);
    ck_assert_int_eq(clerks_next_ns(&clerks), 3 * SECOND + CLERKS_STUCK_NS);
    ck_assert_int_eq(take(3 * SECOND + CLERKS_STUCK_NS - 1), -1);
    ck_assert_int_eq(take(3 * SECOND + CLERKS_STUCK_NS), 3);
    end();
}
END_TEST

START_TEST(idle_clerks_are_not_polled)
{
    begin(4, FAMILY_NONE);
    ck_assert_int_eq(clerks_fd(&clerks, 0), -1);
    ask(0, 0);
    ck_assert_int_eq(clerks_fd(&clerks, 0), 50);
    ck_assert_int_eq(clerks_fd(&clerks, 1), -1);
    ck_assert_int_eq(clerks_fd(&clerks, 2), -1);
    children[0].answers = true;
    ck_assert_int_eq(take(0), 0);
    ck_assert_int_eq(clerks_fd(&clerks, 0), -1);
    end();
}
END_TEST

START_TEST(a_name_has_a_longest_length)
{
    char host[RESOLVER_HOST_MAX + 1];
    struct errand one = {.host = host};
    begin(2, FAMILY_NONE);
    memset(host, 'a', sizeof host);
    host[RESOLVER_HOST_MAX - 1 + _i] = '\0';
    ck_assert_int_eq(clerks_ask(&clerks, &one, 0, &error), _i == 0 ? 0 : -1);
    if (_i == 1) {
        ck_assert_int_eq(error.status, STATUS_USAGE);
        ck_assert_ptr_nonnull(strstr(error.text, "aaa...': a name of 256 characters"));
    }
    end();
}
END_TEST

/* As it is asked, and as it is to answer. */
START_TEST(a_child_that_is_gone_is_an_error)
{
    begin(2, FAMILY_NONE);
    children[0].gone = _i == 0;
    int code = clerks_ask(&clerks, &errands[0], 0, &error);
    ck_assert_int_eq(code, _i == 0 ? -1 : 0);
    if (_i > 0) {
        children[0].gone = true;
        ck_assert_int_eq(clerks_take(&clerks, 0, &errand, &resolution, &error), -1);
    }
    ck_assert_str_eq(error.text, "the child is gone");
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clerks");
    TCase *tests = tcase_create("errands");
    tcase_add_loop_test(tests, there_are_as_many_as_there_is_room_for, 0, 7);
    tcase_add_test(tests, each_gets_what_waits_in_turn);
    tcase_add_test(tests, a_wait_ends);
    tcase_add_test(tests, the_earliest_wait_is_the_next);
    tcase_add_loop_test(tests, the_latest_wait_decides_when_all_are_stuck, 0, 2);
    tcase_add_test(tests, idle_clerks_are_not_polled);
    tcase_add_loop_test(tests, a_name_has_a_longest_length, 0, 2);
    tcase_add_loop_test(tests, a_child_that_is_gone_is_an_error, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
