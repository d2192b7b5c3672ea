/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections for which nothing was sent, reported at once or after a second opinion. */
#include "flight/unsent.h"

#include <stdio.h>
#include <string.h>

#include "flight/landing.h"
#include "harness.h"

#define REPORTS_MAX 16

/* Memory: the linker puts this in place of calloc (--wrap). */

static int until_failure = -1; /* calls that still succeed; negative: all */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    bool fails = until_failure >= 0 && until_failure-- == 0;
    return fails ? NULL : __real_calloc(n, size);
}

/* The report */

static struct {
    uint32_t place;
    enum reason reason;
    struct opinion opinion;
    char target[16], labels[16];
    uint32_t address_count;
    struct resolved last;
} reports[REPORTS_MAX];
static unsigned report_count;

void landing_report_unsent(const struct attempt *attempt, enum reason reason,
                           const struct opinion *opinion, struct recorder *recorder,
                           struct output *output)
{
    (void)recorder;
    (void)output;
    ck_assert_uint_lt(report_count, REPORTS_MAX);
    reports[report_count].place = attempt->place;
    reports[report_count].reason = reason;
    snprintf(reports[report_count].target, sizeof reports[0].target, "%s", attempt->target);
    if (attempt->facts != NULL) {
        const struct target_facts *facts = attempt->facts;
        snprintf(reports[report_count].labels, sizeof reports[0].labels, "%s", facts->notes.labels);
        reports[report_count].address_count = facts->address_count;
        reports[report_count].last = facts->addresses[facts->address_count - 1];
    }
    reports[report_count++].opinion = *opinion;
}

/* Whoever is asked */

static struct inquiry *asked[REPORTS_MAX];
static unsigned asked_count, withdrawn;
static bool answers_at_once;

static void answer(struct inquiry *inquiry, enum opinion_result result)
{
    inquiry->done = true;
    inquiry->opinion = (struct opinion){.result = result};
    inquiry->answered(inquiry->owner);
}

static void take(void *context, struct inquiry *inquiry)
{
    (void)context;
    asked[asked_count++] = inquiry;
    if (answers_at_once)
        answer(inquiry, OPINION_TIMED_OUT);
}

static void withdraw(void *context, const struct inquiry *inquiry)
{
    (void)context;
    (void)inquiry;
    withdrawn++;
}

static const struct inquiries inquiries = {.ask = take, .withdraw = withdraw};
static struct failure failure;
static struct unsents unsents;

static void set_up(void)
{
    report_count = asked_count = withdrawn = 0;
    answers_at_once = false;
    until_failure = -1;
    failure = (struct failure){.failed = false};
    unsents = (struct unsents){.inquiries = &inquiries, .failure = &failure};
}

static void add(uint32_t place)
{
    const struct attempt attempt = {.target = "192.0.2.1",
                                    .place = place,
                                    .server = {{FAMILY_IPV4, {192, 0, 2, 1}}, 80},
                                    .route = {.ifindex = 6}};
    unsents_add(&unsents, &attempt, REASON_NO_ROUTE);
}

static void assert_report(unsigned nth, uint32_t place, enum opinion_result result)
{
    ck_assert_uint_lt(nth, report_count);
    ck_assert_uint_eq(reports[nth].place, place);
    ck_assert_int_eq(reports[nth].reason, REASON_NO_ROUTE);
    ck_assert_int_eq(reports[nth].opinion.result, result);
}

START_TEST(is_reported_at_once_where_nothing_is_asked)
{
    unsents.inquiries = NULL;
    add(1);
    assert_report(0, 1, OPINION_NONE);
    ck_assert_uint_eq(unsents.count, 0);
}
END_TEST

START_TEST(a_name_that_was_not_found_cannot_be_asked_for)
{
    const struct attempt attempt = {.target = "none.test", .place = 1};
    unsents_add(&unsents, &attempt, REASON_NO_ROUTE);
    assert_report(0, 1, OPINION_NONE);
    ck_assert_uint_eq(asked_count, 0);
}
END_TEST

/* While the run holds the port, connect(2) would only find the guard. */
START_TEST(the_own_guard_is_not_asked_for)
{
    const struct attempt attempt = {.target = "127.0.0.1",
                                    .server = {{FAMILY_IPV4, {127, 0, 0, 1}}, 40000}};
    unsents_add(&unsents, &attempt, REASON_OWN_GUARD);
    ck_assert_uint_eq(report_count, 1);
    ck_assert_uint_eq(asked_count, 0);
}
END_TEST

