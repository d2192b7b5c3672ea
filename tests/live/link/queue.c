/* SPDX-License-Identifier: BSD-2-Clause */
#include "queue.h"

#include <stdlib.h>

static bool before(const struct frame *a, const struct frame *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void swap(struct queue *queue, size_t a, size_t b)
{
    struct frame *frame = queue->heap[a];
    queue->heap[a] = queue->heap[b];
    queue->heap[b] = frame;
}

static bool grow(struct queue *queue)
{
    size_t room = queue->room == 0 ? 64 : 2 * queue->room;
    struct frame **heap = realloc(queue->heap, room * sizeof *heap);
    if (heap == NULL)
        return false;
    queue->heap = heap;
    queue->room = room;
    return true;
}

bool queue_push(struct queue *queue, struct frame *frame)
{
    if (queue->count == queue->room && !grow(queue)) {
        free(frame);
        return false;
    }
    frame->order = queue->pushed++;
    size_t at = queue->count++;
    queue->heap[at] = frame;
    for (; at > 0 && before(queue->heap[at], queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(queue, at, (at - 1) / 2);
    return true;
}

int64_t queue_next_ns(const struct queue *queue)
{
    return queue->count > 0 ? queue->heap[0]->due_ns : INT64_MAX;
}

static size_t first_of(const struct queue *queue, size_t a, size_t b)
{
    return b < queue->count && before(queue->heap[b], queue->heap[a]) ? b : a;
}

struct frame *queue_pop(struct queue *queue)
{
    struct frame *first = queue->heap[0];
    queue->heap[0] = queue->heap[--queue->count];
    for (size_t at = 0;;) {
        size_t least = first_of(queue, first_of(queue, at, 2 * at + 1), 2 * at + 2);
        if (least == at)
            return first;
        swap(queue, at, least);
        at = least;
    }
}
