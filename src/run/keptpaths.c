/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/keptpaths.h"

#include <stdlib.h>

struct kept_path {
    struct path path; /* first, so that a connection leads back to it */
    struct kept_path *next, *previous;
};

static struct path *path_of(struct kept_paths *kept, struct conversation *c)
{
    bool wanted = c->path == NULL && kept->count < KEPT_PATHS_MAX;
    struct kept_path *made = wanted ? calloc(1, sizeof *made) : NULL;
    if (made == NULL) {
        kept->lacks_memory = kept->lacks_memory || wanted;
        return c->path;
    }
    kept->count++;
    made->path.ours = c->endpoints[CLIENT];
    made->path.theirs = c->endpoints[SERVER];
    made->next = kept->first;
    if (kept->first != NULL)
        kept->first->previous = made;
    kept->first = made;
    c->path = &made->path;
    return c->path;
}

void kept_paths_take(struct kept_paths *kept, struct conversation *conversation,
                     const struct frame *frame, const struct segment *segment,
                     enum segment_kind kind)
{
    struct path *path = path_of(kept, conversation);
    if (path != NULL)
        path_take(path, frame, segment, kind);
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
    free(dropped);
}

void kept_paths_free(struct kept_paths *kept)
{
    for (struct kept_path *at = kept->first, *next; at != NULL; at = next) {
        next = at->next;
        free(at);
    }
    *kept = (struct kept_paths){0};
}
