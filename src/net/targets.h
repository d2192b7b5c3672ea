/* SPDX-License-Identifier: BSD-2-Clause */
/* From operands to the list of targets. */
#ifndef TCPSHAKE_NET_TARGETS_H
#define TCPSHAKE_NET_TARGETS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define TARGETS_MAX 1048576

struct target {
    const char *host; /* as written, without brackets and port; an address of a prefix as text.
                         Owned by the list */
    uint16_t port;
};

struct targets {
    struct target *list;
    size_t count, capacity;
    char **hosts; /* owned strings */
    size_t host_count, host_capacity;
};

/* Expands HOST:PORT, [IPv6]:PORT, HOST and ADDRESS/PREFIX operands (the last two with the ports of
 * port_list), or HOST PORT where there are exactly two operands of which the second is a port. A
 * port is a number of 1 to 65535, a service name, a range or a comma-separated list. On success 0;
 * else -1 with *error set (STATUS_USAGE, names the text). */
int targets_parse(struct targets *targets, char *const *operands, size_t operand_count,
                  const char *port_list, struct error *error);
void targets_free(struct targets *targets);

#endif
