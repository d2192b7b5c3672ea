/* SPDX-License-Identifier: BSD-2-Clause */
/* One datagram each way, over a socket pair that keeps their bounds. The answer comes from a
 * process that strangers talk to, and is checked like anything else that comes from outside. */
#include "confine/resolver.h"

#include <stdlib.h>
#include <string.h>

#include "confine/child.h"
#include "net/clock.h"

struct resolver {
    struct child child;
};

struct question {
    uint32_t family;
    char host[RESOLVER_HOST_MAX];
};

struct answer {
    int32_t result;           /* of resolve_host */
    struct resolved resolved; /* valid if that is 0 */
    struct error error;       /* valid otherwise: STATUS_USAGE */
    int64_t duration_ns;
};

static void answer_question(struct question *question, struct answer *answer)
{
    memset(answer, 0, sizeof *answer);
    question->host[sizeof question->host - 1] = '\0';
    int64_t begin_ns = clock_monotonic_ns();
    answer->result = resolve_host(question->host, (enum family)question->family, false,
                                  &answer->resolved, &answer->error);
    answer->duration_ns = clock_monotonic_ns() - begin_ns;
}

static void serve(int fd, void *context)
{
    struct question question;
    struct answer answer;
    (void)context;
    while (child_receive(fd, &question, sizeof question)) {
        answer_question(&question, &answer);
        if (!child_send(fd, &answer, sizeof answer))
            return;
    }
}

struct resolver *resolver_start(struct error *error)
{
    struct resolver *resolver = malloc(sizeof *resolver);
    if (resolver == NULL)
        error_set(error, STATUS_RUN, "out of memory");
    else if (child_start(&resolver->child, serve, NULL, "resolves names", error) == 0)
        return resolver;
    free(resolver);
    return NULL;
}

void resolver_stop(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    child_end(&resolver->child);
    free(resolver);
}

static bool is_sound(const struct answer *answer)
{
    uint16_t family = answer->resolved.address.family;
    if (answer->duration_ns < 0)
        return false;
    if (answer->result == 0)
        return family == FAMILY_IPV4 || family == FAMILY_IPV6;
    return answer->error.status == STATUS_USAGE &&
           memchr(answer->error.text, '\0', sizeof answer->error.text) != NULL;
}

int resolver_resolve(struct resolver *resolver, const char *host, enum family family,
                     struct resolved *out, int64_t *duration_ns, struct error *error)
{
    struct question question = {.family = family};
    struct answer answer;
    size_t len = strlen(host);
    if (len >= sizeof question.host)
        return error_set(error, STATUS_USAGE, "cannot resolve '%.80s...': a name of %zu characters",
                         host, len);
    memcpy(question.host, host, len);
    if (!child_send(resolver->child.fd, &question, sizeof question) ||
        !child_receive(resolver->child.fd, &answer, sizeof answer) || !is_sound(&answer))
        return error_set(error, STATUS_RUN, "the process that resolves names exited unexpectedly");
    if (duration_ns != NULL)
        *duration_ns = answer.duration_ns;
    if (answer.result != 0) {
        *error = answer.error;
        return -1;
    }
    *out = answer.resolved;
    return 0;
}
