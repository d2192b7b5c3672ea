/* SPDX-License-Identifier: BSD-2-Clause */
/* The ports that connect(2) takes for a source by itself: ip(7), ip_local_port_range and
 * ip_local_reserved_ports. Firewalls may let no others out. */
#ifndef TCPSHAKE_NET_EPHEMERAL_H
#define TCPSHAKE_NET_EPHEMERAL_H

#include <stdbool.h>
#include <stdint.h>

struct ephemeral {
    uint16_t first, last;
    uint8_t reserved[(UINT16_MAX + 1) / 8]; /* a bit for each port */
};

/* From what the two files hold, which may be anything; Linux's own defaults where they say nothing.
 */
void ephemeral_parse(const char *range, const char *reserved, struct ephemeral *ephemeral);

/* Whether connect(2) would take that port. */
bool ephemeral_allows(const struct ephemeral *ephemeral, uint16_t port);

/* A stretch with size allowed ports, beginning where random says; all of them if there are no
 * more, and the whole range if every port is reserved. */
void ephemeral_stretch(const struct ephemeral *ephemeral, uint32_t size, uint32_t random,
                       uint16_t *first, uint16_t *last);

#endif
