/* SPDX-License-Identifier: BSD-2-Clause */
/* The server of --demo, as clients of the kernel meet it. */
#include "run/demo.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "live/run/probe.h"

/* What is probed */

static char operands[64];
static uint64_t count;

int probe_run(const struct options *options, struct output *output, struct error *error)
{
    (void)output;
    ck_assert_uint_eq(options->operand_count, 2);
    snprintf(operands, sizeof operands, "%s %s", options->operands[0], options->operands[1]);
    count = options->count;
    return error_set(error, STATUS_RUN, "not here");
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* It reads to the end, and then has its say and closes: twice, as for two clients. */
static void talk_to(uint16_t port)
{
    static const char wanted[] = "one more thing\r\n";
    char said[64];
    size_t len = 0;
    ssize_t got;
    int fd = connect_to(port);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "hello", 5), 5);
    ck_assert_int_eq(recv(fd, said, sizeof said, MSG_DONTWAIT), -1);
    shutdown(fd, SHUT_WR);
    while ((got = read(fd, said + len, sizeof said - len)) > 0)
        len += (size_t)got;
    ck_assert_int_eq(got, 0);
    ck_assert_uint_eq(len, strlen(wanted));
    ck_assert_mem_eq(said, wanted, len);
    close(fd);
}

START_TEST(it_answers_each_client)
{
    struct error error;
    uint16_t port = 0;
    ck_assert_int_eq(demo_start_server(&port, &error), 0);
    talk_to(port);
    talk_to(port);
}
END_TEST

static bool is_refused(uint16_t port)
{
    int fd = connect_to(port);
    if (fd >= 0)
        close(fd);
    return fd < 0;
}

/* Whatever becomes of the process that started it. */
START_TEST(it_ends_with_its_process)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    uint16_t port = 0;
    int ends[2], tries = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct error error;
        if (demo_start_server(&port, &error) != 0 || write(ends[1], &port, sizeof port) < 0)
            _exit(1);
        int fd = connect_to(port); /* the server is there by the time that it is accepted */
        char byte;
        shutdown(fd, SHUT_WR);
        _exit(read(fd, &byte, 1) == 1 ? 0 : 1);
    }
    int status = 1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(read(ends[0], &port, sizeof port), sizeof port);
    for (; !is_refused(port) && tries < 5000; tries++)
        nanosleep(&moment, NULL);
    ck_assert_int_lt(tries, 5000);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(a_run_probes_it)
{
    const struct options options = {.count = 3};
    struct error error;
    ck_assert_int_eq(demo_run(&options, NULL, &error), -1);
    ck_assert_str_eq(error.text, "not here");
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(strncmp(operands, "127.0.0.1 ", 10), 0);
    talk_to((uint16_t)atoi(operands + 10));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("demo");
    TCase *tests = tcase_create("server");
    tcase_add_test(tests, it_answers_each_client);
    tcase_add_test(tests, it_ends_with_its_process);
    tcase_add_test(tests, a_run_probes_it);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
