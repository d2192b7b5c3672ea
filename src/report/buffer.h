/* SPDX-License-Identifier: BSD-2-Clause */
/* A text buffer that flushes itself into a file: no allocation, no locale, nothing parsed. */
#ifndef TCPSHAKE_REPORT_BUFFER_H
#define TCPSHAKE_REPORT_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Several records go out in one piece, and it stays in the cache meanwhile. */
#define BUFFER_SIZE (32768 - sizeof(FILE *) - 2 * sizeof(size_t))

struct buffer {
    FILE *out;
    size_t len;
    char bytes[BUFFER_SIZE];
};

void buffer_begin(struct buffer *buffer, FILE *out);

/* Writes out what is there. */
void buffer_empty(struct buffer *buffer);

/* Appends as many bytes as there are. */
void buffer_put(struct buffer *buffer, const char *bytes, size_t len);

/* The place for the next bytes, with room for len of them, at most BUFFER_SIZE; buffer_take then
 * says where the written text ends. */
static inline char *buffer_room(struct buffer *buffer, size_t room)
{
    if (BUFFER_SIZE - buffer->len < room)
        buffer_empty(buffer);
    return buffer->bytes + buffer->len;
}

static inline void buffer_take(struct buffer *buffer, const char *end)
{
    buffer->len = (size_t)(end - buffer->bytes);
}

/* Copies bytes to a place that has room for them; returns where they end. */
static inline char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

/* The same for a text that stands in the source. */
#define PUT(at, literal) put(at, literal, sizeof(literal) - 1)

#endif
