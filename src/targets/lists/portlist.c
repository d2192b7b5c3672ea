/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/lists/portlist.h"

#include <inttypes.h>

#include "targets/lists/piece.h"

#define PORT_RULES "a number from 1 to 65535, a service name, a range or a comma-separated list"

static bool in_range(uint32_t port)
{
    return port >= 1 && port <= PORT_MAX;
}

/* "8000-8010". Returns 1, 0 if it is not a hyphen between digits, or -1 with *error set.
 */
static int parse_range(struct port_list *ports, struct piece item, struct error *error)
{
    const char *hyphen = memchr(item.text, '-', item.len);
    uint32_t first, last;
    if (hyphen == NULL)
        return 0;
    struct piece left = {item.text, (size_t)(hyphen - item.text)};
    struct piece right = {hyphen + 1, item.len - left.len - 1};
    if (!piece_number(left, PORT_MAX, &first) || !piece_number(right, PORT_MAX, &last))
        return 0;
    if (!in_range(first) || !in_range(last))
        return error_set(error, STATUS_USAGE, "port range '%.*s' is not within 1 to 65535",
                         CUT(item));
    if (first > last)
        return error_set(error, STATUS_USAGE,
                         "port range '%.*s' is reversed: write %" PRIu32 "-%" PRIu32, CUT(item),
                         last, first);
    port_list_add(ports, first, last);
    return 1;
}

static bool find_service(const struct services *services, struct piece item, uint32_t *port)
{
    char name[64];
    uint16_t found;
    if (item.len == 0 || !piece_copy(item, name, sizeof name) ||
        !services_find(services, name, &found))
        return false;
    *port = found;
    return true;
}

static int parse_port(struct port_list *ports, struct piece item, const struct services *services,
                      struct error *error)
{
    uint32_t port;
    int range = parse_range(ports, item, error);
    if (range != 0)
        return range < 0 ? -1 : 0;
    if (piece_number(item, PORT_MAX, &port)) {
        if (!in_range(port))
            return error_set(error, STATUS_USAGE, "port '%.*s' is not within 1 to 65535",
                             CUT(item));
    } else if (!find_service(services, item, &port)) {
        return error_set(error, STATUS_USAGE, "invalid port '%.*s': use " PORT_RULES, CUT(item));
    }
    port_list_add(ports, port, port);
    return 0;
}

int port_list_parse(struct port_list *ports, const char *text, const struct services *services,
                    struct error *error)
{
    port_list_clear(ports);
    for (const char *at = text;; at++) {
        struct piece item = {at, strcspn(at, ",")};
        if (item.len == 0)
            return error_set(error, STATUS_USAGE,
                             "port list '%.80s' has an empty item: use " PORT_RULES, text);
        if (parse_port(ports, item, services, error) < 0)
            return -1;
        at += item.len;
        if (*at == '\0')
            return 0;
    }
}

bool looks_like_ports(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789,-") == strlen(text);
}
