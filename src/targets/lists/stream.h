/* SPDX-License-Identifier: BSD-2-Clause */
/* The targets of a list in the order given, line by line, in bounded memory: those of a prefix with
 * its ports are computed one by one. Duplicates across lines are not found. */
#ifndef TCPSHAKE_TARGETS_LISTS_STREAM_H
#define TCPSHAKE_TARGETS_LISTS_STREAM_H

#include "targets/lists/entry.h"
#include "targets/lists/linereader.h"
#include "targets/space.h"

struct target_stream; /* opaque */

enum stream_status {
    STREAM_TARGET,
    STREAM_WANTED,   /* no line yet; call stream_fill when the descriptor is readable */
    STREAM_BAD_LINE, /* *error is set (STATUS_USAGE, names the line); call it again */
    STREAM_END,
};

/* Reads from a descriptor of the caller. reader contains the common ports, and inside the sandbox
 * the services; it and the settled spans `excluded` are borrowed until stream_end. Of the lines
 * that contain a target, shard takes every shards-th; 1 of 1: all. name is the name of the list in
 * messages. Returns NULL if there is no memory. */
struct target_stream *stream_begin(int fd, const char *name, struct entry_reader *reader,
                                   const struct spans *excluded, uint64_t shard, uint64_t shards);

/* Returns the next target, which is valid until the next call, and its line. */
enum stream_status stream_next(struct target_stream *stream, struct space_target *target,
                               uint64_t *line, struct error *error);

/* Reads once. Returns 0, or an errno: after EAGAIN or EINTR, call it again. */
int stream_fill(struct target_stream *stream);

void stream_end(struct target_stream *stream);

#endif
