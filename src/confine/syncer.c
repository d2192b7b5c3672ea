/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/syncer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine/worker.h"

struct syncer {
    struct worker *worker;
};

static void sync_file(void *context, const void *asked, void *answer)
{
    unsigned n;
    (void)context;
    memcpy(&n, asked, sizeof n);
    int *out = answer;
    *out = n >= SYNCER_FILES ? EBADF : fsync(CHILD_FILE(n)) == 0 ? 0 : errno;
}

static bool is_sound(const void *asked, const void *answer)
{
    const int *code = answer;
    (void)asked;
    return *code >= 0;
}

static const struct trade trade = {
    .what = "syncs files",
    .mode = SANDBOX_SYNCER,
    .question_size = sizeof(unsigned),
    .answer_size = sizeof(int),
    .file_count = SYNCER_FILES,
    .answer = sync_file,
    .is_sound = is_sound,
};

struct syncer *syncer_start(const int files[SYNCER_FILES], struct error *error)
{
    int kept[SYNCER_FILES];
    memcpy(kept, files, sizeof kept);
    struct syncer *syncer = malloc(sizeof *syncer);
    if (syncer == NULL)
        error_set_memory(error, "out of memory");
    else if ((syncer->worker = worker_start(&trade, kept, error)) != NULL)
        return syncer;
    free(syncer);
    return NULL;
}

void syncer_stop(struct syncer *syncer)
{
    if (syncer == NULL)
        return;
    worker_stop(syncer->worker);
    free(syncer);
}

int syncer_fd(const struct syncer *syncer)
{
    return worker_fd(syncer->worker);
}

int syncer_ask(struct syncer *syncer, unsigned n, struct error *error)
{
    return worker_ask(syncer->worker, &n, error);
}

int syncer_read(struct syncer *syncer, int *code, struct error *error)
{
    return worker_read(syncer->worker, code, error);
}
