/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/lists/stream.h"

#include <inttypes.h>
#include <stdlib.h>

struct target_stream {
    struct stream_request request;
    uint64_t lines; /* with a target so far */
    uint64_t left_out;
    struct list_line line;
    struct space_entry entry; /* of the current line */
    struct gaps usual;        /* its addresses without special ones */
    struct gaps allowed;      /* a part of those, without exclusions */
    struct span part;         /* the rest of a part of that */
    bool in_part;
    uint32_t port, ports; /* the next port of the first address of the part, and the count */
    struct line_reader lines_read;
};

struct target_stream *stream_begin(const struct stream_request *request)
{
    struct target_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return NULL;
    stream->request = *request;
    stream->usual.done = stream->allowed.done = true;
    line_reader_begin(&stream->lines_read, request->fd);
    return stream;
}

void stream_turn_to(struct target_stream *stream, int fd, const char *name)
{
    stream->request.fd = fd;
    stream->request.name = name;
    line_reader_begin(&stream->lines_read, fd);
}

void stream_end(struct target_stream *stream)
{
    free(stream);
}

uint64_t stream_lines(const struct target_stream *stream)
{
    return stream->lines;
}

uint64_t stream_left_out(const struct target_stream *stream)
{
    return stream->left_out;
}

int stream_fill(struct target_stream *stream)
{
    return line_reader_fill(&stream->lines_read);
}

/* Finds the next part of the addresses of the line. */
static bool next_part(struct target_stream *stream)
{
    const struct spans *excluded = stream->request.excluded;
    size_t specials = stream->entry.single ? 0 : SPECIAL_SPANS;
    while (!gaps_next(&stream->allowed, excluded->list, excluded->count, &stream->part)) {
        struct span usual;
        if (!gaps_next(&stream->usual, special_spans(), specials, &usual))
            return false;
        stream->allowed = (struct gaps){.rest = usual};
    }
    return true;
}

/* Counts a line with a target. Returns whether this shard takes it. */
static bool takes_line(struct target_stream *stream)
{
    return stream->lines++ % stream->request.shards == stream->request.shard - 1;
}

static struct span addresses_of(const struct space_entry *entry)
{
    struct address_number last = {entry->first.high, entry->first.low + (entry->count - 1)};
    return (struct span){entry->first, last, entry->family};
}

/* How many addresses of a prefix are not special. */
static uint64_t count_usual(const struct space_entry *entry)
{
    struct gaps gaps = {.rest = addresses_of(entry)};
    struct span usual;
    uint64_t count = 0;
    while (gaps_next(&gaps, special_spans(), SPECIAL_SPANS, &usual))
        count += usual.last.low - usual.first.low + 1;
    return count;
}

static int check_size(const struct target_stream *stream, uint64_t addresses, struct error *error)
{
    uint64_t most = stream->request.most;
    uint32_t ports = ports_count(stream->entry.ports->runs, stream->entry.ports->run_count);
    if (addresses <= most / ports)
        return 0;
    return error_set(error, STATUS_USAGE,
                     "'%.80s' stands for more than %" PRIu64 " targets: see --max-targets",
                     stream->line.target, most);
}

/* Counts what is left out of a prefix. */
static int check_entry(struct target_stream *stream, struct error *error)
{
    const struct space_entry *entry = &stream->entry;
    uint64_t usual = entry->single ? entry->count : count_usual(entry);
    if (usual == 0)
        return entry_refuse_special(stream->line.target, error);
    stream->left_out += entry->count - usual;
    return check_size(stream, usual, error);
}

static void work_out(struct target_stream *stream)
{
    const struct space_entry *entry = &stream->entry;
    stream->usual = (struct gaps){.rest = addresses_of(entry)};
    stream->allowed.done = true;
    stream->port = 0;
    stream->ports = ports_count(entry->ports->runs, entry->ports->run_count);
    stream->in_part = next_part(stream);
}

void stream_at_line(const struct target_stream *stream, struct error *error)
{
    error_context(error, "%s, line %" PRIu64, stream->request.name, stream->lines_read.number);
}

void stream_skip_line(struct target_stream *stream)
{
    stream->in_part = false;
}

static enum stream_status bad_line(const struct target_stream *stream, struct error *error)
{
    stream_at_line(stream, error);
    return STREAM_BAD_LINE;
}

/* Returns STREAM_TARGET to continue, with this line or with the next.
 */
static enum stream_status parse(struct target_stream *stream, char *text, struct error *error)
{
    static const char blanks[] = " \t\r\v\f";
    const char *first = text + strspn(text, blanks);
    if (*first == '\0' || *first == '#' || !takes_line(stream))
        return STREAM_TARGET;
    if (list_line_parse(text, &stream->line, error) < 0 ||
        entry_read_line(stream->request.reader, &stream->line, &stream->entry, error) < 0 ||
        check_entry(stream, error) < 0)
        return bad_line(stream, error);
    work_out(stream);
    return STREAM_TARGET;
}

/* An unreadable line counts as one with a target. */
static enum stream_status refuse(struct target_stream *stream, const char *why, struct error *error)
{
    if (!takes_line(stream))
        return STREAM_TARGET;
    error_set(error, STATUS_USAGE, "%s", why);
    return bad_line(stream, error);
}

static enum stream_status next_line(struct target_stream *stream, struct error *error)
{
    char *text;
    switch (line_reader_take(&stream->lines_read, &text)) {
    case LINE_TAKEN:
        return parse(stream, text, error);
    case LINE_TOO_LONG:
        return refuse(stream, "it is too long", error);
    case LINE_HAS_NUL:
        return refuse(stream, "it contains a NUL octet", error);
    case LINE_WANTED:
        return STREAM_WANTED;
    case LINE_END:
        break;
    }
    return STREAM_END;
}

/* Advances to the next port, address or part. */
static void advance(struct target_stream *stream)
{
    struct span *part = &stream->part;
    if (++stream->port < stream->ports)
        return;
    stream->port = 0;
    if (part->first.low == part->last.low)
        stream->in_part = next_part(stream);
    else
        part->first.low++;
}

enum stream_status stream_next(struct target_stream *stream, struct space_target *target,
                               uint64_t *line, struct error *error)
{
    while (!stream->in_part) {
        enum stream_status status = next_line(stream, error);
        if (status != STREAM_TARGET)
            return status;
    }
    const struct space_entry *entry = &stream->entry;
    *line = stream->lines_read.number;
    *target = (struct space_target){
        .name = entry->name,
        .port = ports_at(entry->ports->runs, entry->ports->run_count, stream->port),
        .attributes = entry->attributes,
    };
    if (entry->family != FAMILY_NONE)
        target->address = address_from_number(entry->family, stream->part.first);
    advance(stream);
    return STREAM_TARGET;
}
