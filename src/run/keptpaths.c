/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/keptpaths.h"

#include <stdlib.h>

struct kept_path {
    struct path_facts facts; /* first, so that a connection leads back to it */
    struct kept_path *next, *previous;
};

static struct path_facts *facts_of(struct kept_paths *kept, struct conversation *c)
{
    bool wanted = c->path == NULL && kept->count < KEPT_PATHS_MAX;
    struct kept_path *made = wanted ? calloc(1, sizeof *made) : NULL;
    if (made == NULL) {
        kept->lacks_memory = kept->lacks_memory || wanted;
        return c->path;
    }
    kept->count++;
    made->next = kept->first;
    if (kept->first != NULL)
        kept->first->previous = made;
    kept->first = made;
    c->path = &made->facts;
    return c->path;
}

static struct path *hops_of(struct path_facts *facts, const struct conversation *c)
{
    struct path *made = facts->hops == NULL ? calloc(1, sizeof *made) : NULL;
    if (made == NULL)
        return facts->hops;
    made->ours = c->endpoints[CLIENT];
    made->theirs = c->endpoints[SERVER];
    facts->hops = made;
    return made;
}

static struct path_mtu *mtu_of(struct path_facts *facts, const struct conversation *c,
                               uint32_t device_bytes)
{
    struct path_mtu *made = facts->mtu == NULL ? calloc(1, sizeof *made) : NULL;
    if (made == NULL)
        return facts->mtu;
    made->ours = c->endpoints[CLIENT];
    made->theirs = c->endpoints[SERVER];
    made->device_bytes = device_bytes;
    facts->mtu = made;
    return made;
}

void kept_paths_take(struct kept_paths *kept, struct conversation *conversation,
                     const struct annotation *annotation, const struct frame *frame,
                     const struct segment *segment, enum segment_kind kind)
{
    struct path_facts *facts = facts_of(kept, conversation);
    if (facts == NULL)
        return;
    if (annotation->origin == ORIGIN_PATH) {
        struct path *hops = hops_of(facts, conversation);
        kept->lacks_memory = kept->lacks_memory || hops == NULL;
        if (hops != NULL)
            path_take(hops, frame, segment, kind);
    } else {
        struct path_mtu *mtu = mtu_of(facts, conversation, annotation->device_bytes);
        kept->lacks_memory = kept->lacks_memory || mtu == NULL;
        if (mtu != NULL)
            path_mtu_take(mtu, frame, segment, kind);
    }
}

void kept_paths_name(const struct conversation *conversation, const struct address *address,
                     const char *name)
{
    if (conversation->path != NULL && conversation->path->hops != NULL)
        path_take_name(conversation->path->hops, address, name);
}

static void free_one(struct kept_path *kept)
{
    free(kept->facts.hops);
    free(kept->facts.mtu);
    free(kept);
}

void kept_paths_drop(struct kept_paths *kept, struct conversation *conversation)
{
    struct kept_path *dropped = (struct kept_path *)conversation->path;
    conversation->path = NULL;
    if (dropped == NULL)
        return;
    *(dropped->previous != NULL ? &dropped->previous->next : &kept->first) = dropped->next;
    if (dropped->next != NULL)
        dropped->next->previous = dropped->previous;
    kept->count--;
    free_one(dropped);
}

void kept_paths_free(struct kept_paths *kept)
{
    for (struct kept_path *at = kept->first, *next; at != NULL; at = next) {
        next = at->next;
        free_one(at);
    }
    *kept = (struct kept_paths){0};
}
