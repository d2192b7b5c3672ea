/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.2, third, 3.10.7.3, fourth, and 3.10.7.4, fourth: check the SYN bit. */
#ifndef TCPSHAKE_TCP_ARRIVAL_SYN_H
#define TCPSHAKE_TCP_ARRIVAL_SYN_H

#include "tcp/arrival/arriving.h"

/* Judges a SYN or SYN/ACK. */
struct finding syn_arrives(struct arriving *arriving);

#endif
