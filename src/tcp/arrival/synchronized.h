/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4: segments without SYN and RST between ends that are synchronized. */
#ifndef TCPSHAKE_TCP_ARRIVAL_SYNCHRONIZED_H
#define TCPSHAKE_TCP_ARRIVAL_SYNCHRONIZED_H

#include "tcp/arrival/arriving.h"

/* Sequence number, acknowledgement, text and FIN, in this order. */
struct finding synchronized_arrives(struct arriving *arriving);

#endif
