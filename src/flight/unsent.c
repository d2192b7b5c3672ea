/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/unsent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/labels.h"
#include "files/annotation.h"
#include "flight/landing.h"

struct unsent {
    struct unsent *next, *before;
    struct unsents *all;
    struct attempt attempt;
    enum reason reason;
    struct inquiry *inquiry;
    /* What the attempt borrows, which may be gone when the opinion comes: */
    struct target_facts facts;
    struct resolved addresses[UNTRIED_MOST + 1];
    char target[ANNOTATION_TARGET_MAX], labels[LABELS_MAX + 1];
};

static void keep_facts(struct unsent *unsent)
{
    struct target_facts *facts = &unsent->facts;
    uint32_t count = facts->address_count;
    facts->address_count = count <= UNTRIED_MOST ? count : UNTRIED_MOST + 1;
    if (facts->address_count > 0)
        memcpy(unsent->addresses, facts->addresses,
               facts->address_count * sizeof unsent->addresses[0]);
    facts->addresses = unsent->addresses;
    snprintf(unsent->labels, sizeof unsent->labels, "%s", facts->notes.labels);
    facts->notes.labels = unsent->labels;
}

static void keep(struct unsent *unsent)
{
    struct attempt *attempt = &unsent->attempt;
    snprintf(unsent->target, sizeof unsent->target, "%s", attempt->target);
    attempt->target = unsent->target;
    if (attempt->facts == NULL)
        return;
    unsent->facts = *attempt->facts;
    keep_facts(unsent);
    attempt->facts = &unsent->facts;
}

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
    bool waits = unsents->inquiries != NULL && !unsents->over && reason != REASON_OWN_GUARD &&
                 attempt->server.address.family != FAMILY_NONE;
    struct unsent *unsent = waits ? calloc(1, sizeof *unsent) : NULL;
    if (waits && unsent == NULL)
        failure_note_memory(unsents->failure);
    if (unsent == NULL) {
        report(unsents, attempt, reason, &none);
        return;
    }
    *unsent = (struct unsent){.all = unsents, .attempt = *attempt, .reason = reason};
    keep(unsent);
    put_in(unsents, unsent);
    unsent->inquiry = inquiry_begin(unsents->inquiries, &attempt->server, attempt->route.ifindex,
                                    is_answered, unsent);
    if (unsent->inquiry != NULL && !unsent->inquiry->done)
        return;
    if (unsent->inquiry != NULL) {
        finish(unsent);
        return;
    }
    failure_note_memory(unsents->failure);
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
