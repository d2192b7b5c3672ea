/* SPDX-License-Identifier: BSD-2-Clause */
/* With addresses in the place of names, so that no server is asked. */
#include "confine/resolver.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/sandbox.h"
#include "harness.h"

#define PATIENCE_MS 5000

static struct error error;
static struct resolved resolved;
static int64_t duration_ns;

/* The linker puts this in place of the C library's (--wrap), in the child too. */
int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list)
{
    return strcmp(host, "large.test") == 0 ? EAI_MEMORY
                                           : __real_getaddrinfo(host, service, hints, list);
}

static struct resolver *start(void)
{
    struct resolver *resolver = resolver_start(&error);
    ck_assert_msg(resolver != NULL, "%s", error.text);
    return resolver;
}

static int ask(struct resolver *resolver, const char *host, enum family family)
{
    return resolver_resolve(resolver, host, family, &resolved, &duration_ns, &error);
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

START_TEST(it_gives_what_resolving_here_gives)
{
    struct resolver *resolver = start();
    duration_ns = -1;
    ck_assert_int_eq(ask(resolver, "192.0.2.7", FAMILY_IPV4), 0);
    ck_assert_mem_eq(resolved.address.bytes, "\xc0\x00\x02\x07", 4);
    ck_assert_int_ge(duration_ns, 0);
    ck_assert_int_eq(ask(resolver, "::1", FAMILY_NONE), 0);
    ck_assert_uint_eq(resolved.address.family, FAMILY_IPV6);
    ck_assert_int_eq(ask(resolver, "192.0.2.7", FAMILY_IPV6), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot resolve '192.0.2.7' to IPv6"));
    ck_assert_int_eq(ask(resolver, "a name with blanks", FAMILY_NONE), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a name with blanks"));
    ck_assert_int_eq(resolver_resolve(resolver, "127.0.0.1", FAMILY_NONE, &resolved, NULL, &error),
                     0);
    resolver_stop(resolver);
}
END_TEST

/* Which is no answer about the name, and the child goes on. */
START_TEST(memory_may_run_out)
{
    struct resolver *resolver = start();
    ck_assert_int_eq(ask(resolver, "large.test", FAMILY_NONE), -1);
    ck_assert_str_eq(error.text, "cannot resolve 'large.test': out of memory");
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert(error.out_of_memory);
    ck_assert_int_eq(ask(resolver, "192.0.2.7", FAMILY_NONE), 0);
    resolver_stop(resolver);
}
END_TEST

START_TEST(too_long_a_name_is_refused)
{
    char host[RESOLVER_HOST_MAX + 1];
    struct resolver *resolver = start();
    memset(host, ' ', sizeof host); /* no name, so that nobody is asked for it */
    host[RESOLVER_HOST_MAX] = '\0';
    ck_assert_int_eq(ask(resolver, host, FAMILY_NONE), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a name of 256 characters"));
    host[RESOLVER_HOST_MAX - 1] = '\0';
    ck_assert_int_eq(ask(resolver, host, FAMILY_NONE), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_null(strstr(error.text, "a name of"));
    resolver_stop(resolver);
}
END_TEST

/* What it had from us: no capability, no descriptor but the socket and three that lead nowhere. */
START_TEST(the_child_has_nothing)
{
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
    char path[64], target[64];
    const long own_max = sysconf(_SC_OPEN_MAX); /* behind them are those of valgrind */
    unsigned descriptors = 0;
    int inherited = open("/proc/self/status", O_RDONLY);
    struct resolver *resolver = start();
    ck_assert_int_eq(ask(resolver, "::1", FAMILY_NONE), 0); /* so it has begun to serve */
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
            descriptors += entry->d_name[0] != '.' && atol(entry->d_name) < own_max;
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
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(ask(resolver, "::1", FAMILY_NONE), -1);
        ck_assert_int_eq(error.status, STATUS_RUN);
    }
    resolver_stop(resolver);
}
END_TEST

START_TEST(nothing_of_the_child_is_left)
{
    struct resolver *resolver = start();
    ck_assert_int_eq(ask(resolver, "::1", FAMILY_NONE), 0);
    resolver_stop(resolver);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
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
    tcase_add_test(tests, it_gives_what_resolving_here_gives);
    tcase_add_test(tests, memory_may_run_out);
    tcase_add_test(tests, too_long_a_name_is_refused);
    tcase_add_test(tests, the_child_has_nothing);
    tcase_add_test(tests, a_child_that_is_gone_is_told);
    tcase_add_test(tests, nothing_of_the_child_is_left);
    tcase_add_test(tests, the_child_ends_with_its_parent);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
