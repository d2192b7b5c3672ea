/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/lists/operand.h"

#include <arpa/inet.h>
#include <string.h>

#include "targets/lists/portlist.h"

#define HOST_BITS_MAX   63 /* so that addresses are counted in 64 bits */
#define MAPPED_BITS     96 /* in front of the IPv4 address in ::ffff:192.0.2.2 */
#define HOST_BITS_EXACT 16 /* with more, host bits that are set are taken for a typing error */

/* Whether it can be the name of an interface, rather than a misplaced port or bracket. */
static bool is_zone(struct piece zone)
{
    return zone.len > 0 && memchr(zone.text, ':', zone.len) == NULL &&
           memchr(zone.text, '[', zone.len) == NULL && memchr(zone.text, ']', zone.len) == NULL;
}

/* An address in text form; an IPv6 one may have a zone. */
static bool is_ipv6(struct piece piece)
{
    char text[ADDRESS_TEXT_MAX];
    struct in6_addr address;
    const char *zone = memchr(piece.text, '%', piece.len);
    if (zone != NULL) {
        size_t len = (size_t)(zone - piece.text);
        if (!is_zone((struct piece){zone + 1, piece.len - len - 1}))
            return false;
        piece.len = len;
    }
    return piece_copy(piece, text, sizeof text) && inet_pton(AF_INET6, text, &address) == 1;
}

/* The part before the slash of ADDRESS/PREFIX, or all of it. */
static struct piece before_slash(struct piece host)
{
    const char *slash = memchr(host.text, '/', host.len);
    if (slash != NULL)
        host.len = (size_t)(slash - host.text);
    return host;
}

/* "[2001:db8::1]" or "[2001:db8::1]:443". */
static int split_bracketed(struct operand *operand, struct error *error)
{
    const char *end = strchr(operand->text, ']');
    if (end == NULL)
        return error_set(error, STATUS_USAGE, "'%.80s' has no closing bracket", operand->text);
    operand->host = (struct piece){operand->text + 1, (size_t)(end - operand->text - 1)};
    if (!is_ipv6(before_slash(operand->host)))
        return error_set(error, STATUS_USAGE, "'%.80s': brackets are for IPv6 addresses",
                         operand->text);
    if (end[1] != '\0' && end[1] != ':')
        return error_set(error, STATUS_USAGE, "'%.80s': only :PORT may follow the bracket",
                         operand->text);
    operand->ports = end[1] == ':' ? end + 2 : NULL;
    return 0;
}

/* "10.0.0.1-20", "10.0.*.1": what nmap takes, and no name, because a top-level domain has letters
 * (RFC 3696, 2). */
static bool is_range_of_addresses(const char *text)
{
    size_t dots = 0, len = strcspn(text, ":");
    for (size_t i = 0; i < len; i++)
        dots += text[i] == '.';
    return dots == 3 && strspn(text, "0123456789.-*,") == len && strcspn(text, "-*,") < len;
}

int operand_split(const char *text, struct operand *operand, struct error *error)
{
    *operand = (struct operand){.text = text, .host = piece_of(text)};
    if (strstr(text, "://") != NULL)
        return error_set(error, STATUS_USAGE,
                         "'%.80s' is a URL, not a host: write HOST:PORT, such as example.com:443",
                         text);
    if (is_range_of_addresses(text))
        return error_set(error, STATUS_USAGE,
                         "'%.80s' is not a name or an address: write several addresses as "
                         "ADDRESS/PREFIX, or as separate targets",
                         text);
    if (text[0] == '[')
        return split_bracketed(operand, error);
    const char *colon = strchr(text, ':');
    if (colon != NULL && !is_ipv6(before_slash(operand->host))) {
        if (strchr(colon + 1, ':') != NULL)
            return error_set(error, STATUS_USAGE,
                             "'%.80s' is not an IPv6 address; with a port, write [ADDRESS]:PORT",
                             text);
        operand->host.len = (size_t)(colon - text);
        operand->ports = colon + 1;
    }
    if (operand->host.len == 0)
        return error_set(error, STATUS_USAGE, "'%.80s' contains no host", text);
    return 0;
}

bool operand_has_ports(const char *text)
{
    struct operand operand;
    struct error ignored;
    return operand_split(text, &operand, &ignored) == 0 && operand.ports != NULL;
}

bool operands_are_host_port(char *const *texts, size_t count)
{
    return count == 2 && !operand_has_ports(texts[0]) && !operand_has_ports(texts[1]);
}

int operand_refuse_stray_port(const struct operand *operand, struct error *error)
{
    if (!looks_like_ports(operand->text))
        return 0;
    return error_set(error, STATUS_USAGE,
                     "'%.80s' is a port, not a host: with -p, every operand is a target",
                     operand->text);
}

int operands_refuse_port_first(char *const *texts, struct error *error)
{
    if (!looks_like_ports(texts[0]) || looks_like_ports(texts[1]) || texts[1][0] == '\0')
        return 0;
    return error_set(error, STATUS_USAGE, "'%.80s' is a port, not a host: write %.80s %.80s",
                     texts[0], texts[1], texts[0]);
}

