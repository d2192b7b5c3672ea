/* SPDX-License-Identifier: BSD-2-Clause */
/* One buffer, read into where the last read ended; what is left of it moves to the front before it
 * is read into again. A read is short beside the buffer, so that packets are still in the cache
 * when they are looked at. */
#include "net/pcapfile.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

#define RECORD_HEADER 16
#define LEN_AT        8 /* where it says how much follows it */
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

static bool has(struct pcapfile *file, size_t len)
{
    return file->left.left >= len || fill(file, len);
}

static inline uint32_t number(const struct pcapfile *file, struct cursor *at)
{
    uint32_t big = 0;
    cursor_be32(at, &big);
    return file->format.big_endian ? big : __builtin_bswap32(big);
}

/* Seconds are counted on beyond 2038; a writer can put anything where a fraction belongs. */
static int64_t read_time_ns(const struct pcapfile *file, struct cursor *at)
{
    int64_t seconds = number(file, at);
    int64_t fraction = (int32_t)number(file, at);
    int64_t time_ns = seconds * 1000000000 + fraction * (file->format.nanoseconds ? 1 : 1000);
    return time_ns < 0 ? 0 : time_ns;
}

static int fail(const char *why, const char **problem)
{
    *problem = why;
    return -1;
}

bool pcapfile_has_next(const struct pcapfile *file)
{
    struct cursor at = file->left;
    if (!cursor_skip(&at, LEN_AT) || at.left < RECORD_HEADER - LEN_AT)
        return false;
    size_t len = number(file, &at);
    return file->left.left >= RECORD_HEADER + len;
}

int pcapfile_next(struct pcapfile *file, struct frame *frame, const char **problem)
{
    if (!has(file, RECORD_HEADER))
        return file->left.left == 0 && !file->broken
                   ? 0
                   : fail("cut inside a record's header", problem);
    struct cursor at = file->left;
    frame->time_ns = read_time_ns(file, &at);
    uint32_t len = number(file, &at);
    frame->wire_len = number(file, &at);
    if (len > PCAPFILE_RECORD_MAX)
        return fail("a record longer than any packet: corrupt", problem);
    if (!has(file, RECORD_HEADER + (size_t)len))
        return fail("cut inside a packet", problem);
    frame->bytes = file->left.at + RECORD_HEADER;
    frame->captured_len = len < file->format.snaplen ? len : file->format.snaplen;
    cursor_skip(&file->left, RECORD_HEADER + (size_t)len);
    return 1;
}
