/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/sockaddr.h"

#define REPLY_MAX 8192 /* one route or one link, never a dump */

struct link_facts {
    unsigned ifindex;
    char name[IF_NAMESIZE];
    uint32_t mtu;
    bool up;
};

/* What the kernel said of a route. */
struct answer {
    uint8_t type; /* RTN_ of rtnetlink(7) */
    unsigned ifindex;
    uint32_t mtu;          /* 0: that of the interface */
    struct address source; /* FAMILY_NONE: it did not say */
};

static unsigned char af_of(const struct address *address)
{
    return address->family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
}

static bool is_unspecified(const struct address *address)
{
    static const uint8_t zero[16];
    return memcmp(address->bytes, zero, sizeof zero) == 0;
}

static bool is_link_local(const struct address *address)
{
    return address->family == FAMILY_IPV6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

/* One request, one answer: 0, or the errno of the kernel's refusal or of what went wrong on the
 * way. */
static int ask(struct mnl_socket *netlink, struct nlmsghdr *request, mnl_cb_t parse, void *out)
{
    char reply[REPLY_MAX];
    request->nlmsg_flags = NLM_F_REQUEST;
    request->nlmsg_seq = 1;
    if (mnl_socket_sendto(netlink, request, request->nlmsg_len) < 0)
        return errno;
    ssize_t len = mnl_socket_recvfrom(netlink, reply, sizeof reply);
    if (len < 0)
        return errno;
    if (mnl_cb_run(reply, (size_t)len, 1, mnl_socket_get_portid(netlink), parse, out) < 0)
        return errno;
    return 0;
}

static int parse_link_attribute(const struct nlattr *attribute, void *user)
{
    struct link_facts *facts = user;
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_MTU:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
            facts->mtu = mnl_attr_get_u32(attribute);
        break;
    case IFLA_IFNAME:
        if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
            strncpy(facts->name, mnl_attr_get_str(attribute), sizeof facts->name - 1);
        break;
    }
    return MNL_CB_OK;
}

static int parse_link(const struct nlmsghdr *reply, void *user)
{
    struct link_facts *facts = user;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(reply);
    facts->ifindex = (unsigned)info->ifi_index;
    facts->up = info->ifi_flags & IFF_UP;
    return mnl_attr_parse(reply, sizeof *info, parse_link_attribute, facts);
}

/* By name, or by ifindex where name is NULL. */
static int link_lookup(struct mnl_socket *netlink, const char *name, unsigned ifindex,
                       struct link_facts *facts)
{
    char buffer[256] = {0}; /* libmnl may leave what pads an attribute as it was */
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETLINK;
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(request, sizeof *info);
    info->ifi_family = AF_UNSPEC;
    info->ifi_index = (int)ifindex;
    if (name)
        mnl_attr_put_strz(request, IFLA_IFNAME, name);
    memset(facts, 0, sizeof *facts);
    return ask(netlink, request, parse_link, facts);
}

