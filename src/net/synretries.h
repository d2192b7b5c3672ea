/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_NET_SYNRETRIES_H
#define TCPSHAKE_NET_SYNRETRIES_H

#include <stdint.h>

/* How many time-outs of a SYN this network namespace's connect(2) takes before it doubles them:
 * net.ipv4.tcp_syn_linear_timeouts (Linux 6.5); 0, RFC 6298's way, where the kernel has no such
 * setting. To be called before the sandbox is entered. */
uint8_t synretries_linear(void);

/* The same from what the file holds, which may be anything. */
uint8_t synretries_parse(const char *text);

#endif
