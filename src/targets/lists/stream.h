/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets of a list as they come, line by line, in bounded memory: what a prefix with its ports
 * stands for is worked out one by one. Targets that come twice are probed twice. */
#ifndef TCPSHAKE_TARGETS_LISTS_STREAM_H
#define TCPSHAKE_TARGETS_LISTS_STREAM_H

#include "targets/lists/entry.h"
#include "targets/lists/linereader.h"
#include "targets/space.h"

struct target_stream; /* opaque */

enum stream_status {
    STREAM_TARGET,
    STREAM_WANTED,   /* there is no line; stream_fill when the descriptor can be read */
    STREAM_BAD_LINE, /* *error is set (STATUS_USAGE, names the line); go on */
    STREAM_END,
};

/* Begins with what a descriptor, the caller's, holds. reader has the common ports and is the
 * stream's for as long as that lasts, as `excluded` is, which is settled. Of the lines that are
 * more than blanks and comments, shard takes each shards-th; 1 of 1: all. name is what messages
 * call the list. Returns NULL where memory runs out. */
struct target_stream *stream_begin(int fd, const char *name, struct entry_reader *reader,
                                   const struct spans *excluded, uint64_t shard, uint64_t shards);

/* The next target, which is valid until the next call, and the line it comes from. */
enum stream_status stream_next(struct target_stream *stream, struct space_target *target,
                               uint64_t *line, struct error *error);

/* Reads once. Returns 0, or an errno: EAGAIN and EINTR mean to come again. */
int stream_fill(struct target_stream *stream);

void stream_end(struct target_stream *stream);

#endif
