/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/lanefilter.h"
#include "net/linktype.h"
#include "net/privileges.h"
#include "wire/bytes.h"

#define ANY "any" /* libpcap's name for all interfaces at once */

/* Each has a fixed size for the snaplen; as many as fit stand in a page. A ring is slow to set up:
 * 1 ms for each MiB. */
#define FRAMES_IN_PAGE 6u
#define PAGE_BYTES     4096u

struct capture {
    pcap_t *pcap;
    char *interface;
    int fd;
    int hardware; /* of the interface: ARPHRD_ type */
    enum link link;
    uint16_t linktype;
    uint64_t dropped_before; /* its filter was in place */
    int64_t ns_per_fraction; /* of the second part of a stamp: 1, or 1000 where there are only
                                microseconds */
    /* of the capture_read that is under way */
    capture_handler *handler;
    void *user;
};

/* Why libpcap does not activate a capture, with the remedy. */
static int activation_error(const char *interface, pcap_t *pcap, int code, struct error *error)
{
    switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return error_set(error, STATUS_RUN,
                         "interface %s: no such interface: \"ip link\" lists them", interface);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        privileges_missing(error);
        return error_context(error, "capture on %s", interface);
    case PCAP_ERROR_IFACE_NOT_UP:
        return error_set(error, STATUS_RUN, "interface %s is down: ip link set %s up", interface,
                         interface);
    default:
        return error_set(error, STATUS_RUN, "capture on %s: %s", interface,
                         code == PCAP_ERROR ? pcap_geterr(pcap) : pcap_statustostr(code));
    }
}

static int activate(struct capture *capture, uint32_t frames, struct error *error)
{
    pcap_t *pcap = capture->pcap;
    pcap_set_snaplen(pcap, CAPTURE_SNAPLEN);
    pcap_set_promisc(pcap, 0);
    pcap_set_immediate_mode(pcap, 1);
    pcap_set_buffer_size(pcap, (int)(frames / FRAMES_IN_PAGE * PAGE_BYTES));
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    int code = pcap_activate(pcap);
    if (code < 0)
        return activation_error(capture->interface, pcap, code, error);
    bool nanoseconds = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO;
    capture->ns_per_fraction = nanoseconds ? 1 : 1000;
    return 0;
}

/* The header that names the interface. */
static int choose_cooked(struct capture *capture, struct error *error)
{
    if (pcap_set_datalink(capture->pcap, DLT_LINUX_SLL2) == 0)
        return 0;
    return error_set(error, STATUS_RUN, "capture on all interfaces: %s",
                     pcap_geterr(capture->pcap));
}

static bool is_like_ethernet(uint16_t hardware)
{
    return hardware == ARPHRD_ETHER || hardware == ARPHRD_LOOPBACK;
}

/* The hardware type that the socket is bound to, of <net/if_arp.h>. */
static int hardware_of(int fd)
{
    struct sockaddr_ll address = {0};
    socklen_t len = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &len) == 0 ? address.sll_hatype : -1;
}

static int learn_link(struct capture *capture, struct error *error)
{
    int dlt = pcap_datalink(capture->pcap);
    capture->link = link_from_dlt(dlt);
    capture->linktype = linktype_from_dlt(dlt);
    capture->hardware = hardware_of(pcap_fileno(capture->pcap));
    if (capture->link != LINK_UNKNOWN)
        return 0;
    const char *name = pcap_datalink_val_to_description_or_dlt(dlt);
    return error_set(error, STATUS_RUN, "interface %s: link type %s is not supported",
                     capture->interface, name);
}

/* Once for the life of the capture: libpcap loses frames when it replaces a filter. */
static int set_filter(struct capture *capture, const char *text, struct error *error)
{
    struct bpf_program program;
    int code = pcap_compile(capture->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN);
    if (code == 0) {
        code = pcap_setfilter(capture->pcap, &program);
        pcap_freecode(&program);
    }
    if (code == 0)
        return 0;
    return error_set(error, STATUS_RUN, "capture filter on %s: %s", capture->interface,
                     pcap_geterr(capture->pcap));
}

static uint64_t dropped(struct capture *capture)
{
    struct pcap_stat counts;
    return pcap_stats(capture->pcap, &counts) == 0 ? counts.ps_drop : 0;
}

static void ignore(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    (void)user;
    (void)header;
    (void)bytes;
}

/* On a busy host the ring is full before the filter is in place, of frames that the filter refuses.
 */
static void begin_anew(struct capture *capture)
{
    pcap_dispatch(capture->pcap, -1, ignore, NULL);
    capture->dropped_before = dropped(capture);
}

static int make_pollable(struct capture *capture, struct error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "no descriptor to poll";
    if (pcap_setnonblock(capture->pcap, 1, reason) == 0) {
        capture->fd = pcap_get_selectable_fd(capture->pcap);
        if (capture->fd >= 0)
            return 0;
    }
    return error_set(error, STATUS_RUN, "capture on %s: %s", capture->interface, reason);
}

