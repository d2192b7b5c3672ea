/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/unsent.h"

#include <stdlib.h>

#include "flight/landing.h"

struct unsent {
    struct unsent *next, *before;
    struct unsents *all;
    struct attempt attempt;
    enum reason reason;
    struct inquiry *inquiry;
};

static void report(const struct unsents *unsents, const struct attempt *attempt, enum reason reason,
                   const struct opinion *opinion)
{
    landing_report_unsent(attempt, reason, opinion, unsents->recorder, unsents->output);
}

static void take_out(struct unsent *unsent)
{
    struct unsents *unsents = unsent->all;
    *(unsent->before != NULL ? &unsent->before->next : &unsents->first) = unsent->next;
    if (unsent->next != NULL)
        unsent->next->before = unsent->before;
    unsents->count--;
}

static void finish(struct unsent *unsent)
{
    const struct unsents *unsents = unsent->all;
    take_out(unsent);
    report(unsents, &unsent->attempt, unsent->reason, &unsent->inquiry->opinion);
    inquiry_end(unsents->inquiries, unsent->inquiry);
    free(unsent);
}

static void is_answered(void *owner)
{
    struct unsent *unsent = owner;
    if (unsent->inquiry != NULL) /* otherwise it is being asked */
        finish(unsent);
}

static void put_in(struct unsents *unsents, struct unsent *unsent)
{
    unsent->next = unsents->first;
    if (unsents->first != NULL)
        unsents->first->before = unsent;
    unsents->first = unsent;
    unsents->count++;
}

void unsents_add(struct unsents *unsents, const struct attempt *attempt, enum reason reason)
{
    static const struct opinion none = {.result = OPINION_NONE};
    bool waits = unsents->inquiries != NULL && !unsents->over &&
                 attempt->server.address.family != FAMILY_NONE;
    struct unsent *unsent = waits ? calloc(1, sizeof *unsent) : NULL;
    if (unsent == NULL) {
        report(unsents, attempt, reason, &none);
        return;
    }
    *unsent = (struct unsent){.all = unsents, .attempt = *attempt, .reason = reason};
    put_in(unsents, unsent);
    unsent->inquiry = inquiry_begin(unsents->inquiries, &attempt->server, attempt->route.ifindex,
                                    is_answered, unsent);
    if (unsent->inquiry != NULL && !unsent->inquiry->done)
        return;
    if (unsent->inquiry != NULL) {
        finish(unsent);
        return;
    }
    take_out(unsent);
    report(unsents, attempt, reason, &none);
    free(unsent);
}

void unsents_end(struct unsents *unsents)
{
    unsents->over = true;
    struct unsent *next;
    for (struct unsent *unsent = unsents->first; unsent != NULL; unsent = next) {
        next = unsent->next;
        finish(unsent);
    }
}
