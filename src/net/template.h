/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments that differ in addresses, ports and numbers alone are made from one that libnet crafted.
 */
#ifndef TCPSHAKE_NET_TEMPLATE_H
#define TCPSHAKE_NET_TEMPLATE_H

#include "tcp/prober.h"
#include "wire/tcpopt.h"

#define TEMPLATE_BYTES 128 /* an IPv6 header, a TCP header with all options, and some to align */

/* All zero fits nothing. */
struct template
{
    uint32_t len;
    uint32_t options_len;
    uint16_t flags;
    uint8_t bytes[TEMPLATE_BYTES];
};

/* Keeps a crafted datagram of a segment without payload. */
void template_keep(struct template *template, const struct outgoing *segment, const uint8_t *bytes,
                   uint32_t len);

/* Writes the datagram of another segment of the same family without payload. Returns its length, or
 * 0 if its flags are others, or its options are of another length. */
uint32_t template_fill(const struct template *template, const struct outgoing *segment,
                       uint8_t out[TEMPLATE_BYTES]);

#endif