/* In whatever order the answers come. */
START_TEST(each_waits_for_its_answer)
{
    static const unsigned orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
    for (uint32_t i = 0; i < 4; i++)
        add(i + 1);
    ck_assert_uint_eq(unsents.count, 4);
    ck_assert_uint_eq(report_count, 0);
    ck_assert_uint_eq(asked[0]->server.port, 80);
    ck_assert_uint_eq(asked[0]->ifindex, 6);
    for (unsigned i = 0; i < 4; i++) {
        unsigned nth = orders[_i][i];
        answer(asked[nth], OPINION_REFUSED);
        assert_report(i, nth + 1, OPINION_REFUSED);
        ck_assert_uint_eq(unsents.count, 3 - i);
    }
    ck_assert_ptr_null(unsents.first);
}
END_TEST

/* What belongs to its target is gone by then. */
START_TEST(keeps_what_it_borrows)
{
    struct resolved addresses[UNTRIED_MOST + 4] = {0};
    char target[] = "name.test", labels[] = "team=a";
    struct target_facts facts = {.notes = {.labels = labels}, .addresses = addresses};
    facts.address_count = _i == 0 ? 2 : UNTRIED_MOST + 4;
    uint32_t kept = _i == 0 ? 2 : UNTRIED_MOST + 1;
    const struct attempt attempt = {
        .target = target, .facts = &facts, .server = {{FAMILY_IPV4, {192, 0, 2, 1}}, 80}};
    addresses[kept - 1].scope_ifindex = 7;
    unsents_add(&unsents, &attempt, REASON_NO_ROUTE);
    memset(addresses, 0xff, sizeof addresses);
    memset(target, 'x', sizeof target - 1);
    memset(labels, 'x', sizeof labels - 1);
    facts = (struct target_facts){.address_count = 99};
    answer(asked[0], OPINION_REFUSED);
    ck_assert_str_eq(reports[0].target, "name.test");
    ck_assert_str_eq(reports[0].labels, "team=a");
    ck_assert_uint_eq(reports[0].address_count, kept);
    ck_assert_uint_eq(reports[0].last.scope_ifindex, 7);
}
END_TEST

START_TEST(an_answer_may_come_at_once)
{
    answers_at_once = true;
    add(1);
    assert_report(0, 1, OPINION_TIMED_OUT);
    ck_assert_uint_eq(report_count, 1);
    ck_assert_uint_eq(unsents.count, 0);
}
END_TEST

START_TEST(at_the_end_none_waits_any_longer)
{
    for (uint32_t i = 0; i < 3; i++)
        add(i + 1);
    answer(asked[1], OPINION_CONNECTED);
    unsents_end(&unsents);
    ck_assert_uint_eq(report_count, 3);
    assert_report(0, 2, OPINION_CONNECTED);
    assert_report(1, 3, OPINION_NONE);
    assert_report(2, 1, OPINION_NONE);
    ck_assert_uint_eq(withdrawn, 2);
    ck_assert_uint_eq(unsents.count, 0);
    add(4);
    assert_report(3, 4, OPINION_NONE);
    ck_assert_uint_eq(asked_count, 3);
}
END_TEST

/* The run ends, whichever allocation fails: its report would lack an opinion. */
START_TEST(without_memory_the_run_ends)
{
    until_failure = _i;
    add(1);
    assert_report(0, 1, OPINION_NONE);
    ck_assert(failure.failed && failure.error.out_of_memory);
    ck_assert_uint_eq(unsents.count, 0);
    ck_assert_uint_eq(asked_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unsent");
    TCase *tc = tcase_create("reports");
    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, is_reported_at_once_where_nothing_is_asked);
    tcase_add_test(tc, a_name_that_was_not_found_cannot_be_asked_for);
    tcase_add_test(tc, the_own_guard_is_not_asked_for);
    tcase_add_loop_test(tc, each_waits_for_its_answer, 0, 4);
    tcase_add_loop_test(tc, keeps_what_it_borrows, 0, 2);
    tcase_add_test(tc, an_answer_may_come_at_once);
    tcase_add_loop_test(tc, without_memory_the_run_ends, 0, 2);
    tcase_add_test(tc, at_the_end_none_waits_any_longer);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
