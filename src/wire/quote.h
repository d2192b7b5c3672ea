/* SPDX-License-Identifier: BSD-2-Clause */
/* What an ICMP error quotes of the segment that it is about, as it was where the error arose, and
 * the MPLS labels that it travelled under there. */
#ifndef TCPSHAKE_WIRE_QUOTE_H
#define TCPSHAKE_WIRE_QUOTE_H

#include "wire/segment.h"

#define QUOTE_LABELS_MAX 8

/* An entry of a label stack: RFC 3032, 2.1. */
struct mpls_label {
    uint32_t label; /* 20 bits */
    uint8_t traffic_class, ttl;
    bool bottom;
};

struct quote {
    int64_t time_ns;
    struct icmp_error icmp;
    struct endpoint src, dst; /* of the quoted segment */
    uint32_t len;             /* octets quoted, from the IP header on, padding included */
    uint32_t seq, ack;        /* valid with icmp.has_seq, has_ack */
    uint32_t mtu;     /* of the next hop, in "too big" (RFC 1191, 4; RFC 4443, 3.2); 0: not told */
    uint16_t ip_id;   /* 0 for IPv6 */
    uint8_t ttl, tos; /* hop limit, traffic class */
    uint16_t flags, window; /* valid with has_flags */
    bool has_ack, has_flags;
    bool has_options; /* the quote reaches the end of the TCP header */
    bool corrupt;     /* the checksum of the ICMP message is wrong */
    struct tcp_options options;
    uint8_t label_count; /* of those that the extension has, at most QUOTE_LABELS_MAX are kept */
    struct mpls_label labels[QUOTE_LABELS_MAX]; /* RFC 4950, the outermost first */
};

/* Decodes a frame that carries an ICMP or ICMPv6 error (RFC 792; RFC 4443), not in a tunnel. The
 * extension structure is found where the length field of RFC 4884 says, or behind 128 octets as
 * routers from before it have it (RFC 4884, 5.5); one with a wrong checksum is no extension.
 * Returns false, with *out undefined, for any other frame, and where fewer than the ports of a TCP
 * segment are quoted. */
bool quote_decode(const struct frame *frame, struct quote *out);

#endif
