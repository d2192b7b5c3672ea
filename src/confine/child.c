/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "confine/capabilities.h"
#include "confine/landlock.h"

#define CHILD_FD  (CHILD_FILE(0) - 1)
#define NO_MEMORY 1   /* exit status: out of memory before it could serve */
#define END_LOOKS 100 /* 1 ms apart, at a child that has closed its socket */

/* Moves descriptors to CHILD_FD and behind it; from[] is first copied out of their way. */
static int move(int *from, int count)
{
    for (int i = 0; i < count; i++)
        if ((from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, CHILD_FD + count)) < 0)
            return -1;
    for (int i = 0; i < count; i++)
        if (dup2(from[i], CHILD_FD + i) < 0)
            return -1;
    return 0;
}

/* Closes everything except the socket and the files of the role. */
static int keep_only(int fd, const struct child_role *role)
{
    int kept[1 + CHILD_FILES_MAX] = {fd};
    int count = 1;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (; count <= CHILD_FILES_MAX && (size_t)count <= role->file_count; count++)
        kept[count] = role->files[count - 1];
    if (nothing < 0 || move(kept, count) != 0)
        return -1; /* cppcheck-suppress resourceLeak ; the child ends then */
    for (int i = 0; i < CHILD_FD; i++)
        if (dup2(nothing, i) < 0)
            return -1;
    return descriptors_close((unsigned)(CHILD_FD + count), UINT_MAX);
}

int child_confine(enum sandbox_mode mode, struct error *error)
{
    const struct sandbox sandbox = {.mode = mode};
    return capabilities_drop(error) == 0 && landlock_enter(&sandbox, error) >= 0 &&
                   sandbox_enter(&sandbox, error) >= 0
               ? 0
               : -1;
}

/* Ctrl-C reaches the whole process group, but only the parent handles it; the child ends with the
 * parent. */
static int become_harmless(const struct child_role *role, int fd, pid_t parent, struct error *error)
{
    sigset_t all;
    const struct rlimit none = {0, 0};
    sigfillset(&all);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        sigprocmask(SIG_BLOCK, &all, NULL) != 0 || setrlimit(RLIMIT_FSIZE, &none) != 0)
        return -1;
    if (keep_only(fd, role) != 0)
        return error_set_code(error, errno, "descriptors");
    return child_confine(role->mode, error);
}

/* Returns the exit status. */
static int live_as(const struct child_role *role, int fd, pid_t parent)
{
    struct error error = {.status = STATUS_OK};
    if (become_harmless(role, fd, parent, &error) == 0)
        role->serve(CHILD_FD, role->context);
    return error.out_of_memory ? NO_MEMORY : 0;
}

int child_start(struct child *child, const struct child_role *role, struct error *error)
{
    int ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set_code(error, errno, "cannot start the process that %s", role->what);
    child->fd = ends[0];
    child->pid = fork();
    if (child->pid == 0)
        _exit(live_as(role, ends[1], parent));
    int code = errno;
    close(ends[1]);
    if (child->pid > 0)
        return 0;
    close(ends[0]);
    return error_set_code(error, code, "cannot start the process that %s", role->what);
}

void child_stop(struct child *child)
{
    close(child->fd);
    waitpid(child->pid, NULL, WNOHANG);
}

void child_end(struct child *child)
{
    close(child->fd);
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
}

/* A process closes its files shortly before it has ended. */
static siginfo_t end_of(const struct child *child)
{
    siginfo_t end = {.si_pid = 0};
    for (int i = 0; i < END_LOOKS && end.si_pid == 0; i++) {
        if (i > 0)
            poll(NULL, 0, 1);
        if (waitid(P_PID, (id_t)child->pid, &end, WEXITED | WNOHANG | WNOWAIT) != 0)
            break;
    }
    return end;
}

int child_report_end(const struct child *child, const char *what, struct error *error)
{
    const siginfo_t end = end_of(child);
    if (end.si_pid != 0 && end.si_code == CLD_EXITED && end.si_status == NO_MEMORY)
        return error_set_memory(error, "the process that %s ran out of memory", what);
    if (end.si_pid != 0 && end.si_code != CLD_EXITED)
        return error_set(error, STATUS_RUN, "the process that %s exited unexpectedly (signal %d)",
                         what, end.si_status);
    return error_set(error, STATUS_RUN, "the process that %s exited unexpectedly", what);
}

/* Returns as child_poll does. */
static int receive(int fd, void *datagram, size_t len, int flags)
{
    ssize_t got;
    struct iovec part = {.iov_base = datagram, .iov_len = len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    do
        got = recvmsg(fd, &message, flags);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return 0;
    return got == (ssize_t)len && (message.msg_flags & MSG_TRUNC) == 0 ? 1 : -1;
}

bool child_receive(int fd, void *datagram, size_t len)
{
    return receive(fd, datagram, len, 0) == 1;
}

int child_poll(int fd, void *datagram, size_t len)
{
    return receive(fd, datagram, len, MSG_DONTWAIT);
}

bool child_send(int fd, const void *datagram, size_t len)
{
    ssize_t done;
    do
        done = send(fd, datagram, len, MSG_NOSIGNAL);
    while (done < 0 && errno == EINTR);
    return done == (ssize_t)len;
}
