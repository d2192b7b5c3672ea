/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/queue.h"

#include "live/jobs.h"

void queue_push(struct queue *queue, struct job *job)
{
    job->next_waiting = NULL;
    job->queued = true;
    *(queue->tail != NULL ? &queue->tail->next_waiting : &queue->head) = job;
    queue->tail = job;
}

struct job *queue_pop(struct queue *queue)
{
    struct job *job = queue->head;
    queue->head = job->next_waiting;
    if (queue->head == NULL)
        queue->tail = NULL;
    job->queued = false;
    return job;
}
