/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "net/sockaddr.h"

#define INDEX_TEXT_MAX 11
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

static bool is_known(const struct resolved_list *out, const struct resolved *one)
{
    for (uint32_t i = 0; i < out->count; i++)
        if (address_equal(&out->list[i].address, &one->address) &&
            out->list[i].scope_ifindex == one->scope_ifindex)
            return true;
    return false;
}

static void take_all(const struct addrinfo *list, struct resolved_list *out)
{
    struct resolved one;
    out->count = 0;
    for (; list != NULL && out->count < RESOLVED_MOST; list = list->ai_next)
        if (take_address(list, &one) && !is_known(out, &one))
            out->list[out->count++] = one;
}

/* An address of the other family than the one that was asked for. */
static int refuse_family(const char *host, enum family family, struct error *error)
{
    return error_set(error, STATUS_USAGE,
                     "cannot resolve '%.80s'%s, which -%d or -S requires: it is an IPv%d address",
                     host, wanted(family), (int)family,
                     family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4);
}

static int resolve(const char *host, enum family family, bool numeric, struct resolved_list *out,
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
    if (code == EAI_MEMORY || (code != 0 && errno == ENOMEM)) /* the C library says no such name */
        return error_set_memory(error, "cannot resolve '%.80s': out of memory", host);
    if (numeric && code == EAI_ADDRFAMILY)
        return refuse_family(host, family, error);
    if (code != 0) {
        error_set(error, STATUS_USAGE, "cannot resolve '%.80s'%s: %s%s", host, wanted(family),
                  code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code),
                  numeric ? " (-n/--numeric takes addresses only)" : "");
        error->unresolved = !numeric;
        return -1;
    }
    take_all(list, out);
    freeaddrinfo(list);
    if (out->count == 0) {
        error_set(error, STATUS_USAGE, "cannot resolve '%.80s'%s: no address", host,
                  wanted(family));
        error->unresolved = !numeric;
    }
    return out->count > 0 ? 0 : -1;
}

int resolve_all(const char *host, enum family family, struct resolved_list *out,
                struct error *error)
{
    return resolve(host, family, false, out, error);
}

int resolve_host(const char *host, enum family family, bool numeric, struct resolved *out,
                 struct error *error)
{
    struct resolved_list all;
    int code = resolve(host, family, numeric, &all, error);
    if (code == 0)
        *out = all.list[0];
    return code;
}

/* 0 is no interface. */
static unsigned index_of(const char *zone, const struct if_nameindex *interfaces)
{
    char number[INDEX_TEXT_MAX];
    for (; interfaces->if_index != 0; interfaces++) {
        snprintf(number, sizeof number, "%u", interfaces->if_index);
        if (strcmp(zone, interfaces->if_name) == 0 || strcmp(zone, number) == 0)
            return interfaces->if_index;
    }
    return 0;
}

int resolve_zoned(const char *host, const struct if_nameindex *interfaces, struct resolved *out,
                  struct error *error)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr in6;
    const char *zone = strchr(host, '%');
    size_t len = zone != NULL ? (size_t)(zone - host) : sizeof text;
    if (len >= sizeof text)
        return 1;
    memcpy(text, host, len);
    text[len] = '\0';
    if (inet_pton(AF_INET6, text, &in6) != 1 ||
        (!IN6_IS_ADDR_LINKLOCAL(&in6) && !IN6_IS_ADDR_MC_LINKLOCAL(&in6)))
        return 1;
    *out = (struct resolved){.address.family = FAMILY_IPV6,
                             .scope_ifindex = index_of(zone + 1, interfaces)};
    memcpy(out->address.bytes, &in6, sizeof in6);
    if (out->scope_ifindex != 0)
        return 0;
    return error_set(error, STATUS_USAGE, "cannot resolve '%.80s': no interface '%.40s'", host,
                     zone + 1);
}

bool resolve_is_name(const char *host)
{
    struct resolved address;
    struct error error;
    return *host != '\0' && is_printable(host) &&
           resolve_host(host, FAMILY_NONE, true, &address, &error) != 0;
}

bool resolve_name(const struct address *address, char *out)
{
    union sockaddr_any any;
    socklen_t len = sockaddr_from(address, 0, 0, &any);
    return getnameinfo(&any.generic, len, out, RESOLVE_NAME_MAX, NULL, 0, NI_NAMEREQD) == 0 &&
           out[0] != '\0';
}
