/* SPDX-License-Identifier: BSD-2-Clause */
/* What connect(2) meets on the loopback interface. */
#include "confine/connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

#define PATIENCE_MS 5000
#define SECOND      INT64_C(1000000000)

static struct error error;
static struct opinion opinion;

static struct connector *start(void)
{
    struct connector *connector = connector_start(&error);
    ck_assert_msg(connector != NULL, "%s", error.text);
    return connector;
}

/* A port of the loopback interface: open while *fd is, or not listened on. */
static struct endpoint loopback(enum family family, bool listens, int *fd)
{
    struct endpoint server = {.address = {.family = family}};
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } name = {.ipv4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof name.ipv4;
    if (family == FAMILY_IPV6) {
        name.ipv6 =
            (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        len = sizeof name.ipv6;
    }
    *fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(*fd, &name.any, len), 0);
    ck_assert(!listens || listen(*fd, 1) == 0);
    ck_assert_int_eq(getsockname(*fd, &name.any, &len), 0);
    bool v6 = family == FAMILY_IPV6;
    memcpy(server.address.bytes,
           v6 ? (const void *)&name.ipv6.sin6_addr : (const void *)&name.ipv4.sin_addr,
           v6 ? 16 : 4);
    server.port = ntohs(v6 ? name.ipv6.sin6_port : name.ipv4.sin_port);
    return server;
}

/* The answer to a question; the result of connector_read. */
static int ask(struct connector *connector, const struct connector_request *request)
{
    int code = 0;
    struct pollfd wait = {.fd = connector_fd(connector), .events = POLLIN};
    memset(&opinion, 0x5a, sizeof opinion);
    ck_assert_int_eq(connector_ask(connector, request, &error), 0);
    while (code == 0 && poll(&wait, 1, PATIENCE_MS) == 1)
        code = connector_read(connector, &opinion, &error);
    return code;
}

static void expect(enum opinion_result result, int code)
{
    ck_assert_msg(opinion.result == result && opinion.code == code, "%s, errno %d",
                  opinion_name(opinion.result), (int)opinion.code);
    ck_assert_int_ge(opinion.duration_ns, 0);
    ck_assert_int_lt(opinion.duration_ns, 4 * SECOND);
}

START_TEST(says_what_connect_met)
{
    static const enum family families[] = {FAMILY_IPV4, FAMILY_IPV6};
    struct connector *connector = start();
    int fd;
    struct connector_request request = {.server = loopback(families[_i], true, &fd),
                                        .timeout_ns = SECOND};
    ck_assert_int_eq(ask(connector, &request), 1);
    expect(OPINION_CONNECTED, 0);
    request.source = request.server.address; /* this host's own, and by name of the interface */
    request.interface = "lo";
    ck_assert_int_eq(ask(connector, &request), 1);
    expect(OPINION_CONNECTED, 0);
    close(fd);
    request.server = loopback(families[_i], false, &fd);
    ck_assert_int_eq(ask(connector, &request), 1);
    expect(OPINION_REFUSED, ECONNREFUSED);
    close(fd);
    connector_stop(connector);
    connector_stop(NULL);
}
END_TEST

/* Whether this process could move to a network without any route but loopback's. */
static bool alone;

START_TEST(says_that_there_is_no_way)
{
    struct connector *connector = start();
    const struct connector_request request = {
        .server = _i == 0 ? (struct endpoint){{FAMILY_IPV4, {192, 0, 2, 1}}, 80}
                          : (struct endpoint){{FAMILY_IPV6, {0x20, 1, 0x0d, 0xb8, [15] = 1}}, 80},
        .timeout_ns = SECOND};
    if (alone) {
        ck_assert_int_eq(ask(connector, &request), 1);
        expect(OPINION_UNREACHABLE, ENETUNREACH);
    }
    connector_stop(connector);
}
END_TEST

START_TEST(says_why_it_could_not_ask)
{
    static const struct address foreign = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 7}};
    struct connector *connector = start();
    int fd;
    struct connector_request request = {
        .server = loopback(FAMILY_IPV4, true, &fd), .source = foreign, .timeout_ns = SECOND};
    ck_assert_int_eq(ask(connector, &request), 1);
    expect(OPINION_ERROR, EADDRNOTAVAIL);
    request.source.family = FAMILY_NONE;
    request.interface = "nosuch0";
    ck_assert_int_eq(ask(connector, &request), 1);
    expect(OPINION_ERROR, ENODEV);
    close(fd);
    connector_stop(connector);
}
END_TEST

/* A queue that is full: the kernel drops further SYNs, and connect(2) waits. */
START_TEST(waits_no_longer_than_it_may)
{
    struct connector *connector = start();
    int fd, waiting[3];
    const struct connector_request request = {.server = loopback(FAMILY_IPV4, true, &fd),
                                              .timeout_ns = SECOND / 5};
    struct sockaddr_in name;
    socklen_t len = sizeof name;
    ck_assert_int_eq(listen(fd, 0), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    for (int i = 0; i < 3; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)!connect(waiting[i], (const struct sockaddr *)&name, len);
    }
    ck_assert_int_eq(ask(connector, &request), 1);
    expect(OPINION_TIMED_OUT, ETIMEDOUT);
    ck_assert_int_ge(opinion.duration_ns, SECOND / 5);
    for (int i = 0; i < 3; i++)
        close(waiting[i]);
    close(fd);
    connector_stop(connector);
}
END_TEST

START_TEST(notices_that_the_child_is_gone)
{
    char path[64], text[64] = "";
    struct connector *connector = start();
    struct connector_request request = {.server = {.address = {.family = FAMILY_IPV4}, .port = 1},
                                        .timeout_ns = SECOND};
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    kill((pid_t)atoi(text), SIGKILL);
    struct pollfd wait = {.fd = connector_fd(connector), .events = POLLIN};
    ck_assert_int_eq(poll(&wait, 1, PATIENCE_MS), 1);
    ck_assert(connector_ask(connector, &request, &error) == -1 ||
              connector_read(connector, &opinion, &error) == -1);
    ck_assert_ptr_nonnull(strstr(error.text, "the process that asks connect(2) exited"));
    connector_stop(connector);
}
END_TEST

int main(void)
{
    alone = network_alone();
    Suite *suite = suite_create("connector");
    TCase *tests = tcase_create("connector");
    tcase_add_loop_test(tests, says_what_connect_met, 0, 2);
    tcase_add_loop_test(tests, says_that_there_is_no_way, 0, 2);
    tcase_add_test(tests, says_why_it_could_not_ask);
    tcase_add_test(tests, waits_no_longer_than_it_may);
    tcase_add_test(tests, notices_that_the_child_is_gone);
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite); /* the kernel lists the children of the whole process */
}
