/* SPDX-License-Identifier: BSD-2-Clause */
/* libnet only crafts (LIBNET_NONE): the finished bytes can be tested without privilege and go out
 * through sockets of our own, which take an interface for each segment. */
#include "net/transmit.h"

#include <errno.h>
#include <libnet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/privileges.h"
#include "net/sockaddr.h"
#include "wire/tcpopt.h"

#define DATAGRAM_MAX 65535
#define SEND_TRIES   4 /* when a signal comes in between */

#define LOOPBACK_IFINDEX 1 /* in every network namespace: the kernel makes lo first */

/* SYNs have a send buffer of their own: those to neighbours that do not answer fill it for seconds,
 * and must not delay the segments of open connections. */
enum lane {
    LANE_SYN,
    LANE_REST,
    LANES,
};

struct transmit {
    libnet_t *libnet;
    int fds[2][LANES]; /* of IPv4 and IPv6; -1: not open */
    uint8_t bytes[DATAGRAM_MAX];
};

static int open_raw(int domain, const char *name, struct error *error)
{
    int fd = socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd >= 0)
        return fd;
    if (errno == EPERM || errno == EACCES)
        return privileges_missing(error);
    return error_set(error, STATUS_RUN, "raw %s socket: %s", name, strerror(errno));
}

static int open_lanes(int fds[LANES], int domain, const char *name, struct error *error)
{
    for (int lane = 0; lane < LANES; lane++)
        if ((fds[lane] = open_raw(domain, name, error)) < 0)
            return -1;
    return 0;
}

struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *error)
{
    char reason[LIBNET_ERRBUF_SIZE] = "";
    struct transmit *transmit = calloc(1, sizeof *transmit);
    if (!transmit) {
        error_set(error, STATUS_RUN, "sending: %s", strerror(ENOMEM));
        return NULL;
    }
    for (int i = 0; i < 2 * LANES; i++)
        transmit->fds[i / LANES][i % LANES] = -1;
    transmit->libnet = libnet_init(LIBNET_NONE, NULL, reason);
    if (!transmit->libnet) {
        error_set(error, STATUS_RUN, "libnet: %s", reason);
        goto failed;
    }
    if ((ipv4 && open_lanes(transmit->fds[0], AF_INET, "IPv4", error) != 0) ||
        (ipv6 && open_lanes(transmit->fds[1], AF_INET6, "IPv6", error) != 0))
        goto failed;
    return transmit;
failed:
    transmit_close(transmit);
    return NULL;
}

void transmit_close(struct transmit *transmit)
{
    if (!transmit)
        return;
    for (int i = 0; i < 2 * LANES; i++)
        if (transmit->fds[i / LANES][i % LANES] >= 0)
            close(transmit->fds[i / LANES][i % LANES]);
    if (transmit->libnet)
        libnet_destroy(transmit->libnet);
    free(transmit);
}

static uint32_t ipv4_word(const struct address *address)
{
    uint32_t word;
    memcpy(&word, address->bytes, sizeof word);
    return word;
}

static struct libnet_in6_addr ipv6_words(const struct address *address)
{
    struct libnet_in6_addr words;
    memcpy(&words, address->bytes, sizeof words);
    return words;
}

/* Innermost first, as libnet wants it. A checksum of 0 asks libnet to compute it. */
static bool build_tcp(libnet_t *libnet, const struct outgoing *segment, uint16_t *tcp_len)
{
    uint8_t options[TCPOPT_SPACE_MAX];
    size_t options_len = tcpopt_encode(&segment->options, options);
    if (options_len > 0 && libnet_build_tcp_options(options, (uint32_t)options_len, libnet, 0) < 0)
        return false;
    *tcp_len = (uint16_t)(LIBNET_TCP_H + options_len + segment->payload_len);
    return libnet_build_tcp(segment->src.port, segment->dst.port, segment->seq, segment->ack,
                            (uint8_t)segment->flags, segment->window, 0, 0, *tcp_len,
                            segment->payload, segment->payload_len, libnet, 0) >= 0;
}

static bool build_ipv4(libnet_t *libnet, const struct outgoing *segment, uint16_t tcp_len)
{
    return libnet_build_ipv4((uint16_t)(LIBNET_IPV4_H + tcp_len), 0, segment->ip_id, IP_DF,
                             segment->ttl, IPPROTO_TCP, 0, ipv4_word(&segment->src.address),
                             ipv4_word(&segment->dst.address), NULL, 0, libnet, 0) >= 0;
}

static bool build_ipv6(libnet_t *libnet, const struct outgoing *segment, uint16_t tcp_len)
{
    return libnet_build_ipv6(0, 0, tcp_len, IPPROTO_TCP, segment->ttl,
                             ipv6_words(&segment->src.address), ipv6_words(&segment->dst.address),
                             NULL, 0, libnet, 0) >= 0;
}

/* Assembles the headers; libnet's buffer is copied, so that it need not be freed. */
static int coalesce(struct transmit *transmit, struct error *error)
{
    uint8_t *packet;
    uint32_t len;
    if (libnet_pblock_coalesce(transmit->libnet, &packet, &len) < 0)
        return error_set(error, STATUS_RUN, "libnet: %s", libnet_geterror(transmit->libnet));
    memcpy(transmit->bytes, packet, len); /* craftable() has bounded it */
    libnet_adv_free_packet(transmit->libnet, packet);
    return (int)len;
}

