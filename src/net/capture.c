/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/linktype.h"
#include "net/privileges.h"

#define BUFFER_BYTES                                                                               \
    (2 << 20) /* holds some thousand small frames; a larger ring is slow to set up */

struct capture {
    pcap_t *pcap;
    char *interface;
    int fd;
    enum link link;
    uint16_t linktype;
    int64_t ns_per_fraction; /* of the second part of a stamp: 1, or 1000 where there are only
                                microseconds */
    /* of the capture_read that is under way */
    capture_handler *handler;
    void *user;
};

#define FILTER_PART_MAX 1024

/* A filter in the kernel has no loops, so it cannot follow a chain of extension headers. */
#define IS_EXTENSION(octet)                                                                        \
    "(" octet "=0 or " octet "=43 or " octet "=44 or " octet "=51 or " octet "=60 or " octet       \
    "=135 or " octet "=139 or " octet "=140)"
#define EXTENDED        IS_EXTENSION("ip6[6]")
#define QUOTED_EXTENDED IS_EXTENSION("ip6[54]")

/* The expression for frames without VLAN tags. */
static void write_untagged(uint16_t port_first, uint16_t port_last, char out[FILTER_PART_MAX])
{
    /* A quote begins behind the 8 bytes of the ICMP header: its protocol is its tenth byte (in IPv6
     * the seventh), its source port comes first behind its header, which in IPv4 has a length
     * field. */
#define V4_QUOTED_PORT "icmp[8+4*(icmp[8]&15):2]"
#define V6_QUOTED_PORT "ip6[88:2]"
    snprintf(out, FILTER_PART_MAX,
             "(tcp portrange %u-%u)"
             " or (ip6 and " EXTENDED ")"
             " or (icmp and (icmp[0]=3 or icmp[0]=4 or icmp[0]=11 or icmp[0]=12) and icmp[17]=6"
             " and " V4_QUOTED_PORT ">=%u and " V4_QUOTED_PORT "<=%u)"
             " or (icmp6 and ip6[40]>=1 and ip6[40]<=4 and (" QUOTED_EXTENDED
             " or (ip6[54]=6 and " V6_QUOTED_PORT ">=%u and " V6_QUOTED_PORT "<=%u)))",
             port_first, port_last, port_first, port_last, port_first, port_last);
#undef V4_QUOTED_PORT
#undef V6_QUOTED_PORT
}

/* The kernel takes one tag off before a filter sees the frame, but leaves the others, and those of
 * frames that go out. Each "vlan" moves what follows it behind one more tag: pcap-filter(7). */
void capture_filter_text(enum link link, uint16_t port_first, uint16_t port_last,
                         char out[CAPTURE_FILTER_MAX])
{
    char part[FILTER_PART_MAX];
    write_untagged(port_first, port_last, part);
    switch (link) {
    case LINK_ETHERNET:
        snprintf(out, CAPTURE_FILTER_MAX, "%s or (vlan and (%s or (vlan and (%s))))", part, part,
                 part);
        break;
    case LINK_SLL:
    case LINK_SLL2: /* where libpcap has no "vlan" */
        snprintf(out, CAPTURE_FILTER_MAX, "%s or ether proto 0x8100 or ether proto 0x88a8", part);
        break;
    default:
        snprintf(out, CAPTURE_FILTER_MAX, "%s", part);
    }
}

/* Why libpcap does not activate a capture, with the remedy. */
static int activation_error(const char *interface, pcap_t *pcap, int code, struct error *error)
{
    switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return error_set(error, STATUS_RUN, "interface %s: no such interface", interface);
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

static int activate(struct capture *capture, struct error *error)
{
    pcap_t *pcap = capture->pcap;
    pcap_set_snaplen(pcap, CAPTURE_SNAPLEN);
    pcap_set_promisc(pcap, 0);
    pcap_set_immediate_mode(pcap, 1);
    pcap_set_buffer_size(pcap, BUFFER_BYTES);
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    int code = pcap_activate(pcap);
    if (code < 0)
        return activation_error(capture->interface, pcap, code, error);
    bool nanoseconds = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO;
    capture->ns_per_fraction = nanoseconds ? 1 : 1000;
    return 0;
}

static int learn_link(struct capture *capture, struct error *error)
{
    int dlt = pcap_datalink(capture->pcap);
    capture->link = link_from_dlt(dlt);
    capture->linktype = linktype_from_dlt(dlt);
    if (capture->link != LINK_UNKNOWN)
        return 0;
    const char *name = pcap_datalink_val_to_description_or_dlt(dlt);
    return error_set(error, STATUS_RUN, "interface %s: link type %s is not supported",
                     capture->interface, name);
}

/* Once for the life of the capture: replacing a filter loses frames. */
static int set_filter(struct capture *capture, uint16_t port_first, uint16_t port_last,
                      struct error *error)
{
    char text[CAPTURE_FILTER_MAX];
    capture_filter_text(capture->link, port_first, port_last, text);
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

struct capture *capture_open(const char *interface, uint16_t port_first, uint16_t port_last,
                             struct error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct capture *capture = calloc(1, sizeof *capture);
    if (capture)
        capture->interface = strdup(interface);
    if (!capture || !capture->interface) {
        error_set(error, STATUS_RUN, "capture on %s: %s", interface, strerror(ENOMEM));
        goto failed;
    }
    capture->pcap = pcap_create(interface, reason);
    if (!capture->pcap) {
        error_set(error, STATUS_RUN, "capture on %s: %s", interface, reason);
        goto failed;
    }
    if (activate(capture, error) == 0 && learn_link(capture, error) == 0 &&
        set_filter(capture, port_first, port_last, error) == 0 &&
        make_pollable(capture, error) == 0)
        return capture;
failed:
    capture_close(capture);
    return NULL;
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
    struct pcap_stat counts;
    if (pcap_stats(capture->pcap, &counts) != 0)
        return 0;
    return counts.ps_drop;
}
