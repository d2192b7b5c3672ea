/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/link.h"

#include "wire/layer.h"

#define STEPS_MAX     8
#define LABELS_MAX    16
#define ETHERTYPE_MIN 0x600 /* below it is a length: IEEE 802.3, 3.2.6 */

/* How a frame begins: a number of octets to skip, then a layer. For an ethertype, behind is the
 * number of octets between it and the header that it names. */
static const struct {
    uint8_t before, behind;
    enum layer layer;
} starts[LINK_COUNT] = {
    [LINK_UNKNOWN] = {0, 0, LAYER_NOT_IP},
    [LINK_ETHERNET] = {MAC_ADDRESSES, 0, LAYER_ETHERTYPE},
    [LINK_MPACKET] = {0, 0, LAYER_MPACKET},
    [LINK_NETANALYZER] = {4, 0, LAYER_ETHERNET},
    [LINK_NETANALYZER_PREAMBLE] = {12, 0, LAYER_ETHERNET},
    [LINK_EPON] = {8, 0, LAYER_ETHERNET},
    [LINK_ERF] = {0, 0, LAYER_ERF},
    [LINK_DSA] = {MAC_ADDRESSES + 4, 0, LAYER_ETHERTYPE},
    [LINK_EDSA] = {MAC_ADDRESSES + 8, 0, LAYER_ETHERTYPE},
    [LINK_BROADCOM] = {MAC_ADDRESSES + 4, 0, LAYER_ETHERTYPE},
    [LINK_BROADCOM_PREPENDED] = {4, 0, LAYER_ETHERNET},
    [LINK_IPNET] = {24, 0, LAYER_IP},
    [LINK_NULL] = {0, 0, LAYER_FAMILY},
    [LINK_LOOP] = {0, 0, LAYER_FAMILY_BIG},
    [LINK_ENC] = {0, 0, LAYER_ENC},
    [LINK_RAW] = {0, 0, LAYER_IP},
    [LINK_SLIP] = {16, 0, LAYER_IP},
    [LINK_PPP] = {0, 0, LAYER_PPP_OR_CISCO},
    [LINK_PPP_SERIAL] = {0, 0, LAYER_PPP_OR_CISCO},
    [LINK_PPP_ETHER] = {6, 0, LAYER_PPP},
    [LINK_PPP_PPPD] = {2, 0, LAYER_PPP},
    [LINK_PPP_WITH_DIR] = {1, 0, LAYER_PPP_OR_CISCO},
    [LINK_CISCO_HDLC] = {2, 0, LAYER_ETHERTYPE},
    [LINK_CISCO_HDLC_WITH_DIR] = {3, 0, LAYER_ETHERTYPE},
    [LINK_FRAME_RELAY] = {0, 0, LAYER_FRAME_RELAY},
    [LINK_FRAME_RELAY_WITH_DIR] = {1, 0, LAYER_FRAME_RELAY},
    [LINK_MPLS] = {0, 0, LAYER_MPLS},
    [LINK_TOKEN_RING] = {0, 0, LAYER_TOKEN_RING},
    [LINK_FDDI] = {13, 0, LAYER_LLC},
    [LINK_ATM] = {0, 0, LAYER_LLC},
    [LINK_SUNATM] = {4, 0, LAYER_LLC},
    [LINK_FIBRE_CHANNEL] = {16, 0, LAYER_LLC},
    [LINK_FIREWIRE] = {16, 0, LAYER_ETHERTYPE},
    [LINK_INFINIBAND] = {40, 2, LAYER_ETHERTYPE},
    [LINK_IEEE80211] = {0, 0, LAYER_IEEE80211},
    [LINK_RADIOTAP] = {0, 0, LAYER_RADIOTAP},
    [LINK_PRISM] = {0, 0, LAYER_PRISM_OR_AVS},
    [LINK_AVS] = {0, 0, LAYER_PRISM_OR_AVS},
    [LINK_PPI] = {0, 0, LAYER_PPI},
    [LINK_PFLOG] = {0, 0, LAYER_PFLOG},
    [LINK_NFLOG] = {0, 0, LAYER_NFLOG},
    [LINK_SLL] = {14, 0, LAYER_ETHERTYPE},
    [LINK_SLL2] = {0, 18, LAYER_ETHERTYPE},
    [LINK_JUNIPER_ETHERNET] = {0, 0, LAYER_JUNIPER},
};

