/* SPDX-License-Identifier: BSD-2-Clause */
/* What a recording shows of the paths of its connections: each lives until its connection is
 * reported. */
#ifndef TCPSHAKE_RUN_KEPTPATHS_H
#define TCPSHAKE_RUN_KEPTPATHS_H

#include "files/annotation.h"
#include "path/mtu.h"
#include "path/path.h"
#include "tcp/conversation.h"

struct kept_path;

/* All zero is empty. */
struct kept_paths {
    struct kept_path *first; /* each owned */
    unsigned count;
    bool lacks_memory; /* one could not be kept */
};

#define KEPT_PATHS_MAX 256 /* at once: a live run has 64 */

/* Takes in a frame that the live run marked as one of --path or --path-mtu. Without memory, or
 * beyond KEPT_PATHS_MAX, it is left out. */
void kept_paths_take(struct kept_paths *kept, struct conversation *conversation,
                     const struct annotation *annotation, const struct frame *frame,
                     const struct segment *segment, enum segment_kind kind);

/* Takes in the name of a hop, as the live run found it. */
void kept_paths_name(const struct conversation *conversation, const struct address *address,
                     const char *name);

/* Gives up those of a conversation, if it has any; and all of them. */
void kept_paths_drop(struct kept_paths *kept, struct conversation *conversation);
void kept_paths_free(struct kept_paths *kept);

#endif
