/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/targets.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wire/addr.h"

#define PORT_MAX   65535
#define DIGITS     "0123456789"
#define PORT_RULES "a number from 1 to 65535, a service name, a range or a comma-separated list"

/* Ports in the order of their first mention, each once. */
struct ports {
    uint16_t list[PORT_MAX];
    size_t count;
    bool seen[PORT_MAX + 1];
};

/* A piece of an operand; borrowed, not terminated. */
struct piece {
    const char *text;
    size_t len;
};

/* An operand taken apart: the host without brackets, and the ports behind it (NULL: none). */
struct operand {
    const char *text;
    struct piece host;
    const char *ports;
};

/* The addresses of a prefix: the first, and their number. */
struct prefix {
    struct address first;
    uint64_t count;
};

#define CUT(piece) ((piece).len < 80 ? (int)(piece).len : 80), (piece).text

static struct piece piece_of(const char *text)
{
    return (struct piece){text, strlen(text)};
}

/* Copies a piece into a string of the caller's; false if it does not fit or holds a NUL. */
static bool piece_copy(struct piece piece, char *out, size_t size)
{
    if (piece.len >= size)
        return false;
    memcpy(out, piece.text, piece.len);
    out[piece.len] = '\0';
    return true;
}

/* Reads digits alone, at least one; what is above max comes out as max + 1. */
static bool parse_digits(struct piece piece, uint32_t max, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < piece.len; i++) {
        if (piece.text[i] < '0' || piece.text[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(piece.text[i] - '0');
        if (value > max)
            value = max + 1;
    }
    *out = value;
    return piece.len > 0;
}

static void ports_add(struct ports *ports, uint32_t first, uint32_t last)
{
    for (uint32_t port = first; port <= last; port++) {
        if (ports->seen[port])
            continue;
        ports->seen[port] = true;
        ports->list[ports->count++] = (uint16_t)port;
    }
}

static bool in_range(uint32_t port)
{
    return port >= 1 && port <= PORT_MAX;
}

/* "8000-8010". Returns 1, 0 for something else than digits around a hyphen, or -1 with *error set.
 */
static int parse_range(struct ports *ports, struct piece item, struct error *error)
{
    const char *hyphen = memchr(item.text, '-', item.len);
    uint32_t first, last;
    if (hyphen == NULL)
        return 0;
    struct piece left = {item.text, (size_t)(hyphen - item.text)};
    struct piece right = {hyphen + 1, item.len - left.len - 1};
    if (!parse_digits(left, PORT_MAX, &first) || !parse_digits(right, PORT_MAX, &last))
        return 0;
    if (!in_range(first) || !in_range(last))
        return error_set(error, STATUS_USAGE, "port range '%.*s' is not within 1 to 65535",
                         CUT(item));
    if (first > last)
        return error_set(error, STATUS_USAGE,
                         "port range '%.*s' is reversed: write %" PRIu32 "-%" PRIu32, CUT(item),
                         last, first);
    ports_add(ports, first, last);
    return 1;
}

static bool find_service(struct piece item, uint32_t *port)
{
    char name[64];
    if (item.len == 0 || !piece_copy(item, name, sizeof name))
        return false;
    /* cppcheck-suppress getservbynameCalled ; there is one thread */
    const struct servent *service = getservbyname(name, "tcp");
    if (service == NULL)
        return false;
    *port = ntohs((uint16_t)service->s_port);
    return in_range(*port);
}

static int parse_port(struct ports *ports, struct piece item, struct error *error)
{
    uint32_t port;
    int range = parse_range(ports, item, error);
    if (range != 0)
        return range < 0 ? -1 : 0;
    if (parse_digits(item, PORT_MAX, &port)) {
        if (!in_range(port))
            return error_set(error, STATUS_USAGE, "port '%.*s' is not within 1 to 65535",
                             CUT(item));
    } else if (!find_service(item, &port)) {
        return error_set(error, STATUS_USAGE, "invalid port '%.*s': use " PORT_RULES, CUT(item));
    }
    ports_add(ports, port, port);
    return 0;
}

static int parse_port_list(struct ports *ports, const char *text, struct error *error)
{
    ports->count = 0;
    memset(ports->seen, 0, sizeof ports->seen);
    for (const char *at = text;; at++) {
        struct piece item = {at, strcspn(at, ",")};
        if (item.len == 0)
            return error_set(error, STATUS_USAGE,
                             "port list '%.80s' has an empty item: use " PORT_RULES, text);
        if (parse_port(ports, item, error) < 0)
            return -1;
        at += item.len;
        if (*at == '\0')
            return 0;
    }
}

/* What can name an interface: no port or bracket that stands in the wrong place. */
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

/* Tells host and ports apart; a bare IPv6 address is all host. */
static int split_operand(struct operand *operand, struct error *error)
{
    operand->host = piece_of(operand->text);
    operand->ports = NULL;
    if (strstr(operand->text, "://") != NULL)
        return error_set(error, STATUS_USAGE,
                         "'%.80s' is a URL, not a host: write HOST:PORT, such as example.com:443",
                         operand->text);
    if (operand->text[0] == '[')
        return split_bracketed(operand, error);
    const char *colon = strchr(operand->text, ':');
    if (colon != NULL && !is_ipv6(before_slash(operand->host))) {
        if (strchr(colon + 1, ':') != NULL)
            return error_set(error, STATUS_USAGE,
                             "'%.80s' is not an IPv6 address; with a port, write [ADDRESS]:PORT",
                             operand->text);
        operand->host.len = (size_t)(colon - operand->text);
        operand->ports = colon + 1;
    }
    if (operand->host.len == 0)
        return error_set(error, STATUS_USAGE, "'%.80s' contains no host", operand->text);
    return 0;
}

/* Room for one more element in a growing array. Returns the array, or NULL when out of memory. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (array != NULL && count < *capacity)
        return array;
    size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
    void *bigger = realloc(array, wanted * size);
    if (bigger != NULL)
        *capacity = wanted;
    return bigger;
}

static int out_of_memory(struct error *error)
{
    return error_set(error, STATUS_RUN, "out of memory for the list of targets");
}

/* Keeps a copy of the text of a host. Returns it, or NULL when out of memory. */
static const char *keep_host(struct targets *targets, struct piece host)
{
    char **hosts =
        grow(targets->hosts, targets->host_count, &targets->host_capacity, sizeof *targets->hosts);
    if (hosts == NULL)
        return NULL;
    targets->hosts = hosts;
    char *copy = malloc(host.len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, host.text, host.len);
    copy[host.len] = '\0';
    hosts[targets->host_count++] = copy;
    return copy;
}

/* Adds host with each port; the caller has made sure of TARGETS_MAX. */
static int add_host(struct targets *targets, struct piece host, const struct ports *ports,
                    struct error *error)
{
    const char *kept = keep_host(targets, host);
    if (kept == NULL)
        return out_of_memory(error);
    for (size_t i = 0; i < ports->count; i++) {
        struct target *list = grow(targets->list, targets->count, &targets->capacity, sizeof *list);
        if (list == NULL)
            return out_of_memory(error);
        targets->list = list;
        list[targets->count++] = (struct target){.host = kept, .port = ports->list[i]};
    }
    return 0;
}

/* The bits of an address behind the prefix become 0. */
static void mask_address(struct address *address, unsigned prefix_len)
{
    for (size_t i = 0; i < address_len(address); i++) {
        unsigned kept = prefix_len > 8 * i ? prefix_len - 8 * (unsigned)i : 0;
        if (kept < 8)
            address->bytes[i] &= (uint8_t)(0xff00 >> kept);
    }
}

static void next_address(struct address *address)
{
    for (size_t i = address_len(address); i-- > 0;)
        if (++address->bytes[i] != 0)
            return;
}

static bool parse_address(struct piece piece, struct address *out)
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

/* ADDRESS/PREFIX. The network and broadcast addresses of an IPv4 prefix are no hosts, unless it is
 * too long to have them (RFC 3021). */
static int parse_prefix(struct piece host, size_t port_count, struct prefix *out,
                        struct error *error)
{
    struct piece address = before_slash(host);
    struct piece digits = {address.text + address.len + 1, host.len - address.len - 1};
    uint32_t len;
    if (!parse_address(address, &out->first))
        return error_set(error, STATUS_USAGE,
                         "'%.*s': a prefix length must follow an address without a zone",
                         CUT(host));
    unsigned bits = 8 * (unsigned)address_len(&out->first);
    if (!parse_digits(digits, bits, &len) || len > bits)
        return error_set(error, STATUS_USAGE,
                         "'%.*s': the prefix length must be a number from 0 to %u", CUT(host),
                         bits);
    unsigned host_bits = bits - len;
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): no list of ports is empty */
    if (host_bits > 63 || UINT64_C(1) << host_bits > TARGETS_MAX / port_count + 2)
        return error_set(error, STATUS_USAGE,
                         "'%.*s' means 2^%u addresses with %zu port%s each: a run has at most %d "
                         "targets; use a longer prefix",
                         CUT(host), host_bits, port_count, port_count == 1 ? "" : "s", TARGETS_MAX);
    mask_address(&out->first, len);
    out->count = UINT64_C(1) << host_bits;
    if (out->first.family == FAMILY_IPV4 && host_bits > 1) {
        next_address(&out->first);
        out->count -= 2;
    }
    return 0;
}

