/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/connector.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "confine/worker.h"
#include "net/clock.h"
#include "net/sockaddr.h"

struct question {
    struct endpoint server;
    struct address source;
    uint32_t scope_ifindex;
    int64_t timeout_ns;
    char interface[IF_NAMESIZE]; /* "": any */
};

static enum opinion_result result_of(int code)
{
    switch (code) {
    case 0:
        return OPINION_CONNECTED;
    case ECONNREFUSED:
        return OPINION_REFUSED;
    case ETIMEDOUT:
        return OPINION_TIMED_OUT;
    case EHOSTUNREACH:
    case ENETUNREACH:
        return OPINION_UNREACHABLE;
    case EACCES:
    case EPERM:
        return OPINION_PROHIBITED;
    default:
        return OPINION_ERROR;
    }
}

/* Returns errno, 0 if all is as asked. */
static int prepare(int fd, const struct question *question)
{
    union sockaddr_any source;
    socklen_t len = sockaddr_from(&question->source, question->scope_ifindex, 0, &source);
    size_t name_len = strlen(question->interface);
    if (name_len > 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, question->interface,
                                   (socklen_t)name_len + 1) != 0)
        return errno;
    if (question->source.family != FAMILY_NONE && bind(fd, &source.generic, len) != 0)
        return errno;
    return 0;
}

/* The error that ends the attempt; 0: it is open. */
static int wait_for(int fd, int64_t until_ns)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int64_t left_ns;
    while ((left_ns = until_ns - clock_monotonic_ns()) > 0) {
        struct timespec pause = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
        int ready = ppoll(&wait, 1, &pause, NULL);
        if (ready < 0 && errno != EINTR)
            return errno;
        if (ready <= 0)
            continue;
        int code = 0;
        socklen_t len = sizeof code;
        return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) == 0 ? code : errno;
    }
    return ETIMEDOUT;
}

static int attempt(int fd, const struct question *question, struct opinion *out)
{
    union sockaddr_any server;
    socklen_t len = sockaddr_from(&question->server.address, question->scope_ifindex,
                                  question->server.port, &server);
    int code = prepare(fd, question);
    if (code != 0)
        return code;
    int64_t begin_ns = clock_monotonic_ns();
    code = connect(fd, &server.generic, len) == 0 ? 0 : errno;
    if (code == EINPROGRESS)
        code = wait_for(fd, begin_ns + question->timeout_ns);
    out->duration_ns = clock_monotonic_ns() - begin_ns;
    return code;
}

static void ask_kernel(void *context, const void *asked, void *answer)
{
    struct question question;
    struct opinion *out = answer;
    (void)context;
    memcpy(&question, asked, sizeof question);
    question.interface[sizeof question.interface - 1] = '\0';
    int family = question.server.address.family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    out->code = fd < 0 ? errno : attempt(fd, &question, out);
    out->result = result_of(out->code);
    if (fd >= 0)
        close(fd);
}

static bool is_sound(const void *asked, const void *answer)
{
    const struct opinion *opinion = answer;
    (void)asked;
    return opinion->result > OPINION_NONE && opinion->result < OPINION_COUNT &&
           opinion->duration_ns >= 0 && opinion->code >= 0;
}

static const struct trade trade = {
    .what = "asks connect(2)",
    .mode = SANDBOX_CONNECTOR,
    .question_size = sizeof(struct question),
    .answer_size = sizeof(struct opinion),
    .answer = ask_kernel,
    .is_sound = is_sound,
};

/* To callers, a worker of this trade is a struct connector. */
struct connector *connector_start(struct error *error)
{
    return (struct connector *)worker_start(&trade, NULL, error);
}

void connector_stop(struct connector *connector)
{
    worker_stop((struct worker *)connector);
}

int connector_fd(const struct connector *connector)
{
    return worker_fd((const struct worker *)connector);
}

int connector_ask(struct connector *connector, const struct connector_request *request,
                  struct error *error)
{
    struct question question = {.server = request->server,
                                .source = request->source,
                                .scope_ifindex = request->scope_ifindex,
                                .timeout_ns = request->timeout_ns};
    size_t len = request->interface != NULL ? strlen(request->interface) : 0;
    if (len >= sizeof question.interface)
        return error_set(error, STATUS_RUN,
                         "connect(2) cannot be bound to '%.80s': a name of more than %zu "
                         "characters",
                         request->interface, sizeof question.interface - 1);
    if (len > 0)
        memcpy(question.interface, request->interface, len);
    return worker_ask((struct worker *)connector, &question, error);
}

int connector_read(struct connector *connector, struct opinion *out, struct error *error)
{
    return worker_read((struct worker *)connector, out, error);
}
