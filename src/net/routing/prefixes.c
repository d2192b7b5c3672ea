/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/routing/prefixes.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "wire/bytes.h"

#define BITS 32u

/* What the kernel treats alike without a route: ip_route_output_key(9). */
static const struct fixed {
    uint32_t first;
    uint8_t len;
} fixed[] = {
    {0x00000000, 8}, {0x7f000000, 8}, {0xe0000000, 4}, {0xe0000000, 24}, {0xffffffff, 32},
};

static void add_edge(struct prefixes *prefixes, uint32_t edge)
{
    if (prefixes->count == sizeof prefixes->edges / sizeof prefixes->edges[0])
        prefixes->too_many = true;
    else
        prefixes->edges[prefixes->count++] = edge;
}

static void add_prefix(struct prefixes *prefixes, uint32_t first, unsigned len)
{
    uint32_t mask = len == 0 ? 0 : UINT32_MAX << (BITS - len);
    add_edge(prefixes, first & mask);
    add_edge(prefixes, (first | ~mask) + 1); /* behind the last address of all comes 0 */
}

struct found {
    struct prefixes *prefixes;
    uint32_t first;
};

static int parse_attribute(const struct nlattr *attribute, void *user)
{
    struct found *found = user;
    switch (mnl_attr_get_type(attribute)) {
    case RTA_DST:
        if (mnl_attr_get_payload_len(attribute) == 4)
            found->first = bytes_be32(mnl_attr_get_payload(attribute));
        break;
    case RTA_MULTIPATH:
    case RTA_NH_ID: /* it may stand for several */
        found->prefixes->splits = true;
        break;
    }
    return MNL_CB_OK;
}

static int parse_route(const struct nlmsghdr *reply, void *user)
{
    struct found found = {.prefixes = user};
    const struct rtmsg *message = mnl_nlmsg_get_payload(reply);
    if (message->rtm_family != AF_INET || message->rtm_dst_len > BITS)
        return MNL_CB_OK;
    int code = mnl_attr_parse(reply, sizeof *message, parse_attribute, &found);
    add_prefix(found.prefixes, found.first, message->rtm_dst_len);
    return code;
}

static int compare(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

void prefixes_ask(struct netlink *netlink, struct prefixes *prefixes)
{
    char buffer[NETLINK_REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETROUTE;
    struct rtmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    message->rtm_family = AF_INET;
    prefixes->count = 0;
    prefixes->too_many = prefixes->splits = false;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        add_prefix(prefixes, fixed[i].first, fixed[i].len);
    int code = netlink_dump(netlink, request, parse_route, prefixes);
    if (code != 0 || prefixes->too_many || prefixes->splits)
        prefixes->count = 0;
    qsort(prefixes->edges, prefixes->count, sizeof prefixes->edges[0], compare);
}

struct address prefixes_first_alike(const struct prefixes *prefixes, const struct address *address)
{
    size_t low = 0, high = prefixes->count;
    if (address->family != FAMILY_IPV4 || high == 0)
        return *address;
    uint32_t number = bytes_be32(address->bytes);
    while (high - low > 1) { /* the first edge is 0 */
        size_t middle = low + (high - low) / 2;
        *(prefixes->edges[middle] <= number ? &low : &high) = middle;
    }
    uint32_t edge = prefixes->edges[low];
    return (struct address){
        FAMILY_IPV4,
        {(uint8_t)(edge >> 24), (uint8_t)(edge >> 16), (uint8_t)(edge >> 8), (uint8_t)edge}};
}
