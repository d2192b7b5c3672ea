/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/tunnel.h"

#include "wire/link.h"

enum ethertype {
    ETHERTYPE_ETHERNET = 0x6558,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_PPP = 0x880b,
    ETHERTYPE_ERSPAN = 0x88be,   /* types I and II */
    ETHERTYPE_ERSPAN_3 = 0x22eb, /* type III */
    ETHERTYPE_WCCP = 0x883e,
    ETHERTYPE_NSH = 0x894f,
    ETHERTYPE_ARUBA_FIRST = 0x8200, /* IEEE 802.11, a type for each tunnel's use */
    ETHERTYPE_ARUBA_LAST = 0x8370,
};

/* Reads a tunnel's header and what stands between it and the inner IP header. */
typedef enum segment_kind read_tunnel(struct cursor *at);

/* ---- GRE: RFC 2784, RFC 2890, RFC 2637; ERSPAN: draft-foschiano-erspan ---- */

enum {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACK = 0x0080, /* of version 1 */
    GRE_VERSION = 0x0007,
};

static size_t gre_fields_len(uint16_t flags)
{
    size_t len = 0;
    if ((flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0)
        len += 4;
    if ((flags & GRE_KEY) != 0)
        len += 4;
    if ((flags & GRE_SEQUENCE) != 0)
        len += 4;
    if ((flags & GRE_VERSION) == 1 && (flags & GRE_ACK) != 0)
        len += 4;
    return len;
}

/* Source routes (RFC 1701): family, offset, length, that many octets; a length of 0 is the last. */
static bool skip_routes(struct cursor *at)
{
    uint8_t len;
    do
        if (!cursor_skip(at, 3) || !cursor_u8(at, &len) || !cursor_skip(at, len))
            return false;
    while (len != 0);
    return true;
}

/* Type I has no header of its own, and no GRE sequence number; the O bit of type III promises eight
 * octets more. */
static bool skip_erspan(struct cursor *at, uint16_t type, uint16_t flags)
{
    struct cursor last = *at;
    uint8_t octet = 0;
    if (type == ETHERTYPE_ERSPAN)
        return (flags & GRE_SEQUENCE) == 0 || cursor_skip(at, 8);
    return cursor_skip(&last, 11) && cursor_u8(&last, &octet) &&
           cursor_skip(at, (octet & 1) != 0 ? 20 : 12);
}

/* The redirect header of version 2 is told from an IP header by its first octet. */
static bool skip_redirect(struct cursor *at)
{
    struct cursor first = *at;
    uint8_t octet;
    return !cursor_u8(&first, &octet) || octet >> 4 == 4 || cursor_skip(at, 4);
}

static enum segment_kind read_gre(struct cursor *at)
{
    uint16_t flags, type;
    if (!cursor_be16(at, &flags) || !cursor_be16(at, &type) ||
        !cursor_skip(at, gre_fields_len(flags)))
        return SEGMENT_TRUNCATED_TUNNEL;
    if ((flags & GRE_VERSION) > 1)
        return SEGMENT_NOT_TCP;
    if ((flags & GRE_ROUTING) != 0 && !skip_routes(at))
        return SEGMENT_TRUNCATED_TUNNEL;
    if (type >= ETHERTYPE_ARUBA_FIRST && type <= ETHERTYPE_ARUBA_LAST && type % 16 == 0)
        return link_skip(LINK_IEEE80211, at);
    bool whole = true;
    if (type == ETHERTYPE_ERSPAN || type == ETHERTYPE_ERSPAN_3) {
        whole = skip_erspan(at, type, flags);
        type = ETHERTYPE_ETHERNET;
    } else if (type == ETHERTYPE_WCCP) {
        whole = skip_redirect(at);
        type = ETHERTYPE_IPV4;
    }
    return whole ? link_skip_after(type, at) : SEGMENT_TRUNCATED_TUNNEL;
}

/* ---- other protocols of IP ---- */

static enum segment_kind read_nothing(struct cursor *at)
{
    (void)at;
    return SEGMENT_TCP;
}

static enum segment_kind read_ethernet(struct cursor *at)
{
    return link_skip_after(ETHERTYPE_ETHERNET, at);
}

static enum segment_kind read_etherip(struct cursor *at)
{
    return cursor_skip(at, 2) ? read_ethernet(at) : SEGMENT_TRUNCATED_TUNNEL;
}

static enum segment_kind read_mpls(struct cursor *at)
{
    return link_skip_after(ETHERTYPE_MPLS, at);
}

/* ---- UDP ---- */

/* RFC 7348: the flag says that there is a network identifier. */
static enum segment_kind read_vxlan(struct cursor *at)
{
    uint8_t flags;
    if (!cursor_u8(at, &flags) || !cursor_skip(at, 7))
        return SEGMENT_TRUNCATED_TUNNEL;
    return (flags & 0x08) != 0 ? read_ethernet(at) : SEGMENT_NOT_TCP;
}

/* draft-ietf-nvo3-vxlan-gpe: the same with a next protocol. */
static enum segment_kind read_vxlan_gpe(struct cursor *at)
{
    static const uint16_t types[] = {[1] = ETHERTYPE_IPV4,
                                     [2] = ETHERTYPE_IPV6,
                                     [3] = ETHERTYPE_ETHERNET,
                                     [4] = ETHERTYPE_NSH,
                                     [5] = ETHERTYPE_MPLS};
    uint8_t next;
    if (!cursor_skip(at, 3) || !cursor_u8(at, &next) || !cursor_skip(at, 4))
        return SEGMENT_TRUNCATED_TUNNEL;
    if (next >= sizeof types / sizeof types[0] || types[next] == 0)
        return SEGMENT_NOT_TCP;
    return link_skip_after(types[next], at);
}

/* RFC 8926: version and length of the options, in units of four octets; the type of the rest. */
static enum segment_kind read_geneve(struct cursor *at)
{
    uint8_t version_len;
    uint16_t type;
    if (!cursor_u8(at, &version_len) || !cursor_skip(at, 1) || !cursor_be16(at, &type) ||
        !cursor_skip(at, 4 + (version_len & 0x3fu) * 4))
        return SEGMENT_TRUNCATED_TUNNEL;
    return version_len >> 6 == 0 ? link_skip_after(type, at) : SEGMENT_NOT_TCP;
}

/* 3GPP TS 29.281, 5.2: a length in units of four octets, content, the type of the next. */
static bool skip_gtp_extensions(struct cursor *at, uint8_t next)
{
    while (next != 0) {
        uint8_t units;
        if (!cursor_u8(at, &units) || units == 0 || !cursor_skip(at, units * 4u - 2) ||
            !cursor_u8(at, &next))
            return false;
    }
    return true;
}

/* 5.1: version 1, any of three flags brings four more octets; only G-PDUs carry packets. */
static enum segment_kind read_gtp(struct cursor *at)
{
    uint8_t flags, type, next = 0;
    if (!cursor_u8(at, &flags) || !cursor_u8(at, &type) || !cursor_skip(at, 6))
        return SEGMENT_TRUNCATED_TUNNEL;
    if (flags >> 4 != 3 || type != 0xff)
        return SEGMENT_NOT_TCP;
    if ((flags & 0x07) != 0 && (!cursor_skip(at, 3) || !cursor_u8(at, &next)))
        return SEGMENT_TRUNCATED_TUNNEL;
    bool extended = (flags & 0x04) != 0;
    return !extended || skip_gtp_extensions(at, next) ? SEGMENT_TCP : SEGMENT_TRUNCATED_TUNNEL;
}

/* 3GPP TS 09.60, 6: version 0, twenty octets whatever the message; T-PDUs carry packets. */
static enum segment_kind read_gtp0(struct cursor *at)
{
    uint8_t flags, type;
    if (!cursor_u8(at, &flags) || !cursor_u8(at, &type) || !cursor_skip(at, 18))
        return SEGMENT_TRUNCATED_TUNNEL;
    return flags >> 4 == 1 && type == 0xff ? SEGMENT_TCP : SEGMENT_NOT_TCP;
}

/* TZSP: version, type, what it carries; tags with a length each but padding (0) and the end (1). */
static enum segment_kind read_tzsp(struct cursor *at)
{
    uint16_t version_type, carried;
    uint8_t tag, len;
    if (!cursor_be16(at, &version_type) || !cursor_be16(at, &carried))
        return SEGMENT_TRUNCATED_TUNNEL;
    do
        if (!cursor_u8(at, &tag) || (tag > 1 && (!cursor_u8(at, &len) || !cursor_skip(at, len))))
            return SEGMENT_TRUNCATED_TUNNEL;
    while (tag != 1);
    if (version_type >> 8 != 1 || (carried != 0x01 && carried != 0x12))
        return SEGMENT_NOT_TCP;
    return link_skip(carried == 0x01 ? LINK_ETHERNET : LINK_IEEE80211, at);
}

/* RFC 4380, 5.1.1: authentication, then the origin's address, or neither. */
static enum segment_kind read_teredo(struct cursor *at)
{
    struct cursor start = *at;
    uint16_t mark;
    uint8_t id_len, value_len;
    if (cursor_be16(&start, &mark) && mark == 1) {
        if (!cursor_u8(&start, &id_len) || !cursor_u8(&start, &value_len) ||
            !cursor_skip(&start, id_len + value_len + 9u))
            return SEGMENT_TRUNCATED_TUNNEL;
        *at = start;
    }
    start = *at;
    if (cursor_be16(&start, &mark) && mark == 0 && !cursor_skip(at, 8))
        return SEGMENT_TRUNCATED_TUNNEL;
    return SEGMENT_TCP;
}

/* RFC 2661, 3.1 */
enum {
    L2TP_CONTROL = 0x8000,
    L2TP_LENGTH = 0x4000,
    L2TP_SEQUENCE = 0x0800,
    L2TP_OFFSET = 0x0200,
    L2TP_VERSION = 0x000f,
};

static enum segment_kind read_l2tp(struct cursor *at)
{
    uint16_t flags, offset = 0;
    if (!cursor_be16(at, &flags))
        return SEGMENT_TRUNCATED_TUNNEL;
    if ((flags & L2TP_CONTROL) != 0 || (flags & L2TP_VERSION) != 2)
        return SEGMENT_NOT_TCP;
    size_t fields = 4;
    if ((flags & L2TP_LENGTH) != 0)
        fields += 2;
    if ((flags & L2TP_SEQUENCE) != 0)
        fields += 4;
    if (!cursor_skip(at, fields) || ((flags & L2TP_OFFSET) != 0 && !cursor_be16(at, &offset)) ||
        !cursor_skip(at, offset))
        return SEGMENT_TRUNCATED_TUNNEL;
    return link_skip_after(ETHERTYPE_PPP, at);
}

/* draft-massar-v6ops-ayiya: lengths of identity (as a power of two) and signature (in units of four
 * octets), operation, next header. */
static enum segment_kind read_ayiya(struct cursor *at)
{
    uint8_t identity, signature, operation, next;
    if (!cursor_u8(at, &identity) || !cursor_u8(at, &signature) || !cursor_u8(at, &operation) ||
        !cursor_u8(at, &next) ||
        !cursor_skip(at, 4 + ((size_t)1 << (identity >> 4)) + (signature >> 4) * 4u))
        return SEGMENT_TRUNCATED_TUNNEL;
    bool forwards = (operation & 0x0f) == 1 && (next == PROTOCOL_IPV4 || next == PROTOCOL_IPV6);
    return forwards ? SEGMENT_TCP : SEGMENT_NOT_TCP;
}

static const struct {
    uint16_t port;
    read_tunnel *read;
} udp_tunnels[] = {
    {4789, read_vxlan}, {8472, read_vxlan}, {4790, read_vxlan_gpe}, {6081, read_geneve},
    {2152, read_gtp},   {3386, read_gtp0},  {37008, read_tzsp},     {3544, read_teredo},
    {1701, read_l2tp},  {4754, read_gre},   {6635, read_mpls},      {5072, read_ayiya},
};

static read_tunnel *find_udp_tunnel(uint16_t port)
{
    for (size_t i = 0; i < sizeof udp_tunnels / sizeof udp_tunnels[0]; i++)
        if (udp_tunnels[i].port == port)
            return udp_tunnels[i].read;
    return NULL;
}

/* The length of a datagram says what all its fragments hold; 0 is segmentation offload. */
static bool read_udp(struct packet *at, uint16_t *src_port, uint16_t *dst_port)
{
    uint16_t len;
    if (!cursor_be16(&at->bytes, src_port) || !cursor_be16(&at->bytes, dst_port) ||
        !cursor_be16(&at->bytes, &len) || !cursor_skip(&at->bytes, 2))
        return false;
    if (len != 0 && len < 8)
        return false;
    at->wire_len = (len != 0 ? len : at->wire_len) - 8;
    cursor_limit(&at->bytes, at->wire_len);
    return true;
}

static enum segment_kind enter(read_tunnel *read, struct packet at, struct packet *inner)
{
    const uint8_t *start = at.bytes.at;
    enum segment_kind kind = read(&at.bytes);
    at.wire_len -= (uint32_t)(at.bytes.at - start);
    *inner = at;
    return kind;
}

/* The far end's port first: that is the one which was chosen for what it means. */
static enum segment_kind enter_udp(struct packet outer, struct packet *inner)
{
    uint16_t ports[2];
    if (!read_udp(&outer, &ports[1], &ports[0]))
        return SEGMENT_NOT_TCP;
    for (int i = 0; i < 2; i++) {
        read_tunnel *read = find_udp_tunnel(ports[i]);
        if (read != NULL && enter(read, outer, inner) == SEGMENT_TCP &&
            ip_is_plausible(inner->bytes, inner->wire_len))
            return SEGMENT_TCP;
    }
    return SEGMENT_NOT_TCP;
}

static read_tunnel *find_tunnel(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_IPV4:
    case PROTOCOL_IPV6:
        return read_nothing;
    case PROTOCOL_GRE:
        return read_gre;
    case PROTOCOL_ETHERIP:
        return read_etherip;
    case PROTOCOL_MPLS:
        return read_mpls;
    case PROTOCOL_ETHERNET:
        return read_ethernet;
    default:
        return NULL;
    }
}

enum segment_kind tunnel_enter(const struct datagram *outer, struct packet *inner)
{
    struct packet body = {outer->body, outer->body_len};
    if (outer->protocol == PROTOCOL_UDP)
        return enter_udp(body, inner);
    read_tunnel *read = find_tunnel(outer->protocol);
    return read != NULL ? enter(read, body, inner) : SEGMENT_NOT_TCP;
}
