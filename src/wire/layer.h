/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers that can stand between the start of a frame and IP, one step each. */
#ifndef TCPSHAKE_WIRE_LAYER_H
#define TCPSHAKE_WIRE_LAYER_H

#include "wire/bytes.h"

/* What the cursor stands before; the first ones end the walk. */
enum layer {
    LAYER_IP,
    LAYER_NOT_IP,
    LAYER_CUT,      /* the capture ends here */
    LAYER_FRAGMENT, /* a later fragment of a link that cuts frames into pieces */
    LAYER_TOO_MANY,
    LAYER_ENCRYPTED, /* what follows is there, but only its receiver can read it */
    LAYER_ENDS,

    LAYER_ETHERTYPE = LAYER_ENDS, /* two octets: a type, or a length with LLC behind it */
    LAYER_ETHERNET,
    LAYER_MPACKET, /* Ethernet with its preamble: IEEE 802.3br */
    LAYER_LLC,
    LAYER_SNAP,
    LAYER_NLPID, /* ISO/IEC TR 9577 */
    LAYER_MPLS,
    LAYER_NSH,
    LAYER_MACSEC, /* IEEE 802.1AE */
    LAYER_TRILL,  /* RFC 6325 */
    LAYER_TOKEN_RING,
    LAYER_FAMILY,     /* address family in either byte order */
    LAYER_FAMILY_BIG, /* the same, big-endian */
    LAYER_ENC,
    LAYER_PFLOG,
    LAYER_NFLOG,
    LAYER_JUNIPER,
    LAYER_ERF,
    /* serial.c */
    LAYER_PPP,
    LAYER_PPP_OR_CISCO,
    LAYER_FRAME_RELAY,
    /* wireless.c */
    LAYER_IEEE80211,
    LAYER_IEEE80211_PADDED, /* header padded to a multiple of four */
    LAYER_RADIOTAP,
    LAYER_PRISM_OR_AVS,
    LAYER_PPI,
    LAYER_COUNT,
};

/* A step moves the cursor behind one header and says what stands there; on an end, the cursor is
 * anywhere. */
typedef enum layer layer_step(struct cursor *at);

layer_step step_ppp, step_ppp_or_cisco, step_frame_relay;
layer_step step_ieee80211, step_ieee80211_padded, step_radiotap, step_prism_or_avs, step_ppi;

/* Little-endian, the byte order of radio headers. */
static inline bool cursor_le16(struct cursor *at, uint16_t *out)
{
    uint16_t big;
    if (!cursor_be16(at, &big))
        return false;
    *out = (uint16_t)(big >> 8 | big << 8);
    return true;
}

static inline uint32_t swap32(uint32_t x)
{
    return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

static inline bool cursor_le32(struct cursor *at, uint32_t *out)
{
    uint32_t big;
    if (!cursor_be32(at, &big))
        return false;
    *out = swap32(big);
    return true;
}

#endif
