/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/stream.h"

#include <string.h>

#include "wire/seq.h"

void stream_start(struct stream *stream, uint32_t next)
{
    *stream = (struct stream){.next = next};
}

static bool covered(const struct stream *stream, uint32_t left, uint32_t right)
{
    for (unsigned i = 0; i < stream->held_count; i++)
        if (seq_leq(stream->held[i].left, left) && seq_geq(stream->held[i].right, right))
            return true;
    return false;
}

enum stream_fit stream_fit(const struct stream *stream, uint32_t seq, uint32_t len)
{
    uint32_t right = seq + len;
    if (seq_leq(right, stream->next))
        return STREAM_OLD;
    if (seq_leq(seq, stream->next))
        return STREAM_NEW;
    return covered(stream, seq, right) ? STREAM_OLD : STREAM_BEYOND;
}

static void remove_at(struct stream *stream, unsigned at)
{
    stream->held_count--;
    memmove(&stream->held[at], &stream->held[at + 1],
            (stream->held_count - at) * sizeof stream->held[0]);
}

static void hold(struct stream *stream, struct stream_range range)
{
    unsigned at = 0;
    while (at < stream->held_count && seq_lt(stream->held[at].right, range.left))
        at++;
    while (at < stream->held_count && seq_leq(stream->held[at].left, range.right)) {
        if (seq_lt(stream->held[at].left, range.left))
            range.left = stream->held[at].left;
        range.right = seq_max(range.right, stream->held[at].right);
        remove_at(stream, at);
    }
    if (stream->held_count == STREAM_HELD_MAX)
        return;
    memmove(&stream->held[at + 1], &stream->held[at],
            (stream->held_count - at) * sizeof stream->held[0]);
    stream->held[at] = range;
    stream->held_count++;
}

static void close_gap(struct stream *stream)
{
    while (stream->held_count > 0 && seq_leq(stream->held[0].left, stream->next)) {
        stream->next = seq_max(stream->next, stream->held[0].right);
        remove_at(stream, 0);
    }
}

void stream_add(struct stream *stream, uint32_t seq, uint32_t len)
{
    uint32_t right = seq + len;
    if (len == 0 || seq_leq(right, stream->next))
        return;
    if (seq_gt(seq, stream->next)) {
        hold(stream, (struct stream_range){.left = seq, .right = right});
        return;
    }
    stream->next = right;
    close_gap(stream);
}
