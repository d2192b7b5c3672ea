/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: from the first byte of a frame to the first byte of its IP header. */
#ifndef TCPSHAKE_WIRE_LINK_H
#define TCPSHAKE_WIRE_LINK_H

#include "wire/bytes.h"
#include "wire/segment.h"

enum {
    MAC_ADDRESSES = 12, /* octets of both */
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
};

/* What tells where a frame was seen: the same frame forwarded by a router or a bridge, or captured
 * on two interfaces, has another link header. Only for comparison. */
static inline uint8_t link_digest(struct cursor header, uint16_t interface)
{
    uint32_t sum = interface, word;
    uint16_t half;
    while (cursor_be32(&header, &word))
        sum = (sum ^ word) * UINT32_C(0x9e3779b1); /* 2^32 divided by the golden ratio */
    if (cursor_be16(&header, &half))
        sum = (sum ^ half) * UINT32_C(0x9e3779b1);
    return (uint8_t)(sum >> 24 != VIA_UNKNOWN ? sum >> 24 : 1);
}

/* link_skip without its short way. */
enum segment_kind link_walk(enum link link, struct cursor *at);

/* What nearly every frame is. */
static inline bool link_skip_plain_ethernet(enum link link, struct cursor *at)
{
    struct cursor plain = *at;
    uint16_t type;
    if (link != LINK_ETHERNET || !cursor_skip(&plain, MAC_ADDRESSES) ||
        !cursor_be16(&plain, &type) || (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6))
        return false;
    *at = plain;
    return true;
}

/* Moves the cursor behind the link header and all that may stand between it and IP: VLAN and other
 * tags, LLC and SNAP, PPPoE and PPP, MPLS labels. Returns SEGMENT_TCP if an IP header is to follow
 * (of which version, its own first octet says), else the reason why none does. */
static inline enum segment_kind link_skip(enum link link, struct cursor *at)
{
    if (link_skip_plain_ethernet(link, at))
        return SEGMENT_TCP;
    struct cursor rest = *at; /* so that at needs no address where this is inline */
    enum segment_kind kind = link_walk(link, &rest);
    *at = rest;
    return kind;
}

/* The same for what follows a tunnel header that named this ethertype. */
enum segment_kind link_skip_after(uint16_t ethertype, struct cursor *at);

#endif
