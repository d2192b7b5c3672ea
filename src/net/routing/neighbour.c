/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/routing/neighbour.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static int parse_neighbour(const struct nlmsghdr *reply, void *user)
{
    const struct ndmsg *message = mnl_nlmsg_get_payload(reply);
    *(uint16_t *)user = message->ndm_state;
    return MNL_CB_OK;
}

enum neighbour neighbour_ask(struct netlink *netlink, unsigned ifindex,
                             const struct address *address)
{
    char buffer[NETLINK_REQUEST_MAX] = {0};
    uint16_t state = NUD_NONE;
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETNEIGH;
    struct ndmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    message->ndm_family = address->family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
    message->ndm_ifindex = (int)ifindex;
    mnl_attr_put(request, NDA_DST, address_len(address), address->bytes);
    if (netlink_ask(netlink, request, parse_neighbour, &state) != 0 || state == NUD_NONE ||
        (state & NUD_NOARP) != 0)
        return NEIGHBOUR_UNKNOWN;
    return (state & (NUD_INCOMPLETE | NUD_FAILED)) != 0 ? NEIGHBOUR_SILENT : NEIGHBOUR_KNOWN;
}
