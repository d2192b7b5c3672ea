/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/linktype.h"

#include <pcap/dlt.h>
#include <stddef.h>

/* https://www.tcpdump.org/linktypes.html; the two numberings differ only where a DLT_ depends on
 * the operating system. Of several numbers for one link the first is the one to filter by. */
static const struct {
    uint16_t linktype;
    int dlt;
    enum link link;
} links[] = {
    {1, DLT_EN10MB, LINK_ETHERNET},
    {101, DLT_RAW, LINK_RAW},
    {113, DLT_LINUX_SLL, LINK_SLL},
    {276, DLT_LINUX_SLL2, LINK_SLL2},
    {0, DLT_NULL, LINK_NULL},
    {108, DLT_LOOP, LINK_LOOP},
    {228, DLT_IPV4, LINK_RAW},
    {229, DLT_IPV6, LINK_RAW},
    /* Old files carry the writer's DLT_RAW: of Linux and most BSDs, and of OpenBSD. */
    {12, 12, LINK_RAW},
    {14, 14, LINK_RAW},
    {6, DLT_IEEE802, LINK_TOKEN_RING},
    {8, DLT_SLIP, LINK_SLIP},
    {9, DLT_PPP, LINK_PPP},
    {10, DLT_FDDI, LINK_FDDI},
    {50, DLT_PPP_SERIAL, LINK_PPP_SERIAL},
    {51, DLT_PPP_ETHER, LINK_PPP_ETHER},
    {100, DLT_ATM_RFC1483, LINK_ATM},
    {104, DLT_C_HDLC, LINK_CISCO_HDLC},
    {105, DLT_IEEE802_11, LINK_IEEE80211},
    {107, DLT_FRELAY, LINK_FRAME_RELAY},
    {109, DLT_ENC, LINK_ENC},
    {117, DLT_PFLOG, LINK_PFLOG},
    {119, DLT_PRISM_HEADER, LINK_PRISM},
    {122, DLT_IP_OVER_FC, LINK_FIBRE_CHANNEL},
    {123, DLT_SUNATM, LINK_SUNATM},
    {127, DLT_IEEE802_11_RADIO, LINK_RADIOTAP},
    {138, DLT_APPLE_IP_OVER_IEEE1394, LINK_FIREWIRE},
    {163, DLT_IEEE802_11_RADIO_AVS, LINK_AVS},
    {166, DLT_PPP_PPPD, LINK_PPP_PPPD},
    {178, DLT_JUNIPER_ETHER, LINK_JUNIPER_ETHERNET},
    {192, DLT_PPI, LINK_PPI},
    {204, DLT_PPP_WITH_DIR, LINK_PPP_WITH_DIR},
    {205, DLT_C_HDLC_WITH_DIR, LINK_CISCO_HDLC_WITH_DIR},
    {206, DLT_FRELAY_WITH_DIR, LINK_FRAME_RELAY_WITH_DIR},
    {219, DLT_MPLS, LINK_MPLS},
    {197, DLT_ERF, LINK_ERF},
    {226, DLT_IPNET, LINK_IPNET},
    {239, DLT_NFLOG, LINK_NFLOG},
    {240, DLT_NETANALYZER, LINK_NETANALYZER},
    {241, DLT_NETANALYZER_TRANSPARENT, LINK_NETANALYZER_PREAMBLE},
    {242, DLT_IPOIB, LINK_INFINIBAND},
    {259, DLT_EPON, LINK_EPON},
    {274, DLT_ETHERNET_MPACKET, LINK_MPACKET},
    {281, DLT_DSA_TAG_BRCM, LINK_BROADCOM},
    {282, DLT_DSA_TAG_BRCM_PREPEND, LINK_BROADCOM_PREPENDED},
    {284, DLT_DSA_TAG_DSA, LINK_DSA},
    {285, DLT_DSA_TAG_EDSA, LINK_EDSA},
};

static const size_t link_count = sizeof links / sizeof links[0];

enum link link_from_linktype(uint16_t linktype)
{
    for (size_t i = 0; i < link_count; i++)
        if (links[i].linktype == linktype)
            return links[i].link;
    return LINK_UNKNOWN;
}

enum link link_from_dlt(int dlt)
{
    for (size_t i = 0; i < link_count; i++)
        if (links[i].dlt == dlt)
            return links[i].link;
    return LINK_UNKNOWN;
}

uint16_t linktype_from_dlt(int dlt)
{
    for (size_t i = 0; i < link_count; i++)
        if (links[i].dlt == dlt)
            return links[i].linktype;
    return (uint16_t)dlt;
}

int dlt_from_link(enum link link)
{
    for (size_t i = 0; i < link_count; i++)
        if (links[i].link == link)
            return links[i].dlt;
    return -1;
}
