/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/reverse.h"

#include <stdlib.h>

#include "net/clock.h"

#define PATIENCE_NS INT64_C(1000000000) /* with one answer: then nothing waits for it */

/* The children are gone: the run goes on without names, unless memory ran out. */
static void give_up(struct reverse *reverse, const struct error *error)
{
    if (!failure_note_if_memory(reverse->failure, error))
        warning("%s: continuing without names of hops", error->text);
    for (size_t i = 0; i < reverse->count; i++)
        namer_stop(reverse->namers[i].namer);
    reverse->count = 0;
    reverse->head = reverse->tail = NULL;
}

static struct reverse_name *take_waiting(struct reverse *reverse)
{
    struct reverse_name *name = reverse->head;
    reverse->head = name->waiting;
    if (reverse->head == NULL)
        reverse->tail = NULL;
    return name;
}

static void serve(struct reverse *reverse)
{
    struct error error;
    for (size_t i = 0; i < reverse->count && reverse->head != NULL; i++) {
        if (reverse->namers[i].asked != NULL)
            continue;
        struct reverse_name *name = take_waiting(reverse);
        reverse->namers[i].asked = name;
        name->asked_ns = clock_monotonic_ns();
        if (namer_ask(reverse->namers[i].namer, &name->address, &error) != 0)
            give_up(reverse, &error);
    }
}

/* FNV-1a; there are few. */
static struct reverse_name **bucket_of(struct reverse *reverse, const struct address *address)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < sizeof address->bytes; i++)
        hash = (hash ^ address->bytes[i]) * 16777619u;
    return &reverse->buckets[(hash ^ hash >> 16) % REVERSE_BUCKETS];
}

/* NULL: it is not known, and there are too many, or there is no memory. */
static struct reverse_name *name_of(struct reverse *reverse, const struct address *address)
{
    struct reverse_name **at = bucket_of(reverse, address);
    while (*at != NULL && !address_equal(&(*at)->address, address))
        at = &(*at)->next;
    if (*at != NULL || reverse->name_count == REVERSE_MOST || reverse->count == 0)
        return *at;
    struct reverse_name *made = calloc(1, sizeof *made);
    if (made == NULL) {
        failure_note_memory(reverse->failure);
        return NULL;
    }
    made->address = *address;
    *at = made;
    reverse->name_count++;
    *(reverse->tail != NULL ? &reverse->tail->waiting : &reverse->head) = made;
    reverse->tail = made;
    serve(reverse);
    return made;
}

static bool is_late(const struct reverse_name *asked, int64_t now_ns)
{
    return asked != NULL && asked->asked_ns != 0 && now_ns - asked->asked_ns >= PATIENCE_NS;
}

/* Each child waits for a name server that does not answer. */
static bool all_are_late(const struct reverse *reverse, int64_t now_ns)
{
    for (size_t i = 0; i < reverse->count; i++)
        if (!is_late(reverse->namers[i].asked, now_ns))
            return false;
    return true;
}

static const char *find(void *context, const struct address *address, int64_t now_ns)
{
    struct reverse *reverse = context;
    const struct reverse_name *name = name_of(reverse, address);
    bool hopeless = name == NULL || is_late(name, now_ns) || all_are_late(reverse, now_ns);
    if (name != NULL && name->settled)
        return name->name;
    return hopeless ? "" : NULL;
}

int reverse_open(struct reverse *reverse, const struct options *options, struct error *error)
{
    reverse->names = (struct hop_names){.context = reverse, .find = find};
    if (!options->path || options->numeric)
        return 0;
    for (; reverse->count < NAMERS_MOST; reverse->count++)
        if ((reverse->namers[reverse->count].namer = namer_start(error)) == NULL)
            return -1;
    return 0;
}

void reverse_close(struct reverse *reverse)
{
    for (size_t i = 0; i < reverse->count; i++)
        namer_stop(reverse->namers[i].namer);
    reverse->count = 0;
    for (size_t i = 0; i < REVERSE_BUCKETS; i++)
        for (struct reverse_name *at = reverse->buckets[i], *next; at != NULL; at = next) {
            next = at->next;
            free(at);
        }
}

const struct hop_names *reverse_names(const struct reverse *reverse)
{
    return reverse->count > 0 ? &reverse->names : NULL;
}

int reverse_fd(const struct reverse *reverse, size_t n)
{
    return n < reverse->count ? namer_fd(reverse->namers[n].namer) : -1;
}

void reverse_read(struct reverse *reverse)
{
    struct error error;
    for (size_t i = 0; i < reverse->count; i++) {
        struct reverse_name *asked = reverse->namers[i].asked;
        int code = asked != NULL ? namer_read(reverse->namers[i].namer, asked->name, &error) : 0;
        if (code < 0) {
            give_up(reverse, &error);
            return;
        }
        if (code == 0)
            continue;
        asked->settled = true;
        reverse->namers[i].asked = NULL;
    }
    serve(reverse);
}
