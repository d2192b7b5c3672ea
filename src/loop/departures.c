/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/departures.h"

#include <stddef.h>

void departures_sent(struct departures *departures, int64_t now_ns)
{
    int64_t number = now_ns / COHORT_NS;
    struct cohort *cohort = &departures->cohorts[number % COHORTS];
    if (cohort->number != number)
        *cohort = (struct cohort){.number = number};
    cohort->sent++;
}

void departures_unseen(struct departures *departures, int64_t sent_ns)
{
    int64_t number = sent_ns / COHORT_NS;
    struct cohort *cohort = &departures->cohorts[number % COHORTS];
    if (cohort->number == number && cohort->unseen < cohort->sent)
        cohort->unseen++;
}

void departures_seen_late(struct departures *departures, int64_t sent_ns)
{
    int64_t number = sent_ns / COHORT_NS;
    struct cohort *cohort = &departures->cohorts[number % COHORTS];
    if (cohort->number == number && cohort->unseen > 0)
        cohort->unseen--;
}

const struct cohort *departures_of(const struct departures *departures, int64_t sent_ns)
{
    int64_t number = sent_ns / COHORT_NS;
    const struct cohort *cohort = &departures->cohorts[number % COHORTS];
    return cohort->number == number ? cohort : NULL;
}

bool departures_judge(struct departures *departures, int64_t now_ns, struct cohort *cohort)
{
    for (unsigned i = 0; i < COHORTS; i++) {
        struct cohort *here = &departures->cohorts[i];
        if (here->judged || here->sent == 0 || now_ns < here->number * COHORT_NS + COHORT_KEPT_NS)
            continue;
        here->judged = true;
        *cohort = *here;
        return true;
    }
    return false;
}
