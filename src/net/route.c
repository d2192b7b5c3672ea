/* SPDX-License-Identifier: BSD-2-Clause */
/* connect(2) asks twice: without a source address, which it learns from the answer, and then with
 * that and the ports. Rules can look at all of it. A raw socket has addresses and, if it is told,
 * the protocol, but no ports: where an answer depends on them, it cannot follow. */
#include "net/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/routing/device.h"
#include "net/routing/prefixes.h"
#include "net/routing/rules.h"
#include "net/routing/way.h"
#include "net/sockaddr.h"

struct router {
    struct netlink *netlink;
    bool confined;     /* no socket may be opened */
    bool has_rules[2]; /* IPv4 and IPv6: whether they were asked for */
    struct rules rules[2];
    bool remembers;
    struct device device; /* that was asked for last; ifindex 0: none */
    struct prefixes prefixes;
};

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

/* Ways that say no, by the type of the route or by the error that the kernel makes of it. */
static const struct refusal {
    int code;
    uint8_t type;
    enum host_error error;
    enum reason reason;
} refusals[] = {
    {ENETUNREACH, RTN_THROW, HOST_ENETUNREACH, REASON_NO_ROUTE},
    {EHOSTUNREACH, RTN_UNREACHABLE, HOST_EHOSTUNREACH, REASON_HOST_UNREACH},
    {EACCES, RTN_PROHIBIT, HOST_EACCES, REASON_LOCAL_ERROR},
    {EINVAL, RTN_BLACKHOLE, HOST_EINVAL, REASON_NO_ROUTE},
    /* TCP has one peer. */
    {0, RTN_BROADCAST, HOST_ENETUNREACH, REASON_NO_ROUTE},
    {0, RTN_MULTICAST, HOST_ENETUNREACH, REASON_NO_ROUTE},
    {0, RTN_ANYCAST, HOST_ENETUNREACH, REASON_NO_ROUTE},
};

/* NULL: it can be gone, or the question failed. */
static const struct refusal *find_refusal(const struct way *way)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (way->code != 0 ? refusals[i].code == way->code : refusals[i].type == way->type)
            return &refusals[i];
    return NULL;
}

