/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/offertotals.h"

#include "base/lookup.h"
#include "stats/fisher.h"

static void count(struct offer_kind *kind, const struct connection_result *result)
{
    kind->connections++;
    kind->open += result->port_state == PORT_OPEN;
}

/* Of connections for which nothing was sent, and of those of others, there is nothing to say. */
static bool tells(const struct connection_result *result)
{
    return result->done && result->openings[CLIENT].seen;
}

bool offer_totals_count(const struct connection_result *result)
{
    return tells(result) && result->openings[CLIENT].offers != 0;
}

static void count_outcome(struct offer_counts *counts, const struct connection_result *result)
{
    struct offer_outcome outcome;

    offer_judge(result, &outcome);
    for (unsigned i = 0; i < OFFERS; i++)
        counts->became[i][outcome.became[i]]++;
}

void offer_totals_add(struct offer_totals *totals, const struct connection_result *result)
{
    if (!tells(result))
        return;
    count(offer_totals_count(result) ? &totals->offered : &totals->plain, result);
    if (offer_totals_count(result) && totals->counts != NULL)
        count_outcome(totals->counts, result);
}

bool offer_totals_have(const struct offer_totals *totals, enum offer offer)
{
    uint64_t sum = 0;

    if (totals->counts == NULL)
        return false;
    for (unsigned i = AGREED; i < AGREEMENT_COUNT; i++)
        sum += totals->counts->became[offer][i];
    return sum > 0;
}

bool offer_totals_compare(const struct offer_totals *totals)
{
    return totals->offered.connections > 0 && totals->plain.connections > 0;
}

double offer_totals_p(const struct offer_totals *totals)
{
    const struct offer_kind *offered = &totals->offered, *plain = &totals->plain;
    const uint64_t table[2][2] = {
        {offered->open, offered->connections - offered->open},
        {plain->open, plain->connections - plain->open},
    };

    return fisher_two_sided(table);
}

static double open_share(const struct offer_kind *kind)
{
    return (double)kind->open / (double)kind->connections;
}

enum offer_verdict offer_totals_verdict(const struct offer_totals *totals)
{
    if (!offer_totals_compare(totals) || offer_totals_p(totals) > OFFER_SIGNIFICANCE)
        return VERDICT_NO_DIFFERENCE;
    return open_share(&totals->offered) < open_share(&totals->plain) ? VERDICT_OFFER_FAILS
                                                                     : VERDICT_PLAIN_FAILS;
}

const char *offer_verdict_name(enum offer_verdict value)
{
    static const char *const names[OFFER_VERDICT_COUNT] = {
        [VERDICT_NO_DIFFERENCE] = "no-difference",
        [VERDICT_OFFER_FAILS] = "offer-fails",
        [VERDICT_PLAIN_FAILS] = "plain-fails",
    };

    return LOOK_UP(names, value);
}
