/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/buffer.h"

#include <string.h>

void buffer_begin(struct buffer *buffer, FILE *out)
{
    buffer->out = out;
    buffer->len = 0;
}

void buffer_empty(struct buffer *buffer)
{
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

/* Digits by twos: each division by 10000 yields four. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

/* At least 1, at most DECIMAL_MAX. */
static unsigned digits_of(uint64_t value)
{
    unsigned digits = 1;

    for (; value >= 10000; value /= 10000)
        digits += 4;
    return digits + (value >= 10) + (value >= 100) + (value >= 1000);
}

char *decimal_long(char *at, uint64_t value)
{
    char *end = at + digits_of(value), *next = end;

    for (; value >= 10000; value /= 10000) {
        uint32_t four = (uint32_t)(value % 10000);

        memcpy(next -= 2, pairs + 2 * (four % 100), 2);
        memcpy(next -= 2, pairs + 2 * (four / 100), 2);
    }
    for (; value >= 100; value /= 100)
        memcpy(next -= 2, pairs + 2 * (value % 100), 2);
    if (value >= 10)
        memcpy(next - 2, pairs + 2 * value, 2);
    else
        next[-1] = (char)('0' + value);
    return end;
}
