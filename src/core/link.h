/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: from the first byte of a frame to the first byte of its IP header. */
#ifndef TCPSHAKE_CORE_LINK_H
#define TCPSHAKE_CORE_LINK_H

#include "core/bytes.h"
#include "core/segment.h"

/* Moves the cursor behind the link header and all that may stand between it and IP: VLAN and other
 * tags, LLC and SNAP, PPPoE and PPP, MPLS labels. Returns SEGMENT_TCP if an IP header is to follow
 * (of which version, its own first octet says), else the reason why none does. */
enum segment_kind link_skip(enum link link, struct cursor *at);

/* The same for what follows a tunnel header that named this ethertype. */
enum segment_kind link_skip_after(uint16_t ethertype, struct cursor *at);

#endif
