/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/routing/way.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static void take_u32(const struct nlattr *attribute, uint32_t *out)
{
    if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
        *out = mnl_attr_get_u32(attribute);
}

static void take_address(const uint8_t *bytes, size_t len, struct address *out)
{
    if (len != 4 && len != 16)
        return;
    out->family = len == 4 ? FAMILY_IPV4 : FAMILY_IPV6;
    memcpy(out->bytes, bytes, len);
}

static int parse_metric(const struct nlattr *attribute, void *user)
{
    struct way *way = user;
    if (mnl_attr_get_type(attribute) == RTAX_MTU)
        take_u32(attribute, &way->mtu);
    return MNL_CB_OK;
}

static int parse_attribute(const struct nlattr *attribute, void *user)
{
    struct way *way = user;
    const uint8_t *bytes = mnl_attr_get_payload(attribute);
    size_t len = mnl_attr_get_payload_len(attribute);
    switch (mnl_attr_get_type(attribute)) {
    case RTA_OIF:
        take_u32(attribute, &way->ifindex);
        break;
    case RTA_TABLE:
        take_u32(attribute, &way->table);
        break;
    case RTA_PREFSRC:
        take_address(bytes, len, &way->source);
        break;
    case RTA_GATEWAY:
        take_address(bytes, len, &way->next_hop);
        break;
    case RTA_VIA: /* a gateway of another family */
        if (len > sizeof(struct rtvia))
            take_address(bytes + sizeof(struct rtvia), len - sizeof(struct rtvia), &way->next_hop);
        break;
    case RTA_METRICS:
        return mnl_attr_parse_nested(attribute, parse_metric, way);
    }
    return MNL_CB_OK;
}

static int parse_way(const struct nlmsghdr *reply, void *user)
{
    struct way *way = user;
    const struct rtmsg *message = mnl_nlmsg_get_payload(reply);
    way->type = message->rtm_type;
    way->table = message->rtm_table;
    return mnl_attr_parse(reply, sizeof *message, parse_attribute, way);
}

/* Kernels before 4.19 pass over what they do not know of these. */
static void put_flow(struct nlmsghdr *request, const struct way_question *question)
{
    if (question->protocol)
        mnl_attr_put_u8(request, RTA_IP_PROTO, IPPROTO_TCP);
    if (question->source_port != 0)
        mnl_attr_put_u16(request, RTA_SPORT, htons(question->source_port));
    if (question->destination_port != 0)
        mnl_attr_put_u16(request, RTA_DPORT, htons(question->destination_port));
}

void way_ask(struct netlink *netlink, const struct way_question *question, struct way *way)
{
    char buffer[NETLINK_REQUEST_MAX] = {0}; /* libmnl may leave what pads an attribute as it was */
    size_t len = address_len(&question->destination);
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETROUTE;
    struct rtmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    message->rtm_family = question->destination.family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
    message->rtm_dst_len = (unsigned char)(8 * len);
    message->rtm_flags = RTM_F_LOOKUP_TABLE;
    mnl_attr_put(request, RTA_DST, len, question->destination.bytes);
    if (question->source.family != FAMILY_NONE) {
        message->rtm_src_len = (unsigned char)(8 * len);
        mnl_attr_put(request, RTA_SRC, len, question->source.bytes);
    }
    if (question->ifindex != 0)
        mnl_attr_put_u32(request, RTA_OIF, question->ifindex);
    put_flow(request, question);
    memset(way, 0, sizeof *way);
    way->code = netlink_ask(netlink, request, parse_way, way);
}

bool way_is_same(const struct way *one, const struct way *other)
{
    if (one->code != 0 || other->code != 0)
        return one->code == other->code;
    return one->type == other->type && one->ifindex == other->ifindex &&
           address_equal(&one->next_hop, &other->next_hop);
}
