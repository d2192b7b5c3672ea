/* SPDX-License-Identifier: BSD-2-Clause */
/* Jobs that wait, first in, first out; each is in one queue at most. */
#ifndef TCPSHAKE_LIVE_QUEUE_H
#define TCPSHAKE_LIVE_QUEUE_H

struct job;

/* All zero is empty. */
struct queue {
    struct job *head, *tail;
};

void queue_push(struct queue *queue, struct job *job);

/* Of a queue that is not empty. */
struct job *queue_pop(struct queue *queue);

#endif
