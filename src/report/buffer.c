/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/buffer.h"

void buffer_begin(struct buffer *buffer, FILE *out)
{
    buffer->out = out;
    buffer->len = 0;
}

void buffer_empty(struct buffer *buffer)
{
    if (buffer->len > 0)
        fwrite(buffer->bytes, 1, buffer->len, buffer->out);
    buffer->len = 0;
}

void buffer_put(struct buffer *buffer, const char *bytes, size_t len)
{
    while (len > BUFFER_SIZE - buffer->len) {
        size_t part = BUFFER_SIZE - buffer->len;

        memcpy(buffer->bytes + buffer->len, bytes, part);
        buffer->len += part;
        bytes += part;
        len -= part;
        buffer_empty(buffer);
    }
    memcpy(buffer->bytes + buffer->len, bytes, len);
    buffer->len += len;
}
