/* SPDX-License-Identifier: BSD-2-Clause */
/* The short way for what nearly every packet of nearly every capture is: Ethernet, IPv4 in one
 * piece and without options, TCP, nothing cut and the IP header's checksum right. */
#ifndef TCPSHAKE_WIRE_PLAIN_H
#define TCPSHAKE_WIRE_PLAIN_H

#include "wire/segment.h"

/* Decodes such a frame as segment_decode says. Returns false, with out undefined, for any other:
 * then there is more to look at. */
bool plain_decode(const struct frame *frame, struct segment *out);

#endif
