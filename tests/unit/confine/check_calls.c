/* SPDX-License-Identifier: BSD-2-Clause */
/* Every number of a system call, in every kind of sandbox, against what was reviewed. Two ways of
 * asking have to agree: the kernel, where a filter below the sandbox's own answers each call with a
 * mark, so that none of them happens; and the filter's instructions, followed for all arguments. */
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/sandbox.h"
#include "harness.h"

#ifdef HAVE_SECCOMP

#include <seccomp.h>

#define NUMBERS      600 /* of Linux 6.18 the last is 469 */
#define INSTRUCTIONS 4096
#define MARK         4000 /* an errno that no call has */
#define SIXTH        0x7e57ca11u
#define DIRECTORY    50

static struct error error;

enum found {
    GONE,
    LEFT,        /* whatever its arguments */
    BY_ARGUMENT, /* with some of them */
};

/* Shared with the children that try. */
static struct shared {
    bool done[NUMBERS], left[NUMBERS];
    int at;
    size_t len;
    struct sock_filter program[INSTRUCTIONS];
} * shared;

/* In the place of libseccomp's, which it calls: keeps the instructions. */
int seccomp_load(const scmp_filter_ctx filter)
{
    int (*load)(scmp_filter_ctx);
    FILE *file = tmpfile();
    *(void **)&load = dlsym(RTLD_NEXT, "seccomp_load");
    if (file != NULL && seccomp_export_bpf(filter, fileno(file)) == 0) {
        rewind(file);
        shared->len = fread(shared->program, sizeof shared->program[0], INSTRUCTIONS, file);
    }
    return load(filter);
}

static bool leave_marks(void)
{
    static struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIXTH, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | MARK),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

static _Noreturn void try_from(const struct sandbox *sandbox, int first)
{
    if (!leave_marks() || sandbox_enter(sandbox, &error) != 0)
        _exit(1);
    for (shared->at = first; shared->at < NUMBERS; shared->at++) {
        errno = 0;
        syscall(shared->at, 0, 0, 0, 0, 0, SIXTH);
        shared->left[shared->at] = errno == MARK;
        shared->done[shared->at] = errno == MARK || errno == ENOSYS;
    }
    syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0); /* without the mark */
    _exit(1);
}

/* uretprobe and uprobe of x86-64, which filters are not asked about: outside of a probe that the
 * kernel has laid they end the process or fail. */
static bool is_of_probes(int number)
{
#ifdef __x86_64__
    return number == 335 || number == 336;
#else
    (void)number;
    return false;
#endif
}

/* A call that ends the child is gone, and the next child goes on behind it. */
static void try_all(const struct sandbox *sandbox)
{
    memset(shared, 0, sizeof *shared);
    for (int first = 0; first < NUMBERS; first = shared->at + 1) {
        int status;
        pid_t child = fork();
        if (child == 0)
            try_from(sandbox, first);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            break;
        ck_assert_msg(WIFSIGNALED(status) &&
                          (WTERMSIG(status) == SIGSYS ||
                           (WTERMSIG(status) == SIGILL && is_of_probes(shared->at))),
                      "call %d ended with wait status 0x%x", shared->at, (unsigned)status);
        shared->done[shared->at] = true;
    }
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_msg(shared->done[i] || is_of_probes(i), "call %d came back with something else",
                      i);
}

/* What the filter does with a call of that number: bits of ALLOWS and DENIES over all arguments. */
enum { ALLOWS = 1, DENIES = 2 };

struct follower {
    uint32_t number;
    bool seen[INSTRUCTIONS]; /* with an accumulator that is not known */
};

static bool holds(const struct sock_filter *at, uint32_t value)
{
    switch (BPF_OP(at->code)) {
    case BPF_JEQ:
        return value == at->k;
    case BPF_JGT:
        return value > at->k;
    case BPF_JGE:
        return value >= at->k;
    }
    ck_abort_msg("a jump that is not followed: 0x%x", at->code);
}

