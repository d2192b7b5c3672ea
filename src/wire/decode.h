/* SPDX-License-Identifier: BSD-2-Clause */
/* From the bytes of a frame to a segment. */
#ifndef TCPSHAKE_WIRE_DECODE_H
#define TCPSHAKE_WIRE_DECODE_H

#include "wire/segment.h"

/* Decodes one frame. Of a packet inside tunnels the innermost counts: its addresses, its fields.
 * For SEGMENT_TCP every field of out but icmp is set; for SEGMENT_ICMP_ERROR time_ns, src, dst (of
 * the quoted segment, so src is its sender), seq if icmp.has_seq, the ICMP checksum, and icmp, all
 * others 0; else out is undefined. The IP total length bounds the segment (Ethernet padding is no
 * payload); a total length of 0 is segmentation offload and means the rest of the frame. A snapped
 * frame is a segment as soon as the twenty fixed bytes of its TCP header are there, and so is one
 * whose data offset points behind its end, without options or payload. */
enum segment_kind segment_decode(const struct frame *frame, struct segment *out);

#endif
