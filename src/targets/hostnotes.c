/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/hostnotes.h"

#include <stdlib.h>

#define BUCKETS 4096u

/* FNV-1a. Which hosts there are, the user of the program decides. */
static uint32_t bucket_of(const struct address *address)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < sizeof address->bytes; i++)
        hash = (hash ^ address->bytes[i]) * 16777619u;
    return (hash ^ hash >> 16) % BUCKETS;
}

struct host_note *host_notes_of(struct host_notes *notes, const struct address *address)
{
    if (notes->buckets == NULL)
        notes->buckets = calloc(BUCKETS, sizeof(struct host_note *));
    notes->lacks_memory = notes->lacks_memory || notes->buckets == NULL;
    struct host_note **at = notes->buckets != NULL ? &notes->buckets[bucket_of(address)] : NULL;
    while (at != NULL && *at != NULL && !address_equal(&(*at)->address, address))
        at = &(*at)->next;
    if (at == NULL || *at != NULL || notes->count == HOST_NOTES_MAX)
        return at != NULL ? *at : NULL;
    *at = calloc(1, sizeof **at);
    notes->lacks_memory = notes->lacks_memory || *at == NULL;
    if (*at != NULL) {
        (*at)->address = *address;
        notes->count++;
    }
    return *at;
}

void host_notes_free(struct host_notes *notes)
{
    for (uint32_t i = 0; i < BUCKETS && notes->buckets != NULL; i++)
        for (struct host_note *note = notes->buckets[i], *next; note != NULL; note = next) {
            next = note->next;
            free(note);
        }
    free(notes->buckets);
    *notes = (struct host_notes){.buckets = NULL};
}
