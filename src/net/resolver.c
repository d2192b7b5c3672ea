/* SPDX-License-Identifier: BSD-2-Clause */
/* One datagram each way, over a socket pair that keeps their bounds. The answer comes from a
 * process that strangers talk to, and is checked like anything else that comes from outside. */
#include "net/resolver.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/child.h"
#include "net/clock.h"

struct resolver {
    struct child child;
};

struct question {
    uint32_t id;
    uint32_t family;
    char host[RESOLVER_HOST_MAX];
};

static void answer_question(struct question *question, struct resolver_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    question->host[sizeof question->host - 1] = '\0';
    int64_t begin_ns = clock_monotonic_ns();
    answer->id = question->id;
    answer->found = resolve_host(question->host, (enum family)question->family, false,
                                 &answer->resolved, &answer->error) == 0;
    answer->duration_ns = clock_monotonic_ns() - begin_ns;
}

static void serve(int fd, void *context)
{
    struct question question;
    struct resolver_answer answer;
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
    child_stop(&resolver->child);
    free(resolver);
}

int resolver_fd(const struct resolver *resolver)
{
    return resolver->child.fd;
}

static int gone(struct error *error)
{
    return error_set(error, STATUS_RUN, "the process that resolves names has ended");
}

int resolver_ask(struct resolver *resolver, uint32_t id, const char *host, enum family family,
                 struct error *error)
{
    struct question question = {.id = id, .family = family};
    size_t len = strlen(host);
    if (len >= sizeof question.host)
        return error_set(error, STATUS_USAGE, "cannot resolve '%.80s...': a name of %zu characters",
                         host, len);
    memcpy(question.host, host, len);
    if (send(resolver->child.fd, &question, sizeof question, MSG_NOSIGNAL | MSG_DONTWAIT) ==
        sizeof question)
        return 0;
    if (errno != EAGAIN)
        return gone(error);
    return error_set(error, STATUS_RUN, "cannot resolve '%.80s': too many names wait", host);
}

static bool is_sound(const struct resolver_answer *answer)
{
    uint8_t family = answer->resolved.address.family;
    if (answer->duration_ns < 0)
        return false;
    if (answer->found)
        return family == FAMILY_IPV4 || family == FAMILY_IPV6;
    return answer->error.status == STATUS_USAGE &&
           memchr(answer->error.text, '\0', sizeof answer->error.text) != NULL;
}

int resolver_read(struct resolver *resolver, struct resolver_answer *answer, struct error *error)
{
    ssize_t len;
    do
        len = recv(resolver->child.fd, answer, sizeof *answer, MSG_DONTWAIT);
    while (len < 0 && errno == EINTR);
    if (len < 0 && errno == EAGAIN)
        return 0;
    if (len != sizeof *answer || !is_sound(answer))
        return gone(error);
    return 1;
}

int resolver_resolve(struct resolver *resolver, const char *host, enum family family,
                     struct resolved *out, int64_t *duration_ns, struct error *error)
{
    struct resolver_answer answer;
    struct pollfd wait = {.fd = resolver->child.fd, .events = POLLIN};
    if (resolver_ask(resolver, 0, host, family, error) != 0)
        return -1;
    int code;
    while ((code = resolver_read(resolver, &answer, error)) == 0)
        poll(&wait, 1, -1);
    if (code < 0)
        return -1;
    if (duration_ns != NULL)
        *duration_ns = answer.duration_ns;
    if (answer.found)
        *out = answer.resolved;
    else
        *error = answer.error;
    return answer.found ? 0 : -1;
}
