/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/tally.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct tallied {
    struct summary summary; /* its target is the owned text, or NULL */
    struct address server;  /* stands for the target where that is NULL */
    char *text;
};

struct tally {
    struct summary whole;
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
    if (x->summary.target != NULL && y->summary.target != NULL)
        return strcmp(x->summary.target, y->summary.target);
    if (x->summary.target != NULL || y->summary.target != NULL)
        return x->summary.target != NULL ? 1 : -1;
    return memcmp(&x->server, &y->server, sizeof x->server);
}

struct tally *tally_new(void)
{
    return calloc(1, sizeof(struct tally));
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
        free(tally->entries[i]->text);
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
    char text[ADDRESS_TEXT_MAX];
    entry->text = strdup(like->summary.target != NULL ? like->summary.target
                                                      : address_text(&like->server, text));
    if (entry->text == NULL || tsearch(entry, &tally->index, compare_entries) == NULL) {
        free(entry->text);
        free(entry);
        return NULL;
    }
    if (like->summary.target != NULL)
        entry->summary.target = entry->text;
    tally->entries[tally->count++] = entry;
    return entry;
}

void tally_add(struct tally *tally, const struct connection_result *result)
{
    struct tallied key = {.summary = {.target = result->target, .port = result->ends[SERVER].port},
                          .server = result->ends[SERVER].address};
    void *const *found = tfind(&key, &tally->index, compare_entries);
    struct tallied *entry = found != NULL ? *found : new_entry(tally, &key);
    summary_add(&tally->whole, result);
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
        chosen[count] = entry->summary;
        chosen[count++].target = entry->text;
    }
    if (tally->count != 1)
        chosen[count++] = tally->whole;
    report_summary(report, chosen, count);
    free(chosen);
}
