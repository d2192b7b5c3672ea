/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel does not know about a SYN that was sent through a raw socket, so it would answer the
 * SYN/ACK with RST. A listening socket alone does not change that; one that requires a TCP MD5
 * signature does: other segments are silently dropped, before any reset and after libpcap has seen
 * them. Nothing remains when the socket is closed. */
#include "net/guard.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h> /* for tcp_md5sig; cannot stand beside <netinet/tcp.h> */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "net/sockaddr.h"

#define KEY_BYTES 16 /* random and forgotten, so that no segment can be signed */

/* A key for every peer: a prefix of length 0 (TCP_MD5SIG_EXT, since Linux 4.13). */
static int require_signature(int fd, sa_family_t family)
{
    struct tcp_md5sig key = {
        .tcpm_flags = TCP_MD5SIG_FLAG_PREFIX,
        .tcpm_prefixlen = 0,
        .tcpm_keylen = KEY_BYTES,
    };
    key.tcpm_addr.ss_family = family;
    struct error ignored;
    if (random_fill(key.tcpm_key, KEY_BYTES, &ignored) != 0)
        return -1;
    return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &key, sizeof key);
}

/* RFC 5082: a segment whose TTL is below is dropped like an unsigned one. IP_MINTTL of ip(7);
 * IPV6_MINHOPCOUNT is its like. */
static int require_ttl(int fd, sa_family_t family)
{
    const int least = 255;
    if (family == AF_INET6)
        return setsockopt(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &least, sizeof least);
    return setsockopt(fd, IPPROTO_IP, IP_MINTTL, &least, sizeof least);
}

/* A filter that accepts nothing. Newer kernels require CAP_NET_ADMIN for it. */
static int refuse_everything(int fd, sa_family_t family)
{
    struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &refuse};
    (void)family;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static const struct {
    const char *name;
    int (*make)(int fd, sa_family_t family);
} kinds[GUARD_KINDS] = {
    [GUARD_MD5] = {"TCP MD5", require_signature},
    [GUARD_TTL] = {"minimum TTL", require_ttl},
    [GUARD_FILTER] = {"socket filter", refuse_everything},
};

/* Before listen(), so that there is no moment in which the socket would answer. */
static int make_silent(struct guard *guard, sa_family_t family, struct error *error)
{
    int codes[GUARD_KINDS];
    for (int kind = 0; kind < GUARD_KINDS; kind++) {
        guard->kind = (enum guard_kind)kind;
        if (kinds[kind].make(guard->fd, family) == 0)
            return 0;
        codes[kind] = errno;
    }
    return error_set(error, STATUS_RUN,
                     "cannot keep the local kernel from resetting the connection: TCP MD5 guard: "
                     "%s; minimum TTL: %s; socket filter: %s; use a kernel with CONFIG_TCP_MD5SIG",
                     strerror(codes[GUARD_MD5]), strerror(codes[GUARD_TTL]),
                     strerror(codes[GUARD_FILTER]));
}

static int open_socket(sa_family_t family, struct error *error)
{
    int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 &&
        (family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0))
        return fd;
    int code = errno;
    error_set_code(error, code, "guard socket");
    if (fd >= 0)
        close(fd);
    errno = code;
    return -1;
}

static bool has_no_room(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

static int bind_error(const struct address *address, uint16_t port, struct error *error)
{
    char text[ADDRESS_TEXT_MAX];
    int code = errno;
    if (code == EADDRINUSE) {
        error_set(error, STATUS_RUN, "source port %u is in use", port);
        return GUARD_PORT_IN_USE;
    }
    if (code == EADDRNOTAVAIL)
        return error_set(error, STATUS_RUN,
                         "source %s is not an address of this host: \"ip address\" lists them",
                         address_text(address, text));
    if (code == EACCES)
        return error_set(error, STATUS_RUN,
                         "source port %u is privileged: use 1024 or above, add "
                         "CAP_NET_BIND_SERVICE, or lower net.ipv4.ip_unprivileged_port_start",
                         port);
    return error_set_code(error, code, "source port %u", port);
}

/* Without SO_REUSEADDR the kernel refuses each port that has any other socket, TIME_WAIT included:
 * none of their segments can be taken for ours. */
static int hold(const struct guard *guard, const struct address *address, unsigned ifindex,
                uint16_t port, struct error *error)
{
    union sockaddr_any name;
    socklen_t len = sockaddr_from(address, ifindex, port, &name);
    if (bind(guard->fd, &name.generic, len) != 0)
        return bind_error(address, port, error);
    if (listen(guard->fd, 1) != 0)
        return error_set_code(error, errno, "guard of port %u", port);
    return 0;
}

int guard_open(struct guard *guard, const struct address *address, unsigned ifindex, uint16_t port,
               struct error *error)
{
    sa_family_t family = address->family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
    int code = -1;
    guard->port = port;
    guard->fd = open_socket(family, error);
    if (guard->fd < 0)
        return has_no_room(errno) ? GUARD_NO_ROOM : -1;
    if (make_silent(guard, family, error) == 0)
        code = hold(guard, address, ifindex, port, error);
    if (code != 0)
        guard_close(guard);
    return code;
}

int guard_open_any(struct guard *guard, const struct address *address, uint16_t first,
                   uint16_t last, struct error *error)
{
    uint32_t count = (uint32_t)last - first + 1, start;
    if (random_fill(&start, sizeof start, error) != 0)
        return -1;
    int code = GUARD_PORT_IN_USE;
    for (uint32_t i = 0; i < count && code == GUARD_PORT_IN_USE; i++)
        code =
            guard_open(guard, address, 0, (uint16_t)(first + (start % count + i) % count), error);
    if (code == GUARD_PORT_IN_USE)
        return error_set(error, STATUS_RUN, "source ports %u to %u are all in use", first, last);
    return code == 0 ? 0 : -1;
}

const char *guard_kind_name(const struct guard *guard)
{
    return kinds[guard->kind].name;
}

/* sock_diag(7), SK_MEMINFO_DROPS: grows by one with each segment that lacks the signature. */
bool guard_delivered(const struct guard *guard, uint32_t *count)
{
    uint32_t words[SK_MEMINFO_VARS];
    socklen_t len = sizeof words;
    if (getsockopt(guard->fd, SOL_SOCKET, SO_MEMINFO, words, &len) != 0 ||
        len <= SK_MEMINFO_DROPS * sizeof words[0])
        return false;
    *count = words[SK_MEMINFO_DROPS];
    return true;
}

void guard_close(struct guard *guard)
{
    if (guard->fd >= 0)
        close(guard->fd);
    guard->fd = -1;
}
