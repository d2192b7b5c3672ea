/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/locator.h"

#include <string.h>

#include "confine/worker.h"
#include "net/clock.h"

/* What goes through the socket: no pointers. */
struct question {
    uint32_t family;
    struct address source;
    uint16_t destination_port, source_port_first, source_port_last;
    char host[LOCATOR_HOST_MAX];
    char interface[ROUTE_INTERFACE_MAX]; /* "": any */
};

static void find_way(const struct question *question, struct location *out)
{
    struct resolved resolved = {.scope_ifindex = 0};
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
        .destination_port = question->destination_port,
        .source_port_first = question->source_port_first,
        .source_port_last = question->source_port_last,
    };
    out->address = resolved.address;
    out->result = route_lookup(&request, &out->route, &out->reason, &out->error);
    if (out->result < 0)
        error_context(&out->error, "%s", question->host);
}

static void locate(void *context, const void *asked, void *answer)
{
    struct question question;
    (void)context;
    memcpy(&question, asked, sizeof question);
    question.host[sizeof question.host - 1] = '\0';
    question.interface[sizeof question.interface - 1] = '\0';
    find_way(&question, answer);
}

static bool is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static bool is_sound(const void *asked, const void *answer)
{
    const struct question *question = asked;
    const struct location *location = answer;
    uint16_t family = location->address.family;
    if (location->resolve_ns < 0)
        return false;
    if (location->result == -1)
        return error_is_sound(&location->error);
    if ((family != FAMILY_IPV4 && family != FAMILY_IPV6) ||
        (question->family != FAMILY_NONE && family != question->family))
        return false;
    if (!is_text(location->route.interface, sizeof location->route.interface))
        return false;
    uint16_t source = location->route.source.family;
    if (location->result == 1)
        return (unsigned)location->reason < REASON_COUNT &&
               (unsigned)location->route.error < HOST_ERROR_COUNT &&
               (source == FAMILY_NONE || source == family);
    return location->result == 0 && source == family;
}

static const struct trade trade = {
    .what = "resolves names again",
    .mode = SANDBOX_CHILD,
    .question_size = sizeof(struct question),
    .answer_size = sizeof(struct location),
    .answer = locate,
    .is_sound = is_sound,
};

/* To callers, a worker of this trade is a struct locator. */
struct locator *locator_start(struct error *error)
{
    return (struct locator *)worker_start(&trade, NULL, error);
}

void locator_stop(struct locator *locator)
{
    worker_stop((struct worker *)locator);
}

int locator_fd(const struct locator *locator)
{
    return worker_fd((const struct worker *)locator);
}

int locator_ask(struct locator *locator, const struct location_request *request,
                struct error *error)
{
    struct question question = {.family = request->family,
                                .source = request->source,
                                .destination_port = request->destination_port,
                                .source_port_first = request->source_port_first,
                                .source_port_last = request->source_port_last};
    size_t len = strlen(request->host);
    if (len >= sizeof question.host)
        return error_set(error, STATUS_USAGE, "cannot resolve '%.80s...': a name of %zu characters",
                         request->host, len);
    memcpy(question.host, request->host, len);
    if (request->interface != NULL && strlen(request->interface) < sizeof question.interface)
        memcpy(question.interface, request->interface, strlen(request->interface));
    return worker_ask((struct worker *)locator, &question, error);
}

int locator_read(struct locator *locator, struct location *location, struct error *error)
{
    return worker_read((struct worker *)locator, location, error);
}
