/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets inside packets: IP in IP, GRE, and what travels in UDP. */
#ifndef TCPSHAKE_WIRE_TUNNEL_H
#define TCPSHAKE_WIRE_TUNNEL_H

#include "wire/ip.h"

struct packet {
    struct cursor bytes; /* from its IP header on, as far as it was captured */
    uint32_t wire_len;   /* no less than bytes.left */
};

/* The packet that the body of outer carries. SEGMENT_NOT_TCP: outer is no tunnel, or none that this
 * program knows; another reason: it is one, but what it carries is no IP packet. A UDP port alone
 * proves nothing, so what it promises must be there to count. */
enum segment_kind tunnel_enter(const struct datagram *outer, struct packet *inner);

#endif
