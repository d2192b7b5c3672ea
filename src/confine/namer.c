/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/namer.h"

#include <stdlib.h>
#include <string.h>

#include "confine/worker.h"

struct namer {
    struct worker *worker;
};

struct answer {
    char name[RESOLVE_NAME_MAX];
};

static void find_name(void *context, const void *asked, void *answer)
{
    struct address address;
    struct answer *out = answer;
    (void)context;
    memcpy(&address, asked, sizeof address);
    if (!resolve_name(&address, out->name))
        memset(out, 0, sizeof *out);
}

static bool is_sound(const void *asked, const void *answer)
{
    const struct answer *given = answer;
    (void)asked;
    return memchr(given->name, '\0', sizeof given->name) != NULL;
}

static const struct trade trade = {
    .what = "finds the names of hops",
    .mode = SANDBOX_CHILD,
    .question_size = sizeof(struct address),
    .answer_size = sizeof(struct answer),
    .answer = find_name,
    .is_sound = is_sound,
};

struct namer *namer_start(struct error *error)
{
    struct namer *namer = malloc(sizeof *namer);
    if (namer == NULL)
        error_set_memory(error, "out of memory");
    else if ((namer->worker = worker_start(&trade, NULL, error)) != NULL)
        return namer;
    free(namer);
    return NULL;
}

void namer_stop(struct namer *namer)
{
    if (namer == NULL)
        return;
    worker_stop(namer->worker);
    free(namer);
}

int namer_fd(const struct namer *namer)
{
    return worker_fd(namer->worker);
}

int namer_ask(struct namer *namer, const struct address *address, struct error *error)
{
    return worker_ask(namer->worker, address, error);
}

int namer_read(struct namer *namer, char *out, struct error *error)
{
    struct answer answer;
    int code = worker_read(namer->worker, &answer, error);
    if (code == 1)
        memcpy(out, answer.name, sizeof answer.name);
    return code;
}
