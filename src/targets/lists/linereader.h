/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads lines from a descriptor in bounded memory, one read(2) at a time. */
#ifndef TCPSHAKE_TARGETS_LISTS_LINEREADER_H
#define TCPSHAKE_TARGETS_LISTS_LINEREADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIST_LINE_MAX 65536 /* octets of a line with its newline */

struct line_reader {
    int fd; /* the caller's */
    bool ended, skipping;
    uint64_t number; /* of the last line, from 1 */
    size_t start, end;
    char buffer[LIST_LINE_MAX];
};

enum line_status {
    LINE_TAKEN,
    LINE_WANTED,   /* line_reader_fill first */
    LINE_TOO_LONG, /* it is skipped */
    LINE_HAS_NUL,  /* the same */
    LINE_END,
};

void line_reader_begin(struct line_reader *reader, int fd);

/* Returns the next line of the buffer in *line, without its newline; the text is valid, and may be
 * modified, until the next call. */
enum line_status line_reader_take(struct line_reader *reader, char **line);

/* Reads once, after LINE_WANTED. Returns 0, or an errno: after EAGAIN or EINTR, call it again. */
int line_reader_fill(struct line_reader *reader);

#endif
