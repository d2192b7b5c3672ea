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
#include "net/template.h"
#include "wire/checksum.h"
#include "wire/tcpopt.h"

#define DATAGRAM_MAX 65535
#define FLAGS_MOST   0x1ff
#define TCP_OFFSET   12 /* of the data offset and flag AE: RFC 9293, 3.1 */
#define TCP_CHECKSUM 16
#define SEND_TRIES   4    /* when a signal comes in between */
#define WARY         4096 /* segments that go out one by one after one that was refused */

#ifndef IP_PROTOCOL
#define IP_PROTOCOL 52 /* Linux 6.4: the protocol that rules and IPsec policies go by */
#endif

/* SYNs have a send buffer of their own: those to neighbours that do not answer fill it for seconds,
 * and must not delay the segments of open connections. */
enum lane {
    LANE_SYN,
    LANE_REST,
    LANE_MEASURING, /* opened by transmit_open_measuring */
    LANES,
};

struct batch;

#define TEMPLATES 8u /* of a family: SYN, ACK, FIN, RST, with and without options */

struct transmit {
    libnet_t *libnet;
    int fds[2][LANES]; /* of IPv4 and IPv6; -1: not open */
    bool tells_protocol;
    enum host_error refusal; /* the latest */
    struct template templates[2][TEMPLATES];
    unsigned next_template[2]; /* which one gives way */
    struct batch *batch;       /* NULL before the first one */
    uint32_t wary;             /* how many are still to go out one by one */
    uint8_t bytes[DATAGRAM_MAX];
};

static int open_raw(int domain, const char *name, struct error *error)
{
    int fd = socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd >= 0)
        return fd;
    if (errno == EPERM || errno == EACCES)
        return privileges_missing(error);
    return error_set_code(error, errno, "raw %s socket", name);
}

static int open_lanes(int fds[LANES], int domain, const char *name, struct error *error)
{
    for (int lane = 0; lane < LANE_MEASURING; lane++)
        if ((fds[lane] = open_raw(domain, name, error)) < 0)
            return -1;
    return 0;
}

/* Whether the kernel takes an ancillary message that names the protocol; for IPv6, which has the
 * port for it, the same kernels do. Nothing is sent: without a header it is no datagram, and the
 * limited broadcast address is refused before that. */
static bool takes_protocol(void)
{
    struct sockaddr_in refused = {.sin_family = AF_INET, .sin_addr.s_addr = INADDR_BROADCAST};
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), IPPROTO_IP, IP_PROTOCOL}};
    const int tcp = IPPROTO_TCP;
    struct msghdr message = {.msg_name = &refused,
                             .msg_namelen = sizeof refused,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    memcpy(CMSG_DATA(&control.header), &tcp, sizeof tcp);
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd < 0)
        return false;
    bool taken = sendmsg(fd, &message, MSG_DONTWAIT) >= 0 || errno != EINVAL;
    close(fd);
    return taken;
}

struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *error)
{
    char reason[LIBNET_ERRBUF_SIZE] = "";
    struct transmit *transmit = calloc(1, sizeof *transmit);
    if (!transmit) {
        error_set_memory(error, "sending: out of memory");
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
    transmit->tells_protocol = (ipv4 || ipv6) && takes_protocol();
    return transmit;
failed:
    transmit_close(transmit);
    return NULL;
}

/* IP_MTU_DISCOVER of ip(7), ipv6(7). */
static int open_probing(bool ipv6, struct error *error)
{
    const int probe = IP_PMTUDISC_PROBE; /* IPV6_PMTUDISC_PROBE is the same number */
    int fd = open_raw(ipv6 ? AF_INET6 : AF_INET, ipv6 ? "IPv6" : "IPv4", error);
    if (fd < 0 || setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
                             ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &probe, sizeof probe) == 0)
        return fd;
    error_set_code(error, errno, "measuring the path MTU");
    close(fd);
    return -1;
}

int transmit_open_measuring(struct transmit *transmit, struct error *error)
{
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        int *fds = transmit->fds[ipv6];
        if (fds[LANE_REST] >= 0 && (fds[LANE_MEASURING] = open_probing(ipv6 != 0, error)) < 0)
            return -1;
    }
    return 0;
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
    free(transmit->batch);
    free(transmit);
}

