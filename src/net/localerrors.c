/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/localerrors.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/icmp.h> /* struct icmp_filter; behind netinet, which it would shadow */

#define DATAGRAM_MAX  2048
#define IPV4_HEADER   20u
#define IPV6_HEADER   40u
#define ICMPV4_TYPE   3u /* destination unreachable */
#define HOP_LIMIT_OUT 64

static int set(int fd, int level, int name, const void *value, socklen_t len)
{
    return setsockopt(fd, level, name, value, len);
}

static int open_ipv4(void)
{
    int one = 1;
    struct icmp_filter filter = {.data = ~(1u << ICMPV4_TYPE)};
    int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (fd >= 0 && set(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter) == 0 &&
        set(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int open_ipv6(void)
{
    int one = 1;
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
    int fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6);
    if (fd >= 0 && set(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0 &&
        set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one) == 0 &&
        set(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

int local_errors_open(struct local_errors *errors, bool ipv4, bool ipv6, struct error *error)
{
    errors->fds[0] = ipv4 ? open_ipv4() : -1;
    errors->fds[1] = ipv6 ? open_ipv6() : -1;
    if ((!ipv4 || errors->fds[0] >= 0) && (!ipv6 || errors->fds[1] >= 0))
        return 0;
    error_set_code(error, errno, "raw ICMP socket");
    local_errors_close(errors);
    return -1;
}

void local_errors_close(struct local_errors *errors)
{
    for (int i = 0; i < 2; i++) {
        if (errors->fds[i] >= 0)
            close(errors->fds[i]);
        errors->fds[i] = -1;
    }
}

/* One received datagram; bytes has room for a header in front. */
struct datagram {
    uint8_t bytes[IPV6_HEADER + DATAGRAM_MAX];
    size_t len; /* behind that room */
    struct sockaddr_in6 from;
    struct in6_pktinfo to;
    bool has_to;
    int64_t time_ns;
};

static void read_control(struct msghdr *message, struct datagram *out)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        struct timespec stamp;
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
            out->time_ns = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            memcpy(&out->to, CMSG_DATA(c), sizeof out->to);
            out->has_to = true;
        }
    }
}

static bool receive(int fd, struct datagram *out)
{
    union {
        struct cmsghdr aligned;
        uint8_t bytes[256];
    } control;
    struct iovec part = {.iov_base = out->bytes + IPV6_HEADER, .iov_len = DATAGRAM_MAX};
    struct msghdr message = {
        .msg_name = &out->from,
        .msg_namelen = sizeof out->from,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    ssize_t len = recvmsg(fd, &message, 0);
    if (len < 0)
        return false;
    out->len = (size_t)len;
    out->has_to = false;
    out->time_ns = 0;
    read_control(&message, out);
    return true;
}

/* A raw IPv4 socket hands on the IP header; ours are those from an address to itself. */
static bool frame_of_ipv4(struct datagram *datagram, struct frame *frame)
{
    const uint8_t *header = datagram->bytes + IPV6_HEADER;
    if (datagram->len < IPV4_HEADER || memcmp(header + 12, header + 16, 4) != 0)
        return false;
    frame->bytes = header;
    frame->captured_len = frame->wire_len = (uint32_t)datagram->len;
    return true;
}

/* A raw IPv6 socket keeps the header back: it is made again (RFC 8200, 3). */
static bool frame_of_ipv6(struct datagram *datagram, struct frame *frame)
{
    uint8_t *header = datagram->bytes;
    if (!datagram->has_to || memcmp(&datagram->from.sin6_addr, &datagram->to.ipi6_addr, 16) != 0)
        return false;
    memset(header, 0, IPV6_HEADER);
    header[0] = 0x60;
    header[4] = (uint8_t)(datagram->len >> 8);
    header[5] = (uint8_t)datagram->len;
    header[6] = IPPROTO_ICMPV6;
    header[7] = HOP_LIMIT_OUT;
    memcpy(header + 8, &datagram->from.sin6_addr, 16);
    memcpy(header + 24, &datagram->to.ipi6_addr, 16);
    frame->bytes = header;
    frame->captured_len = frame->wire_len = (uint32_t)(IPV6_HEADER + datagram->len);
    return true;
}

void local_errors_read(struct local_errors *errors, int limit, local_error_handler *handler,
                       void *user)
{
    static bool (*const make_frame[2])(struct datagram *, struct frame *) = {frame_of_ipv4,
                                                                             frame_of_ipv6};
    struct datagram datagram;
    for (int family = 0; family < 2; family++) {
        for (int i = 0; i < limit && errors->fds[family] >= 0; i++) {
            if (!receive(errors->fds[family], &datagram))
                break;
            struct frame frame = {.time_ns = datagram.time_ns, .link = LINK_RAW};
            if (make_frame[family](&datagram, &frame))
                handler(user, &frame);
        }
    }
}
