/* SPDX-License-Identifier: BSD-2-Clause */
/* Work done in a child process (child.h): it receives questions and returns answers, both of fixed
 * size. A worker has one question at a time. Several can work in parallel, each with a descriptor
 * that becomes readable when its answer has arrived. */
#ifndef TCPSHAKE_CONFINE_WORKER_H
#define TCPSHAKE_CONFINE_WORKER_H

#include "confine/child.h"

/* A kind of worker. Questions and answers contain no pointers. */
struct trade {
    const char *what;       /* "resolves names", for errors */
    enum sandbox_mode mode; /* what the child may do */
    size_t question_size, answer_size;
    size_t file_count; /* descriptors that the child keeps; context is an array of these */
    /* In the child: *answer is zero. context is that of worker_start. */
    void (*answer)(void *context, const void *question, void *answer);
    /* Whether the answer to that question is valid: it comes from a process that parses input from
     * the network. */
    bool (*is_sound)(const void *question, const void *answer);
};

struct worker;

/* Starts a child, which ends with this process. To be called before the sandbox is entered. *trade
 * outlives the worker. Returns NULL with *error set on failure. */
struct worker *worker_start(const struct trade *trade, void *context, struct error *error);
void worker_stop(struct worker *worker); /* child_stop; NULL is allowed */
void worker_end(struct worker *worker);  /* child_end; NULL is allowed */

/* Becomes readable when the answer has arrived or the child has exited. */
int worker_fd(const struct worker *worker);
bool worker_is_busy(const struct worker *worker); /* has a question without an answer */

/* Sends a question without waiting. The answer to an earlier question that has not been read is
 * discarded. Returns 0, or -1 with *error set if the child has exited. */
int worker_ask(struct worker *worker, const void *question, struct error *error);

/* Reads the answer without waiting: 1, 0 if there is none yet, or -1 with *error set if the child
 * has exited or its answer is not valid. */
int worker_read(struct worker *worker, void *answer, struct error *error);

/* Sends a question and waits for the answer. Returns 0, or -1 with *error set. */
int worker_call(struct worker *worker, const void *question, void *answer, struct error *error);

/* The same, but waits at most so long, and no longer than until a signal that ends the process is
 * held: 1 if that came first. The worker stays busy then. */
int worker_call_within(struct worker *worker, const void *question, void *answer, int timeout_ms,
                       struct error *error);

#endif
