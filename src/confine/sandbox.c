/* SPDX-License-Identifier: BSD-2-Clause */
/* One table of what is allowed. A call whose arguments are looked at has a row for each way in
 * which it is allowed. */
#include "confine/sandbox.h"

#ifdef HAVE_SECCOMP

#include <asm/termbits.h> /* for TCGETS2; cannot stand beside <termios.h> */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/tcp.h> /* for TCP_MD5SIG_EXT; cannot stand beside <netinet/tcp.h> */
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined SANDBOX_LOGS
#define VIOLATION SCMP_ACT_LOG
#elif defined SANDBOX_NAMES
#define VIOLATION SCMP_ACT_TRAP
#else
#define VIOLATION SCMP_ACT_KILL_PROCESS
#endif

#define CHECKS_MAX 3

/* When a row counts. */
enum {
    IN_LIVE = 1 << SANDBOX_LIVE,
    IN_READ = 1 << SANDBOX_READ,
    ALWAYS = IN_LIVE | IN_READ,
    PUBLISHING = 1 << 2,
    OPENING = 1 << 3,
};

struct row {
    int call;
    unsigned when;
    unsigned count;
    struct scmp_arg_cmp checks[CHECKS_MAX];
};

/* clang-format off */
#define CALL(name, when)           {SCMP_SYS(name), when, 0, {{0}}}
#define CALL1(name, when, a)       {SCMP_SYS(name), when, 1, {a}}
#define CALL2(name, when, a, b)    {SCMP_SYS(name), when, 2, {a, b}}
#define CALL3(name, when, a, b, c) {SCMP_SYS(name), when, 3, {a, b, c}}

/* The n-th argument, as 32 bits where the kernel takes no more. */
#define IS(n, value)               {n, SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t)(value)}
#define ALL_OF(n, value)           {n, SCMP_CMP_EQ, value, 0}
#define LACKS(n, bits)             {n, SCMP_CMP_MASKED_EQ, bits, 0}
#define HAS(n, mask, value)        {n, SCMP_CMP_MASKED_EQ, mask, value}
/* clang-format on */

#define GUARD (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

