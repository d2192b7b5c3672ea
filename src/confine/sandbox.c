/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/sandbox.h"

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/childcalls.h"

#if defined SANDBOX_LOGS
#define VIOLATION SCMP_ACT_LOG
#elif defined SANDBOX_NAMES
#define VIOLATION SCMP_ACT_TRAP
#else
#define VIOLATION SCMP_ACT_KILL_PROCESS
#endif

#ifdef SANDBOX_NAMES
/* Any call that is not allowed ends the process here, because the signal is blocked: as it would
 * have ended without a handler. */
static void name_violation(int number, siginfo_t *info, void *context)
{
    char text[128];
    (void)number;
    (void)context;
    char *name = seccomp_syscall_resolve_num_arch(info->si_arch, info->si_syscall);
    int len =
        snprintf(text, sizeof text, "tcpshake: the sandbox does not allow %s (system call %d)\n",
                 name != NULL ? name : "this", info->si_syscall);
    (void)!write(STDERR_FILENO, text, (size_t)len);
    getppid();
}

static int prepare_violation(void)
{
    struct sigaction action = {.sa_sigaction = name_violation, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL);
}
#else
static int prepare_violation(void)
{
    return 0;
}
#endif

static int add(scmp_filter_ctx filter, const struct call_row *row)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, row->call, row->count, row->checks);
}

static int add_table(scmp_filter_ctx filter, const struct call_row *rows, size_t count,
                     unsigned when)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++)
        if ((rows[i].when & when) != 0)
            code = add(filter, &rows[i]);
    return code;
}

/* The report of -o gets its name in the directory that was opened for it. Names are behind
 * pointers; Landlock ensures that they do not lead elsewhere. */
static int add_publishing(scmp_filter_ctx filter, int directory)
{
    /* clang-format off */
    const struct call_row rows[] = {
        CALL3(linkat, 0, IS(0, AT_FDCWD), IS(2, directory), IS(4, AT_SYMLINK_FOLLOW)),
        CALL2(renameat, 0, IS(0, directory), IS(2, directory)),
        CALL3(renameat2, 0, IS(0, directory), IS(2, directory), IS(4, 0)),
        CALL2(unlinkat, 0, IS(0, directory), IS(2, 0)),
    };
    /* clang-format on */
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof rows / sizeof rows[0]; i++)
        code = add(filter, &rows[i]);
    return code;
}

/* A capture follows its interface, or the route, and keeps its filter. */
static int add_captures(scmp_filter_ctx filter, const struct sandbox *sandbox)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < sandbox->capture_count; i++) {
        const struct call_row row = /* clang-format off */
            CALL2(bind, 0, IS(0, sandbox->captures[i]), IS(2, sizeof(struct sockaddr_ll)));
        /* clang-format on */
        code = add(filter, &row);
    }
    return code;
}

static int add_rows(scmp_filter_ctx filter, const struct sandbox *sandbox)
{
    unsigned when = 1u << sandbox->mode | (sandbox->readable_count > 0 ? OPENING : 0);
    int code = add_table(filter, calls_of_process, calls_of_process_count, when);
    if (code == 0)
        code = add_table(filter, calls_of_child, calls_of_child_count, when);
    if (code == 0)
        code = add_captures(filter, sandbox);
    if (code == 0 && sandbox->publishes)
        code = add_publishing(filter, sandbox->directory);
    return code;
}

/* What kernels without seccomp answer, and containers that keep their processes from it; EFAULT is
 * what libseccomp makes of errors that it does not expect. */
static bool is_refusal(int code)
{
    return code == -EINVAL || code == -ENOSYS || code == -EPERM || code == -EACCES ||
           code == -EFAULT;
}

static int load(scmp_filter_ctx filter, const struct sandbox *sandbox, struct error *error)
{
    int code = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* the kernel's own errors */
    if (code == 0)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
    if (code == 0)
        code = add_rows(filter, sandbox);
    if (code != 0)
        return error_set_code(error, -code, "cannot create the sandbox");
    /* cppcheck-suppress knownConditionTrueFalse ; it can fail in builds that name violations */
    if (prepare_violation() != 0)
        return error_set_code(error, errno, "cannot install the sandbox's signal handler");
    code = seccomp_load(filter);
    if (code == 0)
        return 0;
    if (!is_refusal(code))
        return error_set_code(error, -code, "cannot enter the sandbox");
    error_set(error, STATUS_RUN, "no sandbox: the kernel or the container refuses seccomp");
    return 1;
}

/* For a child, a call that is not in its table does not exist. */
static uint32_t violation_of(enum sandbox_mode mode)
{
    if (mode == SANDBOX_CHILD && VIOLATION != SCMP_ACT_LOG)
        return SCMP_ACT_ERRNO(ENOSYS);
    return seccomp_api_get() >= 3 ? VIOLATION : SCMP_ACT_KILL;
}

int sandbox_enter(const struct sandbox *sandbox, struct error *error)
{
    scmp_filter_ctx filter = seccomp_init(violation_of(sandbox->mode));
    if (filter == NULL)
        return error_set_memory(error, "cannot create the sandbox: out of memory");
    int result = load(filter, sandbox, error);
    seccomp_release(filter);
    return result;
}

int sandbox_try(struct error *error)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(sandbox_enter(&(const struct sandbox){.mode = SANDBOX_READ}, error) & 3);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return error_set_code(error, errno, "cannot test the sandbox");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    error_set(error, STATUS_RUN, "the kernel or the container refuses seccomp: allow seccomp(2)");
    return WIFEXITED(status) && WEXITSTATUS(status) == 1 ? 1 : -1;
}

const char *sandbox_build(void)
{
#if defined SANDBOX_LOGS
    return "seccomp, violations are only logged";
#elif defined SANDBOX_NAMES
    return "seccomp, violations are named";
#else
    return "seccomp";
#endif
}

#else

int sandbox_enter(const struct sandbox *sandbox, struct error *error)
{
    (void)sandbox;
    error_set(error, STATUS_RUN, "no sandbox: built without libseccomp");
    return 1;
}

int sandbox_try(struct error *error)
{
    error_set(error, STATUS_RUN, "built without libseccomp: install it and rebuild");
    return 1;
}

const char *sandbox_build(void)
{
    return "none";
}

#endif
