/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/decode.h"

#include "wire/ip.h"
#include "wire/link.h"
#include "wire/plain.h"
#include "wire/tcpheader.h"
#include "wire/tunnel.h"

#define NESTING_MAX 8 /* IP headers, each inside the one before */

/* Reads the options, and steps over them to the payload. */
static void decode_options(struct cursor *at, size_t len, struct segment *out)
{
    struct cursor options = *at;
    cursor_limit(&options, len);
    cursor_skip(at, options.left);
    out->options_truncated = options.left < len;
    tcpopt_decode(options, &out->options);
    if (out->options_truncated)
        out->options.malformed = false; /* the capture cut them, not the sender */
}

static enum checksum_state judge_checksum(const struct datagram *ip, const struct segment *s)
{
    if (ip->header_corrupt)
        return CHECKSUM_BAD;
    if (ip->sum_covers_more || ip->body.left < ip->body_len)
        return CHECKSUM_UNKNOWN;
    return checksum_tcp(&s->src.address, &s->dst.address, ip->body);
}

static enum segment_kind decode_tcp(const struct datagram *ip, struct segment *out)
{
    struct cursor at = ip->body, fixed;
    if (ip->body_len < TCP_HEADER_MIN)
        return SEGMENT_BAD_TCP_OFFSET;
    if (!cursor_take(&at, TCP_HEADER_MIN, &fixed))
        return SEGMENT_TRUNCATED_TCP;
    uint32_t header_len = tcpheader_read(fixed, out);
    uint32_t beyond = header_len > ip->body_len ? header_len - ip->body_len : 0;
    if (header_len < TCP_HEADER_MIN)
        return SEGMENT_BAD_TCP_OFFSET;
    decode_options(&at, beyond > 0 ? 0 : header_len - TCP_HEADER_MIN, out);
    out->payload = at.at;
    out->payload_captured = beyond > 0 ? 0 : (uint32_t)at.left;
    out->payload_len = beyond > 0 ? 0 : ip->body_len - header_len;
    ip_address(ip->family, ip->src, &out->src.address);
    ip_address(ip->family, ip->dst, &out->dst.address);
    out->ip_id = ip->id;
    out->ttl = ip->ttl;
    out->tos = ip->tos;
    out->cut = ip->cut + beyond;
    out->checksum = judge_checksum(ip, out);
    return SEGMENT_TCP;
}

/* The error messages, a bit for each type. A redirect (ICMP 5) says that the segment was delivered.
 */
static bool is_icmp_error(uint8_t protocol, uint8_t type)
{
    uint32_t errors = protocol == PROTOCOL_ICMP
                          ? 1u << 3 | 1u << 4 | 1u << 11 | 1u << 12 /* RFC 792 */
                          : 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4;  /* RFC 4443 */
    return type < 32 && (errors >> type & 1) != 0;
}

/* RFC 792 promises eight octets of the quoted segment; with fewer the ports alone have to do. */
static enum segment_kind decode_quoted_tcp(const struct datagram *quoted, struct segment *out)
{
    struct cursor at = quoted->body;
    if (!cursor_be16(&at, &out->src.port) || !cursor_be16(&at, &out->dst.port))
        return SEGMENT_TRUNCATED_ICMP;
    out->icmp.has_seq = cursor_be32(&at, &out->seq);
    ip_address(quoted->family, quoted->src, &out->src.address);
    ip_address(quoted->family, quoted->dst, &out->dst.address);
    return SEGMENT_ICMP_ERROR;
}

static enum segment_kind decode_quote(struct cursor quote, struct segment *out)
{
    struct datagram quoted;
    enum segment_kind kind = ip_decode_quote(quote, &quoted);
    if (kind == SEGMENT_TRUNCATED_IP)
        return SEGMENT_TRUNCATED_ICMP;
    if (kind != SEGMENT_TCP)
        return kind;
    if (quoted.family != out->icmp.family)
        return SEGMENT_BAD_IP_VERSION;
    return quoted.protocol == PROTOCOL_TCP ? decode_quoted_tcp(&quoted, out) : SEGMENT_NOT_TCP;
}

