/* SPDX-License-Identifier: BSD-2-Clause */
/* With the loopback address, for which no server is asked. */
#include "confine/namer.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define PATIENCE_MS 5000

static const struct address loopback = {FAMILY_IPV4, {127, 0, 0, 1}};

static struct error error;
static char name[RESOLVE_NAME_MAX];

static struct namer *start(void)
{
    struct namer *namer = namer_start(&error);
    ck_assert_msg(namer != NULL, "%s", error.text);
    return namer;
}

/* The result of namer_read, once there is one. */
static int answer_of(struct namer *namer)
{
    struct pollfd wait = {.fd = namer_fd(namer), .events = POLLIN};
    ck_assert_int_eq(poll(&wait, 1, PATIENCE_MS), 1);
    return namer_read(namer, name, &error);
}

START_TEST(it_says_what_getnameinfo_says_here)
{
    const struct sockaddr_in in = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char wanted[NI_MAXHOST] = "";
    struct namer *namer = start();
    if (getnameinfo((const struct sockaddr *)&in, sizeof in, wanted, sizeof wanted, NULL, 0,
                    NI_NAMEREQD) != 0)
        wanted[0] = '\0';
    ck_assert_int_eq(namer_read(namer, name, &error), 0);
    for (int i = 0; i < 2; i++) {
        strcpy(name, "?");
        ck_assert_int_eq(namer_ask(namer, &loopback, &error), 0);
        ck_assert_int_eq(answer_of(namer), 1);
        ck_assert_str_eq(name, wanted);
    }
    namer_stop(namer);
    namer_stop(NULL);
}
END_TEST

/* The only child of this process. */
static pid_t child_of_ours(void)
{
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    return (pid_t)atoi(text);
}

START_TEST(a_child_that_is_gone_is_an_error)
{
    struct namer *namer = start();
    pid_t child = child_of_ours();
    siginfo_t end;
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(answer_of(namer), -1);
    ck_assert_str_eq(error.text, "the process that finds the names of hops exited unexpectedly "
                                 "(signal 9)");
    ck_assert(!error.out_of_memory);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_int_eq(namer_ask(namer, &loopback, &error), -1);
    namer_stop(namer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("namer");
    TCase *tcase = tcase_create("namer");
    tcase_add_test(tcase, it_says_what_getnameinfo_says_here);
    tcase_add_test(tcase, a_child_that_is_gone_is_an_error);
    suite_add_tcase(suite, tcase);
    return run_suite_apart(suite); /* the kernel lists the children of the whole process */
}