/* Ethertypes (IEEE registration authority) that lead to IP, and how many octets after the type the
 * layer begins. */
static const struct {
    uint16_t type;
    uint8_t behind;
    enum layer layer;
} ethertypes[] = {
    {ETHERTYPE_IPV4, 0, LAYER_IP},
    {ETHERTYPE_IPV6, 0, LAYER_IP},
    {0x8100, 2, LAYER_ETHERTYPE},                 /* IEEE 802.1Q */
    {0x88a8, 2, LAYER_ETHERTYPE},                 /* IEEE 802.1ad */
    {0x9100, 2, LAYER_ETHERTYPE},                 /* the same before the standard */
    {0x9200, 2, LAYER_ETHERTYPE},                 /* and again */
    {0x8847, 0, LAYER_MPLS},                      /* RFC 3032 */
    {0x8848, 0, LAYER_MPLS},                      /* RFC 5332 */
    {0x8864, 6, LAYER_PPP},                       /* PPPoE session: RFC 2516 */
    {0x880b, 0, LAYER_PPP},                       /* in GRE: RFC 2637 */
    {0x6558, MAC_ADDRESSES, LAYER_ETHERTYPE},     /* transparent Ethernet: RFC 1701 */
    {0x88e7, 4 + MAC_ADDRESSES, LAYER_ETHERTYPE}, /* IEEE 802.1ah */
    {0x8926, 4, LAYER_ETHERTYPE},                 /* VN-Tag */
    {0x8909, 6, LAYER_ETHERTYPE},                 /* Cisco metadata */
    {0x892f, 4, LAYER_ETHERTYPE},                 /* HSR: IEC 62439-3 */
    {0x893f, 6, LAYER_ETHERTYPE},                 /* IEEE 802.1BR */
    {0x8903, 2 + MAC_ADDRESSES, LAYER_ETHERTYPE}, /* FabricPath */
    {0x894f, 0, LAYER_NSH},
    {0xf1c1, 4, LAYER_ETHERTYPE}, /* R-TAG: IEEE 802.1CB, 7.8 */
    {0x88e5, 0, LAYER_MACSEC},
    {0x22f3, 0, LAYER_TRILL},
};

static enum layer after_type(uint16_t type, struct cursor *at)
{
    if (type < ETHERTYPE_MIN)
        return LAYER_LLC;
    for (size_t i = 0; i < sizeof ethertypes / sizeof ethertypes[0]; i++)
        if (ethertypes[i].type == type)
            return cursor_skip(at, ethertypes[i].behind) ? ethertypes[i].layer : LAYER_CUT;
    return LAYER_NOT_IP;
}

static enum layer step_ethertype(struct cursor *at)
{
    uint16_t type;
    return cursor_be16(at, &type) ? after_type(type, at) : LAYER_CUT;
}

static enum layer step_ethernet(struct cursor *at)
{
    return cursor_skip(at, MAC_ADDRESSES) ? LAYER_ETHERTYPE : LAYER_CUT;
}

/* The last two of eight octets tell: preamble and start of a frame, or the place of a later
 * fragment. */
static enum layer step_mpacket(struct cursor *at)
{
    uint8_t before_last, last;
    if (!cursor_skip(at, 6) || !cursor_u8(at, &before_last) || !cursor_u8(at, &last))
        return LAYER_CUT;
    return before_last == 0x55 ? LAYER_ETHERNET : LAYER_FRAGMENT;
}

/* IEEE 802.2: the access points of both ends. */
static enum layer step_llc(struct cursor *at)
{
    uint16_t points;
    uint8_t control;
    if (!cursor_be16(at, &points))
        return LAYER_CUT;
    if (points != 0xaaaa && points != 0xfefe && points != 0x0606)
        return LAYER_NOT_IP;
    if (!cursor_u8(at, &control))
        return LAYER_CUT;
    if (control != 0x03)
        return LAYER_NOT_IP;
    if (points == 0xaaaa)
        return LAYER_SNAP;
    return points == 0xfefe ? LAYER_NLPID : LAYER_IP;
}

