/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_NET_RESOLVE_H
#define TCPSHAKE_NET_RESOLVE_H

#include "base/error.h"
#include "wire/addr.h"

struct resolved {
    struct address address;
    unsigned scope_ifindex; /* of fe80::1%eth0 */
};

#define RESOLVED_MOST 16u /* addresses of one name that are looked at */

/* The addresses of a host. */
struct resolved_list {
    struct resolved list[RESOLVED_MOST];
    uint32_t count; /* at least one of a host that is found */
};

/* Whether the text may be a name: it is no address of any family, and a resolver can be asked. */
bool resolve_is_name(const char *host);

/* All addresses of a name in that family (FAMILY_NONE: both), in the resolver's order, each once.
 * Returns as resolve_host does. */
int resolve_all(const char *host, enum family family, struct resolved_list *out,
                struct error *error);

struct if_nameindex;

/* The address of text such as fe80::1%eth0 or fe80::1%2, without a system call: the C library makes
 * a socket for these, which a sandbox does not allow. interfaces is what if_nameindex(3) returns.
 * Returns 0; 1 if the text is not a link-local address with a zone (RFC 4007, 11); or -1 with
 * *error set if there is no such interface. */
int resolve_zoned(const char *host, const struct if_nameindex *interfaces, struct resolved *out,
                  struct error *error);

/* The first address of host (a name, or an address with or without zone) in that family
 * (FAMILY_NONE: either). numeric: never asks a resolver. Returns 0, or -1 with *error set
 * (STATUS_USAGE, names host and reason). */
int resolve_host(const char *host, enum family family, bool numeric, struct resolved *out,
                 struct error *error);

#define RESOLVE_NAME_MAX 256 /* a name of DNS has at most 253 characters: RFC 1035, 2.3.4 */

/* The name of an address as getnameinfo(3) says it, which may contain anything, into out
 * (RESOLVE_NAME_MAX bytes). Returns false if it has none, if none was found, or if it is too long.
 */
bool resolve_name(const struct address *address, char *out);

#endif