/* clang-format off */
static const struct row rows[] = {
    /* What is open is read, written, waited for and closed. */
    CALL(read, ALWAYS),
    CALL(readv, ALWAYS),
    CALL(write, ALWAYS),
    CALL(writev, ALWAYS),
    CALL(close, ALWAYS),
    CALL(lseek, ALWAYS),
    CALL(_llseek, ALWAYS),
    CALL(fstat, ALWAYS),
    CALL(fstat64, ALWAYS),
    CALL(newfstatat, ALWAYS), /* how glibc's fstat is called */
    CALL(fstatat64, ALWAYS),
    CALL(statx, ALWAYS),
    CALL(fsync, ALWAYS),
    CALL(poll, ALWAYS),
    CALL(ppoll, ALWAYS),
    CALL(ppoll_time64, ALWAYS),
    CALL1(fcntl, ALWAYS, IS(1, F_GETFL)),
    CALL1(fcntl64, ALWAYS, IS(1, F_GETFL)),
    CALL1(ioctl, ALWAYS, IS(1, TCGETS)), /* isatty(3) */
#ifdef TCGETS2
    CALL1(ioctl, ALWAYS, IS(1, TCGETS2)), /* the same, from glibc 2.42 on */
#endif
    CALL1(ioctl, ALWAYS, IS(1, TIOCGWINSZ)),

    /* Memory that is never executed. */
    CALL(brk, ALWAYS),
    CALL(munmap, ALWAYS),
    CALL(mremap, ALWAYS),
    CALL(madvise, ALWAYS),
    CALL1(mmap, ALWAYS, LACKS(2, PROT_EXEC)),
    CALL1(mmap2, ALWAYS, LACKS(2, PROT_EXEC)),
    CALL1(mprotect, ALWAYS, LACKS(2, PROT_EXEC)),
    CALL(futex, ALWAYS),
    CALL(sysinfo, ALWAYS), /* qsort(3) asks how much there is */

    /* Time, chance, signals, the end. */
    CALL(clock_gettime, ALWAYS),
    CALL(clock_gettime64, ALWAYS),
    CALL(gettimeofday, ALWAYS),
    CALL(time, ALWAYS),
    CALL(getrandom, ALWAYS),
    CALL(rt_sigprocmask, ALWAYS),
    CALL(rt_sigreturn, ALWAYS),
    CALL(restart_syscall, ALWAYS),
    CALL(exit, ALWAYS),
    CALL(exit_group, ALWAYS),
    CALL(wait4, ALWAYS), /* for the children that name and compile */
    CALL(waitid, ALWAYS),

    /* Questions to the children: nowhere else can be sent to without an address. */
    CALL1(sendto, ALWAYS, ALL_OF(4, 0)),
    CALL(recvfrom, ALWAYS),
    CALL(recvmsg, ALWAYS),

    /* Segments go out by the raw sockets, which were opened before. */
    CALL(sendmsg, IN_LIVE),

    /* Guards: sockets that listen and take nothing. There is no connect(2) and no accept(2). */
    CALL3(socket, IN_LIVE, IS(0, AF_INET), IS(1, GUARD), IS(2, 0)),
    CALL3(socket, IN_LIVE, IS(0, AF_INET6), IS(1, GUARD), IS(2, 0)),
    CALL2(setsockopt, IN_LIVE, IS(1, IPPROTO_IPV6), IS(2, IPV6_V6ONLY)),
    CALL2(setsockopt, IN_LIVE, IS(1, IPPROTO_TCP), IS(2, TCP_MD5SIG_EXT)),
    CALL2(setsockopt, IN_LIVE, IS(1, SOL_SOCKET), IS(2, SO_ATTACH_FILTER)),
    CALL(bind, IN_LIVE),
    CALL1(listen, IN_LIVE, IS(1, 1)),
    CALL2(getsockopt, IN_LIVE, IS(1, SOL_SOCKET), IS(2, SO_MEMINFO)), /* what reached them */

    /* libpcap: why a capture broke off, what it dropped, and its ring at the end. */
    CALL2(getsockopt, IN_LIVE, IS(1, SOL_SOCKET), IS(2, SO_ERROR)),
    CALL(getsockname, IN_LIVE), /* whether the interface is still there, ... */
    CALL1(ioctl, IN_LIVE, IS(1, SIOCGIFFLAGS)), /* ... and up */
    CALL2(getsockopt, IN_LIVE, IS(1, SOL_PACKET), IS(2, PACKET_STATISTICS)),
    CALL2(setsockopt, IN_LIVE, IS(1, SOL_PACKET), IS(2, PACKET_RX_RING)),

    /* The report of -o, in the directory that was opened for it. */
    CALL(renameat, PUBLISHING),
    CALL(renameat2, PUBLISHING),
    CALL(unlinkat, PUBLISHING),

    /* The files of -r that there were not descriptors enough for. */
    CALL1(openat, OPENING, IS(2, O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
    CALL1(openat, OPENING, IS(2, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_LARGEFILE)),
};
/* clang-format on */

/* What nobody needs to resolve a name. For some of it a process of root's needs no capability. */
/* clang-format off */
static const struct row forbidden[] = {
    CALL(execve, 0),
    CALL(execveat, 0),
    CALL(ptrace, 0),
    CALL(process_vm_readv, 0),
    CALL(process_vm_writev, 0),
    CALL(kill, 0),
    CALL(tkill, 0),
    CALL(tgkill, 0),
    CALL(rt_sigqueueinfo, 0),
    CALL(rt_tgsigqueueinfo, 0),
    CALL(pidfd_send_signal, 0),
    CALL(pidfd_getfd, 0),

    CALL1(open, 0, HAS(1, O_ACCMODE, O_WRONLY)),
    CALL1(open, 0, HAS(1, O_ACCMODE, O_RDWR)),
    CALL1(open, 0, HAS(1, O_CREAT, O_CREAT)),
    CALL1(open, 0, HAS(1, O_TRUNC, O_TRUNC)),
    CALL1(openat, 0, HAS(2, O_ACCMODE, O_WRONLY)),
    CALL1(openat, 0, HAS(2, O_ACCMODE, O_RDWR)),
    CALL1(openat, 0, HAS(2, O_CREAT, O_CREAT)),
    CALL1(openat, 0, HAS(2, O_TRUNC, O_TRUNC)),
    CALL(openat2, 0),
    CALL(creat, 0),
    CALL(rename, 0),
    CALL(renameat, 0),
    CALL(renameat2, 0),
    CALL(unlink, 0),
    CALL(unlinkat, 0),
    CALL(mkdir, 0),
    CALL(mkdirat, 0),
    CALL(rmdir, 0),
    CALL(link, 0),
    CALL(linkat, 0),
    CALL(symlink, 0),
    CALL(symlinkat, 0),
    CALL(mknod, 0),
    CALL(mknodat, 0),
    CALL(truncate, 0),
    CALL(chmod, 0),
    CALL(fchmod, 0),
    CALL(fchmodat, 0),
    CALL(chown, 0),
    CALL(fchown, 0),
    CALL(lchown, 0),
    CALL(fchownat, 0),
    CALL(setxattr, 0),
    CALL(lsetxattr, 0),
    CALL(fsetxattr, 0),
    CALL(removexattr, 0),
    CALL(lremovexattr, 0),
    CALL(fremovexattr, 0),
    CALL(utime, 0),
    CALL(utimes, 0),
    CALL(futimesat, 0),
    CALL(utimensat, 0),
    CALL1(ioctl, 0, IS(1, TIOCSTI)), /* types into the terminal, for the shell to read */
    CALL1(ioctl, 0, IS(1, TIOCLINUX)),
    CALL(chroot, 0),
    CALL(mount, 0),
    CALL(umount2, 0),
    CALL(pivot_root, 0),

    CALL(unshare, 0),
    CALL(setns, 0),
    CALL(bpf, 0),
    CALL(io_uring_setup, 0),
    CALL(userfaultfd, 0),
    CALL(perf_event_open, 0),
    CALL(keyctl, 0),
    CALL(add_key, 0),
    CALL(request_key, 0),
};
/* clang-format on */

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

static unsigned conditions(const struct sandbox *sandbox)
{
    unsigned when = 1u << sandbox->mode;
    if (sandbox->publishes)
        when |= PUBLISHING;
    if (sandbox->opens)
        when |= OPENING;
    return when;
}

static int forbid(scmp_filter_ctx filter)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof forbidden / sizeof forbidden[0]; i++)
        code = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), forbidden[i].call,
                                      forbidden[i].count, forbidden[i].checks);
    return code;
}