static int check_room(const struct targets *targets, const char *operand, uint64_t hosts,
                      size_t ports, struct error *error)
{
    uint64_t wanted = hosts * ports;
    if (wanted <= TARGETS_MAX - targets->count)
        return 0;
    return error_set(error, STATUS_USAGE,
                     "'%.80s' would give the run %" PRIu64 " targets; the limit is %d", operand,
                     targets->count + wanted, TARGETS_MAX);
}

static int add_operand(struct targets *targets, const struct operand *operand,
                       const struct ports *ports, struct error *error)
{
    bool is_prefix = memchr(operand->host.text, '/', operand->host.len) != NULL;
    struct prefix prefix = {.count = 1};
    if (is_prefix && parse_prefix(operand->host, ports->count, &prefix, error) < 0)
        return -1;
    if (check_room(targets, operand->text, prefix.count, ports->count, error) < 0)
        return -1;
    if (!is_prefix)
        return add_host(targets, operand->host, ports, error);
    for (uint64_t i = 0; i < prefix.count; i++) {
        char text[ADDRESS_TEXT_MAX];
        if (add_host(targets, piece_of(address_text(&prefix.first, text)), ports, error) < 0)
            return -1;
        next_address(&prefix.first);
    }
    return 0;
}

/* What a run works with: ports of -p, and room for those of one operand. */
struct lists {
    struct ports common; /* of -p; empty without */
    struct ports own;
};