static unsigned follow(struct follower *follower, size_t pc, bool known, uint32_t value)
{
    for (;; pc++) {
        ck_assert_uint_lt(pc, shared->len);
        const struct sock_filter *at = &shared->program[pc];
        if (!known && follower->seen[pc])
            return 0;
        follower->seen[pc] = !known;
        switch (BPF_CLASS(at->code)) {
        case BPF_RET:
            return (at->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW ? ALLOWS : DENIES;
        case BPF_LD:
            known = at->k <= offsetof(struct seccomp_data, arch);
            value = at->k == offsetof(struct seccomp_data, nr) ? follower->number
                                                               : seccomp_arch_native();
            break;
        case BPF_ALU:
            ck_assert_uint_eq(at->code, (BPF_ALU | BPF_AND | BPF_K));
            value &= at->k;
            break;
        case BPF_JMP:
            if (BPF_OP(at->code) == BPF_JA)
                pc += at->k;
            else if (known)
                pc += holds(at, value) ? at->jt : at->jf;
            else
                return follow(follower, pc + 1 + at->jt, false, 0) |
                       follow(follower, pc + 1 + at->jf, false, 0);
            break;
        default:
            ck_abort_msg("an instruction that is not followed: 0x%x", at->code);
        }
    }
}

static enum found found_for(int number)
{
    static struct follower follower;
    follower = (struct follower){.number = (uint32_t)number};
    unsigned ways = follow(&follower, 0, false, 0);
    if (ways == DENIES)
        ck_assert_msg(!shared->left[number], "the kernel has call %d left", number);
    if (ways == ALLOWS)
        ck_assert_msg(shared->left[number], "the kernel has not left call %d", number);
    return ways == ALLOWS ? LEFT : ways == DENIES ? GONE : BY_ARGUMENT;
}

#define BASICS                                                                                     \
    "read readv write writev close lseek _llseek fstat fstat64 fsync poll ppoll ppoll_time64 brk " \
    "munmap mremap madvise futex sysinfo clock_gettime clock_gettime64 gettimeofday time "         \
    "getrandom rt_sigprocmask rt_sigpending rt_sigreturn restart_syscall exit exit_group wait4 "   \
    "waitid "                                                                                      \
    "recvfrom recvmsg "
#define BASICS_BY_ARGUMENT                                                                         \
    "newfstatat fstatat64 statx fcntl fcntl64 ioctl mmap mmap2 mprotect sendto "

/* What was reviewed: a name that is new in a table is to be thought about, and then written here.
 */
static const char *const child_left =
    "read readv pread64 preadv preadv2 write writev close close_range lseek _llseek dup dup2 dup3 "
    "pipe pipe2 fadvise64 fadvise64_64 arm_fadvise64_64 poll ppoll ppoll_time64 select _newselect "
    "pselect6 pselect6_time64 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait "
    "epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime "
    "timerfd_settime64 timerfd_gettime timerfd_gettime64 nanosleep clock_nanosleep "
    "clock_nanosleep_time64 pause stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 "
    "statx statfs statfs64 fstatfs fstatfs64 access faccessat faccessat2 readlink readlinkat "
    "getdents getdents64 getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr getcwd chdir "
    "fchdir umask brk munmap mremap madvise mincore msync mlock mlock2 munlock membarrier futex "
    "futex_time64 futex_waitv set_robust_list set_tid_address rseq sched_yield sched_getaffinity "
    "sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu "
    "arch_prctl set_thread_area get_thread_area cacheflush rt_sigaction rt_sigprocmask "
    "rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_sigreturn sigreturn "
    "sigaltstack alarm setitimer getitimer timer_create timer_settime timer_settime64 "
    "timer_gettime timer_gettime64 timer_getoverrun timer_delete getpid getppid gettid getpgid "
    "getpgrp getsid getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid "
    "getresuid32 getresgid getresgid32 getgroups getgroups32 capget getpriority getrlimit "
    "ugetrlimit getrusage times sysinfo uname clock_gettime clock_gettime64 clock_getres "
    "clock_getres_time64 gettimeofday time getrandom restart_syscall wait4 waitid exit exit_group "
    "connect bind getsockname getpeername getsockopt send sendto sendmsg sendmmsg recv recvfrom "
    "recvmsg recvmmsg recvmmsg_time64 shutdown ";

static const char *const files[] = {"/dev/null"};

static const struct {
    const char *name;
    struct sandbox sandbox;
    const char *left, *by_argument;
} kinds[] = {
    {"live",
     {.mode = SANDBOX_LIVE},
     BASICS "getsockname ",
     BASICS_BY_ARGUMENT "sendmsg sendmmsg setsockopt getsockopt "},
    {"reading", {.mode = SANDBOX_READ}, BASICS, BASICS_BY_ARGUMENT},
    {"reading, with a report to put in its place",
     {.mode = SANDBOX_READ, .publishes = true, .directory = DIRECTORY},
     BASICS,
     BASICS_BY_ARGUMENT "linkat renameat renameat2 unlinkat "},
    {"reading, with files still to be opened",
     {.mode = SANDBOX_READ, .readable = files, .readable_count = 1},
     BASICS,
     BASICS_BY_ARGUMENT "openat "},
    {"a child that looks names up",
     {.mode = SANDBOX_CHILD},
     "",
     "fcntl fcntl64 ioctl open openat mmap mmap2 mprotect clone prlimit64 prctl socket socketpair "
     "setsockopt "},
    {"the child that asks connect(2)",
     {.mode = SANDBOX_CONNECTOR},
     BASICS "bind connect ",
     BASICS_BY_ARGUMENT "socket setsockopt getsockopt "},
    {"the child that syncs files", {.mode = SANDBOX_SYNCER}, BASICS, BASICS_BY_ARGUMENT},
    {"the child that holds captures open",
     {.mode = SANDBOX_HOLDER},
     "recvmsg restart_syscall exit_group ",
     ""},
    {"the server of the demonstration",
     {.mode = SANDBOX_SERVER},
     BASICS "accept accept4 nanosleep clock_nanosleep clock_nanosleep_time64 ",
     BASICS_BY_ARGUMENT "setsockopt "},
};

#define KINDS ((int)(sizeof kinds / sizeof kinds[0]))

static bool lists(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += len)
        if ((at == list || at[-1] == ' ') && at[len] == ' ')
            return true;
    return false;
}