static int allow(scmp_filter_ctx filter, unsigned when)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = (rows[i].when & when) == 0
                       ? 0
                       : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rows[i].call, rows[i].count,
                                                rows[i].checks);
        if (code != 0)
            return code;
    }
    return 0;
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
        code = sandbox->mode == SANDBOX_CHILD ? forbid(filter) : allow(filter, conditions(sandbox));
    if (code != 0)
        return error_set(error, STATUS_RUN, "cannot create the sandbox: %s", strerror(-code));
    /* cppcheck-suppress knownConditionTrueFalse ; it can fail in builds that name violations */
    if (prepare_violation() != 0)
        return error_set(error, STATUS_RUN, "cannot install the sandbox's signal handler: %s",
                         strerror(errno));
    code = seccomp_load(filter);
    if (code == 0)
        return 0;
    if (!is_refusal(code))
        return error_set(error, STATUS_RUN, "cannot enter the sandbox: %s", strerror(-code));
    error_set(error, STATUS_RUN, "no sandbox: the kernel or the container refuses seccomp");
    return 1;
}

int sandbox_enter(const struct sandbox *sandbox, struct error *error)
{
    uint32_t violation = seccomp_api_get() >= 3 ? VIOLATION : SCMP_ACT_KILL;
    scmp_filter_ctx filter =
        seccomp_init(sandbox->mode == SANDBOX_CHILD ? SCMP_ACT_ALLOW : violation);
    if (filter == NULL)
        return error_set(error, STATUS_RUN, "cannot create the sandbox: out of memory");
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
        return error_set(error, STATUS_RUN, "cannot test the sandbox: %s", strerror(errno));
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