/* RFC 1042, and IEEE 802.1H for what bridges translate. */
static enum layer step_snap(struct cursor *at)
{
    uint8_t high;
    uint16_t low;
    if (!cursor_u8(at, &high) || !cursor_be16(at, &low))
        return LAYER_CUT;
    return high == 0 && (low == 0 || low == 0x00f8) ? LAYER_ETHERTYPE : LAYER_NOT_IP;
}

static enum layer step_nlpid(struct cursor *at)
{
    uint8_t id;
    do
        if (!cursor_u8(at, &id))
            return LAYER_CUT;
    while (id == 0); /* padding: RFC 2427, 3 */
    switch (id) {
    case 0xcc: /* IPv4 */
    case 0x8e: /* IPv6 */
        return LAYER_IP;
    case 0x80:
        return LAYER_SNAP;
    case 0xcf:
        return LAYER_PPP;
    default:
        return LAYER_NOT_IP;
    }
}

/* Whether what stands here can be Ethernet on its way to IP. */
static bool is_ethernet(struct cursor at)
{
    uint16_t type;
    return cursor_skip(&at, MAC_ADDRESSES) && cursor_be16(&at, &type) && type >= ETHERTYPE_MIN &&
           after_type(type, &at) != LAYER_NOT_IP;
}

/* Labels do not say what they carry, so its first four bits have to: RFC 4928, 3. */
static enum layer guess_labelled(struct cursor *at)
{
    struct cursor first = *at;
    uint8_t octet;
    if (!cursor_u8(&first, &octet) || octet >> 4 == 4 || octet >> 4 == 6)
        return LAYER_IP;
    if (octet >> 4 == 0 && !is_ethernet(*at))
        return cursor_skip(at, 4) ? LAYER_ETHERNET : LAYER_CUT; /* control word: RFC 4385 */
    return octet >> 4 == 1 ? LAYER_NOT_IP : LAYER_ETHERNET;
}

static enum layer step_mpls(struct cursor *at)
{
    for (int labels = 0; labels < LABELS_MAX; labels++) {
        uint32_t label;
        if (!cursor_be32(at, &label))
            return LAYER_CUT;
        if ((label & 0x100) != 0)
            return guess_labelled(at);
    }
    return LAYER_TOO_MANY;
}

/* RFC 8300, 2.2: the length in units of four octets ends the first two, the next protocol the first
 * four. */
static enum layer step_nsh(struct cursor *at)
{
    static const enum layer next[] = {[0] = LAYER_NOT_IP,   [1] = LAYER_IP,  [2] = LAYER_IP,
                                      [3] = LAYER_ETHERNET, [4] = LAYER_NSH, [5] = LAYER_MPLS};
    uint16_t flags_len;
    uint8_t protocol;
    if (!cursor_be16(at, &flags_len) || !cursor_skip(at, 1) || !cursor_u8(at, &protocol))
        return LAYER_CUT;
    uint32_t len = (flags_len & 0x3fu) * 4;
    if (len < 8 || protocol >= sizeof next / sizeof next[0])
        return LAYER_NOT_IP;
    return cursor_skip(at, len - 4) ? next[protocol] : LAYER_CUT;
}

/* IEEE 802.1AE, 9.3: what is controlled, a length, a packet number and, if a bit says so, the
 * secure channel. Without the bits of encryption and of changed text, the frame goes on as it was;
 * the check value at its end lies behind what IP's own length covers. */
static enum layer step_macsec(struct cursor *at)
{
    enum { CHANNEL = 0x20, ENCRYPTED = 0x08, CHANGED = 0x04 };
    uint8_t control;
    if (!cursor_u8(at, &control) || !cursor_skip(at, (control & CHANNEL) != 0 ? 13 : 5))
        return LAYER_CUT;
    return (control & (ENCRYPTED | CHANGED)) != 0 ? LAYER_ENCRYPTED : LAYER_ETHERTYPE;
}

/* RFC 6325, 3: the length of the options, in units of four octets, stands across the first two
 * octets; hop count and both nicknames follow. */
static enum layer step_trill(struct cursor *at)
{
    uint16_t version_options;
    if (!cursor_be16(at, &version_options))
        return LAYER_CUT;
    if (version_options >> 14 != 0)
        return LAYER_NOT_IP;
    return cursor_skip(at, 4 + (version_options >> 6 & 0x1fu) * 4) ? LAYER_ETHERNET : LAYER_CUT;
}

