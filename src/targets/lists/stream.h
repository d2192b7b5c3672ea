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

struct stream_request {
    int fd;                      /* of the caller */
    const char *name;            /* of the list in messages; borrowed */
    struct entry_reader *reader; /* borrowed; contains the common ports and, inside the sandbox, the
                                    services */
    const struct spans *excluded; /* settled; borrowed */
    uint64_t shard, shards;       /* of the lines that contain a target; 1 of 1: all */
    uint64_t most;                /* targets that one line may have */
};

/* What is borrowed has to last until stream_end. Returns NULL if there is no memory. */
struct target_stream *stream_begin(const struct stream_request *request);

/* Continues with another list, whose lines are counted from 1 in messages, and on in shards. */
void stream_turn_to(struct target_stream *stream, int fd, const char *name);

/* Returns the next target, which is valid until the next call, and its line. */
enum stream_status stream_next(struct target_stream *stream, struct space_target *target,
                               uint64_t *line, struct error *error);

/* Puts the name of the list and the last line in front of an error. */
void stream_at_line(const struct target_stream *stream, struct error *error);

/* Omits the remaining targets of the last line. */
void stream_skip_line(struct target_stream *stream);

/* Reads once. Returns 0, or an errno: after EAGAIN or EINTR, call it again. */
int stream_fill(struct target_stream *stream);

/* The lines so far that contain a target, those of other shards and invalid ones among them; and
 * the addresses of prefixes that were left out because they are in special_spans. */
uint64_t stream_lines(const struct target_stream *stream);
uint64_t stream_left_out(const struct target_stream *stream);

void stream_end(struct target_stream *stream);

#endif
