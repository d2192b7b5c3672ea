/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/locator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "confine/child.h"
#include "net/clock.h"

struct locator {
    struct child child;
};

/* What goes through the socket: no pointers. */
struct question {
    uint32_t family;
    struct address source;
    char host[LOCATOR_HOST_MAX];
    char interface[IF_NAMESIZE]; /* "": any */
};

static void locate(struct question *question, struct location *out)
{
    struct resolved resolved;
    memset(out, 0, sizeof *out);
    question->host[sizeof question->host - 1] = '\0';
    question->interface[sizeof question->interface - 1] = '\0';
    int64_t begin_ns = clock_monotonic_ns();
    out->result =
        resolve_host(question->host, (enum family)question->family, false, &resolved, &out->error);
    out->resolve_ns = clock_monotonic_ns() - begin_ns;
    if (out->result != 0)
        return;
    const struct route_request request = {
        .destination = resolved.address,
        .source = question->source,
        .scope_ifindex = resolved.scope_ifindex,
        .interface = question->interface[0] != '\0' ? question->interface : NULL,
    };
    out->address = resolved.address;
    out->result = route_lookup(&request, &out->route, &out->reason, &out->error);
    if (out->result < 0)
        error_context(&out->error, "%s", question->host);
}

static void serve(int fd, void *context)
{
    struct question question;
    struct location location;
    (void)context;
    while (child_receive(fd, &question, sizeof question)) {
        locate(&question, &location);
        if (!child_send(fd, &location, sizeof location))
            return;
    }
}

struct locator *locator_start(struct error *error)
{
    struct locator *locator = malloc(sizeof *locator);
    if (locator == NULL)
        error_set(error, STATUS_RUN, "out of memory");
    else if (child_start(&locator->child, serve, NULL, "resolves names again", error) == 0)
        return locator;
    free(locator);
    return NULL;
}

void locator_stop(struct locator *locator)
{
    if (locator == NULL)
        return;
    child_stop(&locator->child);
    free(locator);
}

int locator_fd(const struct locator *locator)
{
    return locator->child.fd;
}

static int gone(struct error *error)
{
    return error_set(error, STATUS_RUN,
                     "the process that resolves names again exited unexpectedly");
}

int locator_ask(struct locator *locator, const struct location_request *request,
                struct error *error)
{
    struct question question = {.family = request->family, .source = request->source};
    size_t len = strlen(request->host);
    if (len >= sizeof question.host)
        return error_set(error, STATUS_USAGE, "cannot resolve '%.80s...': a name of %zu characters",
                         request->host, len);
    memcpy(question.host, request->host, len);
    if (request->interface != NULL && strlen(request->interface) < sizeof question.interface)
        memcpy(question.interface, request->interface, strlen(request->interface));
    if (send(locator->child.fd, &question, sizeof question, MSG_NOSIGNAL | MSG_DONTWAIT) ==
        sizeof question)
        return 0;
    return gone(error);
}

static bool is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* The answer comes from a process that strangers talk to. */
static bool is_sound(const struct location *location)
{
    uint16_t family = location->address.family;
    if (location->resolve_ns < 0 || !is_text(location->error.text, sizeof location->error.text))
        return false;
    if (location->result == -1)
        return true;
    if (family != FAMILY_IPV4 && family != FAMILY_IPV6)
        return false;
    if (location->result == 1)
        return (unsigned)location->reason < REASON_COUNT;
    return location->result == 0 && location->route.source.family == family &&
           is_text(location->route.interface, sizeof location->route.interface);
}

int locator_read(struct locator *locator, struct location *location, struct error *error)
{
    ssize_t len;
    do
        len = recv(locator->child.fd, location, sizeof *location, MSG_DONTWAIT);
    while (len < 0 && errno == EINTR);
    if (len < 0 && errno == EAGAIN)
        return 0;
    if (len != sizeof *location || !is_sound(location))
        return gone(error);
    return 1;
}