/* The first bit of the source address says that a route follows, whose first octet has its length:
 * IEEE 802.5. */
static enum layer step_token_ring(struct cursor *at)
{
    uint8_t source;
    if (!cursor_skip(at, 8) || !cursor_u8(at, &source) || !cursor_skip(at, 5))
        return LAYER_CUT;
    struct cursor route = *at;
    uint8_t control;
    if ((source & 0x80) == 0)
        return LAYER_LLC;
    if (!cursor_u8(&route, &control) || !cursor_skip(at, control & 0x1f))
        return LAYER_CUT;
    return LAYER_LLC;
}

static bool is_ip_family(uint32_t family)
{
    switch (family) {
    case 2:  /* AF_INET everywhere */
    case 10: /* AF_INET6 of Linux */
    case 23: /* of Windows */
    case 24: /* of NetBSD, OpenBSD */
    case 28: /* of FreeBSD */
    case 30: /* of macOS */
        return true;
    default:
        return false;
    }
}

static enum layer step_family(struct cursor *at)
{
    uint32_t family;
    if (!cursor_be32(at, &family))
        return LAYER_CUT;
    return is_ip_family(family) || is_ip_family(swap32(family)) ? LAYER_IP : LAYER_NOT_IP;
}

static enum layer step_family_big(struct cursor *at)
{
    uint32_t family;
    if (!cursor_be32(at, &family))
        return LAYER_CUT;
    return is_ip_family(family) ? LAYER_IP : LAYER_NOT_IP;
}

/* OpenBSD enc: family, security parameter index, flags. */
static enum layer step_enc(struct cursor *at)
{
    enum layer layer = step_family(at);
    return layer != LAYER_IP || cursor_skip(at, 8) ? layer : LAYER_CUT;
}

/* The first octet is the header's length without its padding to a multiple of four. */
static enum layer step_pflog(struct cursor *at)
{
    uint8_t len, family;
    if (!cursor_u8(at, &len) || !cursor_u8(at, &family))
        return LAYER_CUT;
    if (len < 2 || !is_ip_family(family))
        return LAYER_NOT_IP;
    return cursor_skip(at, ((len + 3u) & ~3u) - 2) ? LAYER_IP : LAYER_CUT;
}

/* Attributes of Linux's netfilter log, in the byte order of the machine that wrote them: a length
 * that only makes sense when swapped tells which. */
static enum layer find_payload(struct cursor *at)
{
    for (;;) {
        uint16_t len, type;
        struct cursor start = *at;
        if (!cursor_le16(at, &len) || !cursor_le16(at, &type))
            return LAYER_CUT;
        if (type > 0xff) {
            cursor_be16(&start, &len);
            cursor_be16(&start, &type);
        }
        if (len < 4)
            return LAYER_NOT_IP;
        if ((type & 0x7fff) == 9) /* NFULA_PAYLOAD */
            return LAYER_IP;
        if (!cursor_skip(at, ((len + 3u) & ~3u) - 4))
            return LAYER_CUT;
    }
}

static enum layer step_nflog(struct cursor *at)
{
    uint8_t family;
    if (!cursor_u8(at, &family) || !cursor_skip(at, 3))
        return LAYER_CUT;
    return is_ip_family(family) ? find_payload(at) : LAYER_NOT_IP;
}

/* Three octets of magic, which old releases leave out, and flags: of extensions, whose length
 * stands before them, and of a number of what follows in place of Ethernet. */
static enum layer step_juniper(struct cursor *at)
{
    enum { MAGIC = 0x4d4743, EXTENDED = 0x80, BARE = 0x02, IPV4 = 2, IPV6 = 6 };
    struct cursor start = *at;
    uint32_t magic_flags, protocol;
    uint16_t len = 0;
    if (!cursor_be32(&start, &magic_flags))
        return LAYER_CUT;
    if (magic_flags >> 8 != MAGIC)
        return LAYER_ETHERNET;
    *at = start;
    if ((magic_flags & EXTENDED) != 0 && (!cursor_be16(at, &len) || !cursor_skip(at, len)))
        return LAYER_CUT;
    if ((magic_flags & BARE) == 0)
        return LAYER_ETHERNET;
    if (!cursor_le32(at, &protocol))
        return LAYER_CUT;
    return protocol == IPV4 || protocol == IPV6 ? LAYER_IP : LAYER_NOT_IP;
}

