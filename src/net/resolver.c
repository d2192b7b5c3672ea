/* SPDX-License-Identifier: BSD-2-Clause */
/* One datagram each way, over a socket pair that keeps their bounds. The answer comes from a
 * process that strangers talk to, and is checked like anything else that comes from outside. */
#include "net/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/clock.h"
#include "net/privileges.h"

#define CHILD_FD (STDERR_FILENO + 1)

struct resolver {
    int fd;
    pid_t child;
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

/* Until the other end closes. */
static _Noreturn void serve(void)
{
    struct question question;
    struct resolver_answer answer;
    for (;;) {
        ssize_t len = recv(CHILD_FD, &question, sizeof question, 0);
        if (len < 0 && errno == EINTR)
            continue;
        if (len != sizeof question)
            _exit(0);
        answer_question(&question, &answer);
        if (send(CHILD_FD, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer)
            _exit(0);
    }
}

/* Of what the process has open nothing is kept but the socket. */
static int keep_only(int fd)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0)
        return -1;
    if (fd != CHILD_FD && dup2(fd, CHILD_FD) < 0)
        return -1;
    for (int i = 0; i < CHILD_FD; i++)
        if (dup2(nothing, i) < 0)
            return -1;
    if (syscall(SYS_close_range, CHILD_FD + 1, ~0u, 0) != 0)
        for (int i = CHILD_FD + 1; i < sysconf(_SC_OPEN_MAX); i++) /* before Linux 5.9 */
            close(i);
    return 0;
}

/* Ctrl-C reaches the whole group, but only the parent decides what it means; the child ends with
 * it. */
static _Noreturn void run_child(int fd, pid_t parent)
{
    struct error error;
    sigset_t all;
    const struct rlimit none = {0, 0};
    sigfillset(&all);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        sigprocmask(SIG_BLOCK, &all, NULL) != 0 || setrlimit(RLIMIT_FSIZE, &none) != 0 ||
        keep_only(fd) != 0 || privileges_drop(&error) != 0)
        _exit(1);
    serve();
}

struct resolver *resolver_start(struct error *error)
{
    int ends[2] = {-1, -1};
    pid_t parent = getpid();
    struct resolver *resolver = malloc(sizeof *resolver);
    if (resolver != NULL && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
        resolver->fd = ends[0];
        resolver->child = fork();
        if (resolver->child == 0)
            run_child(ends[1], parent);
    }
    int code = errno;
    if (ends[1] >= 0)
        close(ends[1]);
    if (ends[1] >= 0 && resolver->child > 0)
        return resolver;
    if (ends[0] >= 0)
        close(ends[0]);
    free(resolver);
    error_set(error, STATUS_RUN, "cannot start the process that resolves names: %s",
              strerror(code));
    return NULL;
}

void resolver_stop(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    close(resolver->fd);
    waitpid(resolver->child, NULL, WNOHANG); /* one that still waits for a server ends with us */
    free(resolver);
}

int resolver_fd(const struct resolver *resolver)
{
    return resolver->fd;
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
    if (send(resolver->fd, &question, sizeof question, MSG_NOSIGNAL | MSG_DONTWAIT) ==
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
        len = recv(resolver->fd, answer, sizeof *answer, MSG_DONTWAIT);
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
    struct pollfd wait = {.fd = resolver->fd, .events = POLLIN};
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
