/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of ports as they are written: 22,http,8000-8010. */
#ifndef TCPSHAKE_TARGETS_LISTS_PORTLIST_H
#define TCPSHAKE_TARGETS_LISTS_PORTLIST_H

#include <stdbool.h>

#include "base/error.h"
#include "targets/ports.h"

/* Reads a comma list of numbers from 1 to 65535, ranges and names of services, services(5), in
 * place of what *ports held. Returns 0, or -1 with *error set (STATUS_USAGE, names the text). */
int port_list_parse(struct port_list *ports, const char *text, struct error *error);

/* Whether a text can be nothing but a list of ports: digits, commas and hyphens. */
bool looks_like_ports(const char *text);

#endif
