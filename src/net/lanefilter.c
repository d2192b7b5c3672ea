/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/lanefilter.h"

#include <errno.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* A quote begins behind the 8 bytes of the ICMP header: its protocol is its tenth byte (in IPv6
 * the seventh), its source port comes first behind its header, which in IPv4 has a length
 * field. */
#define V4_QUOTED_PORT "icmp[8+4*(icmp[8]&15):2]"
#define V6_QUOTED_PORT "ip6[88:2]"

/* IPv6 extension headers (RFC 8200, 4): hop-by-hop and destination options, routing, fragment.
 * Their first octet names what follows, the second counts their length in units of 8 octets beyond
 * the first 8. BPF has no loops, so that behind two of them no port is looked at. */
#define IS_EXTENSION(at) "(" at "=0 or " at "=43 or " at "=44 or " at "=60)"
#define SECOND           "48+8*ip6[41]"
#define THIRD            "8+" SECOND "+8*ip6[1+" SECOND "]"
#define PORTS_AT(at)                                                                               \
    "((ip6[" at ":2]>=%1$u and ip6[" at ":2]<=%2$u) or"                                            \
    " (ip6[2+" at ":2]>=%1$u and ip6[2+" at ":2]<=%2$u))"

void lanefilter_text(uint16_t port_first, uint16_t port_last, char out[LANEFILTER_MAX])
{
    snprintf(out, LANEFILTER_MAX,
             "(tcp portrange %1$u-%2$u)"
             " or (icmp and (icmp[0]=3 or icmp[0]=4 or icmp[0]=11 or icmp[0]=12) and icmp[17]=6"
             " and " V4_QUOTED_PORT ">=%1$u and " V4_QUOTED_PORT "<=%2$u)"
             " or (icmp6 and ip6[40]>=1 and ip6[40]<=4 and ip6[54]=6"
             " and " V6_QUOTED_PORT ">=%1$u and " V6_QUOTED_PORT "<=%2$u)"
             " or (ip6 and " IS_EXTENSION(
                 "ip6[6]") " and ("
                           "(ip6[40]=6 and " PORTS_AT(
                               SECOND) ")"
                                       " or (" IS_EXTENSION(
                                           "ip6[40]") " and ("
                                                      "(ip6[" SECOND "]=6 and " PORTS_AT(
                                                          THIRD) ")"
                                                                 " or " IS_EXTENSION("ip6[" SECOND
                                                                                     "]") "))))",
             port_first, port_last);
}

/* The kernel removes one tag before a filter sees the frame, but keeps further ones, for example
 * the second of two priority tags, which its own TCP accepts. Each "vlan" moves what follows it
 * behind one more tag: pcap-filter(7). */
void lanefilter_link_text(enum link link, uint16_t port_first, uint16_t port_last,
                          char out[LANEFILTER_LINK_MAX])
{
    char lane[LANEFILTER_MAX];
    lanefilter_text(port_first, port_last, lane);
    if (link == LINK_ETHERNET)
        snprintf(out, LANEFILTER_LINK_MAX, "%s or (vlan and (%s or (vlan and (%s))))", lane, lane,
                 lane);
    else
        snprintf(out, LANEFILTER_LINK_MAX, "%s", lane);
}

#define SYN_OR_RST                                                                                 \
    "((tcp[tcpflags]&(tcp-syn|tcp-rst)!=0) or (ip6[6]=6 and ip6[53]&(tcp-syn|tcp-rst)!=0))"

/* First what is cheap to tell and sorts out most frames. */
static void put_unwatched(FILE *out, const struct lanefilter *wanted)
{
    for (size_t i = 0; i < wanted->watched_count; i++)
        fprintf(out, "not ifindex %u and ", wanted->watched[i]);
}

char *lanefilter_any_text(const struct lanefilter *wanted, struct error *error)
{
    char lane[LANEFILTER_MAX], *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out != NULL) {
        lanefilter_text(wanted->port_first, wanted->port_last, lane);
        fprintf(out, "(");
        put_unwatched(out, wanted);
        fprintf(out, "(%s)) or (" SYN_OR_RST " and not tcp portrange %u-%u)", lane,
                wanted->port_first, wanted->port_last);
        for (size_t i = 0; i < wanted->pair_count; i++)
            fprintf(out, " or (tcp port %u and tcp port %u)", wanted->pairs[i][0],
                    wanted->pairs[i][1]);
        bool failed = ferror(out) != 0;
        if (fclose(out) == 0 && !failed && text != NULL)
            return text;
    }
    free(text);
    error_set_memory(error, "capture filter: out of memory");
    return NULL;
}

/* A cooked packet socket hands its filter the packet from the network header on; what the header of
 * LINKTYPE_LINUX_SLL2 says has places of its own there, below zero. */
#define SLL2_HEADER 20

/* Returns false for a field that it does not have. */
static bool fix_load(struct bpf_insn *load)
{
    static const struct {
        uint32_t at, ancillary;
    } fields[] = {{0, SKF_AD_PROTOCOL}, {4, SKF_AD_IFINDEX}, {10, SKF_AD_PKTTYPE}};
    if (load->k >= SLL2_HEADER) {
        load->k -= SLL2_HEADER;
        return true;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (load->k == fields[i].at) {
            load->k = (uint32_t)SKF_AD_OFF + fields[i].ancillary;
            return true;
        }
    return false;
}

static bool is_load_of_packet(const struct bpf_insn *insn)
{
    unsigned class = BPF_CLASS(insn->code), mode = BPF_MODE(insn->code);
    return (class == BPF_LD && (mode == BPF_ABS || mode == BPF_IND)) ||
           (class == BPF_LDX && mode == BPF_MSH);
}

static int attach(struct bpf_program *program, int fd)
{
    _Static_assert(sizeof(struct sock_filter) == sizeof(struct bpf_insn), "one instruction set");
    for (u_int i = 0; i < program->bf_len; i++)
        if (is_load_of_packet(&program->bf_insns[i]) && !fix_load(&program->bf_insns[i])) {
            errno = EINVAL;
            return -1;
        }
    struct sock_fprog fixed = {.len = (unsigned short)program->bf_len,
                               .filter = (struct sock_filter *)(void *)program->bf_insns};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fixed, sizeof fixed);
}

static int attach_text(pcap_t *pcap, const char *text, int fd, struct error *error)
{
    struct bpf_program program;
    if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return error_set(error, STATUS_RUN, "capture filter: %s", pcap_geterr(pcap));
    int code = attach(&program, fd);
    if (code != 0)
        error_set_code(error, errno, "capture filter");
    pcap_freecode(&program);
    return code;
}

int lanefilter_attach(const struct lanefilter *wanted, int fd, struct error *error)
{
    int code = -1;
    char *text = lanefilter_any_text(wanted, error);
    pcap_t *pcap = pcap_open_dead(DLT_LINUX_SLL2, UINT16_MAX);
    if (pcap == NULL)
        error_set_memory(error, "capture filter: out of memory");
    else if (text != NULL)
        code = attach_text(pcap, text, fd, error);
    if (pcap != NULL)
        pcap_close(pcap);
    free(text);
    return code;
}
