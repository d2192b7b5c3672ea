/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and IPv6 headers: RFC 791, RFC 8200. */
#ifndef TCPSHAKE_WIRE_IP_H
#define TCPSHAKE_WIRE_IP_H

#include "wire/addr.h"
#include "wire/bytes.h"
#include "wire/segment.h"

enum ip_protocol {
    PROTOCOL_ICMP = 1,
    PROTOCOL_IPV4 = 4, /* RFC 2003 */
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41, /* RFC 4213 */
    PROTOCOL_GRE = 47,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_ETHERIP = 97,   /* RFC 3378 */
    PROTOCOL_MPLS = 137,     /* RFC 4023 */
    PROTOCOL_ETHERNET = 143, /* RFC 8986 */
};

/* What an IP header and its extensions said. */
struct datagram {
    enum family family;
    struct cursor src,
        dst;            /* the addresses, in the packet; dst: where a source route of IPv4 ends */
    struct cursor body; /* what was captured of the octets behind the headers, padding cut off */
    uint32_t body_len;  /* how many they are by the IP header; never below body.left */
    uint16_t id;        /* 0 for IPv6 */
    uint8_t ttl, tos;
    uint8_t protocol;     /* of body */
    bool header_corrupt;  /* the checksum of the IPv4 header is wrong, and was not left out */
    uint32_t cut;         /* octets that the header promises and the wire did not carry */
    bool sum_covers_more; /* the transport checksum covers bytes that are not here: the later
                           * fragments, or another destination than dst */
};

/* An address of a datagram of that family as a value. */
void ip_address(enum family family, struct cursor octets, struct address *out);

/* Decodes a packet of wire_len bytes, of which those under the cursor were captured (no more than
 * wire_len). Returns SEGMENT_TCP if body is what its protocol says, whichever that is, else the
 * reason why it is not. */
enum segment_kind ip_decode(struct cursor packet, uint32_t wire_len, struct datagram *out);

/* Whether those bytes begin with an IP header that fits: the version, the lengths, all of it
 * captured. For packets that only a port number promises. */
bool ip_is_plausible(struct cursor packet, uint32_t wire_len);

/* As ip_decode for a packet quoted by an ICMP error: cut anywhere, with a length that proves
 * nothing, since routers and kernels have changed it on the way (body_len means nothing then). */
enum segment_kind ip_decode_quote(struct cursor quote, struct datagram *out);

#endif