/* Not activated yet. */
static struct capture *make_capture(const char *interface, struct error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct capture *capture = calloc(1, sizeof *capture);
    if (capture != NULL)
        capture->interface = strdup(interface);
    if (capture != NULL && capture->interface != NULL)
        capture->pcap = pcap_create(interface, reason);
    if (capture != NULL && capture->pcap != NULL)
        return capture;
    if (reason[0] == '\0' || errno == ENOMEM)
        error_set_memory(error, "capture on %s: out of memory", interface);
    else
        error_set(error, STATUS_RUN, "capture on %s: %s", interface, reason);
    capture_close(capture);
    return NULL;
}

struct capture *capture_open(const char *interface, uint32_t frames, uint16_t port_first,
                             uint16_t port_last, struct error *error)
{
    char text[LANEFILTER_LINK_MAX];
    struct capture *capture = make_capture(interface, error);
    if (capture == NULL)
        return NULL;
    if (activate(capture, frames, error) == 0 && learn_link(capture, error) == 0) {
        lanefilter_link_text(capture->link, port_first, port_last, text);
        if (set_filter(capture, text, error) == 0 && make_pollable(capture, error) == 0) {
            begin_anew(capture);
            return capture;
        }
    }
    capture_close(capture);
    return NULL;
}

struct capture *capture_open_any(const struct lanefilter *wanted, struct error *error)
{
    struct capture *capture = make_capture(ANY, error);
    if (capture == NULL)
        return NULL;
    /* libpcap knows of no filter: it would hold frames against the first one after it is gone. */
    if (activate(capture, CAPTURE_FRAMES_LEAST, error) == 0 && choose_cooked(capture, error) == 0 &&
        learn_link(capture, error) == 0 && make_pollable(capture, error) == 0 &&
        capture_follow(capture, wanted, error) == 0) {
        begin_anew(capture);
        return capture;
    }
    capture_close(capture);
    return NULL;
}

int capture_follow(struct capture *any, const struct lanefilter *wanted, struct error *error)
{
    return lanefilter_attach(wanted, any->fd, error);
}

/* The header of LINKTYPE_LINUX_SLL2: protocol, reserved, ifindex, ARPHRD_ type, packet type. */
bool capture_place(const struct frame *frame, struct place *place)
{
    struct cursor header = cursor_over(frame->bytes, frame->captured_len);
    uint8_t packet_type;
    if (frame->link != LINK_SLL2 || !cursor_skip(&header, 4) ||
        !cursor_be32(&header, &place->ifindex) || !cursor_skip(&header, 2) ||
        !cursor_u8(&header, &packet_type))
        return false;
    place->outgoing = packet_type == PACKET_OUTGOING;
    return true;
}

static int bind_to(int fd, unsigned ifindex)
{
    const struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)ifindex};
    int code;
    socklen_t len = sizeof code;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len); /* that of the interface before */
    return 0;
}

/* The interface of before may be gone, with its hardware type: then the first one is compared. */
int capture_move(struct capture *capture, const char *interface, unsigned ifindex,
                 struct error *error)
{
    int fd = capture->fd;
    if (bind_to(fd, ifindex) != 0)
        return error_set_code(error, errno, "capture on %s", interface);
    int now = hardware_of(fd);
    if (now == capture->hardware ||
        (is_like_ethernet((uint16_t)now) && is_like_ethernet((uint16_t)capture->hardware)))
        return 0;
    return error_set(error, STATUS_RUN,
                     "interface %s has another link type than those that this run captures on: "
                     "start it again",
                     interface);
}

void capture_close(struct capture *capture)
{
    if (!capture)
        return;
    if (capture->pcap)
        pcap_close(capture->pcap);
    free(capture->interface);
    free(capture);
}

int capture_fd(const struct capture *capture)
{
    return capture->fd;
}

const char *capture_interface(const struct capture *capture)
{
    return capture->interface;
}

bool capture_has_nanoseconds(const struct capture *capture)
{
    return capture->ns_per_fraction == 1;
}

uint16_t capture_linktype(const struct capture *capture)
{
    return capture->linktype;
}

static void deliver(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct capture *capture = (struct capture *)user;
    struct frame frame = {
        .time_ns = (int64_t)header->ts.tv_sec * 1000000000 +
                   (int64_t)header->ts.tv_usec * capture->ns_per_fraction,
        .bytes = bytes,
        .captured_len = header->caplen,
        .wire_len = header->len,
        .link = capture->link,
    };
    capture->handler(capture->user, capture, &frame);
}

int capture_read(struct capture *capture, int limit, capture_handler *handler, void *user,
                 struct error *error)
{
    if (limit <= 0) /* which libpcap would take for "no limit" */
        return 0;
    capture->handler = handler;
    capture->user = user;
    int count = pcap_dispatch(capture->pcap, limit, deliver, (u_char *)capture);
    if (count >= 0)
        return count;
    return error_set(error, STATUS_RUN, "capture on %s: %s", capture->interface,
                     pcap_geterr(capture->pcap));
}

uint64_t capture_dropped(struct capture *capture)
{
    uint64_t now = dropped(capture);
    return now > capture->dropped_before ? now - capture->dropped_before : 0;
}
