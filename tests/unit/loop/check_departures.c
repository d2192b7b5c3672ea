/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/departures.h"

#include "harness.h"

#define START (77 * COHORT_NS)

static struct departures departures;
static struct cohort cohort;

static void set_up(void)
{
    departures = (struct departures){0};
}

/* SYNs that were sent within the cohort of that time. */
static void send(int64_t at_ns, uint32_t count, uint32_t unseen)
{
    for (uint32_t i = 0; i < count; i++)
        departures_sent(&departures, at_ns + i);
    for (uint32_t i = 0; i < unseen; i++)
        departures_unseen(&departures, at_ns + i);
}

START_TEST(judges_each_cohort_once_and_late)
{
    send(START, 9, 2);
    send(START + COHORT_NS, 5, 0);
    ck_assert(!departures_judge(&departures, START + COHORT_KEPT_NS - 1, &cohort));
    ck_assert(departures_judge(&departures, START + COHORT_KEPT_NS, &cohort));
    ck_assert_uint_eq(cohort.sent, 9);
    ck_assert_uint_eq(cohort.unseen, 2);
    ck_assert_int_eq(cohort.number, 77);
    ck_assert(!departures_judge(&departures, START + COHORT_KEPT_NS, &cohort));
    ck_assert(departures_judge(&departures, START + COHORT_NS + COHORT_KEPT_NS, &cohort));
    ck_assert_uint_eq(cohort.sent, 5);
    ck_assert_uint_eq(cohort.unseen, 0);
    ck_assert(!departures_judge(&departures, START + 99 * COHORT_NS, &cohort));
}
END_TEST

/* Of what was sent then, and of nothing that has its place or had it. */
START_TEST(knows_each_cohort)
{
    ck_assert_ptr_null(departures_of(&departures, START));
    send(START, 3, 1);
    ck_assert_ptr_nonnull(departures_of(&departures, START + COHORT_NS - 1));
    ck_assert_uint_eq(departures_of(&departures, START)->unseen, 1);
    ck_assert_ptr_null(departures_of(&departures, START + (int64_t)COHORTS * COHORT_NS));
    ck_assert_ptr_null(departures_of(&departures, START - (int64_t)COHORTS * COHORT_NS));
}
END_TEST

/* Those that there are, and nothing beside them. */
START_TEST(judges_what_there_is)
{
    static struct {
        struct departures departures;
        struct cohort beyond;
    } memory;
    memory.departures = (struct departures){0};
    memory.beyond = (struct cohort){.sent = 9};
    for (int64_t i = 0; i < COHORTS; i++)
        departures_sent(&memory.departures, START + i * COHORT_NS);
    for (unsigned i = 0; i < COHORTS; i++)
        ck_assert(departures_judge(&memory.departures, START + 99 * COHORT_NS, &cohort));
    ck_assert(!departures_judge(&memory.departures, START + 99 * COHORT_NS, &cohort));
}
END_TEST

START_TEST(a_later_cohort_takes_the_place)
{
    send(START, 9, 2);
    send(START + (int64_t)COHORTS * COHORT_NS, 4, 0);
    departures_unseen(&departures, START); /* too late */
    ck_assert(departures_judge(&departures, START + 99 * COHORT_NS, &cohort));
    ck_assert_uint_eq(cohort.sent, 4);
    ck_assert_uint_eq(cohort.unseen, 0);
    ck_assert(!departures_judge(&departures, START + 99 * COHORT_NS, &cohort));
}
END_TEST

/* One that is sent a moment after it was counted may be of the next tenth of a second. */
START_TEST(no_more_are_unseen_than_were_sent)
{
    departures_unseen(&departures, START);
    send(START, 2, 2);
    departures_unseen(&departures, START);
    ck_assert(departures_judge(&departures, START + COHORT_KEPT_NS, &cohort));
    ck_assert_uint_eq(cohort.sent, 2);
    ck_assert_uint_eq(cohort.unseen, 2);
}
END_TEST

START_TEST(frames_may_be_read_late)
{
    send(START, 3, 2);
    departures_seen_late(&departures, START);
    departures_seen_late(&departures, START - COHORT_NS); /* of a cohort that is over */
    departures_seen_late(&departures,
                         START - (int64_t)COHORTS * COHORT_NS); /* whose place it has */
    ck_assert(departures_judge(&departures, START + COHORT_KEPT_NS, &cohort));
    ck_assert_uint_eq(cohort.unseen, 1);
    departures_seen_late(&departures, START);
    departures_seen_late(&departures, START); /* more than there were */
    ck_assert_uint_eq(departures.cohorts[77 % COHORTS].unseen, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("departures");
    TCase *cohorts = tcase_create("cohorts");
    tcase_add_checked_fixture(cohorts, set_up, NULL);
    tcase_add_test(cohorts, judges_each_cohort_once_and_late);
    tcase_add_test(cohorts, knows_each_cohort);
    tcase_add_test(cohorts, judges_what_there_is);
    tcase_add_test(cohorts, a_later_cohort_takes_the_place);
    tcase_add_test(cohorts, no_more_are_unseen_than_were_sent);
    tcase_add_test(cohorts, frames_may_be_read_late);
    suite_add_tcase(suite, cohorts);
    return run_suite(suite);
}
