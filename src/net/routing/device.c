/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/routing/device.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

static int parse_attribute(const struct nlattr *attribute, void *user)
{
    struct device *device = user;
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_MTU:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
            device->mtu = mnl_attr_get_u32(attribute);
        break;
    case IFLA_IFNAME:
        if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
            strncpy(device->name, mnl_attr_get_str(attribute), sizeof device->name - 1);
        break;
    }
    return MNL_CB_OK;
}

static int parse_device(const struct nlmsghdr *reply, void *user)
{
    struct device *device = user;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(reply);
    device->ifindex = (unsigned)info->ifi_index;
    device->up = info->ifi_flags & IFF_UP;
    return mnl_attr_parse(reply, sizeof *info, parse_attribute, device);
}

/* The kernel takes an alternative name for IFLA_IFNAME too, unless it is too long for that. */
static void put_name(struct nlmsghdr *request, const char *name)
{
    bool is_long = strlen(name) >= IF_NAMESIZE;
    mnl_attr_put_strz(request, is_long ? IFLA_ALT_IFNAME : IFLA_IFNAME, name);
}

int device_lookup(struct netlink *netlink, const char *name, unsigned ifindex,
                  struct device *device)
{
    char buffer[NETLINK_REQUEST_MAX] = {0}; /* libmnl may leave what pads an attribute as it was */
    if (name != NULL && strlen(name) >= DEVICE_NAME_MAX)
        return ENODEV;
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETLINK;
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(request, sizeof *info);
    info->ifi_family = AF_UNSPEC;
    info->ifi_index = (int)ifindex;
    if (name != NULL)
        put_name(request, name);
    memset(device, 0, sizeof *device);
    return netlink_ask(netlink, request, parse_device, device);
}
