/* SPDX-License-Identifier: BSD-2-Clause */
/* getaddrinfo(3) loads modules of the system's choice (nsswitch.conf), whose system calls cannot be
 * known. So the table has every call that affects the calling process alone or only reads, and
 * those that name services need. Each row was checked against the manual: whether the call can
 * change a file, another process or the system, run other code, or outlive the parent. If only some
 * of its arguments can, they are checked. A call that is newer than this table does not exist here,
 * as on an older kernel, which libraries can handle. */
#include "confine/childcalls.h"

#ifdef HAVE_SECCOMP

#include <asm/termbits.h> /* for TCGETS; cannot stand beside <termios.h> */
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define OPENS_TO_CHANGE (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

/* Only threads of this process, in its namespaces. The flags of clone3(2) are behind a pointer, so
 * it is not allowed; the C library then calls clone(2). */
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)
#define CLONE_CHECKED (CLONE_THREAD | CLONE_VM | CLONE_PTRACE | CLONE_PARENT | NAMESPACES)
#ifdef __s390__
#define CLONE_FLAGS 1 /* clone(2): the order of its arguments */
#else
#define CLONE_FLAGS 0
#endif

#define SOCKET_TYPE (~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC))
#define WRITE_EXEC  (PROT_WRITE | PROT_EXEC)

/* Only code from files can be executed, as dlopen(3) maps it, never memory that was writable. */
#define MMAP(name)                                                                                 \
    CALL1(name, IN_CHILD, LACKS(2, PROT_EXEC)),                                                    \
        CALL2(name, IN_CHILD, HAS(2, WRITE_EXEC, PROT_EXEC),                                       \
              HAS(3, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE))

/* Excludes what can send signals to other processes (F_SETOWN, F_SETSIG, O_ASYNC, F_NOTIFY), lock
 * files (F_SETLK, F_SETLEASE) or seal them. */
#define FCNTL(name)                                                                                \
    CALL1(name, IN_CHILD, IS(1, F_DUPFD)), CALL1(name, IN_CHILD, IS(1, F_DUPFD_CLOEXEC)),          \
        CALL1(name, IN_CHILD, IS(1, F_GETFD)), CALL1(name, IN_CHILD, IS(1, F_SETFD)),              \
        CALL1(name, IN_CHILD, IS(1, F_GETFL)),                                                     \
        CALL2(name, IN_CHILD, IS(1, F_SETFL), LACKS(2, O_ASYNC))

#define SOCKET(family, type, protocol)                                                             \
    CALL3(socket, IN_CHILD, IS(0, family), HAS(1, SOCKET_TYPE, type), IS(2, protocol))
#define SOCKETS(family)                                                                            \
    SOCKET(family, SOCK_STREAM, 0), SOCKET(family, SOCK_STREAM, IPPROTO_TCP),                      \
        SOCKET(family, SOCK_DGRAM, 0), SOCKET(family, SOCK_DGRAM, IPPROTO_UDP)