/* The kernel decides what is ours: it binds to nothing else. */
static int check_source(const struct router *router, const struct route_request *wanted,
                        unsigned ifindex, struct error *error)
{
    char text[ADDRESS_TEXT_MAX];
    union sockaddr_any address;
    if (wanted->source.family == FAMILY_NONE)
        return 0;
    address_text(&wanted->source, text);
    if (wanted->source.family != wanted->destination.family)
        return error_set(error, STATUS_USAGE,
                         "source %s and the target have different address families", text);
    if (router->confined)
        return 0;
    socklen_t len = sockaddr_from(&wanted->source, ifindex, 0, &address);
    int fd = socket(address.generic.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int code = fd < 0 || bind(fd, &address.generic, len) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    if (code == 0)
        return 0;
    if (code == EADDRNOTAVAIL)
        return error_set(error, STATUS_RUN,
                         "source %s is not an address of this host: \"ip address\" lists them",
                         text);
    if (code == EINVAL && is_link_local(&wanted->source))
        return error_set(error, STATUS_USAGE, "link-local source %s needs --interface", text);
    return error_set_code(error, code, "source %s", text);
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
        return error_set(
            error, STATUS_USAGE,
            "a link-local address needs an interface: write it as in %s%%eth0, or use --interface",
            text);
    return 0;
}

/* The interface to insist on, into *ifindex: that of -I, that of the zone, or 0. name: of that of
 * -I, IF_NAMESIZE octets. */
static int required_interface(struct netlink *netlink, const struct route_request *wanted,
                              unsigned *ifindex, char *name, struct error *error)
{
    struct device device;
    *ifindex = wanted->scope_ifindex;
    if (!wanted->interface)
        return 0;
    if (device_lookup(netlink, wanted->interface, 0, &device) != 0)
        return error_set(error, STATUS_RUN,
                         "interface %s: no such interface: \"ip link\" lists them",
                         wanted->interface);
    if (!device.up)
        return error_set(error, STATUS_RUN, "interface %s is down: ip link set %s up",
                         wanted->interface, wanted->interface);
    if (*ifindex && *ifindex != device.ifindex)
        return error_set(error, STATUS_USAGE, "interface %s differs from the zone of the target",
                         wanted->interface);
    *ifindex = device.ifindex;
    memcpy(name, device.name, sizeof device.name);
    return 0;
}

/* Once until they are forgotten. */
static const struct rules *rules_of(struct router *router, bool ipv6)
{
    if (!router->has_rules[ipv6])
        rules_ask(router->netlink, ipv6 ? AF_INET6 : AF_INET, &router->rules[ipv6]);
    router->has_rules[ipv6] = true;
    return &router->rules[ipv6];
}

/* A lookup that is under way. */
struct search {
    struct router *router;
    const struct route_request *wanted;
    const struct rules *rules;
    unsigned ifindex; /* to insist on; 0: none */
    struct route *route;
    enum reason *reason;
};

/* How connect(2) would ask, with the first or the last source port. */
static struct way_question question_of(const struct search *search, bool last)
{
    const struct route_request *wanted = search->wanted;
    struct way_question question = {.destination = wanted->destination,
                                    .source = search->route->source,
                                    .ifindex = search->ifindex,
                                    .protocol = true};
    if (search->rules->ports) {
        question.source_port = last ? wanted->source_port_last : wanted->source_port_first;
        question.destination_port = wanted->destination_port;
    }
    return question;
}

/* Returns 0 with an answer, which may be a refusal; or -1 with *error set: there is none. */
static int ask(const struct search *search, const struct way_question *question, struct way *way,
               struct error *error)
{
    char text[ADDRESS_TEXT_MAX];
    way_ask(search->router->netlink, question, way);
    if (way->code == 0 || find_refusal(way) != NULL)
        return 0;
    return error_set_code(error, way->code, "route to %s",
                          address_text(&search->wanted->destination, text));
}

/* Returns 0, or 1 where it is refused, with the reason. */
static int judge_way(const struct search *search, const struct way *way)
{
    const struct refusal *refusal = find_refusal(way);
    if (refusal == NULL)
        return 0;
    *search->reason = refusal->reason;
    search->route->error = refusal->error;
    return 1;
}

/* Returns what device_lookup does. */
static int look_up_device(struct router *router, unsigned ifindex, struct device *device)
{
    if (router->device.ifindex == ifindex && ifindex != 0) {
        *device = router->device;
        return 0;
    }
    int code = device_lookup(router->netlink, NULL, ifindex, device);
    if (code == 0 && router->remembers)
        router->device = *device;
    return code;
}

static int fill_device(const struct search *search, const struct way *way, struct error *error)
{
    struct route *route = search->route;
    struct device device;
    int code = look_up_device(search->router, way->ifindex, &device);
    if (code != 0)
        return error_set_code(error, code, "interface %u of the route", way->ifindex);
    route->ifindex = way->ifindex;
    /* An address of this host is reached over lo, but -I names the device that has it. If -I is lo
     * and the target elsewhere, IPv4 sends over lo as asked, and IPv6 has no route. */
    route->required_ifindex =
        way->ifindex == LOOPBACK_IFINDEX && way->type == RTN_LOCAL ? 0 : search->ifindex;
    route->mtu = way->mtu ? way->mtu : device.mtu;
    route->device_mtu = device.mtu < UINT16_MAX ? (uint16_t)device.mtu : UINT16_MAX;
    route->by_gateway = way->next_hop.family != FAMILY_NONE;
    route->next_hop = route->by_gateway ? way->next_hop : search->wanted->destination;
    memcpy(route->interface, device.name, sizeof route->interface);
    return 0;
}

/* The kernel names none where the host has no address to send from: connect(2) fails for IPv6, and
 * for IPv4 sends from 0.0.0.0, where no answer can go. */
static int fill_source(const struct search *search, const struct way *way, struct error *error)
{
    struct route *route = search->route;
    char text[ADDRESS_TEXT_MAX];
    if (route->source.family == FAMILY_NONE)
        route->source = way->source;
    if (route->source.family != FAMILY_NONE)
        return 0;
    return error_set_code(error, EADDRNOTAVAIL, "no source address for %s on %s",
                          address_text(&search->wanted->destination, text), route->interface);
}

/* For IPv6, connect(2) has no source port yet when it asks, unless it was bound to one; where the
 * first segments are not answered, it asks again with the port. */
static bool ignores_port(const struct search *search)
{
    return search->wanted->destination.family == FAMILY_IPV6 &&
           search->wanted->source_port_first != search->wanted->source_port_last;
}

/* The question that decides, with the source address; and whether a raw socket gets that answer. */
static int ask_again(const struct search *search, struct way *way, struct error *error)
{
    struct way last, followed;
    struct way_question question = question_of(search, true), first = question_of(search, false);
    if (ask(search, &question, &last, error) != 0 || ask(search, &first, way, error) != 0)
        return -1;
    question = first;
    question.source_port = question.destination_port = 0;
    if (ask(search, &question, &followed, error) != 0)
        return -1;
    int code = judge_way(search, way);
    if (code != 0 && way_is_same(&last, way) &&
        (!ignores_port(search) || way_is_same(&followed, way)))
        return code;
    if (!way_is_same(&last, way) || !way_is_same(&followed, way)) {
        *search->reason = REASON_POLICY_ROUTE;
        search->route->table = way->table;
        return 1;
    }
    if (!search->rules->protocol)
        return 0;
    question.protocol = false;
    if (ask(search, &question, &followed, error) != 0)
        return -1;
    search->route->by_protocol = !way_is_same(&followed, way);
    return 0;
}

static int find(const struct search *search, struct error *error)
{
    struct way way;
    struct way_question question = question_of(search, false);
    if (ignores_port(search))
        question.source_port = 0;
    int code = ask(search, &question, &way, error);
    if (code == 0)
        code = judge_way(search, &way);
    if (code == 0)
        code = fill_device(search, &way, error);
    if (code == 0)
        code = fill_source(search, &way, error);
    if (code != 0 || !search->rules->custom)
        return code;
    code = ask_again(search, &way, error);
    return code == 0 ? fill_device(search, &way, error) : code;
}

int router_lookup(struct router *router, const struct route_request *request, struct route *route,
                  enum reason *reason, struct error *error)
{
    bool ipv6 = request->destination.family == FAMILY_IPV6;
    struct search search = {.router = router, .wanted = request, .route = route, .reason = reason};
    memset(route, 0, sizeof *route);
    if (check_destination(request, error) != 0 ||
        required_interface(router->netlink, request, &search.ifindex, route->interface, error) !=
            0 ||
        check_source(router, request, search.ifindex, error) != 0)
        return -1;
    search.rules = rules_of(router, ipv6);
    route->source = request->source;
    route->required_ifindex = search.ifindex;
    route->by_port = search.rules->ports;
    int code = find(&search, error);
    /* A link-local address of our own is reached over lo, but it can only be used on its interface.
     */
    if (code == 0 && is_link_local(&route->source) && search.ifindex != 0)
        route->ifindex = route->required_ifindex = search.ifindex;
    return code;
}

struct router *router_open(struct error *error)
{
    struct router *router = calloc(1, sizeof *router);
    if (router == NULL) {
        error_set_memory(error, "out of memory");
        return NULL;
    }
    router->netlink = netlink_open(error);
    if (router->netlink != NULL)
        return router;
    free(router);
    return NULL;
}

struct netlink *router_netlink(const struct router *router)
{
    return router->netlink;
}

void router_confine(struct router *router)
{
    router->confined = true;
}

void router_forget_rules(struct router *router)
{
    router->has_rules[false] = router->has_rules[true] = false;
}

/* The rules may have changed since. Others than those of every host can look at the destination
 * too. Too many prefixes are counted once. */
void router_remember(struct router *router)
{
    struct rules rules;
    router->remembers = true;
    router->device.ifindex = 0;
    if (router->prefixes.too_many)
        return;
    if (rules_ask(router->netlink, AF_INET, &rules) == 0 && !rules.custom)
        prefixes_ask(router->netlink, &router->prefixes);
    else
        router->prefixes.count = 0;
}

struct address router_first_alike(const struct router *router, const struct address *address)
{
    return prefixes_first_alike(&router->prefixes, address);
}

void router_close(struct router *router)
{
    if (router == NULL)
        return;
    netlink_close(router->netlink);
    free(router);
}

int route_lookup(const struct route_request *request, struct route *route, enum reason *reason,
                 struct error *error)
{
    struct router *router = router_open(error);
    if (router == NULL)
        return -1;
    int result = router_lookup(router, request, route, reason, error);
    router_close(router);
    return result;
}
