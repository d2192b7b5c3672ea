/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/quote.h"

#include "wire/decode.h"
#include "wire/ip.h"
#include "wire/link.h"
#include "wire/tcpheader.h"

#define EXTENSION_OLD_AT  128 /* RFC 4884, 5.5 */
#define EXTENSION_VERSION 2   /* RFC 4884, 7 */
#define CLASS_MPLS        1   /* RFC 4950, 3 */
#define TYPE_INCOMING     1

enum {
    UNREACHABLE_4 = 3,
    TIME_EXCEEDED_4 = 11,
    PARAMETER_4 = 12,
    FRAGMENTATION_NEEDED = 4, /* its code */
    UNREACHABLE_6 = 1,
    TOO_BIG_6 = 2,
    TIME_EXCEEDED_6 = 3,
};

/* Types whose length field may be set: RFC 4884, 4. */
static bool may_have_extension(const struct icmp_error *icmp)
{
    if (icmp->family == FAMILY_IPV4)
        return icmp->type == UNREACHABLE_4 || icmp->type == TIME_EXCEEDED_4 ||
               icmp->type == PARAMETER_4;
    return icmp->type == UNREACHABLE_6 || icmp->type == TIME_EXCEEDED_6;
}

static void take_labels(struct cursor stack, struct quote *out)
{
    uint32_t word;
    while (out->label_count < QUOTE_LABELS_MAX && cursor_be32(&stack, &word))
        out->labels[out->label_count++] = (struct mpls_label){.label = word >> 12,
                                                              .traffic_class = word >> 9 & 7,
                                                              .bottom = (word >> 8 & 1) != 0,
                                                              .ttl = (uint8_t)word};
}

/* RFC 4884, 7 and 8. Returns whether it is an extension structure. */
static bool take_extension(struct cursor at, struct quote *out)
{
    enum { HEADER = 4, OBJECT_HEADER = 4 };
    struct cursor all = at, body;
    uint16_t version, sum, len;
    uint8_t class, type;
    if (!cursor_be16(&at, &version) || version >> 12 != EXTENSION_VERSION ||
        !cursor_be16(&at, &sum) || (sum != 0 && !checksum_is_right(all)))
        return false;
    while (cursor_be16(&at, &len) && cursor_u8(&at, &class) && cursor_u8(&at, &type) &&
           len >= OBJECT_HEADER && cursor_take(&at, len - (size_t)OBJECT_HEADER, &body))
        if (class == CLASS_MPLS && type == TYPE_INCOMING)
            take_labels(body, out);
    return true;
}

/* Takes the extension off the end of the quote. units: the length field, in 32-bit words for ICMP
 * and 64-bit words for ICMPv6. */
static void split_extension(struct cursor *quoted, uint8_t units, struct quote *out)
{
    size_t unit = out->icmp.family == FAMILY_IPV4 ? 4 : 8;
    size_t len = units > 0 ? units * unit : EXTENSION_OLD_AT;
    struct cursor extension = *quoted;
    if (may_have_extension(&out->icmp) && cursor_skip(&extension, len) &&
        take_extension(extension, out))
        cursor_limit(quoted, len);
}

static void take_options(struct cursor at, size_t len, struct quote *out)
{
    struct cursor options;
    if (!cursor_take(&at, len, &options))
        return;
    out->has_options = true;
    tcpopt_decode(options, &out->options);
}

/* As far as the quote goes: RFC 792 promises eight octets. */
static bool take_tcp(struct cursor at, struct quote *out)
{
    uint16_t offset_flags;
    uint32_t sum_urgent;
    if (!cursor_be16(&at, &out->src.port) || !cursor_be16(&at, &out->dst.port))
        return false;
    out->icmp.has_seq = cursor_be32(&at, &out->seq);
    out->has_ack = out->icmp.has_seq && cursor_be32(&at, &out->ack);
    if (!out->has_ack || !cursor_be16(&at, &offset_flags) || !cursor_be16(&at, &out->window))
        return true;
    size_t header_len = (offset_flags >> 12) * (size_t)4;
    out->has_flags = out->has_ack = header_len >= TCP_HEADER_MIN; /* otherwise it is padding */
    out->flags = offset_flags & TCP_FLAGS;
    if (out->has_flags && cursor_be32(&at, &sum_urgent))
        take_options(at, header_len - TCP_HEADER_MIN, out);
    return true;
}

static bool take_quoted(struct cursor quoted, struct quote *out)
{
    struct datagram ip;
    if (ip_decode_quote(quoted, &ip) != SEGMENT_TCP || ip.protocol != PROTOCOL_TCP ||
        ip.family != out->icmp.family)
        return false;
    out->len = (uint32_t)quoted.left;
    out->ip_id = ip.id;
    out->ttl = ip.ttl;
    out->tos = ip.tos;
    ip_address(ip.family, ip.src, &out->src.address);
    ip_address(ip.family, ip.dst, &out->dst.address);
    return take_tcp(ip.body, out);
}

/* What "fragmentation needed" and "packet too big" carry behind the checksum. */
static uint32_t next_hop_mtu(const struct icmp_error *icmp, uint32_t rest)
{
    if (icmp->family == FAMILY_IPV4)
        return icmp->type == UNREACHABLE_4 && icmp->code == FRAGMENTATION_NEEDED ? rest & 0xffff
                                                                                 : 0;
    return icmp->type == TOO_BIG_6 ? rest : 0;
}

static bool take_icmp(const struct datagram *ip, struct quote *out)
{
    struct cursor at = ip->body;
    uint32_t type_code_sum, rest;
    if (!cursor_be32(&at, &type_code_sum) || !cursor_be32(&at, &rest))
        return false; /* GCOVR_EXCL_LINE: segment_decode has read them */
    out->mtu = next_hop_mtu(&out->icmp, rest);
    struct cursor all = at;
    split_extension(&at, (uint8_t)(rest >> (ip->family == FAMILY_IPV4 ? 16 : 24)), out);
    if (take_quoted(at, out))
        return true;
    out->label_count = 0; /* what was taken for an extension is part of the quote */
    return take_quoted(all, out);
}

bool quote_decode(const struct frame *frame, struct quote *out)
{
    struct segment error;
    struct datagram ip;
    struct cursor at = cursor_over(frame->bytes, frame->captured_len);
    if (segment_decode(frame, &error) != SEGMENT_ICMP_ERROR ||
        link_skip(frame->link, &at) != SEGMENT_TCP ||
        ip_decode(at, (uint32_t)at.left, &ip) != SEGMENT_TCP ||
        ip.protocol != (ip.family == FAMILY_IPV4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6))
        return false;
    *out = (struct quote){
        .time_ns = frame->time_ns, .icmp = error.icmp, .corrupt = error.checksum == CHECKSUM_BAD};
    return take_icmp(&ip, out);
}
