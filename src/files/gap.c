/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/gap.h"

#include <string.h>

#include "wire/ip.h"
#include "wire/link.h"
#include "wire/tcpheader.h"

#define COPY_MAX    2048 /* octets of a frame: headers and then some */
#define MORE        100  /* octets of payload that are put in */
#define MAC         6
#define LENGTH_AT   12 /* of a TCP header */
#define FLAGS_AT    13
#define V4_HEADER   20
#define V4_LENGTH   2
#define V4_TTL      8
#define V4_PROTOCOL 9
#define V6_HEADER   40
#define V6_LENGTH   4
#define V6_NEXT     6
#define V6_HOPS     7
#define HOPS        64
#define PACKET_OUT  4 /* of a cooked header's packet type: sent by this host */

/* A frame that may be changed. */
struct made {
    uint8_t bytes[COPY_MAX + MORE];
    struct frame frame; /* its bytes are those above */
};

/* Where things stand in it. */
struct place {
    enum family family;
    size_t ip, src, dst, tcp, payload;
};

static bool find_tcp(const struct frame *frame, struct datagram *out, size_t *ip)
{
    struct cursor at = cursor_over(frame->bytes, frame->captured_len);
    if (link_skip(frame->link, &at) != SEGMENT_TCP)
        return false;
    *ip = frame->captured_len - at.left;
    return ip_decode(at, frame->wire_len - (uint32_t)*ip, out) == SEGMENT_TCP &&
           out->protocol == PROTOCOL_TCP && !out->sum_covers_more;
}

/* The headers have to be there, and nothing but payload behind them. */
static bool find_place(const struct frame *frame, struct place *place)
{
    struct datagram ip;
    struct segment header;
    struct cursor fixed;
    if (frame->captured_len > COPY_MAX || frame->wire_len < frame->captured_len ||
        !find_tcp(frame, &ip, &place->ip))
        return false;
    struct cursor body = ip.body;
    if (!cursor_take(&body, TCP_HEADER_MIN, &fixed))
        return false;
    uint32_t len = tcpheader_read(fixed, &header);
    place->family = ip.family;
    place->src = (size_t)(ip.src.at - frame->bytes);
    place->dst = (size_t)(ip.dst.at - frame->bytes);
    place->tcp = (size_t)(ip.body.at - frame->bytes);
    place->payload = place->tcp + len;
    return len >= TCP_HEADER_MIN && len <= ip.body.left;
}

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
    uint8_t kept[16];
    memcpy(kept, a, len);
    memcpy(a, b, len);
    memcpy(b, kept, len);
}

/* Cooked headers say which way a frame went; what did not go out came in. */
static void turn_cooked(uint8_t *packet_type)
{
    *packet_type = *packet_type == PACKET_OUT ? 0 : PACKET_OUT;
}

/* The other direction. */
static void mirror(struct made *made, const struct place *place)
{
    uint8_t *bytes = made->bytes;
    if (made->frame.link == LINK_ETHERNET)
        swap(bytes, bytes + MAC, MAC);
    else if (made->frame.link == LINK_SLL)
        turn_cooked(bytes + 1);
    else if (made->frame.link == LINK_SLL2)
        turn_cooked(bytes + 10);
    swap(bytes + place->src, bytes + place->dst, place->family == FAMILY_IPV4 ? 4 : 16);
    swap(bytes + place->tcp, bytes + place->tcp + 2, 2);
}

static void put_u16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* So much payload, all of it 0 where there was none. */
static void resize(struct made *made, const struct place *place, uint32_t payload_len)
{
    uint32_t end = (uint32_t)place->payload + payload_len;
    uint32_t header = (uint32_t)place->ip + (place->family == FAMILY_IPV4 ? 0 : V6_HEADER);
    size_t field = place->ip + (place->family == FAMILY_IPV4 ? V4_LENGTH : V6_LENGTH);
    if (end > made->frame.captured_len)
        memset(made->bytes + made->frame.captured_len, 0, end - made->frame.captured_len);
    put_u16(made->bytes + field, end - header);
    made->frame.captured_len = made->frame.wire_len = end;
}

