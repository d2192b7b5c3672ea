/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of ports as text: 22,http,8000-8010. */
#ifndef TCPSHAKE_TARGETS_LISTS_PORTLIST_H
#define TCPSHAKE_TARGETS_LISTS_PORTLIST_H

#include <stdbool.h>

#include "base/error.h"
#include "targets/lists/services.h"
#include "targets/ports.h"

/* Replaces *ports by a comma-separated list of numbers from 1 to 65535, ranges and names of
 * services (services NULL: asked of services(5)). Returns 0, or -1 with *error set (STATUS_USAGE,
 * names the text). */
int port_list_parse(struct port_list *ports, const char *text, const struct services *services,
                    struct error *error);

/* Whether a text can only be a list of ports: digits, commas and hyphens. */
bool looks_like_ports(const char *text);

#endif
