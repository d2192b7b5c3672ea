/* SPDX-License-Identifier: BSD-2-Clause */
/* From the bytes of a captured frame to one TCP segment, or to the segment that an ICMP error
 * quotes. */
#ifndef TCPSHAKE_WIRE_SEGMENT_H
#define TCPSHAKE_WIRE_SEGMENT_H

#include "wire/addr.h"
#include "wire/checksum.h"
#include "wire/tcpopt.h"

/* How a frame begins. */
enum link {
    LINK_UNKNOWN,
    LINK_ETHERNET,             /* IEEE 802.3, with any stack of VLAN tags */
    LINK_MPACKET,              /* the same with its preamble: IEEE 802.3br */
    LINK_NETANALYZER,          /* Ethernet behind four octets of the device's own */
    LINK_NETANALYZER_PREAMBLE, /* and behind the preamble */
    LINK_EPON,                 /* Ethernet behind the preamble: IEEE 802.3ah */
    LINK_ERF,                  /* Endace: what a record carries, its header says */
    LINK_DSA,                  /* Ethernet with the tag of a switch chip: Marvell, Broadcom */
    LINK_EDSA,                 /* the same behind an ethertype of its own */
    LINK_BROADCOM,             /* the same as LINK_DSA */
    LINK_BROADCOM_PREPENDED,   /* the tag stands before Ethernet */
    LINK_IPNET,                /* Solaris, between zones */
    LINK_NULL,                 /* BSD loopback: address family in the byte order of the writer */
    LINK_LOOP,                 /* OpenBSD loopback: the same, big-endian */
    LINK_ENC,                  /* OpenBSD IPsec */
    LINK_RAW,                  /* begins with the IPv4 or IPv6 header */
    LINK_SLIP,                 /* RFC 1055, behind sixteen octets of libpcap's own */
    LINK_PPP,                  /* RFC 1662, address and control left out or not; or Cisco HDLC */
    LINK_PPP_SERIAL,           /* the same */
    LINK_PPP_ETHER,            /* PPPoE session without Ethernet */
    LINK_PPP_PPPD,             /* PPP with the direction in place of the address */
    LINK_PPP_WITH_DIR,         /* the same behind an octet of direction */
    LINK_CISCO_HDLC,
    LINK_CISCO_HDLC_WITH_DIR,
    LINK_FRAME_RELAY, /* RFC 2427 */
    LINK_FRAME_RELAY_WITH_DIR,
    LINK_MPLS,
    LINK_TOKEN_RING, /* IEEE 802.5 */
    LINK_FDDI,
    LINK_ATM, /* RFC 2684, LLC */
    LINK_SUNATM,
    LINK_FIBRE_CHANNEL, /* RFC 2625 */
    LINK_FIREWIRE,      /* RFC 2734, as Apple shows it */
    LINK_INFINIBAND,    /* RFC 4391 */
    LINK_IEEE80211,
    LINK_RADIOTAP, /* IEEE 802.11 behind what the receiver measured, in four forms */
    LINK_PRISM,
    LINK_AVS,
    LINK_PPI,
    LINK_PFLOG, /* OpenBSD firewall log */
    LINK_NFLOG, /* Linux firewall log */
    LINK_SLL,   /* Linux cooked v1 */
    LINK_SLL2,  /* Linux cooked v2 */
    LINK_JUNIPER_ETHERNET,
    LINK_COUNT,
};

/* One captured frame; bytes belong to the source and last until it is asked for the next one. */
struct frame {
    int64_t time_ns; /* since the epoch */
    const uint8_t *bytes;
    uint32_t captured_len, wire_len;
    enum link link;
    uint16_t interface; /* of a capture with several, which one: copies may pass more than one */
};

enum tcp_flag {
    TCP_FIN = 0x001,
    TCP_SYN = 0x002,
    TCP_RST = 0x004,
    TCP_PSH = 0x008,
    TCP_ACK = 0x010,
    TCP_URG = 0x020,
    TCP_ECE = 0x040,
    TCP_CWR = 0x080,
    TCP_AE = 0x100,
};

/* What a frame turned out to be; everything from SEGMENT_NOT_IP on is a reason why it is no
 * segment. */
enum segment_kind {
    SEGMENT_TCP,
    SEGMENT_ICMP_ERROR, /* an ICMP or ICMPv6 error that quotes a TCP segment */
    SEGMENT_NOT_IP,
    SEGMENT_NOT_TCP,
    SEGMENT_UNKNOWN_LINK,
    SEGMENT_TRUNCATED_LINK,
    SEGMENT_TRUNCATED_TUNNEL,
    SEGMENT_TRUNCATED_IP,
    SEGMENT_TRUNCATED_TCP,
    SEGMENT_TRUNCATED_ICMP,
    SEGMENT_BAD_IP_VERSION,
    SEGMENT_BAD_IP_HEADER,    /* header length below 20 or behind the datagram's end */
    SEGMENT_BAD_TCP_OFFSET,   /* data offset below 5, or no room for as much */
    SEGMENT_FRAGMENT,         /* not the first fragment of its datagram */
    SEGMENT_TOO_MANY_HEADERS, /* more tags, extension headers or tunnels than any sender uses */
    SEGMENT_ENCRYPTED,        /* by the link: MACsec, IEEE 802.11 */
    SEGMENT_KIND_COUNT,
};

/* An ICMP or ICMPv6 error; the quoted segment's tuple and seq stand in the struct segment itself.
 */
struct icmp_error {
    struct address from; /* its sender */
    uint8_t family;      /* enum family: which registry type and code belong to */
    uint8_t type, code;
    bool has_seq; /* the quote was long enough to carry the sequence number */
};

#define VIA_UNKNOWN 0

struct segment {
    int64_t time_ns; /* since the epoch, copied from the frame */
    struct endpoint src, dst;
    uint32_t seq, ack;
    uint16_t flags;         /* enum tcp_flag */
    uint16_t window;        /* as on the wire, unscaled */
    uint32_t payload_len;   /* by the IP length, whether captured or not */
    const uint8_t *payload; /* borrowed from the frame; payload_captured bytes of it */
    uint32_t payload_captured;
    uint16_t ip_id; /* 0 for IPv6 */
    uint8_t ttl;    /* or hop limit */
    uint8_t tos;    /* or traffic class */
    uint8_t via;    /* digest of interface and link header: where the frame was seen */
    enum checksum_state checksum;
    bool options_truncated; /* the capture ends inside the options */
    uint32_t cut; /* octets that its headers announce and the wire did not carry: the receiver of
                     such a segment drops it */
    struct tcp_options options;
    struct icmp_error icmp; /* valid for SEGMENT_ICMP_ERROR */
};

/* The reason as a short phrase for people, for example "not the first fragment". */
const char *segment_kind_text(enum segment_kind kind);

/* How much sequence space the segment takes: payload, SYN and FIN (RFC 9293, 3.4). */
static inline uint32_t segment_seq_len(const struct segment *s)
{
    return s->payload_len + ((s->flags & TCP_SYN) != 0) + ((s->flags & TCP_FIN) != 0);
}

/* A SYN that is no SYN/ACK. */
static inline bool flags_are_of_syn(uint16_t flags)
{
    return (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* A SYN without ACK and RST, whatever else it carries: a FIN beside it makes no sense, but it is an
 * attempt to open. */
static inline bool segment_opens(const struct segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

static inline bool segment_is_syn_ack(const struct segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

/* How much of the payload the wire carried, captured or not. */
static inline uint32_t segment_carried_len(const struct segment *s)
{
    return s->payload_len > s->cut ? s->payload_len - s->cut : 0;
}

#endif
