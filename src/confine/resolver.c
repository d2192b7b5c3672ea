/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/resolver.h"

#include <string.h>

#include "confine/worker.h"
#include "net/clock.h"

struct question {
    uint32_t family;
    char host[RESOLVER_HOST_MAX];
};

static void resolve(void *context, const void *asked, void *answer)
{
    struct question question;
    struct resolution *out = answer;
    (void)context;
    memcpy(&question, asked, sizeof question);
    question.host[sizeof question.host - 1] = '\0';
    int64_t begin_ns = clock_monotonic_ns();
    out->result = resolve_all(question.host, (enum family)question.family, &out->all, &out->error);
    out->duration_ns = clock_monotonic_ns() - begin_ns;
}

static bool are_addresses(const struct resolved_list *all, enum family wanted)
{
    for (uint32_t i = 0; i < all->count && i < RESOLVED_MOST; i++) {
        uint16_t family = all->list[i].address.family;
        if ((family != FAMILY_IPV4 && family != FAMILY_IPV6) ||
            (wanted != FAMILY_NONE && family != wanted))
            return false;
    }
    return all->count > 0 && all->count <= RESOLVED_MOST;
}

static bool is_sound(const void *asked, const void *answer)
{
    const struct question *question = asked;
    const struct resolution *resolution = answer;
    if (resolution->duration_ns < 0)
        return false;
    if (resolution->result == 0)
        return are_addresses(&resolution->all, (enum family)question->family);
    return resolution->result == -1 && error_is_sound(&resolution->error) &&
           (resolution->error.status == STATUS_USAGE || resolution->error.out_of_memory != 0);
}

static const struct trade trade = {
    .what = "resolves names",
    .mode = SANDBOX_CHILD,
    .question_size = sizeof(struct question),
    .answer_size = sizeof(struct resolution),
    .answer = resolve,
    .is_sound = is_sound,
};

/* To callers, a worker of this trade is a struct resolver. */
struct resolver *resolver_start(struct error *error)
{
    return (struct resolver *)worker_start(&trade, NULL, error);
}

void resolver_stop(struct resolver *resolver)
{
    worker_end((struct worker *)resolver);
}

void resolver_leave(struct resolver *resolver)
{
    worker_stop((struct worker *)resolver);
}

int resolver_fd(const struct resolver *resolver)
{
    return worker_fd((const struct worker *)resolver);
}

bool resolver_is_busy(const struct resolver *resolver)
{
    return worker_is_busy((const struct worker *)resolver);
}

static int fill(struct question *question, const char *host, enum family family,
                struct error *error)
{
    size_t len = strlen(host);
    *question = (struct question){.family = family};
    if (len >= sizeof question->host)
        return error_set(error, STATUS_USAGE, "cannot resolve '%.80s...': a name of %zu characters",
                         host, len);
    memcpy(question->host, host, len);
    return 0;
}

int resolver_ask(struct resolver *resolver, const char *host, enum family family,
                 struct error *error)
{
    struct question question;
    if (fill(&question, host, family, error) != 0)
        return -1;
    return worker_ask((struct worker *)resolver, &question, error);
}

int resolver_read(struct resolver *resolver, struct resolution *out, struct error *error)
{
    return worker_read((struct worker *)resolver, out, error);
}

int resolver_resolve(struct resolver *resolver, const char *host, enum family family,
                     struct resolved *out, int64_t *duration_ns, struct error *error)
{
    struct question question;
    struct resolution resolution;
    if (fill(&question, host, family, error) != 0 ||
        worker_call((struct worker *)resolver, &question, &resolution, error) != 0)
        return -1;
    if (duration_ns != NULL)
        *duration_ns = resolution.duration_ns;
    *out = resolution.all.list[0];
    if (resolution.result != 0)
        *error = resolution.error;
    return resolution.result;
}
