/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define IPV4_IN_MAPPED 12 /* where the IPv4 address begins in ::ffff:192.0.2.2 */

static int family_for_resolver(enum family family)
{
    switch (family) {
    case FAMILY_IPV4:
        return AF_INET;
    case FAMILY_IPV6:
        return AF_INET6;
    case FAMILY_NONE:
        break;
    }
    return AF_UNSPEC;
}

static const char *wanted(enum family family)
{
    switch (family) {
    case FAMILY_IPV4:
        return " to IPv4";
    case FAMILY_IPV6:
        return " to IPv6";
    case FAMILY_NONE:
        break;
    }
    return "";
}

/* No name holds blanks or control bytes; some resolvers pass them on all the same. */
static bool is_printable(const char *host)
{
    for (; *host != '\0'; host++)
        if ((unsigned char)*host <= ' ' || *host == 0x7f)
            return false;
    return true;
}

/* An IPv4-mapped address (RFC 4291, 2.5.5.2) is IPv4 on the wire, as connect(2) has it. */
static void take_ipv6(const struct sockaddr_in6 *in6, struct resolved *out)
{
    const uint8_t *bytes = in6->sin6_addr.s6_addr;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
    out->address.family = mapped ? FAMILY_IPV4 : FAMILY_IPV6;
    if (mapped)
        memcpy(out->address.bytes, bytes + IPV4_IN_MAPPED, 4);
    else
        memcpy(out->address.bytes, bytes, sizeof in6->sin6_addr);
    out->scope_ifindex = mapped ? 0 : in6->sin6_scope_id;
}

/* Copies the address out of what the resolver gave; false for a family that is neither of ours. */
static bool take_address(const struct addrinfo *info, struct resolved *out)
{
    *out = (struct resolved){0};
    if (info->ai_family == AF_INET && info->ai_addrlen >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in in;
        memcpy(&in, info->ai_addr, sizeof in);
        out->address.family = FAMILY_IPV4;
        memcpy(out->address.bytes, &in.sin_addr, sizeof in.sin_addr);
    } else if (info->ai_family == AF_INET6 && info->ai_addrlen >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 in6;
        memcpy(&in6, info->ai_addr, sizeof in6);
        take_ipv6(&in6, out);
    }
    return out->address.family != FAMILY_NONE;
}

static bool take_first(const struct addrinfo *list, struct resolved *out)
{
    for (; list != NULL; list = list->ai_next)
        if (take_address(list, out))
            return true;
    return false;
}

int resolve_host(const char *host, enum family family, bool numeric, struct resolved *out,
                 struct error *error)
{
    struct addrinfo hints = {
        .ai_family = family_for_resolver(family),
        .ai_socktype = SOCK_STREAM,
        .ai_flags = numeric ? AI_NUMERICHOST : AI_IDN, /* RFC 5891 */
    };
    struct addrinfo *list = NULL;
    if (*host == '\0' || !is_printable(host))
        return error_set(error, STATUS_USAGE, "cannot resolve '%.80s': %s", host,
                         *host == '\0' ? "the name is empty"
                                       : "a name cannot contain blanks or control characters");
    errno = 0;
    int code = getaddrinfo(host, NULL, &hints, &list);
    if (code != 0) {
        error_set(error, STATUS_USAGE, "cannot resolve '%.80s'%s: %s%s", host, wanted(family),
                  code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code),
                  numeric ? " (-n/--numeric takes addresses only)" : "");
        error->unresolved = !numeric;
        return -1;
    }
    bool found = take_first(list, out);
    freeaddrinfo(list);
    if (!found) {
        error_set(error, STATUS_USAGE, "cannot resolve '%.80s'%s: no address", host,
                  wanted(family));
        error->unresolved = !numeric;
    }
    return found ? 0 : -1;
}
