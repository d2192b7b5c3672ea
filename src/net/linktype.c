/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/linktype.h"

#include <pcap/dlt.h>
#include <stddef.h>

/* LINKTYPE_ numbers: https://www.tcpdump.org/linktypes.html */
enum {
    LINKTYPE_NULL = 0,
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_RAW_LINUX = 12, /* DLT_RAW of Linux and most BSDs, of OpenBSD: */
    LINKTYPE_RAW_OPENBSD = 14,
    LINKTYPE_RAW = 101,
    LINKTYPE_LOOP = 108,
    LINKTYPE_LINUX_SLL = 113,
    LINKTYPE_IPV4 = 228,
    LINKTYPE_IPV6 = 229,
    LINKTYPE_LINUX_SLL2 = 276,
};

/* The two numberings differ where a DLT_ depends on the operating system. */
static const struct {
    uint16_t linktype;
    int dlt;
    enum link link;
} links[] = {
    {LINKTYPE_ETHERNET, DLT_EN10MB, LINK_ETHERNET},
    {LINKTYPE_RAW, DLT_RAW, LINK_RAW},
    {LINKTYPE_NULL, DLT_NULL, LINK_NULL},
    {LINKTYPE_LOOP, DLT_LOOP, LINK_LOOP},
    {LINKTYPE_LINUX_SLL, DLT_LINUX_SLL, LINK_SLL},
    {LINKTYPE_LINUX_SLL2, DLT_LINUX_SLL2, LINK_SLL2},
    {LINKTYPE_IPV4, DLT_IPV4, LINK_RAW},
    {LINKTYPE_IPV6, DLT_IPV6, LINK_RAW},
    /* Old files carry the writer's DLT_RAW. */
    {LINKTYPE_RAW_LINUX, 12, LINK_RAW},
    {LINKTYPE_RAW_OPENBSD, 14, LINK_RAW},
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