bool transmit_tells_protocol(const struct transmit *transmit)
{
    return transmit->tells_protocol;
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

static const uint8_t zeros[DATAGRAM_MAX];

/* Innermost first, as libnet wants it. A checksum of 0 asks libnet to compute it. */
static bool build_tcp(libnet_t *libnet, const struct outgoing *segment, uint16_t *tcp_len)
{
    uint8_t options[TCPOPT_SPACE_MAX];
    size_t options_len = tcpopt_encode(&segment->options, options);
    if (options_len > 0 && libnet_build_tcp_options(options, (uint32_t)options_len, libnet, 0) < 0)
        return false;
    *tcp_len = (uint16_t)(LIBNET_TCP_H + options_len + segment->payload_len);
    const uint8_t *payload = segment->payload != NULL ? segment->payload : zeros;
    return libnet_build_tcp(segment->src.port, segment->dst.port, segment->seq, segment->ack,
                            (uint8_t)segment->flags, segment->window, 0, 0, *tcp_len, payload,
                            segment->payload_len, libnet, 0) >= 0;
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

/* Whether libnet can say it: lengths of 16 bits. */
static bool craftable(const struct outgoing *segment)
{
    uint8_t options[TCPOPT_SPACE_MAX];
    bool ipv6 = segment->dst.address.family == FAMILY_IPV6;
    uint32_t headers = ipv6 ? LIBNET_IPV6_H : LIBNET_IPV4_H;
    headers += LIBNET_TCP_H + (uint32_t)tcpopt_encode(&segment->options, options);
    return segment->src.address.family == segment->dst.address.family &&
           segment->payload_len <= DATAGRAM_MAX - headers && segment->flags <= FLAGS_MOST;
}

/* Flag AE, for which libnet has no room, and the checksum: only one bit of its words changes (RFC
 * 1624, 3). */
static void set_ae(uint8_t *tcp)
{
    uint32_t sum = (uint16_t) ~(tcp[TCP_CHECKSUM] << 8 | tcp[TCP_CHECKSUM + 1]);
    tcp[TCP_OFFSET] |= TCP_AE >> 8;
    uint16_t checksum = checksum_finish(sum + TCP_AE);
    tcp[TCP_CHECKSUM] = (uint8_t)(checksum >> 8);
    tcp[TCP_CHECKSUM + 1] = (uint8_t)checksum;
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
    int len = coalesce(transmit, error);
    if (len > 0 && (segment->flags & TCP_AE) != 0)
        set_ae(transmit->bytes + (ipv6 ? LIBNET_IPV6_H : LIBNET_IPV4_H));
    return len;
}

/* Where a datagram goes: the kernel routes by it, not by the header inside. */
struct destination {
    union sockaddr_any to;
    socklen_t to_len;
    size_t control_len;
    union {
        struct cmsghdr aligned;
        uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
    } control; /* last, because a cmsghdr has no end of its own */
};

static void add_control(struct destination *out, int level, int type, const void *value, size_t len)
{
    const struct cmsghdr header = {CMSG_LEN(len), level, type};
    uint8_t *at = out->control.bytes + out->control_len;
    memcpy(at, &header, sizeof header);
    memcpy(at + CMSG_LEN(0), value, len);
    out->control_len += CMSG_SPACE(len);
}

static void destination_ipv4(struct destination *out, const struct outgoing *segment,
                             unsigned ifindex, bool tells_protocol)
{
    const int protocol = IPPROTO_TCP;
    struct in_pktinfo info = {.ipi_ifindex = (int)ifindex};
    info.ipi_spec_dst.s_addr = ipv4_word(&segment->src.address);
    add_control(out, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    if (tells_protocol)
        add_control(out, IPPROTO_IP, IP_PROTOCOL, &protocol, sizeof protocol);
}

static void destination_ipv6(struct destination *out, const struct outgoing *segment,
                             unsigned ifindex, bool tells_protocol)
{
    /* Without a source, the kernel treats the interface as mandatory, with one as a preference.
     * Rules may look at the source. */
    struct in6_pktinfo info = {.ipi6_ifindex = ifindex};
    if (ifindex == 0)
        memcpy(&info.ipi6_addr, segment->src.address.bytes, sizeof info.ipi6_addr);
    add_control(out, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    if (tells_protocol)
        out->to.ipv6.sin6_port = htons(IPPROTO_TCP);
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

/* What sendmsg(2) says of one datagram, and not of the socket. */
static const struct {
    int code, result;
    enum host_error refusal;
} results[] = {
    {EAGAIN, TRANSMIT_BUSY, HOST_ERROR_NONE},
    {ENOBUFS, TRANSMIT_BUSY, HOST_ERROR_NONE},
    {EPERM, TRANSMIT_REFUSED, HOST_EPERM},
    {EACCES, TRANSMIT_UNSENT, HOST_EACCES},
    {EINVAL, TRANSMIT_UNSENT, HOST_EINVAL},
    {EHOSTUNREACH, TRANSMIT_UNSENT, HOST_EHOSTUNREACH},
    {ENETUNREACH, TRANSMIT_UNSENT, HOST_ENETUNREACH},
    {ENETDOWN, TRANSMIT_UNSENT, HOST_ENETDOWN},
    {ENODEV, TRANSMIT_UNSENT, HOST_ENODEV},
    {ENXIO, TRANSMIT_UNSENT, HOST_ENODEV},
    {EADDRNOTAVAIL, TRANSMIT_UNSENT, HOST_EADDRNOTAVAIL},
};

static int send_result(int code, enum host_error *refusal)
{
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
        if (results[i].code == code) {
            *refusal = results[i].refusal;
            return results[i].result;
        }
    return -1;
}

static int send_error(const struct outgoing *segment, enum host_error *refusal, struct error *error)
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
    return send_result(code, refusal);
}

/* Where a datagram goes, and what it is. */
static void address_to(const struct transmit *transmit, struct destination *destination,
                       const struct outgoing *segment, unsigned ifindex)
{
    bool ipv6 = segment->dst.address.family == FAMILY_IPV6;
    destination->control_len = 0;
    destination->to_len = sockaddr_from(&segment->dst.address, ifindex, 0, &destination->to);
    (ipv6 ? destination_ipv6 : destination_ipv4)(destination, segment, ifindex,
                                                 transmit->tells_protocol);
}

static struct msghdr message_of(struct destination *destination, struct iovec *part)
{
    return (struct msghdr){
        .msg_name = &destination->to,
        .msg_namelen = destination->to_len,
        .msg_iov = part,
        .msg_iovlen = 1,
        .msg_control = &destination->control,
        .msg_controllen = destination->control_len,
    };
}

static int socket_for(const struct transmit *transmit, const struct outgoing *segment)
{
    bool syn = flags_are_of_syn(segment->flags);
    enum lane lane = segment->measures ? LANE_MEASURING : syn ? LANE_SYN : LANE_REST;
    return transmit->fds[segment->dst.address.family == FAMILY_IPV6][lane];
}

int transmit_send(struct transmit *transmit, const struct outgoing *segment, unsigned ifindex,
                  const uint8_t **bytes, struct error *error)
{
    int len = transmit_craft(transmit, segment, bytes, error);
    if (len < 0)
        return -1;
    struct destination destination;
    address_to(transmit, &destination, segment, ifindex);
    struct iovec part = {.iov_base = transmit->bytes, .iov_len = (size_t)len};
    const struct msghdr message = message_of(&destination, &part);
    if (send_uninterrupted(socket_for(transmit, segment), &message) != 0)
        return send_error(segment, &transmit->refusal, error);
    return len;
}

enum host_error transmit_refusal(const struct transmit *transmit)
{
    return transmit->refusal;
}

/* What a batch is sent from. */
struct batch {
    struct mmsghdr messages[TRANSMIT_BATCH];
    struct destination destinations[TRANSMIT_BATCH];
    struct iovec parts[TRANSMIT_BATCH];
    uint8_t bytes[TRANSMIT_BATCH][TEMPLATE_BYTES];
};

/* Crafts it from a template of its family, or makes it one. */
static int craft_alike(struct transmit *transmit, const struct outgoing *segment,
                       uint8_t out[TEMPLATE_BYTES], struct error *error)
{
    bool ipv6 = segment->dst.address.family == FAMILY_IPV6;
    const uint8_t *bytes = NULL;
    for (unsigned i = 0; i < TEMPLATES; i++) {
        uint32_t filled = template_fill(&transmit->templates[ipv6][i], segment, out);
        if (filled != 0)
            return (int)filled;
    }
    int len = transmit_craft(transmit, segment, &bytes, error);
    if (len < 0 || bytes == NULL)
        return -1;
    unsigned next = transmit->next_template[ipv6]++ % TEMPLATES;
    template_keep(&transmit->templates[ipv6][next], segment, bytes, (uint32_t)len);
    memcpy(out, bytes, (size_t)len);
    return len;
}

/* Crafts and addresses the nth of a batch. */
static void prepare(struct transmit *transmit, struct transmission *one, size_t nth)
{
    struct batch *batch = transmit->batch;
    one->bytes = batch->bytes[nth];
    one->code = craft_alike(transmit, &one->segment, batch->bytes[nth], &one->error);
    if (one->code < 0)
        return;
    address_to(transmit, &batch->destinations[nth], &one->segment, one->ifindex);
    batch->parts[nth] = (struct iovec){batch->bytes[nth], (size_t)one->code};
    batch->messages[nth].msg_hdr = message_of(&batch->destinations[nth], &batch->parts[nth]);
}

static bool is_of_same_connection(const struct outgoing *a, const struct outgoing *b)
{
    return endpoint_equal(&a->src, &b->src) && endpoint_equal(&a->dst, &b->dst);
}

/* A connection ends with a segment that a local firewall blocks: nothing is sent after it. */
static void refuse_later(struct transmission *list, size_t refused, size_t count)
{
    const struct transmission *blocked = &list[refused];
    for (size_t i = refused + 1; i < count; i++)
        if (list[i].code >= 0 && is_of_same_connection(&list[i].segment, &blocked->segment)) {
            list[i].code = blocked->code;
            list[i].refusal = blocked->refusal;
            list[i].error = blocked->error;
        }
}

/* Where those end that one call sends from the first on: of one socket, and crafted. One that the
 * kernel refuses ends a call, which does not say why, so that it has to be sent once more: the
 * rules of a local firewall see it twice, and their answers come twice. Where one was refused,
 * others often are. */
static size_t end_of_run(struct transmit *transmit, const struct transmission *list, size_t first,
                         size_t count)
{
    int fd = socket_for(transmit, &list[first].segment);
    size_t end = first;
    if (transmit->wary > 0)
        count = first + 1;
    while (end < count && list[end].code >= 0 && socket_for(transmit, &list[end].segment) == fd)
        end++;
    transmit->wary -= transmit->wary > 0;
    return end;
}

/* Returns how many of the list that took. One that fails has its error by itself. */
static size_t send_run(struct transmit *transmit, struct transmission *list, size_t first,
                       size_t count)
{
    int fd = socket_for(transmit, &list[first].segment);
    size_t end = end_of_run(transmit, list, first, count);
    if (end == first)
        return 1;
    int done = sendmmsg(fd, &transmit->batch->messages[first], (unsigned)(end - first), 0);
    if (done > 0)
        return (size_t)done;
    if (done < 0 && errno == EINTR)
        return 0;
    int code = errno;
    bool full = code == EAGAIN || code == ENOBUFS; /* for the rest as well */
    size_t failed = full ? end : first + 1;
    if (!full)
        transmit->wary = WARY;
    for (size_t i = first; i < failed; i++) {
        errno = code;
        list[i].code = send_error(&list[i].segment, &list[i].refusal, &list[i].error);
    }
    if (list[first].code == TRANSMIT_REFUSED)
        refuse_later(list, first, count);
    return failed - first;
}

void transmit_send_batch(struct transmit *transmit, struct transmission *batch, size_t count)
{
    if (transmit->batch == NULL)
        transmit->batch = malloc(sizeof *transmit->batch);
    for (size_t i = 0; i < count && transmit->batch != NULL; i++)
        prepare(transmit, &batch[i], i);
    for (size_t i = 0; i < count && transmit->batch == NULL; i++)
        batch[i].code = error_set_memory(&batch[i].error, "sending: out of memory");
    for (size_t i = 0; i < count;)
        i += send_run(transmit, batch, i, count);
}