/* Prints what is left in that way, and checks that it was reviewed, and that what was is left. */
static void compare(const char *how, enum found wanted, const enum found found[NUMBERS],
                    const char *reviewed)
{
    char copy[4096], *rest = copy;
    printf("#   %s:", how);
    for (int i = 0; i < NUMBERS; i++) {
        if (found[i] != wanted)
            continue;
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
        ck_assert_msg(name != NULL, "call %d is left, and has no name", i);
        printf(" %s", name);
        ck_assert_msg(lists(reviewed, name), "%s is left, and was not reviewed", name);
        free(name);
    }
    printf("\n");
    ck_assert_uint_lt(strlen(reviewed), sizeof copy);
    strcpy(copy, reviewed);
    for (char *name; (name = strsep(&rest, " ")) != NULL;) {
        int number = *name != '\0' ? seccomp_syscall_resolve_name(name) : -1;
        ck_assert_msg(number < 0 || found[number] == wanted, "%s is not left as was reviewed",
                      name);
    }
}

START_TEST(nothing_is_left_but_what_was_reviewed)
{
    enum found found[NUMBERS];
    const char *left = kinds[_i].sandbox.mode == SANDBOX_CHILD ? child_left : kinds[_i].left;
    try_all(&kinds[_i].sandbox);
    for (int i = 0; i < NUMBERS; i++)
        found[i] = found_for(i);
    printf("# %s:\n", kinds[_i].name);
    compare("left", LEFT, found, left);
    compare("by argument", BY_ARGUMENT, found, kinds[_i].by_argument);
    fflush(stdout);
}
END_TEST

#ifdef __x86_64__
static void call_as_x32(void)
{
    syscall(0x40000000 | SYS_getpid);
}

/* Numbers of 32 bits: 39 is mkdir there, and getpid here. */
static void call_as_i386(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(39), "b"(0), "c"(0) : "memory");
    (void)result;
}

START_TEST(no_other_way_of_calling_is_left)
{
    static void (*const ways[])(void) = {call_as_x32, call_as_i386};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            if (sandbox_enter(&kinds[_i].sandbox, &error) == 0)
                ways[i]();
            _exit(errno == ENOSYS ? 2 : 0);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFSIGNALED(status) || WEXITSTATUS(status) == 2, "way %zu: 0x%x", i,
                      (unsigned)status);
    }
}
END_TEST
#endif

static const char *obstacle(void)
{
    if (strstr(sandbox_build(), "logged") != NULL)
        return "an instrumented build only logs what the sandbox does not allow";
    return sandbox_try(&error) == 1 ? error.text : NULL;
}

int main(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const char *reason = shared == MAP_FAILED ? "no memory" : obstacle();
    if (reason != NULL) {
        printf("1..0 # SKIP %s\n", reason);
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("calls");
    TCase *tests = tcase_create("calls");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, nothing_is_left_but_what_was_reviewed, 0, KINDS);
#ifdef __x86_64__
    tcase_add_loop_test(tests, no_other_way_of_calling_is_left, 0, KINDS);
#endif
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

#else

int main(void)
{
    printf("1..0 # SKIP built without libseccomp\n");
    return EXIT_SUCCESS;
}

#endif