/* RFC 792; RFC 4443, 2.3. */
static enum checksum_state judge_icmp(const struct datagram *ip)
{
    struct address src, dst;
    if (ip->header_corrupt)
        return CHECKSUM_BAD;
    if (ip->sum_covers_more || ip->body.left < ip->body_len)
        return CHECKSUM_UNKNOWN;
    if (ip->family == FAMILY_IPV4)
        return checksum_is_right(ip->body) ? CHECKSUM_GOOD : CHECKSUM_BAD;
    ip_address(ip->family, ip->src, &src);
    ip_address(ip->family, ip->dst, &dst);
    uint32_t pseudo = checksum_pseudo(&src, &dst, PROTOCOL_ICMPV6, ip->body_len);
    return checksum_finish(checksum_add(pseudo, ip->body)) == 0 ? CHECKSUM_GOOD : CHECKSUM_BAD;
}

static enum segment_kind decode_icmp(const struct datagram *ip, struct segment *out)
{
    struct cursor at = ip->body;
    uint8_t type, code;
    if (!cursor_u8(&at, &type))
        return SEGMENT_TRUNCATED_ICMP;
    if (!is_icmp_error(ip->protocol, type))
        return SEGMENT_NOT_TCP;
    if (!cursor_u8(&at, &code) || !cursor_skip(&at, 6))
        return SEGMENT_TRUNCATED_ICMP;
    *out = (struct segment){
        .time_ns = out->time_ns,
        .checksum = judge_icmp(ip),
        .cut = ip->cut,
        .icmp = {.family = (uint8_t)ip->family, .type = type, .code = code},
    };
    ip_address(ip->family, ip->src, &out->icmp.from);
    return decode_quote(at, out);
}

static enum segment_kind decode_no_tunnel(const struct datagram *ip, struct segment *out)
{
    uint8_t icmp = ip->family == FAMILY_IPV4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
    return ip->protocol == icmp ? decode_icmp(ip, out) : SEGMENT_NOT_TCP;
}

/* What is not TCP can be a tunnel: the innermost packet counts. Where a packet around it is a first
 * fragment, what it lacks comes with the others. Seldom called, and not to make the way of the
 * others longer. */
__attribute__((noinline)) static enum segment_kind decode_tunnels(struct datagram outer,
                                                                  struct segment *out)
{
    struct packet packet;
    bool goes_on = false;
    for (int headers = 1;; headers++) {
        enum segment_kind kind = tunnel_enter(&outer, &packet);
        if (kind == SEGMENT_NOT_TCP)
            return decode_no_tunnel(&outer, out);
        if (kind == SEGMENT_TCP && headers == NESTING_MAX)
            return SEGMENT_TOO_MANY_HEADERS;
        goes_on = goes_on || outer.sum_covers_more;
        if (kind == SEGMENT_TCP)
            kind = ip_decode(packet.bytes, packet.wire_len, &outer);
        if (kind != SEGMENT_TCP)
            return kind;
        if (goes_on)
            outer.cut = 0;
        if (outer.protocol == PROTOCOL_TCP)
            return decode_tcp(&outer, out);
    }
}

__attribute__((noinline)) static enum segment_kind decode_any(const struct frame *frame,
                                                              struct segment *out)
{
    struct cursor at = cursor_over(frame->bytes, frame->captured_len);
    enum segment_kind kind = link_skip(frame->link, &at);
    if (kind != SEGMENT_TCP)
        return kind;

    struct datagram ip;
    uint32_t link_len = (uint32_t)(frame->captured_len - at.left);
    bool sane = frame->wire_len >= frame->captured_len;
    uint32_t wire_len = (sane ? frame->wire_len : frame->captured_len) - link_len;
    kind = ip_decode(at, wire_len, &ip);
    if (kind != SEGMENT_TCP)
        return kind;
    out->time_ns = frame->time_ns;
    out->via = link_digest(cursor_over(frame->bytes, link_len), frame->interface);
    return ip.protocol == PROTOCOL_TCP ? decode_tcp(&ip, out) : decode_tunnels(ip, out);
}

enum segment_kind segment_decode(const struct frame *frame, struct segment *out)
{
    return plain_decode(frame, out) ? SEGMENT_TCP : decode_any(frame, out);
}
