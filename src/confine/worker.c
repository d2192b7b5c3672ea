/* SPDX-License-Identifier: BSD-2-Clause */
/* A question and its answer are one datagram each, over a socket pair. Both carry the number of the
 * question, so that a late answer is not taken for that to another question. */
#include "confine/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/pending.h"

#define SLICE_MS 50 /* between two looks at what is pending */

struct datagram {
    uint64_t number;
    _Alignas(max_align_t) uint8_t body[];
};

struct worker {
    const struct trade *trade;
    struct child child;
    uint64_t asked;                     /* the number of the last question */
    bool busy;                          /* its answer has not been read */
    struct datagram *question, *answer; /* owned */
};

/* The context of the child, whose copy of the worker has room for a question and its answer. */
struct job {
    const struct worker *worker;
    void *context;
};

static size_t question_len(const struct trade *trade)
{
    return sizeof(struct datagram) + trade->question_size;
}

static size_t answer_len(const struct trade *trade)
{
    return sizeof(struct datagram) + trade->answer_size;
}

static void serve(int fd, void *context)
{
    const struct job *job = context;
    const struct trade *trade = job->worker->trade;
    struct datagram *question = job->worker->question, *answer = job->worker->answer;
    while (child_receive(fd, question, question_len(trade))) {
        memset(answer, 0, answer_len(trade));
        answer->number = question->number;
        trade->answer(job->context, question->body, answer->body);
        if (!child_send(fd, answer, answer_len(trade)))
            break;
    }
}

static void release(struct worker *worker)
{
    free(worker->question);
    free(worker->answer);
    free(worker);
}

struct worker *worker_start(const struct trade *trade, void *context, struct error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    struct job job = {.worker = worker, .context = context};
    const struct child_role role = {.mode = trade->mode,
                                    .serve = serve,
                                    .context = &job,
                                    .what = trade->what,
                                    .files = trade->file_count > 0 ? context : NULL,
                                    .file_count = trade->file_count};
    if (worker != NULL) {
        worker->trade = trade;
        worker->question = calloc(1, question_len(trade));
        worker->answer = calloc(1, answer_len(trade));
    }
    if (worker == NULL || worker->question == NULL || worker->answer == NULL)
        error_set_memory(error, "out of memory");
    else if (child_start(&worker->child, &role, error) == 0)
        return worker;
    if (worker != NULL)
        release(worker);
    return NULL;
}

void worker_stop(struct worker *worker)
{
    if (worker == NULL)
        return;
    child_stop(&worker->child);
    release(worker);
}

void worker_end(struct worker *worker)
{
    if (worker == NULL)
        return;
    child_end(&worker->child);
    release(worker);
}

int worker_fd(const struct worker *worker)
{
    return worker->child.fd;
}

bool worker_is_busy(const struct worker *worker)
{
    return worker->busy;
}

static int gone(const struct worker *worker, struct error *error)
{
    return child_report_end(&worker->child, worker->trade->what, error);
}

int worker_ask(struct worker *worker, const void *question, struct error *error)
{
    const struct trade *trade = worker->trade;
    ssize_t done;
    worker->question->number = ++worker->asked;
    memcpy(worker->question->body, question, trade->question_size);
    do
        done = send(worker->child.fd, worker->question, question_len(trade),
                    MSG_NOSIGNAL | MSG_DONTWAIT);
    while (done < 0 && errno == EINTR);
    worker->busy = done == (ssize_t)question_len(trade);
    return worker->busy ? 0 : gone(worker, error);
}

int worker_read(struct worker *worker, void *answer, struct error *error)
{
    const struct trade *trade = worker->trade;
    do {
        int code = child_poll(worker->child.fd, worker->answer, answer_len(trade));
        if (code <= 0)
            return code == 0 ? 0 : gone(worker, error);
    } while (worker->answer->number < worker->asked);
    if (!worker->busy || worker->answer->number != worker->asked ||
        !trade->is_sound(worker->question->body, worker->answer->body))
        return error_set(error, STATUS_RUN, "the process that %s sent an invalid answer",
                         trade->what);
    worker->busy = false;
    memcpy(answer, worker->answer->body, trade->answer_size);
    return 1;
}

int worker_call_within(struct worker *worker, const void *question, void *answer, int timeout_ms,
                       struct error *error)
{
    struct pollfd wait = {.fd = worker->child.fd, .events = POLLIN};
    int code = worker_ask(worker, question, error);
    if (code != 0)
        return -1;
    while ((code = worker_read(worker, answer, error)) == 0) {
        if (timeout_ms <= 0 || signals_ask_to_end())
            return 1;
        poll(&wait, 1, SLICE_MS);
        timeout_ms -= SLICE_MS; /* an interruption ends the process, or may shorten the wait */
    }
    return code == 1 ? 0 : -1;
}

int worker_call(struct worker *worker, const void *question, void *answer, struct error *error)
{
    struct pollfd wait = {.fd = worker->child.fd, .events = POLLIN};
    int code = worker_ask(worker, question, error);
    if (code != 0)
        return -1;
    while ((code = worker_read(worker, answer, error)) == 0)
        poll(&wait, 1, -1); /* again after an interruption */
    return code == 1 ? 0 : -1;
}
