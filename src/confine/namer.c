/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/namer.h"

#include <string.h>

#include "confine/worker.h"

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

/* To callers, a worker of this trade is a struct namer. */
struct namer *namer_start(struct error *error)
{
    return (struct namer *)worker_start(&trade, NULL, error);
}

void namer_stop(struct namer *namer)
{
    worker_stop((struct worker *)namer);
}

int namer_fd(const struct namer *namer)
{
    return worker_fd((const struct worker *)namer);
}

int namer_ask(struct namer *namer, const struct address *address, struct error *error)
{
    return worker_ask((struct worker *)namer, address, error);
}

int namer_read(struct namer *namer, char *out, struct error *error)
{
    struct answer answer;
    int code = worker_read((struct worker *)namer, &answer, error);
    if (code == 1)
        memcpy(out, answer.name, sizeof answer.name);
    return code;
}
