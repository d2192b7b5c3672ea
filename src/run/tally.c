/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/tally.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define SPREADS_MAX 64 /* targets that have one of their own: 4 MiB */

struct tallied {
    struct summary summary; /* owns its spread */
    char *target;
};

struct tally {
    struct summary whole;
    struct spread spread;     /* of the whole */
    struct tallied **entries; /* in the order of their first connection */
    size_t count, capacity;
    void *index; /* tsearch tree of entries */
};

static int compare_entries(const void *a, const void *b)
{
    const struct tallied *x = a;
    const struct tallied *y = b;
    if (x->summary.port != y->summary.port)
        return x->summary.port < y->summary.port ? -1 : 1;
    return strcmp(x->summary.target, y->summary.target);
}

struct tally *tally_new(void)
{
    struct tally *tally = calloc(1, sizeof *tally);
    if (tally != NULL)
        tally->whole.spread = &tally->spread;
    return tally;
}

static void free_nothing(void *entry)
{
    (void)entry;
}

void tally_free(struct tally *tally)
{
    if (tally == NULL)
        return;
    tdestroy(tally->index, free_nothing);
    for (size_t i = 0; i < tally->count; i++) {
        free(tally->entries[i]->target);
        free(tally->entries[i]->summary.spread);
        free(tally->entries[i]);
    }
    free(tally->entries);
    free(tally);
}

static bool reserve(struct tally *tally)
{
    if (tally->count < tally->capacity)
        return true;
    size_t capacity = tally->capacity == 0 ? 8 : 2 * tally->capacity;
    struct tallied **entries = realloc(tally->entries, capacity * sizeof *entries);
    if (entries == NULL)
        return false;
    tally->entries = entries;
    tally->capacity = capacity;
    return true;
}

static struct tallied *new_entry(struct tally *tally, const struct tallied *like)
{
    struct tallied *entry = reserve(tally) ? malloc(sizeof *entry) : NULL;
    if (entry == NULL)
        return NULL;
    *entry = *like;
    entry->summary.target = entry->target = strdup(like->summary.target);
    if (entry->target == NULL || tsearch(entry, &tally->index, compare_entries) == NULL) {
        free(entry->target);
        free(entry);
        return NULL;
    }
    if (tally->count < SPREADS_MAX)
        entry->summary.spread = calloc(1, sizeof *entry->summary.spread);
    tally->entries[tally->count++] = entry;
    return entry;
}

void tally_add(struct tally *tally, const struct connection_result *result)
{
    summary_add(&tally->whole, result);
    if (result->target == NULL)
        return;
    struct tallied key = {.summary = {.target = result->target, .port = result->ends[SERVER].port}};
    void *const *found = tfind(&key, &tally->index, compare_entries);
    struct tallied *entry = found != NULL ? *found : new_entry(tally, &key);
    if (entry != NULL)
        summary_add(&entry->summary, result);
}

const struct summary *tally_whole(const struct tally *tally)
{
    return &tally->whole;
}

void tally_report(const struct tally *tally, struct report *report)
{
    struct summary *chosen = calloc(tally->count + 1, sizeof *chosen);
    if (chosen == NULL) {
        report_summary(report, &tally->whole, 1);
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < tally->count; i++) {
        const struct tallied *entry = tally->entries[i];
        if (tally->count > 1 && entry->summary.connections < 2)
            continue;
        chosen[count++] = entry->summary;
    }
    if (tally->count != 1 || tally->entries[0]->summary.connections != tally->whole.connections)
        chosen[count++] = tally->whole;
    report_summary(report, chosen, count);
    free(chosen);
}