static bool looks_like_ports(const char *text)
{
    return text[0] != '\0' && strspn(text, DIGITS ",-") == strlen(text);
}

/* A host without a letter, dot or colon is a misplaced port. */
static int refuse_stray_port(const struct operand *operand, struct error *error)
{
    if (!looks_like_ports(operand->text))
        return 0;
    return error_set(error, STATUS_USAGE,
                     "'%.80s' is a port, not a host: with -p, every operand is a target",
                     operand->text);
}

static int parse_target(struct targets *targets, const char *text, struct lists *lists,
                        struct error *error)
{
    struct operand operand = {.text = text};
    if (split_operand(&operand, error) < 0)
        return -1;
    if (operand.ports != NULL) {
        if (parse_port_list(&lists->own, operand.ports, error) < 0)
            return error_context(error, "'%.80s'", text);
        return add_operand(targets, &operand, &lists->own, error);
    }
    if (lists->common.count == 0)
        return error_set(error, STATUS_USAGE,
                         "'%.80s' has no port: write HOST PORT, HOST:PORT or -p LIST", text);
    if (refuse_stray_port(&operand, error) < 0)
        return -1;
    return add_operand(targets, &operand, &lists->common, error);
}

static bool has_port(const char *text)
{
    struct operand operand = {.text = text};
    struct error ignored;
    return split_operand(&operand, &ignored) == 0 && operand.ports != NULL;
}

/* HOST PORT PORT, as other programs take it. */
static int refuse_ports_apart(char *const *operands, size_t operand_count, struct error *error)
{
    if (operand_count < 3 || has_port(operands[0]) || looks_like_ports(operands[0]))
        return 0;
    for (size_t i = 1; i < operand_count; i++)
        if (!looks_like_ports(operands[i]))
            return 0;
    return error_set(error, STATUS_USAGE, "'%.80s' is a second port list: write %.80s %.80s,%.80s",
                     operands[2], operands[0], operands[1], operands[2]);
}

/* Two operands, neither with a port of its own. */
static bool is_host_port(char *const *operands, size_t operand_count)
{
    return operand_count == 2 && !has_port(operands[0]) && !has_port(operands[1]);
}

static int parse_operands(struct targets *targets, char *const *operands, size_t operand_count,
                          const char *port_list, struct lists *lists, struct error *error)
{
    if (port_list == NULL && is_host_port(operands, operand_count)) {
        port_list = operands[1];
        operand_count = 1;
    }
    if (port_list == NULL && refuse_ports_apart(operands, operand_count, error) < 0)
        return -1;
    if (port_list != NULL && parse_port_list(&lists->common, port_list, error) < 0)
        return -1;
    for (size_t i = 0; i < operand_count; i++)
        if (parse_target(targets, operands[i], lists, error) < 0)
            return -1;
    return 0;
}

int targets_parse(struct targets *targets, char *const *operands, size_t operand_count,
                  const char *port_list, struct error *error)
{
    *targets = (struct targets){0};
    if (operand_count == 0)
        return error_set(error, STATUS_USAGE,
                         "no target: write HOST PORT, HOST:PORT or -p LIST HOST");
    struct lists *lists = calloc(1, sizeof *lists);
    if (lists == NULL)
        return out_of_memory(error);
    int result = parse_operands(targets, operands, operand_count, port_list, lists, error);
    free(lists);
    if (result < 0)
        targets_free(targets);
    return result;
}

void targets_free(struct targets *targets)
{
    for (size_t i = 0; i < targets->host_count; i++)
        free(targets->hosts[i]);
    free(targets->hosts);
    free(targets->list);
    *targets = (struct targets){0};
}
