/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: from the first byte of a frame to the first byte of its IP header. */
#ifndef TCPSHAKE_CORE_LINK_H
#define TCPSHAKE_CORE_LINK_H

#include "core/bytes.h"
#include "core/segment.h"

/* Moves the cursor behind the link header and its VLAN tags. Returns SEGMENT_TCP if an IP header is
 * to follow (of which version, its own first octet says), else the reason why none does. */
enum segment_kind link_skip(enum link link, struct cursor *at);

#endif
