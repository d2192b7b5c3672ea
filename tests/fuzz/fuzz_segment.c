/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of every link type. Octets: the link type, how much longer the frame was on the wire,
 * where to cut it once more (two), then the frame. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wire/decode.h"

#define ETHERNET_HEADER 14
#define IPV4_HEADER     20
#define IPV4_MAX        65535u

static enum segment_kind decode(enum link link, const uint8_t *bytes, size_t len, uint32_t wire_len,
                                struct segment *out)
{
    struct frame frame = {77, bytes, (uint32_t)len, wire_len, link, 0};
    memset(out, 0xa5, sizeof *out);
    enum segment_kind kind = segment_decode(&frame, out);
    check_segment(&frame, kind, out);
    return kind;
}

/* What a shorter capture of the same frame shows, the longer one shows too. */
static void check_cut(const struct frame *whole, enum segment_kind kind, const struct segment *s,
                      size_t len)
{
    struct segment part;
    uint8_t *bytes = exact_copy(whole->bytes, len);
    enum segment_kind part_kind = decode(whole->link, bytes, len, whole->wire_len, &part);
    if (part_kind == SEGMENT_TCP || part_kind == SEGMENT_ICMP_ERROR) {
        CHECK(kind == part_kind);
        CHECK(endpoint_equal(&s->src, &part.src) && endpoint_equal(&s->dst, &part.dst));
    }
    if (part_kind == SEGMENT_TCP) {
        CHECK(part.seq == s->seq && part.ack == s->ack && part.flags == s->flags);
        CHECK(part.payload_len == s->payload_len);
        CHECK(part.payload_captured <= s->payload_captured);
        CHECK(memcmp(part.payload, s->payload, part.payload_captured) == 0);
        CHECK(part.checksum == CHECKSUM_UNKNOWN || part.checksum == s->checksum);
    }
    if (part_kind == SEGMENT_ICMP_ERROR && part.icmp.has_seq)
        CHECK(s->icmp.has_seq && part.seq == s->seq);
    free(bytes);
}

/* A packet says the same behind another header: Ethernet's, or that of a tunnel (RFC 2003, RFC
 * 4213). */
static void check_behind(enum link link, const uint8_t *header, size_t header_len,
                         const struct frame *raw, enum segment_kind kind, const struct segment *s)
{
    struct segment behind;
    size_t len = header_len + raw->captured_len;
    uint8_t *bytes = malloc(len);
    CHECK(bytes != NULL);
    memcpy(bytes, header, header_len);
    memcpy(bytes + header_len, raw->bytes, raw->captured_len);
    enum segment_kind found =
        decode(link, bytes, len, raw->wire_len + (uint32_t)header_len, &behind);
    CHECK(found == kind || found == SEGMENT_TOO_MANY_HEADERS);
    CHECK(found != kind || same_segment(kind, s, &behind));
    free(bytes);
}

static void check_wrapped(const struct frame *raw, enum segment_kind kind, const struct segment *s)
{
    bool v6 = raw->bytes[0] >> 4 == 6;
    uint8_t ethernet[ETHERNET_HEADER] = {0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2};
    memcpy(ethernet + 12, v6 ? "\x86\xdd" : "\x08\x00", 2);
    check_behind(LINK_ETHERNET, ethernet, sizeof ethernet, raw, kind, s);
    uint32_t total = IPV4_HEADER + raw->wire_len;
    if (total > IPV4_MAX)
        return;
    const uint8_t ipv4[IPV4_HEADER] = {0x45,
                                       0,
                                       (uint8_t)(total >> 8),
                                       (uint8_t)total,
                                       0,
                                       0,
                                       0,
                                       0,
                                       64,
                                       v6 ? 41 : 4,
                                       0,
                                       0,
                                       192,
                                       0,
                                       2,
                                       1,
                                       192,
                                       0,
                                       2,
                                       2};
    check_behind(LINK_RAW, ipv4, sizeof ipv4, raw, kind, s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    struct segment s;
    enum link link = (enum link)(take_u8(&in) % LINK_COUNT);
    uint32_t beyond = take_u8(&in);
    size_t cut = take_be16(&in);
    struct frame frame = {77, in.at, (uint32_t)in.left, (uint32_t)in.left + 8 * beyond, link, 0};
    enum segment_kind kind = decode(link, in.at, in.left, frame.wire_len, &s);
    if (in.left > 0)
        check_cut(&frame, kind, &s, cut % in.left);
    if (link == LINK_RAW && (kind == SEGMENT_TCP || kind == SEGMENT_ICMP_ERROR))
        check_wrapped(&frame, kind, &s);
    return 0;
}