static bool takes(struct filter *filter, struct made *made)
{
    struct error ignored;
    made->frame.bytes = made->bytes;
    return filter_takes(filter, &made->frame, &ignored) != 0;
}

static struct made copy(const struct frame *frame)
{
    struct made made = {.frame = *frame};
    memcpy(made.bytes, frame->bytes, frame->captured_len);
    return made;
}

static bool takes_mirrored(struct filter *filter, const struct frame *taken,
                           const struct place *place)
{
    struct made made = copy(taken);
    mirror(&made, place);
    return takes(filter, &made);
}

static bool takes_flags(struct filter *filter, const struct frame *taken, const struct place *place)
{
    static const uint8_t flags[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK,
                                    TCP_PSH | TCP_ACK, TCP_FIN | TCP_ACK, TCP_RST,
                                    TCP_RST | TCP_ACK};
    struct made made = copy(taken);
    for (size_t i = 0; i < sizeof flags; i++) {
        made.bytes[place->tcp + FLAGS_AT] = flags[i];
        if (!takes(filter, &made))
            return false;
    }
    return true;
}

static bool takes_lengths(struct filter *filter, const struct frame *taken,
                          const struct place *place)
{
    struct made made = copy(taken);
    uint32_t len = taken->captured_len - (uint32_t)place->payload;
    resize(&made, place, len + MORE);
    if (!takes(filter, &made))
        return false;
    resize(&made, place, 0);
    return takes(filter, &made);
}

enum gap gap_of(struct filter *filter, const struct frame *taken)
{
    struct place place;
    if (!find_place(taken, &place))
        return GAP_NONE;
    if (!takes_mirrored(filter, taken, &place))
        return GAP_DIRECTION;
    if (!takes_flags(filter, taken, &place))
        return GAP_FLAGS;
    return takes_lengths(filter, taken, &place) ? GAP_NONE : GAP_LENGTH;
}

/* The source stays 0. */
static void make_syn(struct made *made, const struct endpoint *server)
{
    bool v4 = server->address.family == FAMILY_IPV4;
    uint32_t ip_len = v4 ? V4_HEADER : V6_HEADER;
    uint8_t *ip = made->bytes, *tcp = ip + ip_len;
    *made = (struct made){.frame = {.link = LINK_RAW,
                                    .captured_len = ip_len + TCP_HEADER_MIN,
                                    .wire_len = ip_len + TCP_HEADER_MIN}};
    ip[0] = v4 ? 4 << 4 | V4_HEADER / 4 : 6 << 4;
    put_u16(ip + (v4 ? V4_LENGTH : V6_LENGTH), v4 ? ip_len + TCP_HEADER_MIN : TCP_HEADER_MIN);
    ip[v4 ? V4_TTL : V6_HOPS] = HOPS;
    ip[v4 ? V4_PROTOCOL : V6_NEXT] = PROTOCOL_TCP;
    memcpy(ip + ip_len - (v4 ? 4 : 16), server->address.bytes, v4 ? 4 : 16);
    put_u16(tcp + 2, server->port);
    tcp[LENGTH_AT] = TCP_HEADER_MIN / 4 << 4;
    tcp[FLAGS_AT] = TCP_SYN;
}

int gap_takes_unsent(struct filter *filter, const struct endpoint *server, struct error *error)
{
    struct made made;
    if (server->address.family == FAMILY_NONE)
        return 0;
    make_syn(&made, server);
    made.frame.bytes = made.bytes;
    int taken = filter_takes(filter, &made.frame, error);
    return taken < 0 && error->status == STATUS_USAGE ? 0 : taken;
}

const char *gap_text(enum gap gap)
{
    static const char *const texts[] = {
        [GAP_NONE] = "nothing is missing",
        [GAP_DIRECTION] = "one direction is missing",
        [GAP_FLAGS] = "segments with other flags are missing",
        [GAP_LENGTH] = "segments of other length or content are missing",
    };
    return texts[gap];
}
