/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/tally.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "stats/breakdown.h"
#include "stats/pathtotals.h"
#include "stats/saved.h"

#define SPREADS_MAX  64   /* targets that have one of their own: 4 MiB */
#define MANY_TARGETS 64   /* more have a summary by port and by network */
#define TEXT_MAX     2048 /* of a name or of labels, with the NUL */

struct tallied {
    struct summary summary; /* owns its spread */
    char *target;
    char *labels;   /* NULL: none */
    uint32_t place; /* among the targets of the run; 0 if unknown */
    size_t since;   /* how many had a connection before it */
};

struct tally {
    const struct conditions *conditions;
    bool failed;
    bool each_once;              /* targets are not kept ... */
    uint64_t once_count;         /* ... but counted, ... */
    bool once_broken;            /* and whether one did not hold the conditions */
    struct summary whole;        /* its streak is that of what has no target */
    struct spread spread;        /* of the whole */
    struct offer_counts offers;  /* of the whole */
    struct breakdown *breakdown; /* of what has a target; NULL: out of memory */
    struct tallied **entries;
    size_t count, capacity, max;
    uint64_t others;
    bool lacks_memory;
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

struct tally *tally_new(const struct conditions *conditions)
{
    struct tally *tally = calloc(1, sizeof *tally);
    if (tally == NULL)
        return NULL;
    tally->conditions = conditions;
    tally->max = SIZE_MAX;
    tally->whole.spread = &tally->spread;
    tally->whole.offers.counts = &tally->offers;
    tally->breakdown = calloc(1, sizeof *tally->breakdown);
    return tally;
}

void tally_limit(struct tally *tally, size_t targets_max)
{
    tally->max = targets_max;
}

uint64_t tally_others(const struct tally *tally)
{
    return tally->others;
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
        free(tally->entries[i]->labels);
        free(tally->entries[i]->summary.spread);
        free(tally->entries[i]->summary.path);
        free(tally->entries[i]->summary.offers.counts);
        free(tally->entries[i]);
    }
    free(tally->entries);
    free(tally->breakdown);
    free(tally);
}

bool tally_lacks_memory(const struct tally *tally)
{
    return tally->lacks_memory;
}

static bool reserve(struct tally *tally)
{
    if (tally->count < tally->capacity)
        return true;
    size_t capacity = tally->capacity == 0 ? 8 : 2 * tally->capacity;
    struct tallied **entries = realloc(tally->entries, capacity * sizeof(struct tallied *));
    if (entries == NULL)
        return false;
    tally->entries = entries;
    tally->capacity = capacity;
    return true;
}

static struct tallied *make_entry(struct tally *tally, const struct tallied *like)
{
    struct tallied *entry = reserve(tally) ? malloc(sizeof *entry) : NULL;
    if (entry == NULL)
        return NULL;
    *entry = *like;
    entry->since = tally->count;
    entry->summary.target = entry->target = strdup(like->summary.target);
    if (entry->target == NULL || tsearch(entry, &tally->index, compare_entries) == NULL) {
        free(entry->target);
        free(entry);
        return NULL;
    }
    if (like->labels != NULL)
        entry->summary.labels = entry->labels = strdup(like->labels); /* or without them */
    tally->lacks_memory = tally->lacks_memory || (like->labels != NULL && entry->labels == NULL);
    if (tally->count < SPREADS_MAX) {
        entry->summary.spread = calloc(1, sizeof *entry->summary.spread);
        tally->lacks_memory = tally->lacks_memory || entry->summary.spread == NULL;
    }
    tally->entries[tally->count++] = entry;
    return entry;
}

static struct tallied *new_entry(struct tally *tally, const struct tallied *like)
{
    struct tallied *entry = make_entry(tally, like);
    tally->lacks_memory = tally->lacks_memory || entry == NULL;
    return entry;
}

static struct tallied *find_entry(const struct tally *tally, const struct tallied *like)
{
    void *const *found = tfind(like, &tally->index, compare_entries);
    return found != NULL ? *found : NULL;
}

static struct tallied *entry_of_others(struct tally *tally)
{
    const struct tallied key = {.summary = {.target = TALLY_OTHERS}, .place = UINT32_MAX};
    struct tallied *entry = find_entry(tally, &key);
    tally->others++;
    return entry != NULL ? entry : new_entry(tally, &key);
}

static struct tallied *entry_for(struct tally *tally, const struct connection_result *result)
{
    if (result->target == NULL)
        return NULL;
    struct tallied key = {.summary = {.target = result->target, .port = result->ends[SERVER].port},
                          .place = result->place};
    struct tallied *entry = find_entry(tally, &key);
    if (entry != NULL)
        return entry;
    if (result->notes != NULL && result->notes->labels[0] != '\0')
        key.labels = (char *)result->notes->labels;
    return tally->count < tally->max ? new_entry(tally, &key) : entry_of_others(tally);
}