/* Whether libnet can say it: lengths of 16 bits, flags of 8. */
static bool craftable(const struct outgoing *segment)
{
    const uint32_t headers = LIBNET_IPV6_H + LIBNET_TCP_H + TCPOPT_SPACE_MAX;
    return segment->src.address.family == segment->dst.address.family &&
           segment->payload_len <= DATAGRAM_MAX - headers && segment->flags <= UINT8_MAX;
}

int transmit_craft(struct transmit *transmit, const struct outgoing *segment, const uint8_t **bytes,
                   struct error *error)
{
    libnet_t *libnet = transmit->libnet;
    bool ipv6 = segment->dst.address.family == FAMILY_IPV6;
    uint16_t tcp_len;
    if (!craftable(segment))
        return error_set(error, STATUS_RUN,
                         "a segment of %u bytes and flags 0x%x cannot be crafted",
                         segment->payload_len, segment->flags);
    libnet_clear_packet(libnet);
    if (!build_tcp(libnet, segment, &tcp_len) ||
        !(ipv6 ? build_ipv6(libnet, segment, tcp_len) : build_ipv4(libnet, segment, tcp_len)))
        return error_set(error, STATUS_RUN, "libnet: %s", libnet_geterror(libnet));
    *bytes = transmit->bytes;
    return coalesce(transmit, error);
}

/* Where a datagram goes: the kernel routes by it, not by the header inside. */
struct destination {
    union sockaddr_any to;
    socklen_t to_len;
    size_t control_len;
    union {
        struct cmsghdr aligned;
        uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control; /* last, because a cmsghdr has no end of its own */
};

static void set_control(struct destination *out, int level, int type, const void *value, size_t len)
{
    struct cmsghdr *header = &out->control.aligned;
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(header), value, len);
    out->control_len = CMSG_SPACE(len);
}

/* The local routes of our own addresses lead over the loopback device but do not name it. Binding
 * to that device gives no route, or one whose segments the kernel does not answer with a reset. */
static unsigned insist_on(unsigned ifindex)
{
    return ifindex == LOOPBACK_IFINDEX ? 0 : ifindex;
}

static void destination_ipv4(struct destination *out, const struct outgoing *segment,
                             unsigned ifindex)
{
    struct in_pktinfo info = {.ipi_ifindex = (int)insist_on(ifindex)};
    info.ipi_spec_dst.s_addr = ipv4_word(&segment->src.address);
    set_control(out, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
}

static void destination_ipv6(struct destination *out, unsigned ifindex)
{
    /* Without a source, the kernel treats the interface as mandatory, with one as a preference. */
    struct in6_pktinfo info = {.ipi6_ifindex = insist_on(ifindex)};
    set_control(out, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
}

static int send_uninterrupted(int fd, const struct msghdr *message)
{
    for (int attempt = 0; attempt < SEND_TRIES; attempt++)
        if (sendmsg(fd, message, 0) >= 0)
            return 0;
        else if (errno != EINTR)
            break;
    return -1;
}

static int send_code(int code)
{
    if (code == EAGAIN || code == ENOBUFS)
        return TRANSMIT_BUSY;
    return code == EPERM ? TRANSMIT_REFUSED : -1;
}

static int send_error(const struct outgoing *segment, struct error *error)
{
    static const struct {
        int code;
        const char *way_out;
    } hints[] = {
        {EPERM, " (blocked by a local firewall)"},
        {EMSGSIZE, " (larger than the path MTU)"},
        {ENETDOWN, " (the interface is down)"},
        {ENXIO, " (no such interface)"},
        {ENODEV, " (no such interface)"},
        {ENOBUFS, " (the queue of the interface is full)"},
        {EAGAIN, " (the send buffer is full; a neighbour may not be answering)"},
    };
    int code = errno;
    const char *hint = "";
    char to[ENDPOINT_TEXT_MAX];
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (hints[i].code == code)
            hint = hints[i].way_out;
    error_set(error, STATUS_RUN, "sending to %s: %s%s", endpoint_text(&segment->dst, to),
              strerror(code), hint);
    return send_code(code);
}

int transmit_send(struct transmit *transmit, const struct outgoing *segment, unsigned ifindex,
                  const uint8_t **bytes, struct error *error)
{
    int len = transmit_craft(transmit, segment, bytes, error);
    if (len < 0)
        return -1;
    bool ipv6 = segment->dst.address.family == FAMILY_IPV6;
    struct destination destination;
    destination.to_len = sockaddr_from(&segment->dst.address, ifindex, 0, &destination.to);
    if (ipv6)
        destination_ipv6(&destination, ifindex);
    else
        destination_ipv4(&destination, segment, ifindex);
    struct iovec part = {.iov_base = transmit->bytes, .iov_len = (size_t)len};
    struct msghdr message = {
        .msg_name = &destination.to,
        .msg_namelen = destination.to_len,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &destination.control,
        .msg_controllen = destination.control_len,
    };
    enum lane lane = segment->flags == TCP_SYN ? LANE_SYN : LANE_REST;
    if (send_uninterrupted(transmit->fds[ipv6][lane], &message) != 0)
        return send_error(segment, error);
    return len;
}