/* clang-format off */
const struct call_row calls_of_child[] = {
    /* Descriptors: files open for reading, and sockets and pipes of its own. */
    CALL(read, IN_CHILD),
    CALL(readv, IN_CHILD),
    CALL(pread64, IN_CHILD),
    CALL(preadv, IN_CHILD),
    CALL(preadv2, IN_CHILD),
    CALL(write, IN_CHILD),
    CALL(writev, IN_CHILD),
    CALL(close, IN_CHILD),
    CALL(close_range, IN_CHILD),
    CALL(lseek, IN_CHILD),
    CALL(_llseek, IN_CHILD),
    CALL(dup, IN_CHILD),
    CALL(dup2, IN_CHILD),
    CALL(dup3, IN_CHILD),
    CALL(pipe, IN_CHILD),
    CALL(pipe2, IN_CHILD),
    CALL(fadvise64, IN_CHILD),
    CALL(fadvise64_64, IN_CHILD),
    CALL(arm_fadvise64_64, IN_CHILD),
    FCNTL(fcntl),
    FCNTL(fcntl64),
    /* For a terminal only isatty(3); excludes flags and attributes of files, and signals (FIOASYNC,
     * FIOSETOWN, SIOCSPGRP). */
    CALL1(ioctl, IN_CHILD, IS(1, TCGETS)),
#ifdef TCGETS2
    CALL1(ioctl, IN_CHILD, IS(1, TCGETS2)),
#endif
    CALL1(ioctl, IN_CHILD, IS(1, FIONREAD)),
    CALL1(ioctl, IN_CHILD, IS(1, FIONBIO)),
    CALL1(ioctl, IN_CHILD, IS(1, FIOCLEX)),
    CALL1(ioctl, IN_CHILD, IS(1, FIONCLEX)),
    CALL1(ioctl, IN_CHILD, IS(1, SIOCGIFNAME)),
    CALL1(ioctl, IN_CHILD, IS(1, SIOCGIFCONF)),
    CALL1(ioctl, IN_CHILD, IS(1, SIOCGIFFLAGS)),
    CALL1(ioctl, IN_CHILD, IS(1, SIOCGIFADDR)),
    CALL1(ioctl, IN_CHILD, IS(1, SIOCGIFBRDADDR)),
    CALL1(ioctl, IN_CHILD, IS(1, SIOCGIFNETMASK)),
    CALL1(ioctl, IN_CHILD, IS(1, SIOCGIFMTU)),
    CALL1(ioctl, IN_CHILD, IS(1, SIOCGIFINDEX)),

    /* Waiting. */
    CALL(poll, IN_CHILD),
    CALL(ppoll, IN_CHILD),
    CALL(ppoll_time64, IN_CHILD),
    CALL(select, IN_CHILD),
    CALL(_newselect, IN_CHILD),
    CALL(pselect6, IN_CHILD),
    CALL(pselect6_time64, IN_CHILD),
    CALL(epoll_create, IN_CHILD),
    CALL(epoll_create1, IN_CHILD),
    CALL(epoll_ctl, IN_CHILD),
    CALL(epoll_wait, IN_CHILD),
    CALL(epoll_pwait, IN_CHILD),
    CALL(epoll_pwait2, IN_CHILD),
    CALL(eventfd, IN_CHILD),
    CALL(eventfd2, IN_CHILD),
    CALL(signalfd, IN_CHILD),
    CALL(signalfd4, IN_CHILD),
    CALL(timerfd_create, IN_CHILD),
    CALL(timerfd_settime, IN_CHILD),
    CALL(timerfd_settime64, IN_CHILD),
    CALL(timerfd_gettime, IN_CHILD),
    CALL(timerfd_gettime64, IN_CHILD),
    CALL(nanosleep, IN_CHILD),
    CALL(clock_nanosleep, IN_CHILD),
    CALL(clock_nanosleep_time64, IN_CHILD),
    CALL(pause, IN_CHILD),

    /* Files, read-only. */
    CALL1(open, IN_CHILD, LACKS(1, OPENS_TO_CHANGE)),
    CALL1(openat, IN_CHILD, LACKS(2, OPENS_TO_CHANGE)),
    CALL(stat, IN_CHILD),
    CALL(stat64, IN_CHILD),
    CALL(lstat, IN_CHILD),
    CALL(lstat64, IN_CHILD),
    CALL(fstat, IN_CHILD),
    CALL(fstat64, IN_CHILD),
    CALL(newfstatat, IN_CHILD),
    CALL(fstatat64, IN_CHILD),
    CALL(statx, IN_CHILD),
    CALL(statfs, IN_CHILD),
    CALL(statfs64, IN_CHILD),
    CALL(fstatfs, IN_CHILD),
    CALL(fstatfs64, IN_CHILD),
    CALL(access, IN_CHILD),
    CALL(faccessat, IN_CHILD),
    CALL(faccessat2, IN_CHILD),
    CALL(readlink, IN_CHILD),
    CALL(readlinkat, IN_CHILD),
    CALL(getdents, IN_CHILD),
    CALL(getdents64, IN_CHILD),
    CALL(getxattr, IN_CHILD),
    CALL(lgetxattr, IN_CHILD),
    CALL(fgetxattr, IN_CHILD),
    CALL(listxattr, IN_CHILD),
    CALL(llistxattr, IN_CHILD),
    CALL(flistxattr, IN_CHILD),
    CALL(getcwd, IN_CHILD),
    CALL(chdir, IN_CHILD),
    CALL(fchdir, IN_CHILD),
    CALL(umask, IN_CHILD),

    /* Memory. */
    CALL(brk, IN_CHILD),
    CALL(munmap, IN_CHILD),
    CALL(mremap, IN_CHILD),
    CALL(madvise, IN_CHILD),
    CALL(mincore, IN_CHILD),
    CALL(msync, IN_CHILD), /* no file is mapped writable */
    CALL(mlock, IN_CHILD),
    CALL(mlock2, IN_CHILD),
    CALL(munlock, IN_CHILD),
    MMAP(mmap),
    MMAP(mmap2),
    CALL1(mprotect, IN_CHILD, LACKS(2, PROT_EXEC)),
    CALL(membarrier, IN_CHILD),

    /* Threads, which some modules have. */
    CALL1(clone, IN_CHILD, HAS(CLONE_FLAGS, CLONE_CHECKED, CLONE_THREAD | CLONE_VM)),
    CALL(futex, IN_CHILD),
    CALL(futex_time64, IN_CHILD),
    CALL(futex_waitv, IN_CHILD),
    CALL(set_robust_list, IN_CHILD),
    CALL(set_tid_address, IN_CHILD),
    CALL(rseq, IN_CHILD),
    CALL(sched_yield, IN_CHILD),
    CALL(sched_getaffinity, IN_CHILD),
    CALL(sched_getparam, IN_CHILD),
    CALL(sched_getscheduler, IN_CHILD),
    CALL(sched_get_priority_max, IN_CHILD),
    CALL(sched_get_priority_min, IN_CHILD),
    CALL(getcpu, IN_CHILD),
    CALL(arch_prctl, IN_CHILD), /* registers of this thread */
    CALL(set_thread_area, IN_CHILD),
    CALL(get_thread_area, IN_CHILD),
    CALL(cacheflush, IN_CHILD),

    /* Signals of its own. */
    CALL(rt_sigaction, IN_CHILD),
    CALL(rt_sigprocmask, IN_CHILD),
    CALL(rt_sigpending, IN_CHILD),
    CALL(rt_sigsuspend, IN_CHILD),
    CALL(rt_sigtimedwait, IN_CHILD),
    CALL(rt_sigtimedwait_time64, IN_CHILD),
    CALL(rt_sigreturn, IN_CHILD),
    CALL(sigreturn, IN_CHILD),
    CALL(sigaltstack, IN_CHILD),
    CALL(alarm, IN_CHILD),
    CALL(setitimer, IN_CHILD),
    CALL(getitimer, IN_CHILD),
    CALL(timer_create, IN_CHILD),
    CALL(timer_settime, IN_CHILD),
    CALL(timer_settime64, IN_CHILD),
    CALL(timer_gettime, IN_CHILD),
    CALL(timer_gettime64, IN_CHILD),
    CALL(timer_getoverrun, IN_CHILD),
    CALL(timer_delete, IN_CHILD),

    /* Identity, time, machine, random numbers, exit. */
    CALL(getpid, IN_CHILD),
    CALL(getppid, IN_CHILD),
    CALL(gettid, IN_CHILD),
    CALL(getpgid, IN_CHILD),
    CALL(getpgrp, IN_CHILD),
    CALL(getsid, IN_CHILD),
    CALL(getuid, IN_CHILD),
    CALL(getuid32, IN_CHILD),
    CALL(geteuid, IN_CHILD),
    CALL(geteuid32, IN_CHILD),
    CALL(getgid, IN_CHILD),
    CALL(getgid32, IN_CHILD),
    CALL(getegid, IN_CHILD),
    CALL(getegid32, IN_CHILD),
    CALL(getresuid, IN_CHILD),
    CALL(getresuid32, IN_CHILD),
    CALL(getresgid, IN_CHILD),
    CALL(getresgid32, IN_CHILD),
    CALL(getgroups, IN_CHILD),
    CALL(getgroups32, IN_CHILD),
    CALL(capget, IN_CHILD),
    CALL(getpriority, IN_CHILD),
    CALL(getrlimit, IN_CHILD),
    CALL(ugetrlimit, IN_CHILD),
    CALL2(prlimit64, IN_CHILD, IS(0, 0), ALL_OF(2, 0)), /* its own limits, read-only */
    CALL(getrusage, IN_CHILD),
    CALL(times, IN_CHILD),
    CALL(sysinfo, IN_CHILD),
    CALL(uname, IN_CHILD),
    CALL(clock_gettime, IN_CHILD),
    CALL(clock_gettime64, IN_CHILD),
    CALL(clock_getres, IN_CHILD),
    CALL(clock_getres_time64, IN_CHILD),
    CALL(gettimeofday, IN_CHILD),
    CALL(time, IN_CHILD),
    CALL(getrandom, IN_CHILD),
    /* Excludes PR_SET_PDEATHSIG, so that it cannot outlive its parent. */
    CALL1(prctl, IN_CHILD, IS(0, PR_SET_NAME)),
    CALL1(prctl, IN_CHILD, IS(0, PR_GET_NAME)),
    CALL1(prctl, IN_CHILD, IS(0, PR_GET_DUMPABLE)),
    CALL1(prctl, IN_CHILD, IS(0, PR_SET_VMA)),
    CALL(restart_syscall, IN_CHILD),
    CALL(wait4, IN_CHILD),
    CALL(waitid, IN_CHILD),
    CALL(exit, IN_CHILD),
    CALL(exit_group, IN_CHILD),

    /* Name servers, services of this host, and addresses and routes from the kernel. Excludes
     * packet and raw sockets, and all other families. */
    SOCKETS(AF_INET),
    SOCKETS(AF_INET6),
    CALL1(socket, IN_CHILD, IS(0, AF_UNIX)),
    CALL2(socket, IN_CHILD, IS(0, AF_NETLINK), IS(2, NETLINK_ROUTE)),
    CALL1(socketpair, IN_CHILD, IS(0, AF_UNIX)),
    CALL(connect, IN_CHILD),
    CALL(bind, IN_CHILD),
    CALL(getsockname, IN_CHILD),
    CALL(getpeername, IN_CHILD),
    CALL(getsockopt, IN_CHILD),
    CALL1(setsockopt, IN_CHILD, IS(1, SOL_SOCKET)),
    CALL1(setsockopt, IN_CHILD, IS(1, IPPROTO_IP)),
    CALL1(setsockopt, IN_CHILD, IS(1, IPPROTO_IPV6)),
    CALL1(setsockopt, IN_CHILD, IS(1, IPPROTO_TCP)),
    CALL1(setsockopt, IN_CHILD, IS(1, IPPROTO_UDP)),
    CALL1(setsockopt, IN_CHILD, IS(1, SOL_NETLINK)),
    CALL(send, IN_CHILD),
    CALL(sendto, IN_CHILD),
    CALL(sendmsg, IN_CHILD),
    CALL(sendmmsg, IN_CHILD),
    CALL(recv, IN_CHILD),
    CALL(recvfrom, IN_CHILD),
    CALL(recvmsg, IN_CHILD),
    CALL(recvmmsg, IN_CHILD),
    CALL(recvmmsg_time64, IN_CHILD),
    CALL(shutdown, IN_CHILD),
};
/* clang-format on */

const size_t calls_of_child_count = sizeof calls_of_child / sizeof calls_of_child[0];

#else

typedef int child_calls_are_not_built;

#endif
