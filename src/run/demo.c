/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/demo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "confine/child.h"
#include "live/run/probe.h"

#define FAREWELL      "one more thing\r\n"
#define CLOSE_WAIT_NS 3000000 /* long enough for the kernel to acknowledge the FIN by itself */

/* Reads the connection to its end, then sends what is left to say and closes: so both ends pass
 * through every state of RFC 9293, figure 12. */
static void serve_one(int fd)
{
    static const struct timespec pause = {.tv_nsec = CLOSE_WAIT_NS};
    static const int at_once = 1; /* the FIN is acknowledged now, and not together with data */
    char buffer[512];
    while (read(fd, buffer, sizeof buffer) > 0)
        ;
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &at_once, sizeof at_once);
    nanosleep(&pause, NULL);
    if (send(fd, FAREWELL, sizeof FAREWELL - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        nanosleep(&pause, NULL);
    close(fd);
}

static _Noreturn void serve(int listener)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            _exit(1);
        if (fd >= 0)
            serve_one(fd);
    }
}

static int listen_on_loopback(uint16_t *port, struct error *error)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 16) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        *port = ntohs(address.sin_port);
        return fd;
    }
    error_set_code(error, errno, "cannot start the demonstration server on 127.0.0.1");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The child is killed when this process ends, however that happens. */
static pid_t fork_server(int listener)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0)
        return child;
    struct error ignored;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        child_confine(SANDBOX_SERVER, &ignored) != 0)
        _exit(1);
    serve(listener);
}

int demo_start_server(uint16_t *port, struct error *error)
{
    int listener = listen_on_loopback(port, error);
    if (listener < 0)
        return -1;
    pid_t server = fork_server(listener);
    close(listener);
    if (server < 0)
        return error_set_code(error, errno, "cannot start the demonstration server");
    return 0;
}

int demo_run(const struct options *options, struct output *output, struct error *error)
{
    uint16_t port;
    if (demo_start_server(&port, error) != 0)
        return -1;
    char host[] = "127.0.0.1";
    char port_text[8];
    snprintf(port_text, sizeof port_text, "%u", (unsigned)port);
    char *operands[] = {host, port_text};
    struct options probe = *options;
    probe.operands = operands;
    probe.operand_count = 2;
    return probe_run(&probe, output, error); /* which leaves no way to end the server before us */
}
