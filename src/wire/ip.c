/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ip.h"

#include <string.h>

#include "wire/checksum.h"

#define IPV4_HEADER_MIN    20
#define IPV6_HEADER        40
#define IPV4_ADDRESS       4
#define IPV6_ADDRESS       16
#define EXTENSIONS_MAX     16
#define MORE_FRAGMENTS     0x2000 /* of the IPv4 fragment field */
#define FRAGMENT_OFFSET    0x1fff
#define V6_MORE_FRAGMENTS  0x0001 /* of the IPv6 one */
#define V6_FRAGMENT_OFFSET 0xfff8
#define SEGMENTS_LEFT      0x00ff /* of the routing header's third and fourth octet */

enum extension {
    EXTENSION_HOP_BY_HOP = 0,
    EXTENSION_ROUTING = 43,
    EXTENSION_FRAGMENT = 44,
    EXTENSION_AUTHENTICATION = 51, /* RFC 4302 */
    EXTENSION_DESTINATION = 60,
    EXTENSION_MOBILITY = 135, /* RFC 6275 */
    EXTENSION_HIP = 139,      /* RFC 7401 */
    EXTENSION_SHIM6 = 140,    /* RFC 5533 */
};

/* The length of a whole packet or of what follows its header, whichever field says so. A field of 0
 * (segmentation offload, or a jumbogram: RFC 2675) or one that is not trusted leaves what the wire
 * carried. */
static uint32_t choose_len(bool trusted, uint16_t field, uint32_t on_wire)
{
    return trusted && field != 0 ? field : on_wire;
}

static void set_body(struct datagram *out, struct cursor bytes, uint32_t len)
{
    cursor_limit(&bytes, len);
    out->body = bytes;
    out->body_len = len;
}

/* In whole words, because it is read again in such, and at once: a load of what several stores
 * wrote waits for all of them. */
static inline void put_ipv4(struct cursor octets, struct address *out)
{
    uint64_t words[2] = {0};
    uint8_t first[sizeof words[0]] = {0};
    memcpy(first, octets.at, IPV4_ADDRESS);
    memcpy(words, first, sizeof first);
    out->family = FAMILY_IPV4;
    memcpy(out->bytes, words, sizeof words);
}

void ip_address(enum family family, struct cursor octets, struct address *out)
{
    if (family == FAMILY_IPV4) {
        put_ipv4(octets, out);
    } else {
        out->family = FAMILY_IPV6;
        memcpy(out->bytes, octets.at, IPV6_ADDRESS);
    }
}

static bool is_extension(uint8_t protocol)
{
    switch (protocol) {
    case EXTENSION_HOP_BY_HOP:
    case EXTENSION_ROUTING:
    case EXTENSION_FRAGMENT:
    case EXTENSION_AUTHENTICATION:
    case EXTENSION_DESTINATION:
    case EXTENSION_MOBILITY:
    case EXTENSION_HIP:
    case EXTENSION_SHIM6:
        return true;
    default:
        return false;
    }
}

/* units: the length octet, which each kind counts in its own way. */
static uint32_t extension_len(uint8_t kind, uint8_t units)
{
    switch (kind) {
    case EXTENSION_FRAGMENT:
        return 8;
    case EXTENSION_AUTHENTICATION:
        return (units + 2u) * 4;
    default:
        return (units + 1u) * 8;
    }
}

/* Skips the extension header that body begins with. word: its third and fourth octet. */
static enum segment_kind skip_extension(struct datagram *out, uint16_t *word)
{
    struct cursor first = out->body;
    uint8_t next = 0, units = 0;
    if (!cursor_u8(&first, &next) || !cursor_u8(&first, &units) || !cursor_be16(&first, word))
        return out->body_len < 4 ? SEGMENT_BAD_IP_HEADER : SEGMENT_TRUNCATED_IP;
    uint32_t len = extension_len(out->protocol, units);
    if (len > out->body_len)
        return SEGMENT_BAD_IP_HEADER;
    if (!cursor_skip(&out->body, len))
        return SEGMENT_TRUNCATED_IP;
    out->body_len -= len;
    out->protocol = next;
    return SEGMENT_TCP;
}

