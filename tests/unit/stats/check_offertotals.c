/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/offertotals.h"

#include <string.h>

#include "harness.h"

static struct offer_counts counts;
static struct offer_totals totals;

static void empty(void)
{
    memset(&counts, 0, sizeof counts);
    totals = (struct offer_totals){.counts = &counts};
}

static struct connection_result connection(unsigned offers, bool open)
{
    struct connection_result r = {.done = true};
    r.port_state = open ? PORT_OPEN : PORT_FILTERED;
    r.has_options[CLIENT] = true;
    r.openings[CLIENT] = (struct opening){.seen = true, .offers = (uint8_t)offers};
    r.has_options[SERVER] = open;
    r.openings[SERVER] = (struct opening){.seen = open, .ace = 1};
    return r;
}

static void add(unsigned count, unsigned offers, bool open)
{
    const struct connection_result r = connection(offers, open);
    for (unsigned i = 0; i < count; i++)
        offer_totals_add(&totals, &r);
}

START_TEST(counts_by_what_became_of_it)
{
    empty();
    ck_assert(!offer_totals_have(&totals, OFFER_ECN));
    add(3, OFFER_BIT(OFFER_ECN), true);
    add(2, OFFER_BIT(OFFER_ECN) | OFFER_BIT(OFFER_MPTCP), true);
    ck_assert(offer_totals_have(&totals, OFFER_ECN) && offer_totals_have(&totals, OFFER_MPTCP));
    ck_assert(!offer_totals_have(&totals, OFFER_ACCECN));
    ck_assert_uint_eq(counts.became[OFFER_ECN][AGREED], 5);
    ck_assert_uint_eq(counts.became[OFFER_MPTCP][IGNORED], 2);
    ck_assert_uint_eq(counts.became[OFFER_FASTOPEN][AGREEMENT_NONE], 5);
    const struct offer_counts before = counts;
    add(4, 0, true); /* nothing was offered, so nothing became of it */
    ck_assert_mem_eq(&counts, &before, sizeof counts);
    ck_assert_uint_eq(totals.offered.connections, 5);
    ck_assert_uint_eq(totals.plain.connections, 4);
    empty();
    add(1, OFFER_BIT(OFFER_ECN), true);
    ck_assert(!offer_totals_compare(&totals));
    ck_assert_int_eq(offer_totals_verdict(&totals), VERDICT_NO_DIFFERENCE);
}
END_TEST

/* Of many targets, only those have counts that something was offered to. */
START_TEST(compares_without_counts)
{
    totals = (struct offer_totals){0};
    add(5, OFFER_BIT(OFFER_ECN), false);
    add(5, 0, true);
    ck_assert(!offer_totals_have(&totals, OFFER_ECN));
    ck_assert(offer_totals_compare(&totals));
    ck_assert_int_eq(offer_totals_verdict(&totals), VERDICT_OFFER_FAILS);
}
END_TEST

START_TEST(leaves_others_out)
{
    empty();
    struct connection_result r = connection(0, true);
    ck_assert(!offer_totals_count(&r));
    r = connection(OFFER_BIT(OFFER_ECN), true);
    ck_assert(offer_totals_count(&r));
    r.done = false;
    ck_assert(!offer_totals_count(&r));
    offer_totals_add(&totals, &r);
    r.done = true;
    r.openings[CLIENT].seen = false;
    offer_totals_add(&totals, &r);
    ck_assert_uint_eq(totals.offered.connections + totals.plain.connections, 0);
}
END_TEST

static const struct {
    unsigned offered[2], plain[2]; /* open, and not */
    enum offer_verdict verdict;
    const char *name;
} verdicts[] = {
    {{0, 4}, {4, 0}, VERDICT_NO_DIFFERENCE, "no-difference"}, /* p = 0.029 */
    {{0, 5}, {5, 0}, VERDICT_OFFER_FAILS, "offer-fails"},
    {{5, 0}, {0, 5}, VERDICT_PLAIN_FAILS, "plain-fails"},
    {{10, 0}, {10, 0}, VERDICT_NO_DIFFERENCE, "no-difference"},
    {{8, 2}, {10, 0}, VERDICT_NO_DIFFERENCE, "no-difference"},
};

START_TEST(tells_a_difference)
{
    empty();
    for (unsigned i = 0; i < 2; i++) {
        add(verdicts[_i].offered[i], OFFER_BIT(OFFER_ECN), i == 0);
        add(verdicts[_i].plain[i], 0, i == 0);
    }
    ck_assert(offer_totals_compare(&totals));
    ck_assert_int_eq(offer_totals_verdict(&totals), verdicts[_i].verdict);
    ck_assert_str_eq(offer_verdict_name(verdicts[_i].verdict), verdicts[_i].name);
}
END_TEST

START_TEST(has_words_for_verdicts_alone)
{
    ck_assert_ptr_null(offer_verdict_name(OFFER_VERDICT_COUNT));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("offertotals");
    TCase *tests = tcase_create("offertotals");
    tcase_add_test(tests, counts_by_what_became_of_it);
    tcase_add_test(tests, compares_without_counts);
    tcase_add_test(tests, leaves_others_out);
    tcase_add_loop_test(tests, tells_a_difference, 0, sizeof verdicts / sizeof verdicts[0]);
    tcase_add_test(tests, has_words_for_verdicts_alone);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
