/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/lists/linereader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* written by some editors */

void line_reader_begin(struct line_reader *reader, int fd)
{
    reader->fd = fd;
    reader->ended = reader->skipping = false;
    reader->number = 0;
    reader->start = reader->end = 0;
}

static size_t held(const struct line_reader *reader)
{
    return reader->end - reader->start;
}

/* Takes a line of len octets and a newline of `end` octets. */
static enum line_status take(struct line_reader *reader, size_t len, size_t end, char **line)
{
    char *text = reader->buffer + reader->start;
    reader->start += len + end;
    reader->number++;
    text[len] = '\0';
    *line = text;
    if (reader->number == 1 && strncmp(text, BYTE_ORDER_MARK, 3) == 0)
        *line += 3;
    return memchr(text, '\0', len) != NULL ? LINE_HAS_NUL : LINE_TAKEN;
}

/* One line fills the buffer: it is reported now, and its rest is discarded. */
static enum line_status skip(struct line_reader *reader)
{
    reader->start = reader->end;
    reader->skipping = true;
    reader->number++;
    return LINE_TOO_LONG;
}

/* Discards what belongs to a line that was too long. */
static void skip_rest(struct line_reader *reader)
{
    const char *text = reader->buffer + reader->start;
    const char *end = memchr(text, '\n', held(reader));
    reader->start = end != NULL ? reader->start + (size_t)(end - text) + 1 : reader->end;
    reader->skipping = end == NULL;
}

enum line_status line_reader_take(struct line_reader *reader, char **line)
{
    if (reader->skipping)
        skip_rest(reader);
    char *text = reader->buffer + reader->start;
    const char *end = memchr(text, '\n', held(reader));
    if (end != NULL)
        return take(reader, (size_t)(end - text), 1, line);
    if (held(reader) >= LIST_LINE_MAX - 1)
        return skip(reader);
    if (!reader->ended)
        return LINE_WANTED;
    if (held(reader) == 0)
        return LINE_END;
    return take(reader, held(reader), 0, line);
}

/* One octet is left for the NUL of a last line without a newline. */
int line_reader_fill(struct line_reader *reader)
{
    memmove(reader->buffer, reader->buffer + reader->start, held(reader));
    reader->end = held(reader);
    reader->start = 0;
    ssize_t got = read(reader->fd, reader->buffer + reader->end, LIST_LINE_MAX - 1 - reader->end);
    if (got < 0)
        return errno;
    reader->ended = got == 0;
    reader->end += (size_t)got;
    return 0;
}
