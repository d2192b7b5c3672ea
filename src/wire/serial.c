/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of serial lines: PPP, Cisco HDLC, Frame Relay. */
#include "wire/layer.h"

/* The protocol, of one octet if that is odd: RFC 1661, 2. */
static bool read_protocol(struct cursor *at, uint16_t *protocol)
{
    uint8_t high, low;
    if (!cursor_u8(at, &high))
        return false;
    *protocol = high;
    if ((high & 1) != 0)
        return true;
    if (!cursor_u8(at, &low))
        return false;
    *protocol = (uint16_t)(high << 8 | low);
    return true;
}

/* Address and control (RFC 1662, 3.1) may have been left out. */
enum layer step_ppp(struct cursor *at)
{
    struct cursor first = *at;
    uint8_t address;
    uint16_t protocol;
    if (cursor_u8(&first, &address) && address == 0xff && !cursor_skip(at, 2))
        return LAYER_CUT;
    if (!read_protocol(at, &protocol))
        return LAYER_CUT;
    switch (protocol) {
    case 0x0021: /* IPv4 */
    case 0x0057: /* IPv6 */
        return LAYER_IP;
    case 0x0281: /* MPLS */
    case 0x0283:
        return LAYER_MPLS;
    default:
        return LAYER_NOT_IP;
    }
}

/* The first octet is 0xff for PPP; unicast and multicast have one each with Cisco. */
enum layer step_ppp_or_cisco(struct cursor *at)
{
    struct cursor first = *at;
    uint8_t address;
    if (!cursor_u8(&first, &address))
        return LAYER_CUT;
    if (address != 0x0f && address != 0x8f)
        return LAYER_PPP;
    return cursor_skip(at, 2) ? LAYER_ETHERTYPE : LAYER_CUT;
}

/* Q.922: two to four octets of address, the last bit of the last one is set. Then unnumbered
 * information (RFC 2427) or, with Cisco, an ethertype. */
enum layer step_frame_relay(struct cursor *at)
{
    uint8_t octet = 0, control;
    for (int len = 0; len < 4 && (octet & 1) == 0; len++)
        if (!cursor_u8(at, &octet))
            return LAYER_CUT;
    struct cursor next = *at;
    if ((octet & 1) == 0)
        return LAYER_NOT_IP;
    if (!cursor_u8(&next, &control))
        return LAYER_CUT;
    if (control != 0x03)
        return LAYER_ETHERTYPE;
    *at = next;
    return LAYER_NLPID;
}