/* The one extension that IPv4 shares. */
static enum segment_kind skip_authentication(struct datagram *out)
{
    uint16_t word;
    for (int count = 0; out->protocol == EXTENSION_AUTHENTICATION; count++) {
        if (count == EXTENSIONS_MAX)
            return SEGMENT_TOO_MANY_HEADERS;
        enum segment_kind kind = skip_extension(out, &word);
        if (kind != SEGMENT_TCP)
            return kind;
    }
    return SEGMENT_TCP;
}

/* A source route that is not used up ends at the address which the sender meant: the one in the
 * header is that of a router on the way (RFC 791, 3.1; RFC 1122, 3.2.1.8). The pointer counts from
 * 1. */
static void read_route(struct cursor route, size_t option_len, struct cursor *dst)
{
    uint8_t pointer;
    if (cursor_u8(&route, &pointer) && pointer < option_len && route.left >= IPV4_ADDRESS &&
        cursor_skip(&route, route.left - IPV4_ADDRESS))
        *dst = route;
}

static void follow_route(struct cursor options, struct cursor *dst)
{
    enum { END = 0, NO_OPERATION = 1, LOOSE_ROUTE = 131, STRICT_ROUTE = 137 };
    uint8_t kind, len;
    while (cursor_u8(&options, &kind) && kind != END) {
        struct cursor value;
        if (kind == NO_OPERATION)
            continue;
        if (!cursor_u8(&options, &len) || len < 2 || !cursor_take(&options, len - 2u, &value))
            return;
        if (kind == LOOSE_ROUTE || kind == STRICT_ROUTE)
            read_route(value, len, dst);
    }
}

/* RFC 1122, 3.2.1.2: the receiver must drop it then. If the card computes the checksum, the
 * sender's own capture shows none. */
static bool is_corrupt(struct cursor packet, uint32_t header_len, uint16_t sum)
{
    cursor_limit(&packet, header_len);
    return sum != 0 && !checksum_is_right(packet);
}

static enum segment_kind decode_ipv4(struct cursor at, uint32_t wire_len, bool trusted,
                                     struct datagram *out)
{
    struct cursor fixed, packet = at;
    uint8_t version_ihl = 0;
    uint16_t total_len = 0, fragment = 0, sum = 0;
    if (!cursor_take(&at, IPV4_HEADER_MIN, &fixed))
        return SEGMENT_TRUNCATED_IP;
    cursor_u8(&fixed, &version_ihl);
    cursor_u8(&fixed, &out->tos);
    cursor_be16(&fixed, &total_len);
    cursor_be16(&fixed, &out->id);
    cursor_be16(&fixed, &fragment);
    cursor_u8(&fixed, &out->ttl);
    cursor_u8(&fixed, &out->protocol);
    cursor_be16(&fixed, &sum);
    cursor_take(&fixed, IPV4_ADDRESS, &out->src);
    cursor_take(&fixed, IPV4_ADDRESS, &out->dst);
    out->family = FAMILY_IPV4;

    uint32_t header_len = (version_ihl & 0xfu) * 4;
    uint32_t len = choose_len(trusted, total_len, wire_len);
    if (header_len < IPV4_HEADER_MIN || header_len > len)
        return SEGMENT_BAD_IP_HEADER;
    struct cursor options;
    if (!cursor_take(&at, header_len - IPV4_HEADER_MIN, &options))
        return SEGMENT_TRUNCATED_IP;
    if (options.left > 0)
        follow_route(options, &out->dst);
    set_body(out, at, len - header_len);
    out->header_corrupt = is_corrupt(packet, header_len, sum);
    out->sum_covers_more = (fragment & MORE_FRAGMENTS) != 0;
    out->cut = len > wire_len ? len - wire_len : 0;
    if ((fragment & FRAGMENT_OFFSET) != 0)
        return SEGMENT_FRAGMENT;
    return out->protocol == EXTENSION_AUTHENTICATION ? skip_authentication(out) : SEGMENT_TCP;
}

