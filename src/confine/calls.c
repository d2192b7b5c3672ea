/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/calls.h"

#ifdef HAVE_SECCOMP

#include <asm/termbits.h> /* for TCGETS2; cannot stand beside <termios.h> */
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define CONNECTING (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

/* clang-format off */
const struct call_row calls_of_process[] = {
    /* Reading, writing, polling and closing open files: each call takes a descriptor, never a path. */
    CALL(read, ALWAYS),
    CALL(readv, ALWAYS),
    CALL(write, ALWAYS),
    CALL(writev, ALWAYS),
    CALL(close, ALWAYS),
    CALL(lseek, ALWAYS),
    CALL(_llseek, ALWAYS),
    CALL(fstat, ALWAYS),
    CALL(fstat64, ALWAYS),
    CALL1(newfstatat, ALWAYS, HAS(3, AT_EMPTY_PATH, AT_EMPTY_PATH)), /* how glibc's fstat is called */
    CALL1(fstatat64, ALWAYS, HAS(3, AT_EMPTY_PATH, AT_EMPTY_PATH)),
    CALL1(statx, ALWAYS, HAS(2, AT_EMPTY_PATH, AT_EMPTY_PATH)),
    CALL(fsync, ALWAYS),
    CALL(poll, ALWAYS),
    CALL(ppoll, ALWAYS),
    CALL(ppoll_time64, ALWAYS),
    CALL1(fcntl, ALWAYS, IS(1, F_GETFL)), /* for fdopen(3); sets nothing */
    CALL1(fcntl64, ALWAYS, IS(1, F_GETFL)),
    CALL1(ioctl, ALWAYS, IS(1, TCGETS)), /* isatty(3) */
#ifdef TCGETS2
    CALL1(ioctl, ALWAYS, IS(1, TCGETS2)), /* the same, from glibc 2.42 on */
#endif
    CALL1(ioctl, ALWAYS, IS(1, TIOCGWINSZ)),

    /* Memory that is never executed. */
    CALL(brk, ALWAYS),
    CALL(munmap, ALWAYS),
    CALL(mremap, ALWAYS), /* keeps the protection */
    CALL(madvise, ALWAYS),
    CALL1(mmap, ALWAYS, LACKS(2, PROT_EXEC)),
    CALL1(mmap2, ALWAYS, LACKS(2, PROT_EXEC)),
    CALL1(mprotect, ALWAYS, LACKS(2, PROT_EXEC)),
    CALL(futex, ALWAYS),
    CALL(sysinfo, ALWAYS), /* for qsort(3) */

    /* Time, random numbers, signals and exit, for this process only. */
    CALL(clock_gettime, ALWAYS),
    CALL(clock_gettime64, ALWAYS),
    CALL(gettimeofday, ALWAYS),
    CALL(time, ALWAYS),
    CALL(getrandom, ALWAYS),
    CALL(rt_sigprocmask, ALWAYS),
    CALL(rt_sigpending, ALWAYS), /* whether to wait for a reader */
    CALL(rt_sigreturn, ALWAYS),
    CALL(restart_syscall, ALWAYS | IN_HOLDER),
    CALL(exit, ALWAYS),
    CALL(exit_group, ALWAYS | IN_HOLDER),
    CALL(wait4, ALWAYS), /* for the children that resolve names and compile filters */
    CALL(waitid, ALWAYS),

    /* Questions to the children and to rtnetlink(7). Without an address, nothing is sent elsewhere. The flags exclude
     * MSG_FASTOPEN, which connects. */
    CALL2(sendto, ALWAYS, IS(3, MSG_NOSIGNAL | MSG_DONTWAIT), ALL_OF(4, 0)),
    CALL(recvfrom, ALWAYS),
    CALL(recvmsg, ALWAYS | IN_HOLDER),

    /* Segments are sent through the raw sockets, which were opened before. The address is behind a
     * pointer; without flags, a stream socket that is not connected sends nothing. */
    CALL1(sendmsg, IN_LIVE, IS(2, 0)),
    CALL1(sendmmsg, IN_LIVE, IS(3, 0)),

    /* What reached the guards, which were opened before as well. */
    CALL2(getsockopt, IN_LIVE, IS(1, SOL_SOCKET), IS(2, SO_MEMINFO)),
    /* Translated connections are followed by another filter of the capture on all interfaces. */
    CALL2(setsockopt, IN_LIVE, IS(1, SOL_SOCKET), IS(2, SO_ATTACH_FILTER)),

    /* libpcap: why a capture ended, how much it dropped, and the release of its ring. */
    CALL2(getsockopt, IN_LIVE, IS(1, SOL_SOCKET), IS(2, SO_ERROR)),
    CALL(getsockname, IN_LIVE), /* whether the interface is still there, ... */
    CALL1(ioctl, IN_LIVE, IS(1, SIOCGIFFLAGS)), /* ... and up */
    CALL2(getsockopt, IN_LIVE, IS(1, SOL_PACKET), IS(2, PACKET_STATISTICS)),
    CALL2(setsockopt, IN_LIVE, IS(1, SOL_PACKET), IS(2, PACKET_RX_RING)),

    /* Files of -r that exceeded the descriptor limit. Landlock restricts which. */
    CALL1(openat, OPENING, IS(2, O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
    CALL1(openat, OPENING, IS(2, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_LARGEFILE)),

    CALL1(fcntl, OPENING, IS(1, F_DUPFD_CLOEXEC)), /* standard input among them */
    CALL1(fcntl64, OPENING, IS(1, F_DUPFD_CLOEXEC)),

    /* The child that asks connect(2): a TCP socket, from an address or interface of the user's choice, and the answer
     * to its parent, as from the child that syncs files. */
    CALL3(socket, IN_CONNECTOR, IS(0, AF_INET), IS(1, CONNECTING), IS(2, IPPROTO_TCP)),
    CALL3(socket, IN_CONNECTOR, IS(0, AF_INET6), IS(1, CONNECTING), IS(2, IPPROTO_TCP)),
    CALL(bind, IN_CONNECTOR),
    CALL(connect, IN_CONNECTOR),
    CALL2(setsockopt, IN_CONNECTOR, IS(1, SOL_SOCKET), IS(2, SO_BINDTODEVICE)),
    CALL2(getsockopt, IN_CONNECTOR, IS(1, SOL_SOCKET), IS(2, SO_ERROR)),
    CALL2(sendto, IN_CONNECTOR | IN_SYNCER, IS(3, MSG_NOSIGNAL), ALL_OF(4, 0)),

    /* The server of the demonstration, on a socket that was opened before. */
    CALL(accept, IN_SERVER),
    CALL(accept4, IN_SERVER),
    CALL2(setsockopt, IN_SERVER, IS(1, IPPROTO_TCP), IS(2, TCP_QUICKACK)),
    CALL(nanosleep, IN_SERVER),
    CALL(clock_nanosleep, IN_SERVER),
    CALL(clock_nanosleep_time64, IN_SERVER),
};
/* clang-format on */

const size_t calls_of_process_count = sizeof calls_of_process / sizeof calls_of_process[0];

#else

typedef int calls_are_not_built;

#endif
