/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is known here that link.c, ip.c and decode.c do not know, and what does not fit is left
 * to them. But the headers lie one behind the other at places that are known, so that one look at
 * the length is enough, and what is read need not go through memory. */
#include "wire/plain.h"

#include "wire/ip.h"
#include "wire/link.h"
#include "wire/tcpheader.h"

#define ETHERNET_HEADER  14
#define IPV4_HEADER      20
#define IPV4_ADDRESS     4
#define VERSION_IHL      0x45   /* version 4, five words */
#define FRAGMENT_OR_MORE 0x3fff /* all of the fragment field but "do not fragment" */

static inline bool decode_ipv4(struct cursor header, uint32_t wire_len, uint16_t *total_len,
                               struct segment *out)
{
    struct cursor whole = header, src, dst;
    uint8_t version_ihl = 0, protocol = 0;
    uint16_t fragment = 0, sum = 0;
    cursor_u8(&header, &version_ihl);
    cursor_u8(&header, &out->tos);
    cursor_be16(&header, total_len);
    cursor_be16(&header, &out->ip_id);
    cursor_be16(&header, &fragment);
    cursor_u8(&header, &out->ttl);
    cursor_u8(&header, &protocol);
    cursor_be16(&header, &sum);
    cursor_take(&header, IPV4_ADDRESS, &src);
    cursor_take(&header, IPV4_ADDRESS, &dst);
    if (version_ihl != VERSION_IHL || protocol != PROTOCOL_TCP ||
        (fragment & FRAGMENT_OR_MORE) != 0 || *total_len > wire_len ||
        (sum != 0 && !checksum_is_right(whole)))
        return false;
    ip_address(FAMILY_IPV4, src, &out->src.address);
    ip_address(FAMILY_IPV4, dst, &out->dst.address);
    return true;
}

/* body: what was captured of the segment's len octets, its header at least. */
static inline bool decode_tcp(struct cursor body, uint32_t len, struct segment *out)
{
    struct cursor at = body, header, options;
    if (!cursor_take(&at, TCP_HEADER_MIN, &header))
        return false;
    uint32_t header_len = tcpheader_read(header, out);
    if (header_len < TCP_HEADER_MIN || header_len > len ||
        !cursor_take(&at, header_len - TCP_HEADER_MIN, &options))
        return false;
    tcpopt_decode(options, &out->options);
    out->options_truncated = false;
    out->cut = 0;
    out->payload = at.at;
    out->payload_captured = (uint32_t)at.left;
    out->payload_len = len - header_len;
    out->checksum = body.left < len ? CHECKSUM_UNKNOWN
                                    : checksum_tcp(&out->src.address, &out->dst.address, body);
    return true;
}

bool plain_decode(const struct frame *frame, struct segment *out)
{
    struct cursor at = cursor_over(frame->bytes, frame->captured_len), ethernet, ip;
    uint16_t type = 0, total_len = 0;
    if (frame->link != LINK_ETHERNET || frame->wire_len < frame->captured_len ||
        !cursor_take(&at, ETHERNET_HEADER, &ethernet) || !cursor_take(&at, IPV4_HEADER, &ip))
        return false;
    out->via = link_digest(ethernet, frame->interface);
    cursor_skip(&ethernet, MAC_ADDRESSES);
    cursor_be16(&ethernet, &type);
    if (type != ETHERTYPE_IPV4 ||
        !decode_ipv4(ip, frame->wire_len - ETHERNET_HEADER, &total_len, out) ||
        total_len < IPV4_HEADER)
        return false;
    uint32_t len = total_len - (uint32_t)IPV4_HEADER;
    cursor_limit(&at, len);
    out->time_ns = frame->time_ns;
    return decode_tcp(at, len, out);
}