void tally_each_once(struct tally *tally)
{
    tally->each_once = true;
}

/* The target's only connection. */
static void add_once(struct tally *tally, const struct connection_result *result)
{
    struct streak streak = {0};
    streak_add(&streak, tally->conditions, result->ok);
    tally->once_count++;
    tally->failed = tally->failed || streak.failed;
    tally->once_broken = tally->once_broken || !streak_holds(&streak, tally->conditions);
    summary_add(&tally->whole, result);
}

/* Of as many targets as have a spread. Returns whether there was memory for that. */
static bool add_path(struct summary *summary, const struct path *path)
{
    if (summary->spread == NULL)
        return true;
    if (summary->path == NULL)
        summary->path = calloc(1, sizeof *summary->path);
    if (summary->path != NULL)
        path_totals_add(summary->path, path);
    return summary->path != NULL;
}

/* Most runs offer nothing. Returns whether there was memory. */
static bool add_offers(struct summary *summary, const struct connection_result *result)
{
    if (summary->offers.counts == NULL && offer_totals_count(result)) {
        summary->offers.counts = calloc(1, sizeof *summary->offers.counts);
        return summary->offers.counts != NULL;
    }
    return true;
}

static void add_to_entry(struct tally *tally, struct summary *summary,
                         const struct connection_result *result)
{
    if (!add_offers(summary, result))
        tally->lacks_memory = true;
    summary_add(summary, result);
    if (result->path != NULL && !add_path(summary, result->path))
        tally->lacks_memory = true;
}

void tally_expect(const struct tally *tally, uint16_t port)
{
    if (tally->breakdown != NULL)
        breakdown_expect(tally->breakdown, port);
}

void tally_add(struct tally *tally, const struct connection_result *result)
{
    if (tally->breakdown != NULL && result->target != NULL)
        breakdown_add(tally->breakdown, &result->ends[SERVER], result->port_state);
    if (tally->each_once && result->target != NULL) {
        add_once(tally, result);
        return;
    }
    struct tallied *entry = entry_for(tally, result);
    struct streak *streak = entry != NULL ? &entry->summary.streak : &tally->whole.streak;
    summary_add(&tally->whole, result);
    if (entry != NULL)
        add_to_entry(tally, &entry->summary, result);
    streak_add(streak, tally->conditions, result->ok);
    tally->failed = tally->failed || streak->failed;
}

bool tally_has_failed(const struct tally *tally)
{
    return tally->failed;
}

bool tally_knows(const struct tally *tally, const char *target, uint16_t port)
{
    const struct tallied key = {.summary = {.target = target, .port = port}};
    return target != NULL && find_entry(tally, &key) != NULL;
}

bool tally_is_decided(const struct tally *tally, const char *target, uint16_t port)
{
    const struct tallied key = {.summary = {.target = target, .port = port}};
    const struct tallied *entry = find_entry(tally, &key);
    return entry != NULL && streak_is_decided(&entry->summary.streak);
}

bool tally_holds(const struct tally *tally)
{
    if (tally->once_broken)
        return false;
    for (size_t i = 0; i < tally->count; i++)
        if (!streak_holds(&tally->entries[i]->summary.streak, tally->conditions))
            return false;
    return (tally->count + tally->once_count > 0 && tally->whole.streak.connections == 0) ||
           streak_holds(&tally->whole.streak, tally->conditions);
}

const struct summary *tally_whole(const struct tally *tally)
{
    return &tally->whole;
}

static struct summary sum_up_whole(const struct tally *tally)
{
    struct summary whole = tally->whole;
    whole.holds = tally_holds(tally);
    if (tally->count + tally->once_count > MANY_TARGETS)
        whole.breakdown = tally->breakdown;
    for (size_t i = 0; i < tally->count; i++)
        jitter_join(&whole.syn_jitter, &tally->entries[i]->summary.syn_jitter);
    return whole;
}

static int compare_places(const void *a, const void *b)
{
    const struct tallied *const *x = a;
    const struct tallied *const *y = b;
    if ((*x)->place != (*y)->place)
        return (*x)->place < (*y)->place ? -1 : 1;
    return (*x)->since < (*y)->since ? -1 : (*x)->since > (*y)->since;
}

/* In the order of the targets, as far as it is known, and then of their first connections. */
static void put_in_order(struct tally *tally)
{
    if (tally->count > 1)
        qsort(tally->entries, tally->count, sizeof(struct tallied *), compare_places);
}

/* Those of the targets that the format has a use for. */
static size_t choose_targets(const struct tally *tally, bool every, struct summary *chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < tally->count; i++) {
        const struct summary *summary = &tally->entries[i]->summary;
        if (!every && tally->count > 1 && summary->connections < 2)
            continue;
        chosen[count] = *summary;
        chosen[count++].holds = streak_holds(&summary->streak, tally->conditions);
    }
    return count;
}

