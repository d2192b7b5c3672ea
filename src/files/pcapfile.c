/* SPDX-License-Identifier: BSD-2-Clause */
/* One buffer, read into where the last read ended; what is left of it moves to the front before it
 * is read into again. A read is short beside the buffer, so that packets are still in the cache
 * when they are looked at. */
#include "files/pcapfile.h"

#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"

#define RECORD_HEADER 16
#define READ_LEN      (128u << 10)

struct pcapfile {
    struct input *input;
    struct pcapfile_format format;
    struct cursor left; /* of buffer */
    bool broken;        /* reading failed, in place of coming to the end */
    uint8_t buffer[RECORD_HEADER + PCAPFILE_RECORD_MAX + READ_LEN];
};

struct pcapfile *pcapfile_new(struct input *input, const struct pcapfile_format *format)
{
    struct pcapfile *file = malloc(sizeof *file);
    if (file == NULL)
        return NULL;
    file->input = input;
    file->format = *format;
    file->left = cursor_over(file->buffer, 0);
    file->broken = false;
    return file;
}

void pcapfile_free(struct pcapfile *file)
{
    free(file);
}

/* Reads until len bytes are there. Returns whether they are: else the file ends before. */
static bool fill(struct pcapfile *file, size_t len)
{
    memmove(file->buffer, file->left.at, file->left.left);
    file->left.at = file->buffer;
    while (file->left.left < len) {
        ssize_t more = input_read(file->input, file->buffer + file->left.left, READ_LEN);
        if (more <= 0) {
            file->broken = more < 0;
            return false;
        }
        file->left.left += (size_t)more;
    }
    return true;
}

/* What stands before each packet, in the byte order of the file. */
struct record {
    uint32_t seconds, fraction, len, wire_len;
};

static inline bool read_record(const struct pcapfile *file, struct cursor *at, struct record *out)
{
    struct cursor header;
    if (!cursor_take(at, RECORD_HEADER, &header))
        return false;
    cursor_be32(&header, &out->seconds);
    cursor_be32(&header, &out->fraction);
    cursor_be32(&header, &out->len);
    cursor_be32(&header, &out->wire_len);
    if (file->format.big_endian)
        return true;
    out->seconds = __builtin_bswap32(out->seconds);
    out->fraction = __builtin_bswap32(out->fraction);
    out->len = __builtin_bswap32(out->len);
    out->wire_len = __builtin_bswap32(out->wire_len);
    return true;
}

/* Seconds are counted on beyond 2038; a writer can put anything where a fraction belongs. */
static inline int64_t time_of(const struct pcapfile *file, const struct record *record)
{
    int64_t fraction = (int32_t)record->fraction;
    int64_t time_ns =
        (int64_t)record->seconds * 1000000000 + fraction * (file->format.nanoseconds ? 1 : 1000);
    return time_ns < 0 ? 0 : time_ns;
}

static int fail(const char *why, const char **problem)
{
    *problem = why;
    return -1;
}

bool pcapfile_next_ready(struct pcapfile *file, struct frame *frame)
{
    struct cursor at = file->left, packet;
    struct record record;
    if (!read_record(file, &at, &record) || record.len > PCAPFILE_RECORD_MAX ||
        !cursor_take(&at, record.len, &packet))
        return false;
    file->left = at;
    frame->time_ns = time_of(file, &record);
    frame->bytes = packet.at;
    frame->captured_len = record.len < file->format.snaplen ? record.len : file->format.snaplen;
    frame->wire_len = record.wire_len;
    return true;
}

int pcapfile_next(struct pcapfile *file, struct frame *frame, const char **problem)
{
    if (pcapfile_next_ready(file, frame))
        return 1;
    bool whole = fill(file, RECORD_HEADER);
    struct cursor at = file->left;
    struct record record;
    if (!read_record(file, &at, &record))
        return whole || file->broken || at.left > 0 ? fail("truncated in a record header", problem)
                                                    : 0;
    if (record.len > PCAPFILE_RECORD_MAX)
        return fail("corrupt: a record longer than any packet", problem);
    if (!fill(file, RECORD_HEADER + (size_t)record.len))
        return fail("truncated in a packet", problem);
    pcapfile_next_ready(file, frame);
    return 1;
}
