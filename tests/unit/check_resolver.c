/* SPDX-License-Identifier: BSD-2-Clause */
/* With addresses in the place of names, so that no server is asked. */
#include "net/resolver.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "net/sandbox.h"

#define PATIENCE_MS 5000

static struct error error;
static struct resolver_answer answer;

static struct resolver *start(void)
{
    struct resolver *resolver = resolver_start(&error);
    ck_assert_msg(resolver != NULL, "%s", error.text);
    return resolver;
}

/* The next answer; the result of resolver_read. */
static int await(struct resolver *resolver)
{
    int code = 0;
    struct pollfd wait = {.fd = resolver_fd(resolver), .events = POLLIN};
    while (code == 0 && poll(&wait, 1, PATIENCE_MS) == 1)
        code = resolver_read(resolver, &answer, &error);
    return code;
}

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

/* The field of /proc/PID/status, as text. */
static const char *status_of(pid_t pid, const char *field)
{
    static char line[256];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, field, strlen(field)) == 0 && line[strlen(field)] == ':')
            break;
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return line + strcspn(line, "\t") + 1;
}

START_TEST(answers_come_in_the_order_of_asking)
{
    static const char *const hosts[] = {"127.0.0.1", "::1", "192.0.2.7", "a name with blanks"};
    struct resolver *resolver = start();
    ck_assert_int_eq(resolver_read(resolver, &answer, &error), 0);
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_int_eq(resolver_ask(resolver, 100 + i, hosts[i], FAMILY_NONE, &error), 0);
    for (uint32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(await(resolver), 1);
        ck_assert_uint_eq(answer.id, 100 + i);
        ck_assert_int_ge(answer.duration_ns, 0);
        ck_assert_uint_eq(answer.found, i < 3);
        if (i < 3)
            ck_assert_uint_eq(answer.resolved.address.family, i == 1 ? FAMILY_IPV6 : FAMILY_IPV4);
        else
            ck_assert_ptr_nonnull(strstr(answer.error.text, "a name with blanks"));
    }
    resolver_stop(resolver);
}
END_TEST

START_TEST(waiting_gives_what_resolving_here_gives)
{
    struct resolved resolved;
    struct resolver *resolver = start();
    int64_t duration_ns = -1;
    ck_assert_int_eq(
        resolver_resolve(resolver, "192.0.2.7", FAMILY_IPV4, &resolved, &duration_ns, &error), 0);
    ck_assert_mem_eq(resolved.address.bytes, "\xc0\x00\x02\x07", 4);
    ck_assert_int_ge(duration_ns, 0);
    ck_assert_int_eq(resolver_resolve(resolver, "192.0.2.7", FAMILY_IPV6, &resolved, NULL, &error),
                     -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot resolve '192.0.2.7' to IPv6"));
    resolver_stop(resolver);
}
END_TEST

START_TEST(too_long_a_name_is_refused)
{
    char host[RESOLVER_HOST_MAX + 1];
    struct resolver *resolver = start();
    memset(host, 'a', sizeof host);
    host[RESOLVER_HOST_MAX] = '\0';
    ck_assert_int_eq(resolver_ask(resolver, 1, host, FAMILY_NONE, &error), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    host[RESOLVER_HOST_MAX - 1] = '\0';
    ck_assert_int_eq(resolver_ask(resolver, 1, host, FAMILY_NONE, &error), 0);
    resolver_stop(resolver);
}
END_TEST

/* What it had from us: no capability, no descriptor but the socket and three that lead nowhere. */
START_TEST(the_child_has_nothing)
{
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
    char path[64], target[64];
    unsigned descriptors = 0;
    int inherited = open("/proc/self/status", O_RDONLY);
    struct resolver *resolver = start();
    ck_assert_int_eq(resolver_ask(resolver, 1, "::1", FAMILY_NONE, &error), 0);
    ck_assert_int_eq(await(resolver), 1); /* so it has begun to serve */
    pid_t child = child_of_ours();
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        ck_assert_str_eq(status_of(child, sets[i]), "0000000000000000");
    ck_assert_str_eq(status_of(child, "NoNewPrivs"), "1");
    if (sandbox_try(&error) == 0)
        ck_assert_str_eq(status_of(child, "Seccomp"), "2");
    snprintf(path, sizeof path, "/proc/%d/fd", (int)child);
    DIR *directory = opendir(path);
    if (directory != NULL) { /* a process that gave up capabilities is not everybody's to look at */
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
            descriptors += entry->d_name[0] != '.';
        closedir(directory);
        ck_assert_uint_eq(descriptors, 4);
        snprintf(path, sizeof path, "/proc/%d/fd/2", (int)child);
        ssize_t len = readlink(path, target, sizeof target - 1);
        target[len > 0 ? len : 0] = '\0';
        ck_assert_str_eq(target, "/dev/null");
    }
    close(inherited);
    resolver_stop(resolver);
}
END_TEST

START_TEST(a_child_that_is_gone_is_told)
{
    struct resolver *resolver = start();
    pid_t child = child_of_ours();
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(await(resolver), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_int_eq(resolver_ask(resolver, 1, "::1", FAMILY_NONE, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    resolver_stop(resolver);
}
END_TEST

/* Whether it still runs: one that has ended may wait to be reaped. */
static bool runs(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    return access(path, F_OK) == 0 && status_of(pid, "State")[0] != 'Z';
}

START_TEST(the_child_ends_with_its_parent)
{
    int ends[2];
    pid_t child = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        if (resolver_start(&error) == NULL)
            _exit(1);
        child = child_of_ours();
        (void)!write(ends[1], &child, sizeof child);
        raise(SIGKILL);
    }
    ck_assert_int_eq(read(ends[0], &child, sizeof child), sizeof child);
    ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
    for (int i = 0; i < PATIENCE_MS && runs(child); i++)
        usleep(1000);
    ck_assert(!runs(child));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resolver");
    TCase *tests = tcase_create("resolver");
    tcase_add_test(tests, answers_come_in_the_order_of_asking);
    tcase_add_test(tests, waiting_gives_what_resolving_here_gives);
    tcase_add_test(tests, too_long_a_name_is_refused);
    tcase_add_test(tests, the_child_has_nothing);
    tcase_add_test(tests, a_child_that_is_gone_is_told);
    tcase_add_test(tests, the_child_ends_with_its_parent);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