static bool wants_whole(const struct tally *tally, bool every)
{
    if (every)
        return tally->count == 0 || tally->whole.streak.connections > 0;
    return tally->count != 1 || tally->entries[0]->summary.connections != tally->whole.connections;
}

void tally_report(struct tally *tally, struct report *report)
{
    put_in_order(tally);
    bool every = report->format->every_target;
    struct summary whole = sum_up_whole(tally);
    struct summary *chosen = calloc(tally->count + 1, sizeof *chosen);
    if (chosen == NULL) {
        tally->lacks_memory = true;
        report_summary(report, &whole, 1);
        return;
    }
    size_t count = choose_targets(tally, every, chosen);
    if (wants_whole(tally, every))
        chosen[count++] = whole;
    report_summary(report, chosen, count);
    free(chosen);
}

/* For a run that is resumed */

/* Whether a part that is stored apart is there. */
static bool archive_part(struct tally *tally, struct archive *archive, void **part, size_t size)
{
    bool present = archive_bool(archive, *part != NULL);
    if (!present) {
        free(*part);
        *part = NULL;
    } else if (*part == NULL) {
        *part = calloc(1, size);
    }
    tally->lacks_memory = tally->lacks_memory || (present && *part == NULL);
    return present && *part != NULL;
}

static void archive_entry(struct tally *tally, struct archive *archive, struct tallied *entry)
{
    struct summary *summary = &entry->summary;
    void *spread = summary->spread, *path = summary->path, *offers = summary->offers.counts;
    entry->since = (size_t)archive_number(archive, entry->since, SIZE_MAX);
    saved_summary(archive, summary);
    if (archive_part(tally, archive, &spread, sizeof *summary->spread))
        saved_spread(archive, spread);
    if (archive_part(tally, archive, &path, sizeof *summary->path))
        saved_path(archive, path);
    if (archive_part(tally, archive, &offers, sizeof *summary->offers.counts))
        saved_offer_counts(archive, offers);
    summary->spread = spread;
    summary->path = path;
    summary->offers.counts = offers;
}

/* What it is found by, and its labels. */
static void archive_key(struct archive *archive, struct tallied *key, char text[TEXT_MAX],
                        char labels[TEXT_MAX])
{
    archive_text(archive, text, TEXT_MAX);
    key->summary.port = (uint16_t)archive_number(archive, key->summary.port, UINT16_MAX);
    key->place = (uint32_t)archive_number(archive, key->place, UINT32_MAX);
    bool labelled = archive_bool(archive, key->labels != NULL);
    if (labelled)
        archive_text(archive, labels, TEXT_MAX);
    if (archive_reads(archive) && labelled)
        key->labels = labels;
}

static void write_entry(struct tally *tally, struct archive *archive, struct tallied *entry)
{
    archive_key(archive, entry, entry->target, entry->labels);
    archive_entry(tally, archive, entry);
}

static void read_entry(struct tally *tally, struct archive *archive)
{
    char text[TEXT_MAX] = "", labels[TEXT_MAX] = "";
    struct tallied key = {.summary = {.target = text}};
    archive_key(archive, &key, text, labels);
    if (archive->broken || find_entry(tally, &key) != NULL) {
        archive->broken = true;
        return;
    }
    struct tallied *entry = new_entry(tally, &key);
    if (entry != NULL)
        archive_entry(tally, archive, entry);
}

static void archive_whole(struct tally *tally, struct archive *archive)
{
    void *breakdown = tally->breakdown;
    tally->each_once = archive_bool(archive, tally->each_once);
    tally->once_count = archive_number(archive, tally->once_count, UINT64_MAX);
    tally->once_broken = archive_bool(archive, tally->once_broken);
    tally->failed = archive_bool(archive, tally->failed);
    saved_summary(archive, &tally->whole);
    saved_spread(archive, &tally->spread);
    saved_offer_counts(archive, &tally->offers);
    if (archive_part(tally, archive, &breakdown, sizeof *tally->breakdown))
        saved_breakdown(archive, breakdown);
    tally->breakdown = breakdown;
}

void tally_archive(struct tally *tally, struct archive *archive)
{
    saved_layout(archive);
    archive_whole(tally, archive);
    uint64_t count = archive_number(archive, tally->count, SIZE_MAX);
    for (uint64_t i = 0; i < count && !archive->broken && !tally->lacks_memory; i++)
        if (archive_reads(archive))
            read_entry(tally, archive);
        else
            write_entry(tally, archive, tally->entries[i]);
    archive->broken = archive->broken || (archive_reads(archive) && tally->lacks_memory);
}