/* Endace's records: time, then type, flags, three lengths and counts; extension headers of eight
 * octets while the first bit says that one more follows; two octets before Ethernet. */
static enum layer step_erf(struct cursor *at)
{
    enum { TIME = 8, REST = 7, MORE = 0x80 };
    uint8_t type = 0, extension;
    if (!cursor_skip(at, TIME) || !cursor_u8(at, &type) || !cursor_skip(at, REST))
        return LAYER_CUT;
    for (extension = type; (extension & MORE) != 0;)
        if (!cursor_u8(at, &extension) || !cursor_skip(at, 7))
            return LAYER_CUT;
    switch (type & ~MORE) {
    case 2:  /* Ethernet */
    case 11: /* with the colour of a classifier */
    case 16: /* and the mark of a splitter */
    case 20: /* with a hash */
        return cursor_skip(at, 2) ? LAYER_ETHERNET : LAYER_CUT;
    case 22: /* IPv4 */
    case 23: /* IPv6 */
        return LAYER_IP;
    default:
        return LAYER_NOT_IP;
    }
}

static layer_step *const steps[LAYER_COUNT] = {
    [LAYER_ETHERTYPE] = step_ethertype,
    [LAYER_ETHERNET] = step_ethernet,
    [LAYER_MPACKET] = step_mpacket,
    [LAYER_LLC] = step_llc,
    [LAYER_SNAP] = step_snap,
    [LAYER_NLPID] = step_nlpid,
    [LAYER_MPLS] = step_mpls,
    [LAYER_NSH] = step_nsh,
    [LAYER_MACSEC] = step_macsec,
    [LAYER_TRILL] = step_trill,
    [LAYER_TOKEN_RING] = step_token_ring,
    [LAYER_FAMILY] = step_family,
    [LAYER_FAMILY_BIG] = step_family_big,
    [LAYER_ENC] = step_enc,
    [LAYER_PFLOG] = step_pflog,
    [LAYER_NFLOG] = step_nflog,
    [LAYER_JUNIPER] = step_juniper,
    [LAYER_ERF] = step_erf,
    [LAYER_PPP] = step_ppp,
    [LAYER_PPP_OR_CISCO] = step_ppp_or_cisco,
    [LAYER_FRAME_RELAY] = step_frame_relay,
    [LAYER_IEEE80211] = step_ieee80211,
    [LAYER_IEEE80211_PADDED] = step_ieee80211_padded,
    [LAYER_RADIOTAP] = step_radiotap,
    [LAYER_PRISM_OR_AVS] = step_prism_or_avs,
    [LAYER_PPI] = step_ppi,
};

static enum segment_kind walk(enum layer layer, struct cursor *at)
{
    static const enum segment_kind ends[LAYER_ENDS] = {
        [LAYER_IP] = SEGMENT_TCP,
        [LAYER_NOT_IP] = SEGMENT_NOT_IP,
        [LAYER_CUT] = SEGMENT_TRUNCATED_LINK,
        [LAYER_FRAGMENT] = SEGMENT_FRAGMENT,
        [LAYER_TOO_MANY] = SEGMENT_TOO_MANY_HEADERS,
        [LAYER_ENCRYPTED] = SEGMENT_ENCRYPTED,
    };
    for (int count = 0; layer >= LAYER_ENDS; count++) {
        if (count == STEPS_MAX)
            return SEGMENT_TOO_MANY_HEADERS;
        layer = steps[layer](at);
    }
    return ends[layer];
}

enum segment_kind link_walk(enum link link, struct cursor *at)
{
    uint16_t type;
    if (link == LINK_UNKNOWN || (unsigned)link >= LINK_COUNT)
        return SEGMENT_UNKNOWN_LINK;
    if (!cursor_skip(at, starts[link].before))
        return SEGMENT_TRUNCATED_LINK;
    if (starts[link].layer != LAYER_ETHERTYPE)
        return walk(starts[link].layer, at);
    if (!cursor_be16(at, &type) || !cursor_skip(at, starts[link].behind))
        return SEGMENT_TRUNCATED_LINK;
    return link_skip_after(type, at);
}

enum segment_kind link_skip_after(uint16_t ethertype, struct cursor *at)
{
    return walk(after_type(ethertype, at), at);
}
