/* SPDX-License-Identifier: BSD-2-Clause */
/* Which way the kernel would send for connect(2), and whether a raw socket can follow it:
 * rtnetlink(7), ip-rule(8). */
#ifndef TCPSHAKE_NET_ROUTE_H
#define TCPSHAKE_NET_ROUTE_H

#include <net/if.h>

#include "base/error.h"
#include "tcp/host.h"
#include "tcp/result.h"
#include "wire/addr.h"

#define LOOPBACK         "lo" /* the interface that leads nowhere else, by Linux's own name */
#define LOOPBACK_IFINDEX 1    /* in every network namespace: the kernel makes lo first */

#define ROUTE_INTERFACE_MAX 128 /* an alternative name with its end: ALTIFNAMSIZ */

struct route {
    struct address source;     /* what the kernel prefers, or the one asked for */
    struct address next_hop;   /* the gateway, or the destination itself */
    unsigned ifindex;          /* where the frames pass, and the zone of a link-local source */
    unsigned required_ifindex; /* to insist on, also of a refusal: of -I or a zone; else 0 */
    /* Where the frames pass: lo for an address of this host. Of a refusal: that of -I, or none. */
    char interface[IF_NAMESIZE];
    uint32_t mtu;         /* of the route: what connect(2) goes by */
    bool by_port : 1;     /* rules look at ports: another port may have another route */
    bool by_protocol : 1; /* the way without the protocol is another one */
    bool by_gateway : 1;  /* next_hop is not the destination itself */
    uint16_t device_mtu;  /* of the interface, at most what an IPv4 packet can have */
    /* Of a refusal as well: */
    uint32_t table; /* with REASON_POLICY_ROUTE: that connect(2) would route by, of ip-rule(8) */
    enum host_error error; /* what connect(2) would fail with */
};

struct route_request {
    struct address destination;
    struct address source;     /* FAMILY_NONE: any; otherwise it must be ours */
    unsigned scope_ifindex;    /* of a link-local destination with a zone, 0 otherwise */
    const char *interface;     /* name or alternative name; NULL: any */
    uint16_t destination_port; /* 0: rules are not asked for ports */
    uint16_t source_port_first, source_port_last; /* the range that the source port comes from */
};

struct router; /* what several questions share */

/* Opens a router. NULL with *error set. */
struct router *router_open(struct error *error);

/* Makes it fit for the sandbox: from now on it opens no socket, and takes for granted that the
 * source is an address of this host, which a lookup before has checked. */
void router_confine(struct router *router);
void router_close(struct router *router); /* NULL is allowed */

/* The netlink socket of the lookups, for other questions; owned by the router. */
struct netlink *router_netlink(const struct router *router);

/* The rules, which are asked for once, are asked for anew with the next lookup: to be called as
 * often as changes of them are to be noticed. */
void router_forget_rules(struct router *router);

/* From now on devices are asked for once, and router_first_alike knows the routes as they are now:
 * to be called anew as often as changes are to be noticed. */
void router_remember(struct router *router);

/* The first of the addresses around this one whose route, where it is no address of this host, is
 * the same but for the destination; the address itself where none is known to be. */
struct address router_first_alike(const struct router *router, const struct address *address);

/* Looks the route up that connect(2) would take. Returns 0 with *route set; 1 with *reason set
 * where the kernel has no way there (REASON_NO_ROUTE, or as an unreachable or blackhole route
 * says), forbids it (REASON_LOCAL_ERROR: a prohibit route or rule), or takes a route by a rule that
 * looks at ports, which a raw socket does not have (REASON_POLICY_ROUTE); -1 with *error set: no
 * such interface, source not ours, netlink failed. */
int router_lookup(struct router *router, const struct route_request *request, struct route *route,
                  enum reason *reason, struct error *error);

/* The same with a router of its own. */
int route_lookup(const struct route_request *request, struct route *route, enum reason *reason,
                 struct error *error);

#endif