static int parse_metric(const struct nlattr *attribute, void *user)
{
    struct answer *answer = user;
    if (mnl_attr_get_type(attribute) == RTAX_MTU && mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
        answer->mtu = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int parse_route_attribute(const struct nlattr *attribute, void *user)
{
    struct answer *answer = user;
    size_t len = mnl_attr_get_payload_len(attribute);
    switch (mnl_attr_get_type(attribute)) {
    case RTA_OIF:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
            answer->ifindex = mnl_attr_get_u32(attribute);
        break;
    case RTA_PREFSRC:
        if (len == 4 || len == 16) {
            answer->source.family = len == 4 ? FAMILY_IPV4 : FAMILY_IPV6;
            memcpy(answer->source.bytes, mnl_attr_get_payload(attribute), len);
        }
        break;
    case RTA_METRICS:
        return mnl_attr_parse_nested(attribute, parse_metric, answer);
    }
    return MNL_CB_OK;
}

static int parse_route(const struct nlmsghdr *reply, void *user)
{
    struct answer *answer = user;
    const struct rtmsg *message = mnl_nlmsg_get_payload(reply);
    answer->type = message->rtm_type;
    return mnl_attr_parse(reply, sizeof *message, parse_route_attribute, answer);
}

static int ask_route(struct mnl_socket *netlink, const struct route_request *wanted,
                     unsigned ifindex, struct answer *answer)
{
    char buffer[256];
    size_t len = address_len(&wanted->destination);
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETROUTE;
    struct rtmsg *message = mnl_nlmsg_put_extra_header(request, sizeof *message);
    message->rtm_family = af_of(&wanted->destination);
    message->rtm_dst_len = (unsigned char)(8 * len);
    mnl_attr_put(request, RTA_DST, len, wanted->destination.bytes);
    if (wanted->source.family != FAMILY_NONE) {
        message->rtm_src_len = (unsigned char)(8 * len);
        mnl_attr_put(request, RTA_SRC, len, wanted->source.bytes);
    }
    if (ifindex)
        mnl_attr_put_u32(request, RTA_OIF, ifindex);
    memset(answer, 0, sizeof *answer);
    return ask(netlink, request, parse_route, answer);
}

/* Routes that say no, by the type of the route or by the error that the kernel makes of it. */
static bool refusal(int code, uint8_t type, enum reason *reason)
{
    static const struct {
        int code;
        uint8_t type;
        enum reason reason;
    } refusals[] = {
        {ENETUNREACH, RTN_THROW, REASON_NO_ROUTE},
        {EHOSTUNREACH, RTN_UNREACHABLE, REASON_HOST_UNREACH},
        {EACCES, RTN_PROHIBIT, REASON_ADMIN_PROHIBITED},
        {EINVAL, RTN_BLACKHOLE, REASON_NO_ROUTE},
        /* TCP has one peer. */
        {0, RTN_BROADCAST, REASON_NO_ROUTE},
        {0, RTN_MULTICAST, REASON_NO_ROUTE},
        {0, RTN_ANYCAST, REASON_NO_ROUTE},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (code ? refusals[i].code == code : refusals[i].type == type) {
            *reason = refusals[i].reason;
            return true;
        }
    return false;
}

/* The kernel's own choice: a UDP socket that is connected, and sends nothing, has its source
 * address. */
static int choose_source(const struct route_request *wanted, struct route *route)
{
    union sockaddr_any address;
    socklen_t len = sockaddr_from(&wanted->destination, route->ifindex, 9, &address);
    int fd = socket(address.generic.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int code = 0;
    if (wanted->interface)
        code = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, route->interface,
                          (socklen_t)strlen(route->interface));
    if (code == 0)
        code = connect(fd, &address.generic, len);
    if (code == 0)
        code = getsockname(fd, &address.generic, &len);
    close(fd);
    if (code != 0)
        return -1;
    route->source = sockaddr_address(&address);
    return 0;
}

/* The kernel decides what is ours: it binds to nothing else. */
static int check_source(const struct route_request *wanted, unsigned ifindex, struct error *error)
{
    char text[ADDRESS_TEXT_MAX];
    union sockaddr_any address;
    if (wanted->source.family == FAMILY_NONE)
        return 0;
    address_text(&wanted->source, text);
    if (wanted->source.family != wanted->destination.family)
        return error_set(error, STATUS_USAGE,
                         "source %s and the target have different address families", text);
    socklen_t len = sockaddr_from(&wanted->source, ifindex, 0, &address);
    int fd = socket(address.generic.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int code = fd < 0 || bind(fd, &address.generic, len) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    if (code == 0)
        return 0;
    if (code == EADDRNOTAVAIL)
        return error_set(error, STATUS_RUN, "source %s is not an address of this host", text);
    if (code == EINVAL && is_link_local(&wanted->source))
        return error_set(error, STATUS_USAGE, "link-local source %s needs --interface", text);
    return error_set(error, STATUS_RUN, "source %s: %s", text, strerror(code));
}

/* What can be checked without asking the kernel. */
static int check_destination(const struct route_request *wanted, struct error *error)
{
    char text[ADDRESS_TEXT_MAX];
    address_text(&wanted->destination, text);
    if (is_unspecified(&wanted->destination))
        return error_set(error, STATUS_USAGE, "%s is not a host address: use %s for this host",
                         text, wanted->destination.family == FAMILY_IPV6 ? "::1" : "127.0.0.1");
    if (is_link_local(&wanted->destination) && !wanted->scope_ifindex && !wanted->interface)
        return error_set(error, STATUS_USAGE,
                         "link-local %s needs an interface: %s%%eth0, or --interface", text, text);
    return 0;
}

/* The interface to insist on, into *ifindex: that of -I, that of the zone, or 0. */
static int required_interface(struct mnl_socket *netlink, const struct route_request *wanted,
                              unsigned *ifindex, struct error *error)
{
    struct link_facts facts;
    *ifindex = wanted->scope_ifindex;
    if (!wanted->interface)
        return 0;
    if (strlen(wanted->interface) >= IF_NAMESIZE ||
        link_lookup(netlink, wanted->interface, 0, &facts) != 0)
        return error_set(error, STATUS_RUN, "interface %s: no such interface", wanted->interface);
    if (!facts.up)
        return error_set(error, STATUS_RUN, "interface %s is down: ip link set %s up",
                         wanted->interface, wanted->interface);
    if (*ifindex && *ifindex != facts.ifindex)
        return error_set(error, STATUS_USAGE, "interface %s differs from the zone of the target",
                         wanted->interface);
    *ifindex = facts.ifindex;
    return 0;
}

static int fill_route(struct mnl_socket *netlink, const struct route_request *wanted,
                      unsigned ifindex, const struct answer *answer, struct route *route,
                      struct error *error)
{
    struct link_facts facts;
    char text[ADDRESS_TEXT_MAX];
    int code = link_lookup(netlink, NULL, answer->ifindex, &facts);
    if (code != 0)
        return error_set(error, STATUS_RUN, "interface %u of the route: %s", answer->ifindex,
                         strerror(code));
    route->ifindex = answer->ifindex;
    route->mtu = answer->mtu ? answer->mtu : facts.mtu;
    memcpy(route->interface, facts.name, sizeof route->interface);
    if (wanted->source.family != FAMILY_NONE)
        route->source = wanted->source;
    else if (answer->source.family != FAMILY_NONE)
        route->source = answer->source;
    else if (choose_source(wanted, route) != 0)
        return error_set(error, STATUS_RUN, "no source address for %s on %s: %s",
                         address_text(&wanted->destination, text), route->interface,
                         strerror(errno));
    /* A link-local address of our own is reached over lo, but it can only be used on its interface.
     */
    if (is_link_local(&route->source) && ifindex)
        route->ifindex = ifindex;
    return 0;
}

static int lookup(struct mnl_socket *netlink, const struct route_request *wanted,
                  struct route *route, enum reason *reason, struct error *error)
{
    unsigned ifindex;
    struct answer answer;
    char text[ADDRESS_TEXT_MAX];
    if (required_interface(netlink, wanted, &ifindex, error) != 0 ||
        check_source(wanted, ifindex, error) != 0)
        return -1;
    int code = ask_route(netlink, wanted, ifindex, &answer);
    if (refusal(code, answer.type, reason))
        return 1;
    if (code != 0)
        return error_set(error, STATUS_RUN, "route to %s: %s",
                         address_text(&wanted->destination, text), strerror(code));
    return fill_route(netlink, wanted, ifindex, &answer, route, error);
}

int route_lookup(const struct route_request *request, struct route *route, enum reason *reason,
                 struct error *error)
{
    if (check_destination(request, error) != 0)
        return -1;
    struct mnl_socket *netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!netlink)
        return error_set(error, STATUS_RUN, "netlink: %s", strerror(errno));
    int result = -1;
    memset(route, 0, sizeof *route);
    if (mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0)
        error_set(error, STATUS_RUN, "netlink: %s", strerror(errno));
    else
        result = lookup(netlink, request, route, reason, error);
    mnl_socket_close(netlink);
    return result;
}
