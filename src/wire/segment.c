/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/segment.h"

const char *segment_kind_text(enum segment_kind kind)
{
    static const char *const texts[SEGMENT_KIND_COUNT] = {
        [SEGMENT_TCP] = "TCP segment",
        [SEGMENT_ICMP_ERROR] = "ICMP error about a TCP segment",
        [SEGMENT_NOT_IP] = "not IP",
        [SEGMENT_NOT_TCP] = "not TCP",
        [SEGMENT_UNKNOWN_LINK] = "link type not supported",
        [SEGMENT_TRUNCATED_LINK] = "truncated in the link header",
        [SEGMENT_TRUNCATED_TUNNEL] = "truncated in a tunnel header",
        [SEGMENT_TRUNCATED_IP] = "truncated in the IP header",
        [SEGMENT_TRUNCATED_TCP] = "truncated in the TCP header",
        [SEGMENT_TRUNCATED_ICMP] = "truncated in the ICMP error",
        [SEGMENT_BAD_IP_VERSION] = "IP version neither 4 nor 6, or not that of its ICMP error",
        [SEGMENT_BAD_IP_HEADER] = "IP header shorter than the minimum or longer than its packet",
        [SEGMENT_BAD_TCP_OFFSET] = "TCP header shorter than the minimum or longer than its packet",
        [SEGMENT_FRAGMENT] = "not the first fragment",
        [SEGMENT_TOO_MANY_HEADERS] = "too many tags, extension headers or tunnels",
        [SEGMENT_ENCRYPTED] = "encrypted on the link",
    };
    return (unsigned)kind < SEGMENT_KIND_COUNT ? texts[kind] : "unknown";
}
