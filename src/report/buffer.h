/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in the making that empties itself into a file: no allocation, no locale, nothing parsed. */
#ifndef TCPSHAKE_REPORT_BUFFER_H
#define TCPSHAKE_REPORT_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Most records go out in one piece. */
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

/* The place for the next bytes, with room for so many, at most BUFFER_SIZE; buffer_take then says
 * where what was written there ends. */
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

#define DECIMAL_MAX 20 /* characters of any 64-bit integer */

/* For 10 and above. */
char *decimal_long(char *at, uint64_t value);

/* Writes a number at a place with DECIMAL_MAX bytes; returns where it ends. */
static inline char *decimal(char *at, uint64_t value)
{
    if (value >= 10)
        return decimal_long(at, value);
    *at = (char)('0' + value);
    return at + 1;
}

static inline char *decimal_signed(char *at, int64_t value)
{
    if (value >= 0)
        return decimal(at, (uint64_t)value);
    *at = '-';
    return decimal(at + 1, -(uint64_t)value);
}

#endif
