/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_TCP_ICMP_H
#define TCPSHAKE_TCP_ICMP_H

#include "tcp/result.h"

/* The reason that an ICMP error stands for, or REASON_UNKNOWN for one that ends nothing. RFC 792,
 * RFC 1122, 3.2.2.1, RFC 1812, 5.2.7.1 and RFC 4443, 3; nmap's words. */
enum reason icmp_reason(const struct icmp_error *error);

#endif
