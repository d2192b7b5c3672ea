/* SPDX-License-Identifier: BSD-2-Clause */
/* The fixed part of the TCP header: RFC 9293, 3.1. */
#ifndef TCPSHAKE_WIRE_TCPHEADER_H
#define TCPSHAKE_WIRE_TCPHEADER_H

#include "wire/segment.h"

#define TCP_HEADER_MIN 20
#define TCP_FLAGS      0x1ff /* of what stands behind the data offset */

/* Reads its twenty octets: ports, numbers, flags and window. Returns what the data offset makes of
 * the header's length, which may be too little or too much. */
static inline uint32_t tcpheader_read(struct cursor fixed, struct segment *out)
{
    uint16_t offset_flags = 0;
    cursor_be16(&fixed, &out->src.port);
    cursor_be16(&fixed, &out->dst.port);
    cursor_be32(&fixed, &out->seq);
    cursor_be32(&fixed, &out->ack);
    cursor_be16(&fixed, &offset_flags);
    cursor_be16(&fixed, &out->window);
    out->flags = offset_flags & TCP_FLAGS;
    return (uint32_t)(offset_flags >> 12) * 4;
}

#endif
