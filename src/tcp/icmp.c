/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/icmp.h"

enum icmpv4_type {
    ICMPV4_UNREACHABLE = 3,
    ICMPV4_TIME_EXCEEDED = 11,
    ICMPV4_PARAMETER_PROBLEM = 12,
};

enum icmpv6_type {
    ICMPV6_UNREACHABLE = 1,
    ICMPV6_TIME_EXCEEDED = 3,
    ICMPV6_PARAMETER_PROBLEM = 4,
};

/* RFC 792, RFC 1122, 3.2.2.1 and RFC 1812, 5.2.7.1. */
static const uint8_t unreachable_v4[] = {
    [0] = REASON_NET_UNREACH,  [1] = REASON_HOST_UNREACH,   [2] = REASON_PROTO_UNREACH,
    [3] = REASON_PORT_UNREACH, [4] = REASON_UNKNOWN, /* fragmentation needed: for path MTU
                                                        discovery, not for us */
    [5] = REASON_DEST_UNREACH, [6] = REASON_NET_UNREACH,    [7] = REASON_HOST_UNREACH,
    [8] = REASON_DEST_UNREACH, [9] = REASON_NET_PROHIBITED, [10] = REASON_HOST_PROHIBITED,
    [11] = REASON_NET_UNREACH, [12] = REASON_HOST_UNREACH,  [13] = REASON_ADMIN_PROHIBITED,
};

/* RFC 4443, 3.1. */
static const uint8_t unreachable_v6[] = {
    [0] = REASON_NET_UNREACH,      [1] = REASON_ADMIN_PROHIBITED, [2] = REASON_DEST_UNREACH,
    [3] = REASON_HOST_UNREACH,     [4] = REASON_PORT_UNREACH,     [5] = REASON_ADMIN_PROHIBITED,
    [6] = REASON_ADMIN_PROHIBITED,
};

static enum reason from_code(const uint8_t *codes, size_t count, uint8_t code)
{
    return code < count ? (enum reason)codes[code] : REASON_DEST_UNREACH;
}

enum reason icmp_reason(const struct icmp_error *error)
{
    bool v6 = error->family == FAMILY_IPV6;
    if (!v6 && error->type == ICMPV4_UNREACHABLE)
        return from_code(unreachable_v4, sizeof unreachable_v4, error->code);
    if (v6 && error->type == ICMPV6_UNREACHABLE)
        return from_code(unreachable_v6, sizeof unreachable_v6, error->code);
    if (error->type == (v6 ? ICMPV6_TIME_EXCEEDED : ICMPV4_TIME_EXCEEDED))
        return REASON_TIME_EXCEEDED;
    if (error->type == (v6 ? ICMPV6_PARAMETER_PROBLEM : ICMPV4_PARAMETER_PROBLEM))
        return REASON_PARAMETER_PROBLEM;
    return REASON_UNKNOWN;
}
