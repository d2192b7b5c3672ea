/* SPDX-License-Identifier: BSD-2-Clause */
/* Work that is done by a child (see child.h): questions go in, answers come out, each of a size
 * that is known. A worker has one question at a time; several work side by side, each with a
 * descriptor that polls readable when its answer is there. */
#ifndef TCPSHAKE_CONFINE_WORKER_H
#define TCPSHAKE_CONFINE_WORKER_H

#include "confine/child.h"

/* What a kind of worker does. Questions and answers hold no pointers. */
struct trade {
    const char *what; /* "resolves names", for errors */
    size_t question_size, answer_size;
    /* In the child: *answer is zero. context is that of worker_start. */
    void (*answer)(void *context, const void *question, void *answer);
    /* Whether an answer to that question can be believed: it comes from a process that reads what
     * strangers send. */
    bool (*is_sound)(const void *question, const void *answer);
};

struct worker;

/* Starts a child, which ends with this process however that ends. To be called before the sandbox
 * is entered. The trade outlives the worker. NULL with *error set. */
struct worker *worker_start(const struct trade *trade, void *context, struct error *error);
void worker_stop(struct worker *worker); /* child_stop; NULL is allowed */
void worker_end(struct worker *worker);  /* child_end; NULL is allowed */

/* Polls readable when the answer is to be read, or the child is gone. */
int worker_fd(const struct worker *worker);
bool worker_is_busy(const struct worker *worker); /* has a question whose answer was not read */

/* Asks; never waits. The answer to a question that was asked before, and not read, is dropped.
 * Returns 0, or -1 with *error set where the child is gone. */
int worker_ask(struct worker *worker, const void *question, struct error *error);

/* Reads the answer without waiting: 1, 0 where there is none yet, or -1 with *error set where the
 * child is gone or not to be believed. */
int worker_read(struct worker *worker, void *answer, struct error *error);

/* Asks, and waits for the answer. Returns 0, or -1 with *error set. */
int worker_call(struct worker *worker, const void *question, void *answer, struct error *error);

#endif
