/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames on their way, by the time at which they are due: a binary heap. */
#ifndef TCPSHAKE_TESTS_LINK_QUEUE_H
#define TCPSHAKE_TESTS_LINK_QUEUE_H

#include "frame.h"

/* All zero is empty. */
struct queue {
    struct frame **heap;
    size_t count, room;
    uint64_t pushed;
};

/* Takes the frame over. Returns false where memory ran out; the frame is then freed. */
bool queue_push(struct queue *queue, struct frame *frame);

/* When the first is due, or INT64_MAX. */
int64_t queue_next_ns(const struct queue *queue);

/* Takes the first out, to be freed by the caller; there has to be one. */
struct frame *queue_pop(struct queue *queue);

#endif
