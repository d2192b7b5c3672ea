/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors: a right header around a quote of any octets, handed to a connection that may be the
 * one it speaks of. Octets: which family and what else (a bit each), type, code, then the quote. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tcp/arrival/arrival.h"
#include "tcp/icmp.h"
#include "tcp/outcome.h"
#include "wire/decode.h"

#define OUTER_MAX 40
#define ICMP_LEN  8

enum {
    IPV6 = 1,
    KNOWN = 2, /* a connection of that tuple is there */
    WIRE_LONGER = 4,
};

/* Writes an IP header for len octets behind it; returns its length. */
static size_t put_ip(uint8_t *out, bool v6, size_t len)
{
    static const uint8_t v4_header[20] = {0x45, 0, 0,   0, 0,   0, 0,   0, 64, 1,
                                          0,    0, 203, 0, 113, 1, 192, 0, 2,  7};
    static const uint8_t v6_header[40] = {0x60, 0, 0, 0, 0, 0, 58, 64, 0x20, 1, 0xd, 0xb8};
    size_t header_len = v6 ? sizeof v6_header : sizeof v4_header;
    size_t field = v6 ? len : len + header_len;
    memcpy(out, v6 ? v6_header : v4_header, header_len);
    out[v6 ? 4 : 2] = (uint8_t)(field >> 8);
    out[v6 ? 5 : 3] = (uint8_t)field;
    return header_len;
}

static bool is_error_type(bool v6, uint8_t type)
{
    return v6 ? type >= 1 && type <= 4 : type == 3 || type == 4 || type == 11 || type == 12;
}

/* A quote that is a segment by itself is quoted as that, unless its packet was in a tunnel. */
static void check_quoted(struct cursor quote, enum segment_kind kind, const struct segment *error)
{
    struct segment quoted;
    struct frame frame = {77, quote.at, (uint32_t)quote.left, (uint32_t)quote.left, LINK_RAW, 0};
    if (segment_decode(&frame, &quoted) != SEGMENT_TCP)
        return;
    CHECK(kind == SEGMENT_ICMP_ERROR || kind == SEGMENT_NOT_TCP || kind == SEGMENT_BAD_IP_VERSION);
    if (kind != SEGMENT_ICMP_ERROR)
        return;
    CHECK(endpoint_equal(&quoted.src, &error->src) && endpoint_equal(&quoted.dst, &error->dst));
    CHECK(error->icmp.has_seq && error->seq == quoted.seq);
}

/* Whatever the error says, it moves no state (RFC 5927, 4.1). */
static void check_told(const struct segment *error)
{
    struct conversation c;
    struct step steps[4];
    struct connection_result result;
    struct segment syn = {.src = error->src,
                          .dst = error->dst,
                          .seq = error->seq,
                          .flags = TCP_SYN,
                          .checksum = CHECKSUM_GOOD};
    memset(&c, 0, sizeof c);
    conversation_start(&c, &syn, steps, 4);
    segment_arrives(&c, &syn, ORIGIN_WIRE);
    const enum tcp_state before[ENDS] = {c.ends[CLIENT].state, c.ends[SERVER].state};
    icmp_error_arrives(&c, error);
    CHECK(c.ends[CLIENT].state == before[CLIENT] && c.ends[SERVER].state == before[SERVER]);
    conversation_result(&c, &result);
    enum reason reason = icmp_reason(&error->icmp);
    CHECK(reason < REASON_COUNT);
    CHECK(result.port_state == PORT_FILTERED || result.port_state == PORT_UNREACHABLE);
    CHECK(result.port_state != PORT_UNREACHABLE || reason != REASON_UNKNOWN);
    CHECK(result.step_count == 2 && result.steps[1].is_icmp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    uint8_t how = take_u8(&in), type = take_u8(&in), code = take_u8(&in);
    bool v6 = (how & IPV6) != 0;
    struct segment s;
    uint8_t *packet = malloc(OUTER_MAX + ICMP_LEN + in.left);
    CHECK(packet != NULL);
    size_t len = put_ip(packet, v6, ICMP_LEN + in.left);
    memcpy(packet + len, (uint8_t[ICMP_LEN]){type, code}, ICMP_LEN);
    memcpy(packet + len + ICMP_LEN, in.at, in.left);
    len += ICMP_LEN + in.left;
    struct frame frame = {77, packet, (uint32_t)len, (uint32_t)len, LINK_RAW, 0};
    frame.wire_len += (how & WIRE_LONGER) != 0 ? 100 : 0;
    enum segment_kind kind = segment_decode(&frame, &s);
    check_segment(&frame, kind, &s);
    CHECK(kind != SEGMENT_TCP);
    if (kind == SEGMENT_ICMP_ERROR) {
        CHECK(is_error_type(v6, type) && s.icmp.type == type && s.icmp.code == code);
        if ((how & KNOWN) != 0)
            check_told(&s);
    }
    if (is_error_type(v6, type))
        check_quoted(in, kind, &s);
    free(packet);
    return 0;
}
