/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/link.h"

#define VLAN_TAGS_MAX 8

enum ethertype {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_VLAN = 0x8100,     /* IEEE 802.1Q */
    ETHERTYPE_QINQ = 0x88a8,     /* IEEE 802.1ad */
    ETHERTYPE_OLD_QINQ = 0x9100, /* the same before the standard */
};

/* Where a link header keeps its ethertype; the VLAN tags begin behind the header. */
struct layout {
    size_t octets_before, octets_behind;
};

static const struct layout layouts[] = {
    [LINK_ETHERNET] = {12, 0},
    [LINK_SLL] = {14, 0},
    [LINK_SLL2] = {0, 18},
};

static bool is_tag(uint16_t type)
{
    return type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ || type == ETHERTYPE_OLD_QINQ;
}

/* A length (below 0x600, IEEE 802.3) in place of the type is not IP either. */
static enum segment_kind skip_ethertype(const struct layout *layout, struct cursor *at)
{
    uint16_t type;
    if (!cursor_skip(at, layout->octets_before) || !cursor_be16(at, &type) ||
        !cursor_skip(at, layout->octets_behind))
        return SEGMENT_TRUNCATED_LINK;
    for (int tags = 0; is_tag(type); tags++) {
        if (tags == VLAN_TAGS_MAX)
            return SEGMENT_TOO_MANY_HEADERS;
        if (!cursor_skip(at, 2) || !cursor_be16(at, &type))
            return SEGMENT_TRUNCATED_LINK;
    }
    return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? SEGMENT_TCP : SEGMENT_NOT_IP;
}

static bool is_ip_family(uint32_t family)
{
    switch (family) {
    case 2:  /* AF_INET everywhere */
    case 10: /* AF_INET6 of Linux */
    case 24: /* of NetBSD, OpenBSD */
    case 28: /* of FreeBSD */
    case 30: /* of macOS */
        return true;
    default:
        return false;
    }
}

static uint32_t swap32(uint32_t x)
{
    return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

static enum segment_kind skip_family(bool any_order, struct cursor *at)
{
    uint32_t family;
    if (!cursor_be32(at, &family))
        return SEGMENT_TRUNCATED_LINK;
    if (is_ip_family(family) || (any_order && is_ip_family(swap32(family))))
        return SEGMENT_TCP;
    return SEGMENT_NOT_IP;
}

enum segment_kind link_skip(enum link link, struct cursor *at)
{
    switch (link) {
    case LINK_ETHERNET:
    case LINK_SLL:
    case LINK_SLL2:
        return skip_ethertype(&layouts[link], at);
    case LINK_NULL:
        return skip_family(true, at);
    case LINK_LOOP:
        return skip_family(false, at);
    case LINK_RAW:
        return SEGMENT_TCP;
    case LINK_UNKNOWN:
        break;
    }
    return SEGMENT_UNKNOWN_LINK;
}
