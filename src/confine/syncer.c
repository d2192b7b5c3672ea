/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/syncer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "confine/worker.h"

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

/* To callers, a worker of this trade is a struct syncer. */
struct syncer *syncer_start(const int files[SYNCER_FILES], struct error *error)
{
    int kept[SYNCER_FILES];
    memcpy(kept, files, sizeof kept);
    return (struct syncer *)worker_start(&trade, kept, error);
}

void syncer_stop(struct syncer *syncer)
{
    worker_stop((struct worker *)syncer);
}

int syncer_fd(const struct syncer *syncer)
{
    return worker_fd((const struct worker *)syncer);
}

int syncer_ask(struct syncer *syncer, unsigned n, struct error *error)
{
    return worker_ask((struct worker *)syncer, &n, error);
}

int syncer_read(struct syncer *syncer, int *code, struct error *error)
{
    return worker_read((struct worker *)syncer, code, error);
}