static enum segment_kind skip_extensions(struct datagram *out)
{
    for (int count = 0; is_extension(out->protocol); count++) {
        if (count == EXTENSIONS_MAX)
            return SEGMENT_TOO_MANY_HEADERS;
        uint8_t extension = out->protocol;
        uint16_t word = 0;
        enum segment_kind kind = skip_extension(out, &word);
        if (kind != SEGMENT_TCP)
            return kind;
        if (extension == EXTENSION_FRAGMENT && (word & V6_FRAGMENT_OFFSET) != 0)
            return SEGMENT_FRAGMENT;
        if (extension == EXTENSION_FRAGMENT && (word & V6_MORE_FRAGMENTS) != 0)
            out->sum_covers_more = true;
        if (extension == EXTENSION_ROUTING && (word & SEGMENTS_LEFT) != 0)
            out->sum_covers_more = true;
    }
    return SEGMENT_TCP;
}

static enum segment_kind decode_ipv6(struct cursor at, uint32_t wire_len, bool trusted,
                                     struct datagram *out)
{
    struct cursor fixed;
    uint16_t version_class = 0, payload_len = 0;
    if (!cursor_take(&at, IPV6_HEADER, &fixed))
        return SEGMENT_TRUNCATED_IP;
    cursor_be16(&fixed, &version_class);
    cursor_skip(&fixed, 2);
    cursor_be16(&fixed, &payload_len);
    cursor_u8(&fixed, &out->protocol);
    cursor_u8(&fixed, &out->ttl);
    cursor_take(&fixed, IPV6_ADDRESS, &out->src);
    cursor_take(&fixed, IPV6_ADDRESS, &out->dst);

    out->family = FAMILY_IPV6;
    out->tos = (uint8_t)(version_class >> 4);
    out->id = 0;
    out->header_corrupt = out->sum_covers_more = false;
    uint32_t on_wire = wire_len - IPV6_HEADER;
    out->cut = payload_len > on_wire ? payload_len - on_wire : 0;
    set_body(out, at, choose_len(trusted, payload_len, on_wire));
    return skip_extensions(out);
}

static enum segment_kind decode(struct cursor packet, uint32_t wire_len, bool trusted,
                                struct datagram *out)
{
    struct cursor first = packet;
    uint8_t version;
    if (!cursor_u8(&first, &version))
        return SEGMENT_TRUNCATED_IP;
    switch (version >> 4) {
    case 4:
        return decode_ipv4(packet, wire_len, trusted, out);
    case 6:
        return decode_ipv6(packet, wire_len, trusted, out);
    default:
        return SEGMENT_BAD_IP_VERSION;
    }
}

enum segment_kind ip_decode(struct cursor packet, uint32_t wire_len, struct datagram *out)
{
    return decode(packet, wire_len, true, out);
}

bool ip_is_plausible(struct cursor packet, uint32_t wire_len)
{
    struct cursor at = packet, fixed;
    uint8_t first;
    uint16_t total_len = 0, payload_len = 0;
    if (!cursor_u8(&at, &first))
        return false;
    if (first >> 4 == 6)
        return cursor_take(&packet, IPV6_HEADER, &fixed) && cursor_skip(&fixed, 4) &&
               cursor_be16(&fixed, &payload_len) && wire_len >= IPV6_HEADER &&
               payload_len <= wire_len - IPV6_HEADER;
    uint32_t header_len = (first & 0xfu) * 4;
    return first >> 4 == 4 && header_len >= IPV4_HEADER_MIN && packet.left >= header_len &&
           cursor_skip(&at, 1) && cursor_be16(&at, &total_len) && total_len >= header_len &&
           total_len <= wire_len;
}

enum segment_kind ip_decode_quote(struct cursor quote, struct datagram *out)
{
    return decode(quote, UINT32_MAX, false, out);
}