int operands_refuse_ports_apart(char *const *texts, size_t count, struct error *error)
{
    if (count < 3)
        return 0;
    for (size_t i = 1; i < count; i++)
        if (!looks_like_ports(texts[i]))
            return 0;
    return error_set(error, STATUS_USAGE, "'%.80s' is a second port list: write %.80s %.80s,%.80s",
                     texts[2], texts[0], texts[1], texts[2]);
}

/* An IPv4-mapped address (RFC 4291, 2.5.5.2) is IPv4 on the wire, as connect(2) has it. */
static bool is_mapped(const struct address *address)
{
    static const uint8_t prefix[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};
    return address->family == FAMILY_IPV6 && memcmp(address->bytes, prefix, sizeof prefix) == 0;
}

static void unmap(struct address *address)
{
    struct address ipv4 = {.family = FAMILY_IPV4};
    memcpy(ipv4.bytes, address->bytes + MAPPED_BITS / 8, address_len(&ipv4));
    *address = ipv4;
}

static bool read_address(struct piece piece, struct address *out)
{
    char text[ADDRESS_TEXT_MAX];
    *out = (struct address){0};
    if (!piece_copy(piece, text, sizeof text))
        return false;
    if (inet_pton(AF_INET, text, out->bytes) == 1)
        out->family = FAMILY_IPV4;
    else if (inet_pton(AF_INET6, text, out->bytes) == 1)
        out->family = FAMILY_IPV6;
    return out->family != FAMILY_NONE;
}

bool parse_address(struct piece piece, struct address *out)
{
    if (!read_address(piece, out))
        return false;
    if (is_mapped(out))
        unmap(out);
    return true;
}

/* ADDRESS/PREFIX, of any length. */
static int parse_prefix(struct piece text, struct address *address, unsigned *len,
                        struct error *error)
{
    struct piece front = before_slash(text);
    struct piece digits = {front.text + front.len + 1, text.len - front.len - 1};
    uint32_t value;
    if (!read_address(front, address))
        return error_set(error, STATUS_USAGE,
                         "'%.*s': a prefix length must follow an address without a zone",
                         CUT(text));
    unsigned bits = 8 * (unsigned)address_len(address);
    if (!piece_number(digits, bits, &value) || value > bits)
        return error_set(error, STATUS_USAGE,
                         "'%.*s': the prefix length must be a number from 0 to %u", CUT(text),
                         bits);
    *len = value;
    if (value >= MAPPED_BITS && is_mapped(address)) {
        unmap(address);
        *len = value - MAPPED_BITS;
    }
    return 0;
}

/* A typing error such as 10.1.2.3/8 for 10.1.2.3/28. */
static int refuse_host_bits(struct piece text, const struct span *span, unsigned prefix_len,
                            struct error *error)
{
    char network[ADDRESS_TEXT_MAX];
    struct address first = address_from_number(span->family, span->first);
    return error_set(error, STATUS_USAGE,
                     "'%.*s' has host bits set: write %s/%u, or a longer prefix", CUT(text),
                     address_text(&first, network), prefix_len);
}

/* The network and broadcast addresses of an IPv4 prefix are not hosts, except in /31 and /32 (RFC
 * 3021). */
static int parse_host_prefix(struct piece text, struct host *host, struct error *error)
{
    struct address address = {0};
    unsigned len = 0;
    if (parse_prefix(text, &address, &len, error) < 0)
        return -1;
    unsigned host_bits = 8 * (unsigned)address_len(&address) - len;
    struct span span = span_of_prefix(&address, len);
    struct address_number written = address_number(&address);
    if (host_bits > HOST_BITS_MAX)
        return error_set(error, STATUS_USAGE,
                         "'%.*s' means 2^%u addresses; the limit is 2^%d: use a longer prefix",
                         CUT(text), host_bits, HOST_BITS_MAX);
    if (host_bits > HOST_BITS_EXACT && written.low != span.first.low)
        return refuse_host_bits(text, &span, len, error);
    *host = (struct host){span.family, span.first, UINT64_C(1) << host_bits, true, host_bits};
    if (span.family == FAMILY_IPV4 && host_bits > 1) {
        host->first.low++;
        host->count -= 2;
    }
    return 0;
}

int host_parse(struct piece text, struct host *host, struct error *error)
{
    struct address address;
    if (memchr(text.text, '/', text.len) != NULL)
        return parse_host_prefix(text, host, error);
    *host = (struct host){.count = 1};
    if (parse_address(text, &address)) {
        host->family = (enum family)address.family;
        host->first = address_number(&address);
    }
    return 0;
}

int span_parse(struct piece text, struct span *span, struct error *error)
{
    struct address address = {0};
    unsigned len = 0;
    if (memchr(text.text, '/', text.len) != NULL) {
        if (parse_prefix(text, &address, &len, error) < 0)
            return -1;
    } else if (parse_address(text, &address)) {
        len = 8 * (unsigned)address_len(&address);
    } else {
        return error_set(error, STATUS_USAGE,
                         "'%.*s' is neither an address nor a prefix: write it as in 192.0.2.0/24, "
                         "without a zone",
                         CUT(text));
    }
    *span = span_of_prefix(&address, len);
    return 0;
}
