/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11 data frames, and the headers that receivers put before them. */
#include "wire/layer.h"

#define SUBFRAME_HEADER 14 /* of an A-MSDU: two addresses and a length */

/* The two octets of frame control, section 9.2.4.1. */
enum {
    FC_VERSION_TYPE = 0x0f00,
    FC_DATA = 0x0800,
    FC_NO_DATA = 0x4000, /* subtype bit */
    FC_QOS = 0x8000,     /* subtype bit */
    FC_BOTH_DS = 0x0003, /* to and from: a fourth address */
    FC_PROTECTED = 0x0040,
    FC_ORDER = 0x0080, /* with QoS: HT control */
};

enum {
    MAC_HEADER = 24,
    SEQUENCE_AT = 22,
    FOURTH_ADDRESS = 6,
    QOS_CONTROL = 2,
    HT_CONTROL = 4,
    QOS_AGGREGATE = 0x80, /* in its first octet */
    FRAGMENT_NUMBER = 0x0f,
};

static size_t header_len(uint16_t control)
{
    size_t len = MAC_HEADER;
    if ((control & FC_BOTH_DS) == FC_BOTH_DS)
        len += FOURTH_ADDRESS;
    if ((control & FC_QOS) != 0)
        len += QOS_CONTROL;
    if ((control & FC_QOS) != 0 && (control & FC_ORDER) != 0)
        len += HT_CONTROL;
    return len;
}

/* QoS control comes last but for HT control. Of an aggregate the first subframe is read. */
static bool is_aggregate(struct cursor header, uint16_t control)
{
    size_t place = MAC_HEADER + ((control & FC_BOTH_DS) == FC_BOTH_DS ? FOURTH_ADDRESS : 0);
    uint8_t qos;
    return (control & FC_QOS) != 0 && cursor_skip(&header, place) && cursor_u8(&header, &qos) &&
           (qos & QOS_AGGREGATE) != 0;
}

static enum layer skip_mac_header(struct cursor *at, size_t alignment)
{
    struct cursor header = *at, sequence = *at;
    uint16_t control;
    uint8_t fragment = 0;
    if (!cursor_be16(&header, &control))
        return LAYER_CUT;
    if ((control & FC_VERSION_TYPE) != FC_DATA || (control & FC_NO_DATA) != 0)
        return LAYER_NOT_IP;
    if ((control & FC_PROTECTED) != 0)
        return LAYER_ENCRYPTED;
    size_t len = (header_len(control) + alignment - 1) / alignment * alignment;
    if (is_aggregate(*at, control))
        len += SUBFRAME_HEADER;
    if (!cursor_skip(at, len))
        return LAYER_CUT;
    cursor_skip(&sequence, SEQUENCE_AT);
    cursor_u8(&sequence, &fragment);
    return (fragment & FRAGMENT_NUMBER) == 0 ? LAYER_LLC : LAYER_FRAGMENT;
}

enum layer step_ieee80211(struct cursor *at)
{
    return skip_mac_header(at, 1);
}

enum layer step_ieee80211_padded(struct cursor *at)
{
    return skip_mac_header(at, 4);
}

/* The flags field stands behind all words of present bits, and the time stamp if there is one. */
static bool is_padded(struct cursor header)
{
    enum { FLAGS_PAD = 0x20, HAS_TSFT = 1, HAS_FLAGS = 2 };
    struct cursor at = header;
    uint32_t first, word;
    uint8_t flags;
    if (!cursor_skip(&at, 4) || !cursor_le32(&at, &first) || (first & HAS_FLAGS) == 0)
        return false;
    for (word = first; word >> 31 != 0;)
        if (!cursor_le32(&at, &word))
            return false;
    size_t place = header.left - at.left;
    if ((first & HAS_TSFT) != 0)
        place = (place + 7) / 8 * 8 + 8;
    return cursor_skip(&header, place) && cursor_u8(&header, &flags) && (flags & FLAGS_PAD) != 0;
}

/* radiotap.org: version, padding, length. */
enum layer step_radiotap(struct cursor *at)
{
    struct cursor start = *at, header;
    uint8_t version;
    uint16_t len;
    if (!cursor_u8(&start, &version) || !cursor_skip(&start, 1) || !cursor_le16(&start, &len))
        return LAYER_CUT;
    if (version != 0 || len < 8)
        return LAYER_NOT_IP;
    if (!cursor_take(at, len, &header))
        return LAYER_CUT;
    return is_padded(header) ? LAYER_IEEE80211_PADDED : LAYER_IEEE80211;
}

/* Both begin with eight octets of which the last four are the length of all: AVS big-endian, Prism
 * in the byte order of the receiver. Only a cookie tells them apart. */
enum layer step_prism_or_avs(struct cursor *at)
{
    struct cursor start = *at;
    uint32_t cookie, len;
    if (!cursor_be32(&start, &cookie) || !cursor_be32(&start, &len))
        return LAYER_CUT;
    if (cookie >> 12 != 0x80211 && len > 0xffff)
        len = swap32(len);
    if (len < 8 || len > 0xffff)
        return LAYER_NOT_IP;
    return cursor_skip(at, len) ? LAYER_IEEE80211 : LAYER_CUT;
}

/* Per-packet information: version, flags, length, link type. */
enum layer step_ppi(struct cursor *at)
{
    struct cursor start = *at;
    uint16_t len;
    uint32_t dlt;
    if (!cursor_skip(&start, 2) || !cursor_le16(&start, &len) || !cursor_le32(&start, &dlt))
        return LAYER_CUT;
    if (len < 8)
        return LAYER_NOT_IP;
    if (!cursor_skip(at, len))
        return LAYER_CUT;
    switch (dlt) {
    case 1:
        return LAYER_ETHERNET;
    case 105:
        return LAYER_IEEE80211;
    case 127:
        return LAYER_RADIOTAP;
    default:
        return LAYER_NOT_IP;
    }
}
