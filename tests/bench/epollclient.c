/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel client in one thread: opens connections with connect(), closes each as soon as it is
 * open, and waits for its peer's FIN; so many at once.
 *
 * usage: epollclient ADDRESS FIRST PORTS CONNECTIONS PARALLEL */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 512

static struct {
    int queue, first, ports;
    struct in_addr to;
    unsigned long begun, wanted, done, failed, in_flight, parallel;
} client;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "epollclient: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void begin(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = client.to};
    to.sin_port =
        htons((uint16_t)(client.first + (int)(client.begun % (unsigned long)client.ports)));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};
    if (fd < 0)
        fail("socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)
        fail("connect");
    if (epoll_ctl(client.queue, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll_ctl");
    client.begun++;
    client.in_flight++;
}

static void finish(int fd, int bad)
{
    close(fd);
    client.in_flight--;
    client.done++;
    client.failed += bad != 0;
}

/* Open: sends its FIN and waits for the peer's. */
static void half_close(int fd)
{
    int code = 0;
    socklen_t len = sizeof code;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0 || code != 0 ||
        shutdown(fd, SHUT_WR) != 0)
        finish(fd, 1);
    else if (epoll_ctl(client.queue, EPOLL_CTL_MOD, fd, &event) != 0)
        fail("epoll_ctl");
}

static void handle(const struct epoll_event *event)
{
    char octet;
    if ((event->events & EPOLLOUT) != 0)
        half_close(event->data.fd);
    else
        finish(event->data.fd, read(event->data.fd, &octet, 1) != 0);
}

int main(int argc, char **argv)
{
    struct rlimit most;
    struct epoll_event events[EVENTS];
    struct timespec start, end;
    if (argc != 6 || inet_pton(AF_INET, argv[1], &client.to) != 1)
        fail("usage: epollclient ADDRESS FIRST PORTS CONNECTIONS PARALLEL");
    getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    client.first = atoi(argv[2]);
    client.ports = atoi(argv[3]);
    client.wanted = strtoul(argv[4], NULL, 10);
    client.parallel = strtoul(argv[5], NULL, 10);
    client.queue = epoll_create1(EPOLL_CLOEXEC);
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (client.done < client.wanted) {
        while (client.begun < client.wanted && client.in_flight < client.parallel)
            begin();
        int count = epoll_wait(client.queue, events, EVENTS, -1);
        for (int i = 0; i < count; i++)
            handle(&events[i]);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("seconds %.4f connections %lu failed %lu\n",
           (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
           client.done, client.failed);
    return client.failed == 0 ? 0 : 1;
}
