/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel server in one thread: listens on some ports of all addresses, reads what comes, and
 * closes after its peer. Prints "ready" and goes on until it is ended.
 *
 * usage: epollserver FIRST STEP COUNT    (of the ports) */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096
#define EVENTS  512

#define IS_LISTENER UINT64_C(1) << 32

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "epollserver: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void watch(int queue, int fd, uint64_t kind)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = kind | (uint32_t)fd};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll_ctl");
}

static void listen_on(int queue, int port)
{
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0)
        fail("listen");
    watch(queue, fd, IS_LISTENER);
}

static void accept_all(int queue, int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        watch(queue, fd, 0);
}

static void read_all(int fd)
{
    char octets[4096];
    ssize_t got;
    do
        got = read(fd, octets, sizeof octets);
    while (got > 0);
    if (got == 0 || errno != EAGAIN)
        close(fd);
}

int main(int argc, char **argv)
{
    struct rlimit most;
    struct epoll_event events[EVENTS];
    if (argc != 4 || getrlimit(RLIMIT_NOFILE, &most) != 0)
        fail("usage: epollserver FIRST STEP COUNT");
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    int queue = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < atoi(argv[3]); i++)
        listen_on(queue, atoi(argv[1]) + i * atoi(argv[2]));
    puts("ready");
    fflush(stdout);
    for (;;) {
        int count = epoll_wait(queue, events, EVENTS, -1);
        for (int i = 0; i < count; i++)
            if ((events[i].data.u64 & (IS_LISTENER)) != 0)
                accept_all(queue, (int)(uint32_t)events[i].data.u64);
            else
                read_all((int)(uint32_t)events[i].data.u64);
    }
}
